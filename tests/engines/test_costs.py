"""What each method keeps of one user and what serves others too, by hand; seconds count work and never waiting."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from data.records import Task
from engines.arms import give
from engines.costs import FREE, Cost, cost_of, mean_cost, read_cost
from engines.kept import NOTHING, UNKNOWN, Kept, kept_by, kept_of, nbytes
from engines.methods import make_method, methods
from engines.models.echo import EchoTrainer
from engines.runs import compare
from engines.runs.cells import Cell, Outcome, condition, generate, score
from engines.runs.compare import Plan, rows
from engines.runs.cost_table import cells, costs_by_method
from engines.runs.journal import Journal
from engines.training.recipe import Trained
from engines.training.trainer import Learnt
from engines.types import Arm, Capability, Reach
from tests.engines import people
from tests.engines.people import CHOOSE, RATE, REWRITE, ROOMY

DATA = people.dataset(people.crowd())
USER, WIDTH = "u2", 16  # who is asked for, and numbers in a vector
OPEN = 3  # of seven items before the cut those about nothing that is held out in the fold
ADAPTER = 16  # bytes of the echo trainer's adapter: factors [1, 2] and [2, 1], float32
RANKS = {"task-adapter": 3, "persona-lora": 5, "global-dpo": 7}
SECONDS = {"user-lora": 2.0, "task-adapter": 60.0, "shared-lora": 5.0, "shared-gates": 1.0, "persona-soup": 4.0}
SHARERS = 5

# Bytes of the user alone, and of what is shared.
BYTES: Mapping[str, tuple[int, int]] = {
    "none": (0, 0),
    "recent-history": (0, 0),
    "rag-bm25": (0, 0),
    "rag-dense": (0, 0),
    "rag-hybrid": (0, 0),
    "rag-persona": (0, 0),
    "persona-prompt": (0, 0),
    "persona-examples": (0, 0),
    "global-examples": (0, 0),
    "context-steering": (0, 0),
    "user-lora": (ADAPTER, 3 * ADAPTER),
    "global-lora": (0, 3 * ADAPTER),
    "persona-lora": (0, 5 * ADAPTER),
    "global-dpo": (0, 7 * ADAPTER),
    "user-dpo": (ADAPTER, 0),
    "persona-soup": (0, 2 * ADAPTER),  # an adapter for the pole of each of two traits; its weights are equal
    "lora-pieces": (4 * SHARERS, SHARERS * (ADAPTER + 8)),  # a weight for each sharer in one layer; adapters and gates
    "user-full-finetune": (16, 0),  # a change [2, 2]; the identity beside it is made to serve it
    "user-soft-prompt": (8 * 2 * 4, 0),
    "user-embedding": (OPEN * WIDTH * 4, 4 * (2 * WIDTH + 8 * 2 + 8)),
    "style-vector": (WIDTH * 4, 0),
    "prompt-refinement": (5, 0),
    "reward-best-of-n": (WIDTH * 8, 0),
    "mixture-reward": (6 * 8, 6 * WIDTH * 8),
}


class Timed(EchoTrainer):
    """The echo's trainer with wider adapters for some methods, that tells seconds which it did not take."""

    waits = 0.0

    def train(self, training: Any, name: str, **told: Any) -> Learnt:
        """Waits, and says what it would have taken by itself."""
        made = super().train(training, name, **told)
        time.sleep(self.waits)
        rank, axes = RANKS.get(training.method, 1), {"a:": 0, "b:": 1}
        wide = {key: np.repeat(a, rank, axes[key[:2]]) if key[:2] in axes else a for key, a in made.arrays.items()}
        return Learnt(wide, made.losses, SECONDS.get(training.method, 0.5))


def made(
    method: str, task: Task = REWRITE, *, trainer: type[Timed] = Timed, arm: Arm = Arm.RIGHT, texts: bool = False
) -> Outcome:
    bench = people.bench(DATA, task)
    bench.model.trainer = trainer(bench.model.prompts)  # type: ignore[attr-defined]
    example = next(one for one in DATA.examples(task) if one.user == USER)
    outcomes = score(bench, condition(bench, [Cell(method, arm, example, ROOMY)]))
    (outcome,) = generate(bench, outcomes) if texts else outcomes
    assert outcome.failure is None, outcome.failure
    return outcome


def state_of(method: str, task: Task) -> Any:
    bench = people.bench(DATA, task)
    example = next(one for one in DATA.examples(task) if one.user == USER)
    info = methods[method].info
    given = give(bench.case_of(info, example), Arm.RIGHT, draw=bench.seed)
    world = bench.world(info.uses, example, reads=bench.reads(info))
    return make_method(method, ROOMY).prepare(given.user, world)


def test_every_method_has_its_numbers_here_or_below() -> None:
    apart = {"profile-summary", "rag-plus-summary", "rag-feedback", "rag-blackbox"}
    assert set(methods) - apart == set(BYTES), "add what the new method keeps, in bytes"


@pytest.mark.parametrize("method", list(BYTES))
def test_bytes_of_the_user_are_apart_from_those_that_are_shared(method: str) -> None:
    cost = cost_of(made(method))
    assert (cost.private_bytes, cost.shared_bytes) == BYTES[method]


@pytest.mark.parametrize("method", ["profile-summary", "rag-plus-summary"])
def test_of_a_summary_the_chosen_text_is_kept(method: str) -> None:
    outcome = made(method)
    assert outcome.conditioning
    (chosen,) = [one.text for one in outcome.conditioning.evidence.texts if one.chosen]
    assert (outcome.kept.own, outcome.kept.shared) == (len(chosen.encode()), 0)


def test_of_feedback_the_fitted_numbers_are_kept() -> None:
    state = state_of("rag-feedback", REWRITE)
    assert state.gains.shape == (1, 5)
    assert state.ranker.own
    assert state.kept == Kept(own=8 * (3 * 3 + len(state.ranker.own) + 1 * 5))
    assert made("rag-feedback").kept == state.kept


def test_an_outside_recommender_is_shared_and_what_a_service_keeps_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_of("rag-blackbox", RATE)
    films = len({item.extra["subject"] for user in DATA.users() for item in user.items})
    assert state.kept == Kept(own=0, shared=films * films * 4)
    monkeypatch.setenv("ATTUNE_SEARCH", "http://search.example/?q={words}")
    assert state_of("rag-blackbox", RATE).kept == Kept(own=None, shared=None)


@pytest.mark.parametrize(
    ("method", "own", "shared"),
    [
        ("user-lora", 2.0, 60.0),
        ("global-lora", 0.0, 60.0),
        ("persona-soup", 0.0, 2 * 4.0),
        ("lora-pieces", 0.0, SHARERS * (5.0 + 1.0)),
        ("user-full-finetune", 0.5, 0.0),
        ("rag-bm25", 0.0, 0.0),
    ],
)
def test_seconds_of_the_user_are_apart_from_those_that_are_shared(method: str, own: float, shared: float) -> None:
    cost = cost_of(made(method))
    assert cost.user_seconds is not None
    assert own <= cost.user_seconds < own + 1.0
    assert cost.shared_seconds == shared


@pytest.mark.parametrize(("method", "task"), [(name, task) for name in methods for task in people.fitting(name)])
def test_a_state_that_holds_or_serves_arrays_says_what_it_keeps(method: str, task: Task) -> None:
    outcome = made(method, task)
    assert None not in {outcome.kept.own, outcome.kept.shared, outcome.kept.own_seconds, outcome.kept.shared_seconds}
    assert outcome.conditioning
    carried = outcome.conditioning.modifiers
    if carried.adapter or carried.prefix or carried.steer:
        assert (outcome.kept.own or 0) + (outcome.kept.shared or 0) > 0
    nobody = made(method, task, arm=Arm.NOBODY) if methods[method].info.personal else outcome
    assert not nobody.kept.own


def test_a_state_that_says_nothing_keeps_nothing_unless_it_holds_arrays() -> None:
    assert kept_by(([1, 2], "text")) == NOTHING
    assert kept_by(SimpleNamespace(kept="a word")) == NOTHING
    assert kept_by({"vectors": np.zeros(3)}) == UNKNOWN
    assert nbytes({"a": [np.zeros(4, np.float32)], "user": DATA.users()[0], "text": "long" * 100}) == 16
    assert nbytes((np.zeros((2, 2)), None, 3)) == 32


def test_waiting_for_a_training_is_no_work_for_the_user() -> None:
    class Waits(Timed):
        waits = 0.4

    outcome = made("user-lora", trainer=Waits)
    assert outcome.seconds > 0.8, "both trainings were waited for"
    assert outcome.prepare_seconds < 0.4
    assert (cost_of(outcome).user_seconds or 0.0) < 2.4


class Keeping(Timed):
    """Has what it returns kept on disk."""

    keeps = True


def test_a_state_that_is_found_says_what_it_took_and_one_that_cannot_is_no_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    first, again = cost_of(made("user-lora", trainer=Keeping)), cost_of(made("user-lora", trainer=Keeping))
    for cost in (first, again):
        assert 2.0 <= (cost.user_seconds or 0.0) < 3.0
        assert (cost.shared_seconds, cost.private_bytes, cost.shared_bytes) == (60.0, ADAPTER, 3 * ADAPTER)
    for path in tmp_path.rglob("inputs.json"):
        told = json.loads(path.read_text())
        del told["seconds"]
        path.write_text(json.dumps(told))
    known = cost_of(made("user-lora", trainer=Keeping))
    assert (known.user_seconds, known.shared_seconds) == (None, None)
    assert (known.private_bytes, known.shared_bytes) == (ADAPTER, 3 * ADAPTER)
    assert list(cells(known))[4:] == ["", ""]
    assert kept_of(own=[Trained("a", {}, seconds=None), Trained("b", {}, seconds=1.0)]).own_seconds is None


@pytest.mark.parametrize("method", ["reward-best-of-n", "mixture-reward"])
def test_a_reward_that_judges_alone_reads_no_prompt(method: str) -> None:
    judged, asked, written = made(method, CHOOSE), made(method, REWRITE), made(method, REWRITE, texts=True)
    assert (judged.prompted, cost_of(judged).prompt_tokens) == (False, 0.0)
    assert written.prompted
    assert (cost_of(written).prompt_tokens or 0) > 0
    assert cost_of(asked).prompt_tokens is None, "not read yet"


def test_a_cost_in_words_has_units_and_says_what_is_unknown() -> None:
    kept = "2.0 s for the user, 60.0 s for all who share; 0 private items in the prompt; 2.3 kB kept of the user"
    full = Cost(900.0, 9.0, 2.0, 60.0, 0.0, 2304.0, 4_000_000.0)
    assert full.said() == f"{kept}, 4.0 MB shared"
    assert Cost(private_items=1.0, private_bytes=0.0).said() == (
        "1 private item in the prompt; nothing kept of the user"
    )
    assert Cost(private_items=2.0, user_seconds=0.0).said() == (
        "0.0 s for the user; 2 private items in the prompt; bytes not known"
    )
    assert list(cells(full)) == ["900", "0.0", "2.3 kB", "4.0 MB", "2.0", "60.0"]
    assert list(cells(Cost())) == [""] * 6


def test_a_mean_is_over_what_is_known() -> None:
    recent, tuned = made("recent-history"), made("user-full-finetune")
    unknown = replace(tuned, kept=UNKNOWN)
    assert mean_cost([recent, tuned]).private_bytes == 8
    assert mean_cost([recent, unknown]).private_bytes == 0
    assert mean_cost([unknown]).private_bytes is None
    assert mean_cost([unknown]).user_seconds is None
    assert mean_cost([]) == Cost()


def test_a_line_of_an_earlier_version_is_read_and_what_it_lacks_is_absent(tmp_path: Path) -> None:
    bench, path = people.bench(DATA, RATE), tmp_path / "kept.jsonl"
    plan = Plan(("recent-history",), tuple(Arm), 4, ROOMY)
    first = compare.run(bench, plan, journal=Journal(path))
    head, *lines = path.read_text("utf-8").splitlines()
    old = [json.loads(line) for line in lines]
    for line in old:
        for one in line["cells"]:
            cost = one["cost"]
            one["cost"] = {name: cost[name] for name in ("prompt_tokens", "seconds", "private_items")}
            one["cost"] |= {"prepare_seconds": 7.0, "kept_bytes": 99.0}
    path.write_text("\n".join([head, *map(json.dumps, old)]) + "\n", "utf-8")
    journal = Journal(path)
    again = compare.run(bench, plan, journal=journal)
    assert len(journal) == len(lines) == len(Journal(path)), "nothing is computed again"
    mine, theirs = costs_by_method(rows(bench, first)), costs_by_method(rows(bench, again))
    assert set(mine) == set(theirs) == {"recent-history"}
    now, before = mine["recent-history"], theirs["recent-history"]
    assert (now.private_bytes, now.shared_bytes, now.private_items) == (0, 0, 4)
    assert before == replace(now, user_seconds=None, shared_seconds=None, private_bytes=None, shared_bytes=None)
    assert read_cost({"prompt_tokens": 3.0, "unheard": 1}) == Cost(prompt_tokens=3.0)


def test_baselines_read_nothing_and_their_time_is_not_measured() -> None:
    bench = people.bench(DATA, RATE)
    found = rows(bench, compare.run(bench, Plan(("none",), (Arm.NOBODY,), 2, ROOMY)))
    plain = [row for row in found if row.method not in methods]
    assert plain
    assert all(row.cost == FREE for row in plain)
    assert (FREE.prompt_tokens, FREE.user_seconds, FREE.private_bytes) == (0.0, None, None)
    assert set(costs_by_method(found)) == {"none"}


def test_methods_that_train_are_all_told_apart() -> None:
    learning = {name for name in methods if Capability.ADAPTERS in methods[name].info.needs}
    own = {name for name in learning if BYTES[name][0]}
    assert own == {name for name in learning if methods[name].info.level == "user"}
    assert all(methods[name].info.uses is not Reach.OWN or not BYTES[name][1] for name in learning)
