"""Methods that choose by what the model finds likely, and those that change it: on the echo model, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data.records import Dataset, Example
from engines.arms import give
from engines.costs import cost_of, mean_cost
from engines.exposure import exposed
from engines.families import by_family, family_of
from engines.methods import make_method, methods
from engines.methods.rag_feedback import LEARNT, POOL, Learnt, fit
from engines.rehearsal import Rehearsal, likelihoods, rehearsals
from engines.retrievers import fused
from engines.runs.cells import Bench, Cell, Outcome, condition, score
from engines.types import Arm, Config, Message, Reach
from engines.world import World
from tests.engines import people
from tests.engines.people import ROOMY


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


def one(data: Dataset, task: str, user: str = "u2") -> tuple[Bench, Example]:
    bench = people.bench(data, data.task(task))
    return bench, next(e for e in data.examples(bench.task) if e.user == user)


def made(bench: Bench, example: Example, method: str, config: Config = ROOMY) -> Outcome:
    outcome = score(bench, condition(bench, [Cell(method, Arm.RIGHT, example, config)]))[0]
    assert outcome.conditioning, outcome.failure
    return outcome


def test_reciprocal_ranks_are_summed_and_what_does_not_match_has_no_place() -> None:
    found = fused([[3.0, 1.0, 0.0], [0.1, 0.9, 0.5]])
    assert found == pytest.approx([1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 62])
    assert fused([[0.0, 0.0]]) == [0.0, 0.0]


def test_a_rehearsal_sees_only_what_lay_before_it(data: Dataset) -> None:
    bench, example = one(data, "rate")
    world = bench.world(Reach.OWN, example)
    items = world.visible(data.by_id[example.user]).items
    found = rehearsals(world, items, ROOMY, 3)
    assert [each.item for each in found] == list(items[-3:])
    for each in found:
        assert each.before
        assert all(item.at < each.item.at for item in each.before)
        assert each.item.extra["canary"] not in "".join(people.RATE.write_item(item) for item in each.before)
    values = likelihoods(world, [(each, condition_of(bench, example)) for each in found])
    assert all(value < 0 for value in values)


def condition_of(bench: Bench, example: Example) -> tuple:  # type: ignore[type-arg]
    conditioned = condition(bench, [Cell("none", Arm.NOBODY, example, ROOMY)])[0].conditioning
    assert conditioned
    return conditioned.messages


def test_the_ranker_finds_the_similarity_and_the_items_that_helped() -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(60, 3))
    items = [f"i{n % 6}" for n in range(60)]
    gains = 0.4 * rows[:, 1] + np.where(np.array(items) == "i4", 1.0, 0.0) + draw.normal(0, 0.02, 60)
    found = fit(rows, items, gains)
    assert int(np.abs(found.weights).argmax()) == 1
    assert found.weights[1] > 0.3
    assert max(found.own, key=lambda item: found.own[item]) == "i4"


def test_a_request_takes_the_retriever_that_helped_with_requests_like_it(data: Dataset) -> None:
    bench, example = one(data, "rate")
    world = bench.world(Reach.OWN, example)
    items = world.visible(data.by_id[example.user]).items
    gains = np.zeros((2, len(POOL)))
    gains[0, POOL.index("bm25")], gains[1, POOL.index("dense")] = 1.0, 1.0
    method = make_method("rag-feedback", ROOMY)
    for words, taken in (("alpha beta gamma", "bm25"), ("delta epsilon zeta", "dense")):
        state = Learnt(world, items, None, ("alpha beta gamma", "delta epsilon zeta"), gains)
        request = replace(as_asked(bench, example), fields={"title": words, "canary": ""})
        notes = method.condition(state, request).evidence.notes
        assert notes[-1].endswith(f"Taken: {taken}.")


def as_asked(bench: Bench, example: Example):  # type: ignore[no-untyped-def]
    from engines.runs.cells import as_request

    return as_request(example, bench.task)


def test_feedback_says_what_it_measured(data: Dataset) -> None:
    bench, example = one(data, "rewrite")
    notes = " ".join(made(bench, example, "rag-feedback").conditioning.evidence.notes)  # type: ignore[union-attr]
    for word in ("nats on average", "BM25", "recency", "Expected gain", LEARNT):
        assert word in notes
    few = made(bench, example, "rag-feedback", replace(ROOMY, options={"rehearsals": 2})).conditioning
    assert few


def test_the_search_keeps_the_best_way_within_its_tries(data: Dataset) -> None:
    bench, example = one(data, "rewrite")
    for tries in (1, 5, 24):
        tried = made(bench, example, "prompt-refinement", replace(ROOMY, options={"tries": tries})).conditioning
        assert tried
        texts = tried.evidence.texts
        assert 1 <= len(texts) <= tries
        assert len({text.text for text in texts}) == len(texts)
        best = max(text.score for text in texts)
        assert [text.score for text in texts if text.chosen] == [best]
        assert texts[0].text.startswith("retriever recent, k 4, best last, no heading")
    assert len(texts) > 5


def test_what_does_worse_on_half_of_the_items_is_given_up(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """By likelihoods that fall with the length of the prompt: larger profiles are given up, smaller ones win."""
    from engines.methods import prompt_refinement

    asked: list[int] = []

    def shorter_is_better(_: World, rows: Sequence[tuple[Rehearsal, tuple[Message, ...]]]) -> list[float]:
        asked.append(len(rows))
        return [-float(sum(len(message.text) for message in messages)) for _, messages in rows]

    monkeypatch.setattr(prompt_refinement, "likelihoods", shorter_is_better)
    bench, example = one(data, "rewrite")
    method = make_method("prompt-refinement", replace(ROOMY, options={"tries": 24, "rehearsals": 4}))
    texts = method.prepare(data.by_id[example.user], bench.world(Reach.OWN, example)).tried
    left = [text for text in texts if text.measure.startswith("given up after 2 of 4 ")]
    best = next(text for text in texts if text.chosen)
    assert "k 1, " in best.text
    assert "no heading, answers alone" in best.text
    assert {"headed" in text.text for text in left} == {True}
    assert all(text.score < best.score for text in left)
    assert sum(asked) == 4 * len(texts) - 2 * len(left)


def test_the_order_of_items_is_the_chosen_one(data: Dataset) -> None:
    from engines.methods.prompt_refinement import ORDERS, Refined, Way

    bench, example = one(data, "rate")
    world = bench.world(Reach.OWN, example)
    items = world.visible(data.by_id[example.user]).items
    method = make_method("prompt-refinement", ROOMY)
    age = {item.id: place for place, item in enumerate(items)}
    for order in ORDERS:
        conditioned = method.condition(Refined(world, items, Way("dense", 4, order, "Head:")), as_asked(bench, example))
        shown = [part.item for part in conditioned.messages[1].parts if part.item]
        best = [used.item.id for used in conditioned.evidence.used]
        wanted = {"best last": best[::-1], "best first": best, "oldest first": sorted(best, key=age.__getitem__)}
        assert shown == wanted[order]
        assert "Head:" in conditioned.messages[1].parts[1].text


def test_items_may_be_written_as_the_users_answers_alone(data: Dataset) -> None:
    from engines.methods.prompt_refinement import Refined, Way

    bench, example = one(data, "rewrite")
    world = bench.world(Reach.OWN, example)
    items = world.visible(data.by_id[example.user]).items
    method, by_id = make_method("prompt-refinement", ROOMY), {item.id: item for item in items}
    for alone in (False, True):
        conditioned = method.condition(Refined(world, items, Way(k=3, alone=alone)), as_asked(bench, example))
        shown = [part for part in conditioned.messages[1].parts if part.item]
        assert len(shown) == 3
        for part in shown:
            item = by_id[part.item]
            whole = f"Note: {item.extra['note']}\nPost: {item.extra['canary']} {item.extra['rating']}\n"
            assert part.text.rstrip("\n") + "\n" == (whole[whole.index("Post: ") :] if alone else whole)


def test_personal_fields_are_told_apart_in_answers_alone(data: Dataset) -> None:
    from engines.methods.prompt_refinement import Refined, Way

    bench, example = one(data, "rate")
    task = replace(bench.task, item_template="Film: {title}.\nRating: {rating}\n", answer_template=" {rating}")
    assert task.answer_lines == "Rating: {rating}\n"
    bench = replace(bench, task=task)
    world, outcome = bench.world(Reach.OWN, example), made(bench, example, "recent-history")
    items = world.visible(data.by_id[example.user]).items
    method, found = make_method("prompt-refinement", ROOMY), list[dict[str, int]]()
    for alone in (False, True):
        conditioned = method.condition(Refined(world, items, Way(k=3, alone=alone)), as_asked(bench, example))
        found.append({row.kind: row.own for row in exposed(bench, replace(outcome, conditioning=conditioned))})
    assert found[0]["title"] == found[0]["rating"] == found[1]["rating"] == 3
    assert "title" not in found[1]


def test_only_a_template_with_lines_apart_is_tried_in_two_ways(data: Dataset) -> None:
    for task, lines in (("rewrite", 2), ("rate", 1)):
        bench, example = one(data, task)
        made_of = made(bench, example, "prompt-refinement", replace(ROOMY, options={"tries": 24})).conditioning
        assert made_of
        assert any("answers alone" in text.text for text in made_of.evidence.texts) == (lines == 2)


def test_context_steering_is_the_papers_formula(data: Dataset) -> None:
    """log p = log p(with) + strength x (log p(with) - log p(without)), on a model that does not normalize."""
    bench, example = one(data, "rewrite")
    with_items = made(bench, example, "recent-history").output
    without = score(bench, condition(bench, [Cell("none", Arm.NOBODY, example, ROOMY)]))[0].output
    assert with_items
    assert without
    for strength in (-1.0, 0.0, 0.5, 2.0):
        outcome = made(bench, example, "context-steering", replace(ROOMY, options={"strength": strength}))
        wanted = [
            a + strength * (a - b) for a, b in zip(with_items.truth_logprobs, without.truth_logprobs, strict=True)
        ]
        assert outcome.output
        assert list(outcome.output.truth_logprobs) == pytest.approx(wanted)
    nobody = condition(bench, [Cell("context-steering", Arm.NOBODY, example, ROOMY)])[0].conditioning
    assert nobody
    assert not nobody.modifiers


@pytest.mark.parametrize("task", ["rewrite"])
def test_a_style_vector_is_the_mean_difference_and_stays_out_of_the_prompt(data: Dataset, task: str) -> None:
    bench, example = one(data, task)
    outcome = made(bench, example, "style-vector", replace(ROOMY, options={"strength": 2.0, "texts": 3}))
    conditioned = outcome.conditioning
    assert conditioned
    steer = conditioned.modifiers.steer
    assert steer
    assert conditioned.modifiers.owners == {example.user}
    assert steer.strength == 2.0
    given = give(bench.case_of(methods["style-vector"].info, example), Arm.RIGHT, draw=bench.seed)
    items = given.user.items[-3:]
    echo = bench.model
    from engines.types import ActivationRow, Message, Part

    def states(texts: list[str]) -> np.ndarray:  # type: ignore[type-arg]
        rows = [ActivationRow((Message("user", (Part("a"),)),), Part(text), 0.5) for text in texts]
        return np.stack([found.vector for found in echo.activations(rows)])

    own = states([people.REWRITE.answer_template.format_map(item.extra) for item in items])
    plain = states([item.extra["note"] for item in items])
    assert steer.vector == pytest.approx((own - plain).mean(0))
    assert not any(part.owner for part in conditioned.messages[1].parts)
    assert cost_of(outcome).private_bytes == 64
    bare = made(bench, example, "style-vector", replace(ROOMY, options={"strength": 0.0})).conditioning
    assert bare
    assert not bare.modifiers


def test_costs_count_what_stands_in_the_prompt(data: Dataset) -> None:
    bench, example = one(data, "rate")
    recent = cost_of(made(bench, example, "recent-history"))
    assert (recent.private_items, recent.private_bytes) == (4, 0)
    assert (recent.prompt_tokens or 0) > (cost_of(made(bench, example, "none")).prompt_tokens or 0) > 0
    summary = made(bench, example, "profile-summary")
    assert cost_of(summary).private_items == 1
    assert mean_cost([summary, made(bench, example, "recent-history")]).private_items == 2.5


def test_every_method_has_a_family_and_levels_ascend() -> None:
    families = by_family(methods.names())
    assert sorted(name for some in families.values() for name in some) == sorted(methods)
    assert family_of("none") == "Baselines"
    assert family_of("context-steering") == "Decoding"
    assert families["Prompting"][0] == "global-examples"
    levels = [methods[name].info.level for name in families["Retrieval"]]
    assert levels == sorted(levels, key=lambda level: ("persona", "user").index(level.value))
