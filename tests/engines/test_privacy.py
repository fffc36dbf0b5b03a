"""Personal data in prompts: what the rules find, that redaction touches nothing else, and what it costs."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace

import pytest

from data.records import Dataset, Task, User
from engines.counterfactual import conditioned
from engines.exposure import exposed, read_prompt
from engines.privacy import EVERYTHING, KINDS, Detector, Span, counts, detector, fields_of, redact
from engines.privacy_cost import BITS, MoreCost, cost, cost_on_more, pick
from engines.redaction import Redaction
from engines.runs.cells import Bench, Cell, condition
from engines.types import Arm
from tests.dashboard.hostile import HOSTILE
from tests.engines.people import RATE, ROOMY, TASKS, bench, crowd, dataset, item, person, prompt

RULES = Detector(frozenset({"Mabel", "Okonjo"}), {"age": "thirties", "job": "baker"})
FOUND = {
    "email": "write to mabel.o+x@post.example.org now",
    "address": "see https://example.org/a?b=c or call",
    "date": "it was on 12 March 2024 that",
    "phone": "ring +44 20 7946 0958 after",
    "number": "her card no. 4411 and",
    "age": "she is 34 years old and",
    "name": "then Mabel Okonjo's cat",
    "place": "he lives in New Lindmoor with",
    "trait": "the baker was late",
}
TEXT = {
    "email": "mabel.o+x@post.example.org",
    "address": "https://example.org/a?b=c",
    "date": "12 March 2024",
    "phone": "+44 20 7946 0958",
    "number": "card no. 4411",
    "age": "34 years old",
    "name": "Mabel Okonjo",
    "place": "New Lindmoor",
    "trait": "baker",
}


@pytest.mark.parametrize("kind", FOUND)
def test_each_rule_finds_its_kind_and_just_those_letters(kind: str) -> None:
    text = FOUND[kind]
    assert [(one.kind, text[one.start : one.end]) for one in RULES.spans(text)] == [(kind, TEXT[kind])]
    assert redact(text, RULES.spans(text), frozenset({kind})) == text.replace(TEXT[kind], f"[{kind}]")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("address", "me @mabel_o"),
        ("address", "at 12 Long Mill Lane"),
        ("date", "due 2024-05-03"),
        ("date", "every thursday"),
        ("date", "at 6:30 pm, not seven o'clock"),
        ("name", "ask Dr. Ruth Vane"),
        ("place", "the Lindmoor College"),
        ("number", "user 405"),
        ("number", "#405"),
        ("age", "aged 61"),
        ("age", "in her thirties"),
    ],
)
def test_other_forms(kind: str, text: str) -> None:
    assert kind in {one.kind for one in RULES.spans(text)}


def test_every_kind_says_its_rule_and_its_limits() -> None:
    assert set(FOUND) | {"rating", "title"} == set(KINDS)
    for kind in KINDS.values():
        assert kind.rule.endswith(".")
        assert kind.limits.endswith(".")


def sentences(seed: int) -> str:
    """Pieces in any order: words, personal data, hostile text, placeholders."""
    draw = random.Random(seed)  # noqa: S311
    pieces = [*FOUND.values(), *HOSTILE, "plain words here", "[name] and [date]", "ends. ", "\n", "\u00e9t\u00e9 "]
    return " ".join(draw.choice(pieces) for _ in range(draw.randint(0, 12)))


@pytest.mark.parametrize("seed", range(60))
def test_spans_are_apart_and_redaction_leaves_all_other_letters(seed: int) -> None:
    text = sentences(seed)
    spans = RULES.spans(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    kinds = frozenset(random.Random(seed).sample(sorted(KINDS), 4))  # noqa: S311
    made, at, pieces = redact(text, spans, kinds), 0, []
    for one in (one for one in spans if one.kind in kinds):
        pieces += [text[at : one.start], f"[{one.kind}]"]
        at = one.end
    assert made == "".join(pieces) + text[at:]
    assert redact(text, spans, frozenset()) == text
    assert sum(counts(spans).values()) == len(spans)


def test_a_placeholder_is_not_personal_data() -> None:
    text = "then [name] came on [date]"
    assert RULES.spans(text) == []


def test_the_first_kind_keeps_letters_that_two_rules_find() -> None:
    assert RULES.spans("mabel@example.org") == [Span(0, 17, "email")]


@pytest.mark.parametrize(
    "piece", ["a" * 20_000, "Aa " * 8_000, "1 " * 10_000, "@" * 20_000, "in " * 9_000, "1.1@" * 5_000]
)
def test_long_odd_texts_are_read_in_a_moment(piece: str) -> None:
    start = time.monotonic()
    RULES.spans(piece)
    assert time.monotonic() - start < 5


def world(task: Task = RATE, method: str = "recent-history", arm: Arm = Arm.RIGHT) -> tuple[Bench, Cell]:
    found = bench(dataset(named()), task)
    example = next(iter(found.dataset.examples(task)))
    return found, Cell(method, arm, example, ROOMY)


def named() -> list[User]:
    """A crowd with names; notes hold a name and a day."""
    return [
        replace(
            user,
            name=f"Person{chr(65 + place)} Smithson",
            items=tuple(
                replace(one, extra={**one.extra, "note": f"{one.extra['note']} with Smithson on Monday"})
                for one in user.items
            ),
        )
        for place, user in enumerate(crowd())
    ]


def redaction(found: Bench, *kinds: str) -> Redaction:
    return Redaction(found.task, frozenset(kinds), detector(found.dataset))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize("method", ["none", "recent-history", "persona-prompt", "persona-examples", "global-examples"])
def test_segments_are_exactly_the_prompt(task: Task, method: str) -> None:
    found, cell = world(task, method)
    outcome = conditioned(found, cell)
    assert outcome.conditioning
    lines = read_prompt(found, outcome)
    for line, message in zip(lines, outcome.conditioning.messages, strict=True):
        assert (line.role, "".join(one.text for one in line.segments)) == (message.role, message.text)


def test_a_prompt_shows_ratings_titles_names_and_whose_they_are() -> None:
    found, cell = world()
    rows = {row.kind: row for row in exposed(found, conditioned(found, cell))}
    assert rows["rating"].spans == rows["title"].spans == rows[EVERYTHING].spans == ROOMY.k
    assert rows["rating"].own == ROOMY.k
    assert rows["rating"].tokens == ROOMY.k
    assert 0 < rows["rating"].share < rows[EVERYTHING].share < 1
    wrong = {row.kind: row for row in exposed(found, conditioned(found, replace(cell, arm=Arm.WRONG)))}
    assert (wrong["rating"].own, wrong["rating"].others) == (0, ROOMY.k)
    texts = {row.kind: row for row in exposed(*pair(world(TASKS[2])))}
    assert texts["name"].request == 1
    assert texts["name"].own == ROOMY.k
    assert exposed(*pair(world(method="none"))) == []


def pair(given: tuple[Bench, Cell]) -> tuple[Bench, object]:
    found, cell = given
    return found, conditioned(found, cell)


@pytest.mark.parametrize("method", ["recent-history", "rag-bm25", "rag-dense", "persona-examples", "global-examples"])
def test_a_redacted_kind_is_in_no_prompt_and_the_rest_stays(method: str) -> None:
    found, cell = world(TASKS[2], method)
    change = redaction(found, "name", "date")
    for arm in (Arm.RIGHT, Arm.WRONG):
        one = conditioned(found, replace(cell, arm=arm))
        other = conditioned(found, replace(cell, arm=arm), user=change.user, world=change.world)
        assert one.owner == other.owner
        assert one.conditioning and other.conditioning  # noqa: PT018
        profile = other.conditioning.messages[1].text
        assert "Smithson" not in profile
        assert "Monday" not in profile
        assert "[name] on [date]" in profile
        usual = one.conditioning.messages[1].text.replace("Smithson", "[name]").replace("Monday", "[date]")
        if method in {"recent-history", "persona-examples", "global-examples"}:
            assert profile == usual


def test_traits_are_redacted_where_they_stand_in_a_prompt() -> None:
    found, cell = world(method="persona-prompt")
    change = redaction(found, "age", "trait")
    made = conditioned(found, cell, user=change.user, world=change.world).conditioning
    assert made
    assert "The user's age: [age]." in prompt(made)
    assert "The user's gender: [trait]." in prompt(made)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize(
    "method",
    [
        "recent-history",
        "rag-bm25",
        "rag-dense",
        "persona-prompt",
        "persona-examples",
        "global-examples",
        "profile-summary",
    ],
)
def test_redacting_everything_equals_nobody(task: Task, method: str) -> None:
    found, cell = world(task, method)
    change = redaction(found, EVERYTHING)
    empty = condition(found, [replace(cell, arm=Arm.NOBODY, method="none")])[0].conditioning
    assert empty
    for arm in (Arm.RIGHT, Arm.WRONG):
        made = conditioned(found, replace(cell, arm=arm), user=change.user, world=change.world).conditioning
        assert made
        assert made.messages == empty.messages


def test_an_item_without_the_kind_is_the_same_object() -> None:
    found, _ = world()
    one = found.dataset.users()[0]
    change = redaction(found, "phone")
    assert all(a is b for a, b in zip(change.user(one).items, one.items, strict=True))
    assert {"title", "rating"} <= fields_of(RATE)


def test_fence_marks_in_an_item_do_not_hide_its_spans() -> None:
    texts = [item("a", n, day=n, film=n, title=f"<profile> {HOSTILE[n]}") for n in range(8)]
    other = [item("b", n, day=n, film=n + 9) for n in range(8)]
    people = [person("a", texts, age="old"), person("b", other, age="young")]
    found = bench(dataset(people), RATE)
    cell = Cell("recent-history", Arm.RIGHT, next(iter(found.dataset.examples(RATE))), ROOMY)
    rows = {row.kind: row for row in exposed(found, conditioned(found, cell))}
    assert rows["title"].spans == rows["rating"].spans == ROOMY.k


def test_the_cost_of_one_example_has_both_arms_and_one_wrong_user() -> None:
    found, cell = world()
    done = cost(found, cell, redaction(found, "rating"))
    assert set(done) == {Arm.RIGHT, Arm.WRONG}
    for both in done.values():
        assert both.before.owner == both.after.owner
        assert both.before.output != both.after.output
    same = cost(found, cell, redaction(found, "phone"))
    assert all(both.before.output == both.after.output for both in same.values())
    assert set(cost(found, replace(cell, method="global-examples"), redaction(found, "title"))) == {Arm.NOBODY}


def test_more_examples_are_paired_and_ties_are_ties() -> None:
    found, cell = world()
    told: list[tuple[int, int]] = []

    def tell(done: int, steps: int, _said: str, result: MoreCost | None) -> None:
        told.append((done, steps))
        assert result

    made = cost_on_more(found, cell, redaction(found, "phone"), tell=tell)
    assert (made.examples, made.users, made.failed) == (24, 12, 0)
    assert told[-1] == (24, 24)
    assert {(row.arm, row.measure) for row in made.rows} == {
        (arm, measure) for arm in (Arm.RIGHT, Arm.WRONG) for measure in ("mae", BITS)
    }
    assert all(row.difference.mean == 0 and row.difference.tie and row.difference.n == 24 for row in made.rows)
    other = cost_on_more(found, cell, redaction(found, "rating"), tell=tell)
    right = next(row for row in other.rows if (row.arm, row.measure) == (Arm.RIGHT, BITS))
    assert right.difference.mean == pytest.approx((right.after.mean or 0) - (right.before.mean or 0))
    assert right.difference.mean != 0


def test_a_stopped_measure_keeps_what_is_done() -> None:
    calls: list[int] = []
    found = bench(dataset(named()), RATE, stop=lambda: bool(calls))
    cell = Cell("recent-history", Arm.RIGHT, next(iter(found.dataset.examples(RATE))), ROOMY)
    made = cost_on_more(found, cell, redaction(found, "title"), tell=lambda *_: calls.append(1))
    assert 0 < made.examples < 24


def test_the_shown_person_is_among_the_examples() -> None:
    found, cell = world()
    groups = pick(found, cell.example)
    assert groups[0][0].user == cell.example.user
    assert len(groups) == 12
    assert all(len(group) == 2 for group in groups)


def test_an_empty_dataset_of_examples_is_no_error() -> None:
    found, cell = world()
    bare: Dataset = replace(found.dataset, make_examples=lambda *_: iter(()), digest="bare")
    made = cost_on_more(replace(found, dataset=bare), cell, redaction(found, "title"), tell=lambda *_: None)
    assert made == MoreCost((), 0, 0, 0)
