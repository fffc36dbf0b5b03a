"""A comparison that was stopped goes on from its file: nothing is computed twice, and the rows are the same."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import DataError
from engines.runs import compare, stats
from engines.runs.cells import Bench, Cell, Outcome
from engines.runs.compare import Comparison, Plan, rows, run
from engines.runs.journal import Journal
from engines.types import Arm, Config
from tests.engines import people
from tests.engines.people import CHOOSE, RANK, RATE, REWRITE

PLAN = Plan(("none", "recent-history", "rag-bm25"), tuple(Arm), 4, Config(k=3, budget=3000))


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "DRAWS", 100)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[list[Cell]]:
    """The groups that are computed from here on."""
    seen: list[list[Cell]] = []
    inside = threading.Lock()
    real = compare._computed

    def watched(bench: Bench, cells: list[Cell], *, texts: bool) -> list[Outcome]:
        with inside:
            seen.append(cells)
        return real(bench, cells, texts=texts)

    monkeypatch.setattr(compare, "_computed", watched)
    return seen


def told(bench: Bench, made: Comparison) -> list[object]:
    """Every figure of the rows but how long it took this time."""
    return [(replace(row, seconds=0, cost=replace(row.cost, seconds=0, user_seconds=0))) for row in rows(bench, made)]


@pytest.mark.parametrize("task", [RATE, RANK, REWRITE, CHOOSE], ids=lambda task: task.id)
def test_a_finished_comparison_is_read_and_gives_the_same_rows(
    task: people.Task, tmp_path: Path, computed: list[list[Cell]]
) -> None:
    bench = people.bench(people.dataset(people.crowd()), task)
    path = tmp_path / "kept.jsonl"
    first = run(bench, PLAN, journal=Journal(path))
    groups = len(computed)
    assert groups == 4 * (1 + 3 + 3)
    assert not first.failures
    again = run(bench, PLAN, journal=Journal(path))
    assert len(computed) == groups
    assert told(bench, again) == told(bench, first)
    assert [row.cost for row in rows(bench, again)] == [row.cost for row in rows(bench, first)]
    plain = run(bench, PLAN)
    assert told(bench, plain) == told(bench, first)
    assert "messages" not in path.read_text("utf-8")


def test_a_stopped_comparison_goes_on_where_it_was(tmp_path: Path, computed: list[list[Cell]]) -> None:
    bench = people.bench(people.dataset(people.crowd()), RATE)
    path = tmp_path / "kept.jsonl"
    part = run(replace(bench, stop=lambda: len(computed) >= 9), PLAN, journal=Journal(path))
    assert 0 < len(part.outcomes) < 4 * 7 * 3
    kept = len(Journal(path))
    assert 0 < kept <= len(computed) < 28
    before = len(computed)
    whole = run(bench, PLAN, journal=Journal(path))
    assert len(computed) - before == 28 - kept
    assert told(bench, whole) == told(bench, run(bench, PLAN))


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": replace(PLAN, config=Config(k=2, budget=3000))},
        {"bench": {"seed": 8}},
        {"plan": replace(PLAN, texts=False)},
    ],
    ids=["k", "seed", "texts"],
)
def test_what_was_asked_otherwise_is_computed_anew(
    changed: dict[str, object], tmp_path: Path, computed: list[list[Cell]]
) -> None:
    bench = people.bench(people.dataset(people.crowd()), RATE)
    path = tmp_path / "kept.jsonl"
    run(bench, PLAN, journal=Journal(path))
    before = len(computed)
    given = changed.get("plan", PLAN)
    assert isinstance(given, Plan)
    seed = 8 if "bench" in changed else bench.seed
    run(replace(bench, seed=seed), given, journal=Journal(path))
    assert len(computed) == 2 * before


def test_states_of_another_precision_are_computed_anew(
    tmp_path: Path, computed: list[list[Cell]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = people.bench(people.dataset(people.crowd()), RATE)
    path = tmp_path / "kept.jsonl"
    for number, precision in enumerate(("float32", "bfloat16", "float32"), start=1):
        monkeypatch.setenv("ATTUNE_TRAIN_DTYPE", precision)
        run(bench, PLAN, journal=Journal(path))
        assert len(computed) == 28 * min(number, 2)


def test_a_line_cut_off_or_damaged_is_computed_again(tmp_path: Path, computed: list[list[Cell]]) -> None:
    bench = people.bench(people.dataset(people.crowd()), RATE)
    path = tmp_path / "kept.jsonl"
    first = run(bench, PLAN, journal=Journal(path))
    lines = path.read_text("utf-8").splitlines()
    damaged = json.loads(lines[3])
    del damaged["cells"][0]["output"]
    lines[3] = json.dumps(damaged)
    lines[5] = "[]"
    path.write_text("\n".join(lines)[:-40], "utf-8")
    before = len(computed)
    again = run(bench, PLAN, journal=Journal(path))
    assert len(computed) - before == 3
    assert told(bench, again) == told(bench, first)
    assert len(Journal(path)) == 28


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00", b'{"attune": "something else"}\n'])
def test_another_file_is_refused_and_not_changed(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match="accepted: a new file, or one that an earlier comparison wrote"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_folder_or_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "kept.jsonl"):
        with pytest.raises(DataError, match="cannot be used"):
            Journal(path)
