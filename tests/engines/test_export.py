"""A run as records: complete, finite, without keys and paths, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from data.importers.campus import REWRITE
from data.importers.movielens import RATING
from engines.live import Column, LiveRun, Status
from engines.methods import methods
from engines.metrics import metrics_for
from engines.models.echo import EchoModel
from engines.runs import export
from engines.runs.cells import Bench
from engines.runs.export import SCHEMA, jsonl, public, records, table
from engines.types import Arm, Config
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.playground_data import CHOOSE, CUT, CountingEncoder, examples, tiny


def computed(task: Any, *names: str, model: Any = None, config: Config = Config(k=3)) -> LiveRun:
    dataset = tiny()
    bench = Bench(dataset, task, model or EchoModel(), CountingEncoder())
    example = next(iter(examples(dataset, task, None, 7)))
    run = LiveRun(bench, example, [Column(name, config) for name in names], tuple(Arm))
    run.start()
    assert run.wait(20)
    return run


def written(run: LiveRun) -> list[dict[str, Any]]:
    return records(run.bench, run.example, run.view(), CUT)


@pytest.mark.parametrize("task", [RATING, CHOOSE, REWRITE], ids=lambda task: task.kind.value)
def test_a_record_holds_everything_of_an_arm(task: Any) -> None:
    run = computed(task, "none", "recent-history", "profile-summary")
    found = [one for one in written(run) if one["kind"] == "method"]
    assert [(one["method"], one["arm"]) for one in found] == [
        ("none", "nobody"),
        *(("recent-history", arm.value) for arm in Arm),
        *(("profile-summary", arm.value) for arm in Arm),
    ]
    for one in found:
        assert one["schema"] == SCHEMA
        assert one["written"] == "2024-04-10T00:00:00+00:00"
        assert one["dataset"]["digest"] == "tiny-1"
        assert (one["dataset"]["licence"], one["dataset"]["citation"]) == ("MIT", "Nobody.")
        assert (one["model"]["name"], one["model"]["precision"]) == ("echo", "exact")
        assert one["model"]["digest"] == run.bench.model.digest
        assert one["config"] == {"k": 3, "budget": 1536, "template": "fenced", "seed": 7, "options": {}}
        assert one["version"] == methods[one["method"]].info.version
        assert one["status"] == "done"
        assert one["failure"] is None
        assert one["tokens"]["prompt"] > 0
        assert one["seconds"] >= 0
        assert set(one["metrics"]) == {metric.info.id for metric in metrics_for(task.kind)}
        assert all((score["value"] is None) == bool(score["reason"]) for score in one["metrics"].values())
    right = found[1]
    assert right["owner"] == "ada"
    assert found[2]["owner"] == "bob"
    assert found[3]["owner"] is None
    seen = run.view().arms[1, Arm.RIGHT].outcome
    assert seen is not None
    assert seen.conditioning is not None
    texts = ["".join(part["text"] for part in message["parts"]) for message in right["messages"]]
    assert texts == [message.text for message in seen.conditioning.messages]
    assert {part["owner"] for message in right["messages"] for part in message["parts"]} == {None, "ada"}
    assert [one["item"] for one in right["evidence"]["used"]] == [u.item.id for u in seen.conditioning.evidence.used]
    assert right["evidence"]["used"]
    assert found[4]["evidence"]["texts"] or task is CHOOSE


def test_outputs_of_each_kind_of_task() -> None:
    rated = written(computed(RATING, "recent-history"))[0]["output"]
    assert set(rated["labels"]) == set(RATING.labels)
    assert sum(rated["labels"].values()) == pytest.approx(1)
    assert rated["rating"] == pytest.approx(sum(int(label) * p for label, p in rated["labels"].items()))
    assert rated["text"] is None
    assert set(written(computed(CHOOSE, "recent-history"))[0]["output"]["candidates"]) == {"a", "b", "c"}
    text = written(computed(REWRITE, "recent-history"))[0]
    assert len(text["output"]["truth_logprobs"]) == 3
    assert text["output"]["text"]
    assert text["tokens"]["new"] > 0


def test_baselines_are_there_with_their_numbers() -> None:
    found = [one for one in written(computed(RATING, "none", "recent-history")) if one["kind"] == "baseline"]
    assert {"Item mean", "User mean"} <= {one["method"] for one in found}
    assert all(one["output"]["rating"] is not None and one["metrics"]["mae"]["value"] is not None for one in found)
    assert all(
        one["metrics"]["log-loss"] == {"value": None, "reason": one["metrics"]["log-loss"]["reason"]} for one in found
    )


def test_what_failed_or_was_not_begun_is_null_with_its_reason() -> None:
    run = computed(RATING, "recent-history", config=Config(budget=3))
    for one in written(run)[:3]:
        assert one["failure"]["kind"] == "too-long"
        assert (one["messages"], one["output"], one["evidence"]) == (None, None, None)
        assert one["metrics"] == {}
        assert one["tokens"] == {"prompt": None, "new": None}
    view = run.view()
    waiting = replace(
        view, arms={key: replace(arm, status=Status.WAITING, outcome=None) for key, arm in view.arms.items()}
    )
    assert records(run.bench, run.example, waiting)[0]["seconds"] is None


def test_a_request_without_truth_has_a_null() -> None:
    run = computed(RATING, "none", "recent-history")
    assert records(run.bench, replace(run.example, target=""), run.view())[0]["truth"] is None


def test_jsonl_is_an_object_a_line_whatever_the_texts_hold() -> None:
    found = written(computed(RATING, "none", "recent-history"))
    lines = jsonl(found).splitlines()
    assert [json.loads(line) for line in lines] == found
    assert HOSTILE[0] in lines[1] or json.dumps(HOSTILE[0])[1:-1] in lines[1]


def test_numbers_that_json_does_not_know_are_null() -> None:
    class Odd(EchoModel):
        def score(self, rows: Any, **named: Any) -> Any:
            return [
                replace(one, logprobs=tuple((float("-inf"),) for _ in one.logprobs))
                for one in super().score(rows, **named)
            ]

    found = written(computed(CHOOSE, "none", "recent-history", model=Odd()))
    assert set(found[0]["output"]["candidates"].values()) == {None}
    assert "Infinity" not in jsonl(found)


def test_csv_holds_the_numbers_and_the_terms_of_the_data() -> None:
    found = written(computed(RATING, "none", "recent-history"))
    rows = list(csv.DictReader(io.StringIO(table(found))))
    assert len(rows) == len(found)
    assert float(rows[1]["mae"]) == found[1]["metrics"]["mae"]["value"]
    assert float(rows[1]["P(1)"]) == found[1]["output"]["labels"]["1"]
    assert {row["licence"] for row in rows} == {"MIT"}
    assert {row["citation"] for row in rows} == {"Nobody."}
    assert rows[-1]["kind"] == "baseline"
    assert rows[-1]["log-loss"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_compute_is_quoted_and_a_number_is_not(start: str) -> None:
    run = computed(CHOOSE, "none", "recent-history")
    named = replace(run.example, user=f"{start}cmd|'/c calc'!A1", id=f"{start}1+1")
    text = table(records(run.bench, named, run.view()))
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["user"] == f"'{start}cmd|'/c calc'!A1"
    assert row["example"].startswith("'")
    assert float(row["log P(a)"]) < 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct"),
        ("org/model-7b", "org/model-7b"),
        ("/home/somebody/models/tiny", "tiny"),
        ("tiny at http://joe:pass@host:8080/v1?api_key=abc", "tiny at http://host:8080/v1"),
        ("refused: k-123-secret is wrong", "refused: (key) is wrong"),
        ("http://[broken", "(an address)"),
    ],
)
def test_no_key_no_path_and_no_user_name_leaves_the_machine(
    monkeypatch: pytest.MonkeyPatch, name: str, shown: str
) -> None:
    monkeypatch.setenv("ATTUNE_MODEL_KEY", "k-123-secret")
    assert public(name) == shown
    run = computed(RATING, "none", "recent-history")
    model = EchoModel()
    model.name = name  # type: ignore[misc]
    found = records(replace(run.bench, model=model), run.example, run.view())
    assert found[0]["model"]["name"] == shown
    assert "k-123-secret" not in jsonl(found) + table(found)


def test_what_is_measured_anew_is_named() -> None:
    first, second = (written(computed(RATING, "none", "rag-bm25")) for _ in range(2))
    for one in (*first, *second):
        for name in export.MEASURED_ANEW:
            one.pop(name, None)
    assert first == second
