"""Expected time, what differs, the presenter's neighbours, the source beside the answer, and repeats, as shapes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dashboard.parts import playground_code, playground_presenter, playground_repeats, playground_time, playground_why
from dashboard.parts.playground_address import Asked
from dashboard.parts.playground_diff import LEFT_OUT, Narrowed, narrowed, new_sentences, same_answer
from dashboard.parts.playground_export import file_name, written
from dashboard.parts.playground_rows import ArmRow, ColumnRow, column_rows
from data.errors import MissingPackageError
from data.home import ROOT
from data.importers.campus import REWRITE
from data.importers.movielens import RATING
from data.records import TaskKind
from engines.live import Column, LiveRun, Status
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.outputs import Output
from engines.repeats import Plan, job
from engines.runs import ahead
from engines.runs.cells import Bench, Cell, Outcome
from engines.runs.export import jsonl, records, table
from engines.types import Arm, Config, Generation, Pace, Place, ScoredText
from tests.dashboard.playground_data import CHOOSE, CountingEncoder, examples, tiny


def asked(task: Any = RATING, names: tuple[str, ...] = ("none", "recent-history"), **changed: Any) -> Asked:
    dataset = tiny()
    example = next(iter(examples(dataset, task, None, 7)))
    made = Asked(dataset, task, dataset.by_id["ada"], example, names, tuple(Arm), 7, (), run=True)
    return replace(made, **changed)


def test_the_expected_time_grows_with_what_is_asked() -> None:
    usual = playground_time.work(asked())
    assert usual.write == 0
    for more in (
        asked(names=("none", "recent-history", "rag-bm25")),
        asked(settings=(("recent-history", Config(k=16)),)),
    ):
        assert playground_time.work(more).read > usual.read
    for fewer in (asked(arms=(Arm.RIGHT,)), asked(settings=(("recent-history", Config(budget=64)),))):
        assert playground_time.work(fewer).read < usual.read
    assert playground_time.work(asked(REWRITE)).write == pytest.approx(4 * 0.7 * REWRITE.max_new_tokens)
    few, many = (
        asked(names=("prompt-refinement",), settings=(("prompt-refinement", Config(options={"tries": tries})),))
        for tries in (1.0, 20.0)
    )
    assert playground_time.work(many).read > 5 * playground_time.work(few).read
    assert (
        playground_time.work(asked(REWRITE, ("profile-summary", "none"))).write
        > playground_time.work(asked(REWRITE)).write
    )


def test_prompts_that_were_tried_are_not_called_answers() -> None:
    prompt, answer = ScoredText("k 4", -1.0, chosen=True), ScoredText("Yes.", 0.4, chosen=True, measure="reward")
    given_up = replace(prompt, chosen=False, measure="given up after 2 of 4 later items, nats")
    choice = replace(CHOOSE, kind=TaskKind.CHOOSE)
    assert playground_why.tried(choice, [answer, answer]) == "The answers, judged"
    for task in (choice, REWRITE):
        assert playground_why.tried(task, [prompt, given_up]) == "What was tried"


def test_the_expected_time_is_told_without_a_promise() -> None:
    assert playground_time.Work(1800, 300).seconds(Pace(900, 150)) == 4
    told = [playground_time.about(seconds) for seconds in (0.2, 4.4, 21.9, 100)]
    assert told == ["about 1 s", "about 4 s", "about 20 s", "about 2 min"]


def test_the_expected_time_before_run() -> None:
    class Known:
        class model:  # noqa: N801
            @staticmethod
            def pace() -> Pace:
                return Pace(1.0, 1.0)

    class Unknown:
        class model:  # noqa: N801
            @staticmethod
            def pace() -> None:
                return None

    class Missing:
        @property
        def model(self) -> Any:
            raise MissingPackageError("torch", "a live demo")

    seconds = playground_time.work(asked()).seconds(Pace(1.0, 1.0))
    assert playground_time.before(Known(), asked()) == playground_time.about(seconds)  # type: ignore[arg-type]
    for services in (Unknown(), Missing()):
        assert playground_time.before(services, asked()).endswith("once the model is loaded")  # type: ignore[arg-type]
    assert playground_time.before(Known(), asked(names=("none",))) == ""  # type: ignore[arg-type]


def test_trainings_are_in_the_expected_time_before_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Here:
        model = EchoModel()

    def said(*names: str) -> str:
        return playground_time.before(Here(), asked(REWRITE, names))  # type: ignore[arg-type]

    plain = said("none", "recent-history")
    assert re.fullmatch(r"about \d+ s once the model is loaded", plain)
    two = re.fullmatch(
        r"about \d+ s once the model is loaded, and about (\d+) s for 2 trainings", said("none", "user-soft-prompt")
    )
    assert two, "the right and the wrong user's"
    assert int(two[1]) > 1
    assert re.search(r", and about \d+ s for 1 training$", said("none", "user-embedding")), (
        "the projector is everyone's"
    )
    with monkeypatch.context() as there:
        there.setattr(ahead, "digest_of", lambda _model: "")
        assert ", and at most about " in said("none", "user-embedding"), "of a model that nobody knows"
    monkeypatch.setattr(ahead, "knows", lambda _name: True)
    assert said("none", "user-soft-prompt").endswith("once the model is loaded; what it learns is kept from before")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (None, ""),
        (Place(12, 8, 19.6), "12 answers of others are before yours; about 20 s."),
        (Place(1, 8, None), "1 answer of others is before yours."),
        (Place(0, 8, 3.0), "Your answers are being computed; about 3 s."),
    ],
)
def test_the_place_in_the_queue_is_one_sentence(place: Place | None, said: str) -> None:
    assert playground_time.queue(place) == said


def text_row(arm: Arm, text: str, says: str = "", output: Output | None = None) -> ArmRow:
    made = output or Output(generation=Generation(text, 1, 1, 0.0))
    example = next(iter(examples(tiny(), REWRITE, None, 7)))
    return ArmRow(
        arm, arm.value, Status.DONE, says, {}, 1.0, text, "", Outcome(Cell("none", arm, example), output=made)
    )


def column(method: str, *arms: ArmRow) -> ColumnRow:
    return ColumnRow(0, method, methods[method].info, arms, (), "")


def test_columns_and_sentences_that_say_the_same_are_hidden_and_counted() -> None:
    plain = column("none", text_row(Arm.NOBODY, "One. Two."))
    same = column("recent-history", text_row(Arm.RIGHT, " One.\nTwo. "))
    other = column("rag-bm25", text_row(Arm.RIGHT, "One. Three."), text_row(Arm.WRONG, "One. Two. Four."))
    seen = narrowed(TaskKind.REWRITE, [plain, same, other])
    assert [one.method for one in seen.columns] == ["none", "rag-bm25"]
    assert [row.text for row in seen.columns[1].arms] == [f"{LEFT_OUT} Three.", f"{LEFT_OUT} Four."]
    assert (seen.hidden, seen.sentences) == (("Recent history",), 3)
    assert seen.say() == (
        "Hidden, because they say the same as no personalization: 1 column (Recent history) and 3 sentences."
    )
    assert "Nothing is hidden" in Narrowed(seen.columns).say()


def test_without_none_a_column_is_held_against_its_own_arm_without_data() -> None:
    same = column("recent-history", text_row(Arm.RIGHT, "One."), text_row(Arm.NOBODY, "One."))
    alone = column("rag-bm25", text_row(Arm.RIGHT, "One."))
    assert [one.method for one in narrowed(TaskKind.REWRITE, [same, alone]).columns] == ["rag-bm25"]


def test_sentences_are_compared_whole() -> None:
    assert new_sentences("A b. C d.", "A b. C d e.") == (f"{LEFT_OUT} C d e.", 1)
    assert new_sentences("A b.", "Other\n\nlines") == ("Other\n\nlines", 0)
    assert new_sentences("A. B.", "A. B.") == (LEFT_OUT, 2)


def test_ratings_and_rankings_are_the_same_where_they_are_shown_so() -> None:
    def rated(says: str, **scores: float) -> ArmRow:
        return text_row(Arm.RIGHT, "", says, Output(labels={"1": 1.0}, candidates=scores))

    assert same_answer(TaskKind.RATE, rated("2.6"), rated("2.6"))
    assert not same_answer(TaskKind.RATE, rated("2.6"), rated("2.5"))
    assert not same_answer(TaskKind.RATE, ArmRow(Arm.RIGHT, "", Status.FAILED), rated("2.5"))
    assert same_answer(TaskKind.RANK, rated("1", a=3.0, b=2.0), rated("1", a=9.0, b=1.0))
    assert not same_answer(TaskKind.RANK, rated("1", a=3.0, b=2.0, c=1.0), rated("1", a=3.0, b=1.0, c=2.0))


def test_the_presenter_steps_through_the_examples_of_a_person() -> None:
    own = [replace(next(iter(examples(tiny(), RATING, None, 7))), id=name) for name in "abc"]
    assert playground_presenter.neighbours(own, "a") == (1, None, "b")
    assert playground_presenter.neighbours(own, "b") == (2, "a", "c")
    assert playground_presenter.neighbours(own, "c") == (3, "b", None)
    assert playground_presenter.neighbours(own, "z") == (1, None, "b")
    assert playground_presenter.neighbours([], "z") == (1, None, None)
    assert "http" not in playground_presenter.STYLE
    assert "url(" not in playground_presenter.STYLE


@pytest.mark.parametrize("method", list(methods))
def test_the_code_that_is_shown_is_the_file(method: str) -> None:
    found = playground_code.source_of(method)
    assert found is not None
    path, text = found
    assert path.startswith("engines/methods/")
    assert (ROOT / path).read_text("utf-8") == text
    assert f'register("{method}")' in text


def test_a_download_is_what_the_records_say() -> None:
    request = asked()
    bench = Bench(request.dataset, RATING, EchoModel(), CountingEncoder())
    run = LiveRun(bench, request.example, request.columns(), request.arms)
    run.start()
    assert run.wait(20)
    assert written(run, jsonl).count(b"\n") == len(records(run.bench, run.example, run.view()))
    assert written(run, table).startswith(b"schema,")
    assert file_name(run, "CSV") == f"attune-movie-rating-{run.id}.csv"
    assert column_rows(run.view(), RATING, request.example)[1].arms[0].loss is not None


def repeated(task: Any, names: tuple[str, ...], temperature: float = 0.0) -> Any:
    request = asked(task, names)
    bench = Bench(request.dataset, task, EchoModel(), CountingEncoder())
    columns = tuple(Column(name, Config(k=3)) for name in names)
    made = job(Plan(bench, request.example, columns, tuple(Arm), (7, 8, 9), temperature))
    made.start()
    assert made.wait(20)
    return made.view().result


@pytest.mark.parametrize("task", [RATING, CHOOSE, REWRITE], ids=lambda task: task.kind.value)
def test_repeats_have_a_row_for_each_method_and_arm(task: Any) -> None:
    found = repeated(task, ("none", "recent-history"))
    rows = playground_repeats.rows(found)
    assert [row.label for row in rows] == [
        "None, nobody",
        *(f"Recent history, {whose}" for whose in ("right user", "wrong user", "nobody")),
    ]
    assert all(row.seeds == (7, 8, 9) for row in rows)
    assert {row.deviation for row in rows} == {"0.00"}, "two people: the same wrong user each time"
    assert "of 3" in rows[1].stable
    assert rows[0].stable == ""
    assert "No answer depends on the seed here." in playground_repeats.summary(found, rows)
    assert len(playground_repeats.table(found, rows)) == 12
    if task is REWRITE:
        assert {row.likeness for row in rows} == {"1.00"}
        assert {row.same for row in rows} == {"3 of 3"}


def test_a_summary_says_what_depends_on_the_draw() -> None:
    found = repeated(RATING, ("none", "recent-history"))
    wrong = found.trials[1, Arm.WRONG]
    nearest = replace(wrong[0].outcome, output=Output(labels={"1": 1.0}))
    mixed = {**found.trials, (1, Arm.WRONG): (replace(wrong[0], outcome=nearest), *wrong[1:])}
    rights = found.trials[1, Arm.RIGHT]
    made = [replace(one.outcome, output=Output(labels={"2": 1.0})) for one in rights]
    mixed[1, Arm.RIGHT] = tuple(replace(one, outcome=out) for one, out in zip(rights, made, strict=True))
    told = playground_repeats.summary(
        replace(found, trials=mixed), playground_repeats.rows(replace(found, trials=mixed))
    )
    assert told == "It depends on the draw for Recent history (2 of 3)."
    assert "no verdict" in playground_repeats.summary(repeated(RATING, ("none",)), [])
