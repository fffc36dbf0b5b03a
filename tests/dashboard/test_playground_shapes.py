"""The Playground's shaping without Streamlit: addresses, rows, gaps, diffs, and the sentence of what to notice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard import state
from dashboard.parts import playground_address as address
from dashboard.parts import playground_columns, playground_controls, playground_profile, playground_why
from dashboard.parts.playground_diff import Words, number_diff, word_diff
from dashboard.parts.playground_notice import CAUTION, notice
from dashboard.parts.playground_results import arms_line
from dashboard.parts.playground_rows import (
    BITS,
    PLACES,
    STARS,
    ArmRow,
    BaselineRow,
    ColumnRow,
    column_rows,
    gaps,
    numbers,
    place_of,
    progress,
    top_candidates,
    yardstick,
)
from data.importers.campus import REWRITE
from data.importers.movielens import RATING
from data.records import TaskKind
from engines.live import Column, LiveRun, Status
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, Outcome
from engines.types import Arm, Config, Message, Part, ScoredText
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.playground_data import CHOOSE, CountingEncoder, examples, tiny

KNOWN = tuple(methods)


def arm(which: Arm, loss: float | None, says: str = "", status: Status = Status.DONE) -> ArmRow:
    return ArmRow(which, which.value, status, says=says, loss=loss)


def column(method: str, **losses: float) -> ColumnRow:
    arms = tuple(arm(which, losses[which.value]) for which in Arm if which.value in losses)
    return ColumnRow(0, method, methods[method].info, arms, gaps(arms, STARS), "")


def computed(task: object, names: tuple[str, ...]) -> tuple[LiveRun, list[ColumnRow]]:
    dataset = tiny()
    bench = Bench(dataset, task, EchoModel(), CountingEncoder())
    example = next(iter(examples(dataset, task, None, 7)))
    run = LiveRun(bench, example, [Column(name, Config(k=3)) for name in names], tuple(Arm))
    run.start()
    assert run.wait(20)
    return run, column_rows(run.view(), task, example)


def test_settings_in_the_address_go_there_and_back() -> None:
    text = "recent-history.k16.b800.plain,rag-dense.k4"
    settings = address.parse_settings(text, KNOWN)
    assert settings == (("recent-history", Config(k=16, budget=800, template="plain")), ("rag-dense", Config(k=4)))
    assert address.show_settings(settings) == text
    assert address.config_of(settings, "rag-dense", 3) == Config(k=4, seed=3)
    assert address.config_of(settings, "none", 7) == Config()
    back = address.changed(settings, "rag-dense", Config(seed=99))
    assert address.show_settings(back) == "recent-history.k16.b800.plain"


@pytest.mark.parametrize("text", ["nobody.k4", "none.k99", "none.b1", "none", "none.k", "none.q3", "none.k4.", "☃"])
def test_settings_that_cannot_be_used_are_noted_and_fall_back(text: str) -> None:
    field = address.settings_field(KNOWN)
    seen = state.read({"pg_set": text}, field)
    assert seen[field] == ()
    assert len(seen.notes) == 1


def test_an_unknown_person_is_told_from_one_without_an_example() -> None:
    dataset = tiny()
    field = address.user_field(dataset, {"ada": list(examples(dataset, RATING, None, 7))[:1]})
    assert state.read({"pg_user": "ada"}, field)[field] == "ada"
    known, unknown = (state.read({"pg_user": name}, field).notes[0] for name in ("bob", "zoe"))
    assert "bob" in known
    assert "no example" in known
    assert "zoe" in unknown
    assert "nobody has this id" in unknown


def test_a_copied_link_runs_and_carries_only_this_page() -> None:
    link = address.link_to("http://localhost:8501/playground?x=1", {"pg_user": "7", "br_q": "a", "pg_set": "none.k4"})
    assert link == "http://localhost:8501/playground?pg_user=7&pg_set=none.k4&pg_run=1"


def test_gaps_are_told_in_words() -> None:
    arms = [arm(Arm.RIGHT, 0.6), arm(Arm.WRONG, 1.9), arm(Arm.NOBODY, 0.3)]
    assert gaps(arms, STARS) == ("wrong +1.3 stars worse", "nobody \u22120.3 stars better")
    assert gaps([arm(Arm.RIGHT, 2), arm(Arm.WRONG, 2)], PLACES) == ("wrong the same",)
    assert gaps([arm(Arm.NOBODY, 2)], BITS) == ()
    assert PLACES.say(1) == "1 place"


def test_places_of_ties_are_averaged() -> None:
    assert place_of({"a": 3, "b": 2, "c": 2, "d": 1}, "c") == 2.5
    assert place_of({"a": 3}, "z") is None


def test_words_that_differ_are_found() -> None:
    assert word_diff("the cat sat", "the dog sat down") == [
        Words("same", "the"),
        Words("gone", "cat"),
        Words("new", "dog"),
        Words("same", "sat"),
        Words("new", "down"),
    ]
    assert word_diff("", "") == []


def test_numbers_that_differ_are_told() -> None:
    plain, row = arm(Arm.NOBODY, 1, "2.6"), arm(Arm.RIGHT, 1, "1.6")
    assert number_diff(TaskKind.RATE, plain, row) == "Right: says 1.0 stars less (2.6 to 1.6)."
    places = number_diff(TaskKind.RANK, arm(Arm.NOBODY, 1, "4"), arm(Arm.RIGHT, 1, "3"))
    assert places == "Right: puts the true film 1 place higher (4 to 3)."
    assert number_diff(TaskKind.RATE, arm(Arm.NOBODY, None), row) == ""


PLAIN = column("none", nobody=2.7)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        (
            {"right": 0.6, "wrong": 2.9},
            "moved 2.1 stars towards the truth; with a wrong user's data it did not. It is 0.6 stars off instead of",
        ),
        ({"right": 0.6, "wrong": 2.9}, "with a wrong user's data it did not"),
        ({"right": 0.6, "wrong": 1.7}, "with a wrong user's data it moved 1.0 stars"),
        ({"right": 0.6, "wrong": 0.5}, "this is not personalization"),
        ({"right": 0.6}, "nobody can tell whether that is personal"),
        ({"right": 2.7, "wrong": 2.9}, "No method came nearer to the truth"),
        ({"right": 3.0, "wrong": 2.9}, "further from it than with no personalization"),
    ],
)
def test_what_to_notice_is_honest(losses: dict[str, float], said: str) -> None:
    told = notice([PLAIN, column("recent-history", **losses)], [], STARS)
    assert said in told
    assert told.endswith(CAUTION)


def test_what_to_notice_names_the_others_and_the_baselines() -> None:
    rows = [
        PLAIN,
        column("recent-history", right=0.6, wrong=2.9),
        column("rag-dense", right=2.8, wrong=2.9),
        column("rag-bm25", right=1.0, wrong=0.9),
    ]
    told = notice(rows, [BaselineRow("Item mean", "", "1.2", 0.2), BaselineRow("User mean", "", "3", 2.0)], STARS)
    assert "RAG, dense did not help." in told
    assert "RAG, BM25 moved too, but a wrong user's data did as well." in told
    assert "nearer still: item mean (0.2 stars off)." in told
    assert "user mean" not in told


def test_what_to_notice_of_stops_failures_and_runs_without_a_person() -> None:
    broken = ColumnRow(0, "rag-dense", methods["rag-dense"].info, (arm(Arm.RIGHT, None, status=Status.FAILED),), (), "")
    halted = ColumnRow(0, "none", methods["none"].info, (arm(Arm.NOBODY, None, status=Status.STOPPED),), (), "")
    told = notice([broken, halted], [], STARS)
    assert "was stopped" in told
    assert "RAG, dense failed" in told
    assert "nothing here is about personalization" in notice([PLAIN], [], STARS)


@pytest.mark.parametrize("task", [RATING, CHOOSE, REWRITE], ids=lambda task: task.kind.value)
def test_a_run_is_shaped_for_every_kind_of_task(task: object) -> None:
    run, rows = computed(task, ("none", "recent-history", "global-examples"))
    plain, recent, shared = rows
    assert [row.label for row in recent.arms] == ["right user", "wrong user", "nobody"]
    assert [row.label for row in shared.arms] == ["everyone's"]
    assert (plain.level, recent.level, shared.level) == (None, "user", "global")
    assert all(row.loss is not None and row.status is Status.DONE for one in rows for row in one.arms)
    assert len(recent.gaps) == 2
    assert "prompt tokens" in recent.cost
    assert progress(run.view()) == (5, 5)
    table = numbers(rows, [], task)
    assert len(table) == 5
    assert not any(text in str(table) for text in HOSTILE[:8])
    assert notice(rows, [], yardstick(task.kind)).endswith(CAUTION)


def test_one_failing_column_leaves_the_others() -> None:
    dataset = tiny()
    bench = Bench(dataset, RATING, EchoModel(), CountingEncoder())
    example = next(iter(examples(dataset, RATING, None, 7)))
    run = LiveRun(bench, example, [Column("none", Config()), Column("recent-history", Config(budget=3))], [Arm.RIGHT])
    run.start()
    assert run.wait(20)
    good, bad = column_rows(run.view(), RATING, example)
    assert good.main.loss is not None
    assert bad.main.failure.startswith("too-long: the request alone takes")
    assert playground_columns.headline(bad, RATING, example) == "failed"
    draft = ArmRow(Arm.RIGHT, "right", Status.DONE, values={"embedding-similarity": "0.58"}, text="a draft")
    taken = ColumnRow(0, "reward-best-of-n", methods["reward-best-of-n"].info, (draft,), (), "")
    assert playground_columns.headline(taken, REWRITE, example) == "similarity 0.58 to the true text"


def test_the_true_film_is_in_the_list_wherever_it_stands() -> None:
    dataset = tiny()
    example = next(iter(examples(dataset, CHOOSE, None, 7)))
    scores = {"a": 3.0, "b": 1.0, "c": 2.0}
    assert [(place, true) for place, _, true in top_candidates(Output(candidates=scores), example)] == [
        ("1", False),
        ("2", False),
        ("3", True),
    ]


def test_the_prompt_marks_own_spans_and_those_of_others() -> None:
    from engines.types import Conditioning

    parts = (Part("open"), Part("<b>mine</b>", "1", "ada"), Part("theirs", "2", "bob"))
    made = Conditioning((Message("user", parts),))
    shown = playground_why.prompt(made, "ada")
    assert "&lt;b&gt;mine&lt;/b&gt;" in shown
    assert f'<span style="{playground_why.OWN}" title="this user&#x27;s own">&lt;b&gt;' in shown
    assert f'<span style="{playground_why.OTHER}" title="of user bob">theirs</span>' in shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("recent-history", "given: the data of ada, this user"),
        ("user-lora", "given: the data of ada, this user"),
        ("rag-persona", "given: others of the persona of ada, this user"),
        ("persona-prompt", "given: the traits of ada, this user"),
    ],
)
def test_whose_data_an_arm_was_given_is_said_as_the_method_takes_it(name: str, said: str) -> None:
    made = Outcome(Cell(name, Arm.RIGHT, next(iter(examples(tiny(), RATING, None, 7)))), owner="ada")
    row = ArmRow(Arm.RIGHT, "right", Status.DONE, outcome=made)
    info = methods[name].info
    assert playground_why.given(info, row, "ada") == said
    assert playground_why.given(info, row, "bob") == said.replace("this", "another")
    assert playground_why.given(info, replace(row, outcome=replace(made, owner="")), "ada") == "given: nobody's data"


def test_each_wrong_user_is_named_with_the_methods_that_had_their_data() -> None:
    run, rows = computed(RATING, ("none", "recent-history", "rag-bm25"))
    (wrong,) = {row.outcome.owner for column in rows for row in column.arms if row.arm is Arm.WRONG and row.outcome}
    people = run.bench.dataset.by_id
    alone = arms_line(run, rows)
    assert alone.count("wrong user: ") == 1
    assert f"wrong user: {people[wrong].name} (" in alone
    other = next(one for one in people if one != wrong)
    moved = [
        replace(row, outcome=replace(row.outcome, owner=other)) if row.arm is Arm.WRONG and row.outcome else row
        for row in rows[2].arms
    ]
    both = arms_line(run, [*rows[:2], replace(rows[2], arms=tuple(moved))])
    assert f"wrong user of Recent history: {people[wrong].name} (" in both
    assert f"wrong user of {rows[2].info.name}: {people[other].name} (" in both


def test_summaries_mark_what_nothing_supports() -> None:
    texts = [
        ScoredText("The user likes <i>opera.", -1.0, chosen=True, unsupported=("opera",)),
        ScoredText("b", -2.0, chosen=False),
        ScoredText("c", None, chosen=False),
    ]
    shown = playground_why.summaries(texts)
    assert shown.count("chosen;") == 1
    assert (shown.count("nats: "), shown.count("not judged")) == (2, 1), "what nothing judged has no score"
    assert "<i>" not in shown
    assert playground_why._bare("Opera.") == "opera"


@pytest.mark.parametrize("task", [RATING, REWRITE], ids=lambda task: task.kind.value)
def test_everything_that_a_user_wrote_is_escaped(task: object) -> None:
    _, rows = computed(task, ("none", "recent-history"))
    made = rows[1].main.outcome.conditioning
    shown = playground_why.used_table(made.evidence.used, task) + playground_why.prompt(made, "ada")
    shown += playground_why.difference(task.kind, rows[0].main, rows[1].main)
    shown += playground_columns.text_block(rows[1].main, "label")
    assert made.evidence.used
    assert not any(tag in shown for tag in ("<img", "<script", "<a ", "<https"))


def test_the_profile_holds_nothing_from_the_cut_on() -> None:
    dataset = tiny()
    example = next(iter(examples(dataset, RATING, None, 7)))
    profile = playground_profile.profile_of(dataset.by_id["ada"], RATING, example)
    assert profile.head.startswith(f"{len(HOSTILE)} ratings before the cut; age: young")
    assert profile.taste == "mean rating 1.0"
    assert all(item.at < example.at for item in profile.recent)
    assert playground_profile.as_rows(profile.recent)[0]["rating"] == "1"
    assert playground_controls.user_label(dataset.by_id["ada"]) == f"ada, young, pilot, {2 * len(HOSTILE)} items"
