"""Gradients through the flat model are those of the plain one, and the loop learns, on tiny random models."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from engines.errors import EngineError, FailureKind
from engines.models.flat.layers import prepare
from engines.models.flat.learning import Course, evaluate, learn
from engines.models.flat.lessons import Lesson, Reader, common_prefix
from engines.models.flat.losses import cross_entropy, dpo, shares
from engines.models.flat.pieces import choose
from engines.models.flat.subjects import Gates, LowRank, Nothing, SoftPrompt, Weights, subject_of
from engines.models.flat.trainable import Trainable
from engines.training.recipe import Learns, Objective, Recipe, Sample
from tests.engines.test_architectures import made

SHARED = (5, 6, 7, 8, 9, 10)
LESSONS = (
    Lesson((*SHARED, 20, 21, 30, 31), 8, 0),
    Lesson((*SHARED, 22, 32), 7, 1),
    Lesson((*SHARED, 23, 24, 25, 26, 33, 34, 35), 10, 2),
)


def plain_logprobs(model: Any, lessons: Sequence[Lesson], front: torch.Tensor | None = None) -> list[torch.Tensor]:
    """Each lesson by itself through the plain transformers model."""
    found = []
    for one in lessons:
        given = model.get_input_embeddings()(torch.tensor([one.tokens]))
        size = 0 if front is None else len(front)
        if front is not None:
            given = torch.cat([front[None], given], 1)
        logs = model(inputs_embeds=given).logits[0].float().log_softmax(-1)
        places = torch.arange(size + one.start - 1, size + len(one.tokens) - 1)
        found.append(logs[places, torch.tensor(one.tokens[one.start :])])
    return found


@pytest.mark.parametrize("family", ["llama-tied", "llama-bias", "qwen3", "gemma"])
@pytest.mark.parametrize("first", [0, 1])
def test_log_probabilities_and_gradients_are_those_of_the_plain_model(family: str, first: int) -> None:
    plain = made(family)
    names = [n for n, one in plain.named_modules() if isinstance(one, torch.nn.Linear) and f"layers.{1}." in n]
    trainable = Trainable(prepare(copy.deepcopy(plain)))
    trainable.open(first)
    subject = LowRank(trainable, Recipe(layers=2 - first, rank=3), {})
    for number, one in enumerate(subject.parameters()):
        torch.nn.init.normal_(one, std=0.1, generator=torch.Generator().manual_seed(number))
    reader = Reader(trainable, LESSONS, first=first)
    assert reader.prefix == len(SHARED)
    reader.warm([[0, 1, 2]])
    subject.place(trainable)
    mine = reader.logprobs([2, 0, 1])
    (-torch.cat(mine).sum()).backward()
    for name, (down, up) in subject.learnt.items():
        weight = plain.get_submodule(name).weight
        weight.data += (up.detach() * subject.scale) @ down.detach()
    theirs = plain_logprobs(plain, [LESSONS[2], *LESSONS[:2]])
    (-torch.cat(theirs).sum()).backward()
    torch.testing.assert_close(torch.cat(mine), torch.cat(theirs), atol=1e-4, rtol=1e-4)
    for name in names:
        down, up = subject.learnt[name]
        slope = plain.get_submodule(name).weight.grad * subject.scale
        torch.testing.assert_close(up.grad, slope @ down.detach().T, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(down.grad, up.detach().T @ slope, atol=1e-4, rtol=1e-3)


def test_a_soft_prompt_has_the_gradient_of_embeddings_before_the_prompt() -> None:
    plain = made("llama-tied")
    trainable = Trainable(prepare(copy.deepcopy(plain)))
    trainable.open(0)
    subject = SoftPrompt.__new__(SoftPrompt)
    Nothing.__init__(subject, {})
    subject.learnt = torch.nn.Parameter(torch.randn(3, 64, generator=torch.Generator().manual_seed(1)))
    mine = Reader(trainable, LESSONS, first=0).logprobs([0, 1, 2], front=subject.place(trainable))
    (-torch.cat(mine).sum()).backward()
    same = subject.learnt.detach().clone().requires_grad_()
    theirs = plain_logprobs(plain, LESSONS, same)
    (-torch.cat(theirs).sum()).backward()
    torch.testing.assert_close(torch.cat(mine), torch.cat(theirs), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(subject.learnt.grad, same.grad, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("tokens", [1, 16, 17, 64, 100, 129, 150])
def test_likelihoods_are_those_of_all_logits_however_many_tokens_are_asked(tokens: int) -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    draw = torch.Generator().manual_seed(tokens)
    hidden = torch.randn(tokens, 64, generator=draw).requires_grad_()
    asked = torch.randint(0, trainable.embed.weight.shape[0], (tokens,), generator=draw)
    found = trainable.likely(hidden, asked)
    weight = trainable.embed.weight  # of the head too
    logs = torch.log_softmax(trainable.last(hidden) @ weight.T, -1).gather(1, asked[:, None])[:, 0]
    slopes = [torch.autograd.grad(one.sum(), hidden, retain_graph=True)[0] for one in (found, logs)]
    torch.testing.assert_close(found, logs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(*slopes, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("learns", [Learns.LORA, Learns.SOFT_PROMPT, Learns.WEIGHTS, Learns.PROJECTOR])
def test_everything_that_can_be_learnt_lowers_the_loss_and_serves_as_it_was_learnt(learns: Learns) -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    trainable.open(0)
    recipe = Recipe(learns=learns, layers=0, epochs=8, batch=3, rate=0.05, tokens=2)
    samples = [Sample((), (), "", "", "", (1.0, float(n))) for n in range(3)]
    subject = subject_of(trainable, recipe, {}, samples)
    course, told = Course(recipe, LESSONS, 0), []
    before = sum(evaluate(trainable, course, subject))
    losses = learn(trainable, course, subject, tell=lambda *news: told.append(news), stop=lambda: False)
    after = sum(evaluate(trainable, course, subject))
    assert len(losses) == len(told) == recipe.steps(3)
    assert after > before + 1
    assert losses == [loss for _, loss, _ in told]
    if learns is not Learns.PROJECTOR:
        kept = evaluate(trainable, course, Nothing(subject.arrays()))
        assert sum(kept) == pytest.approx(after, abs=1e-3)


def test_a_state_on_a_base_begins_where_the_base_ends() -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    trainable.open(0)
    recipe = Recipe(layers=0, epochs=10, batch=3, rate=0.02)
    course = Course(recipe, LESSONS, 0)
    base = LowRank(trainable, recipe, {})
    learn(trainable, course, base, tell=lambda *_: None, stop=lambda: False)
    arrays = {name: array.copy() for name, array in base.arrays().items()}
    own = LowRank(trainable, recipe, arrays)
    assert evaluate(trainable, course, own) == pytest.approx(evaluate(trainable, course, base), abs=1e-4)
    learn(trainable, course, own, tell=lambda *_: None, stop=lambda: False)
    assert sum(evaluate(trainable, course, own)) > sum(evaluate(trainable, course, base))
    assert all((arrays[name] == array).all() for name, array in base.arrays().items()), "the base stays as it is"


def test_preference_pairs_move_the_chosen_answer_above_the_rejected_one() -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    trainable.open(0)
    pairs = (Lesson((*SHARED, 20, 40), 7, 0), Lesson((*SHARED, 20, 41, 42), 7, 0))
    recipe = Recipe(objective=Objective.DPO, layers=0, epochs=6, rate=0.03, beta=0.5)
    course, subject = Course(recipe, pairs, 0), LowRank(trainable, recipe, {})
    first = evaluate(trainable, course, subject)
    losses = learn(trainable, course, subject, tell=lambda *_: None, stop=lambda: False)
    last = evaluate(trainable, course, subject)
    assert losses[0] == pytest.approx(0.6931, abs=1e-3), "log 2 while nothing has moved"
    assert losses[-1] < 0.5
    assert last[0] - last[1] > first[0] - first[1]


def test_losses_add_up_to_the_mean_over_a_batch() -> None:
    answers = [torch.tensor([-1.0, -2.0]), torch.tensor([-3.0])]
    share = shares(Recipe(), [[2], [1]])
    total = sum(float(cross_entropy([one], (), share)) for one in answers)
    assert total == pytest.approx(2.0)
    pair = dpo(0.1)(answers, (-3.0, -3.0), shares(Recipe(objective=Objective.DPO), [[2, 1]]))
    assert float(pair) == pytest.approx(0.6931, abs=1e-4)


def test_a_training_stops_between_passes_and_a_broken_loss_is_an_error() -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    trainable.open(0)
    recipe = Recipe(layers=0, epochs=5, batch=1)
    course, told = Course(recipe, LESSONS, 0), []
    with pytest.raises(EngineError) as raised:
        learn(
            trainable,
            course,
            LowRank(trainable, recipe, {}),
            tell=lambda *news: told.append(news),
            stop=lambda: len(told) >= 2,
        )
    assert raised.value.kind is FailureKind.STOPPED
    assert len(told) == 2
    bad = Weights(trainable, recipe, {})
    next(iter(bad.learnt.values())).data.fill_(float("nan"))
    with pytest.raises(EngineError, match="is no number"):
        learn(trainable, course, bad, tell=lambda *_: None, stop=lambda: False)


def test_the_prefix_ends_before_what_is_learnt() -> None:
    assert common_prefix([Lesson((1, 2, 3, 4), 2, 0), Lesson((1, 2, 3, 5), 3, 1)]) == 1
    assert common_prefix([Lesson((1, 2, 3, 4), 3, 0)]) == 2


def test_gates_are_learnt_on_frozen_factors_and_choose_the_piece_whose_tokens_look_alike() -> None:
    trainable = Trainable(prepare(made("llama-tied")))
    trainable.open(0)
    recipe = Recipe(layers=0, modules=("q_proj", "v_proj"), epochs=8, batch=3, rate=0.03)
    course = Course(recipe, LESSONS, 0)
    base = LowRank(trainable, recipe, {})
    learn(trainable, course, base, tell=lambda *_: None, stop=lambda: False)
    own = {name: array.copy() for name, array in base.arrays().items()}
    gates = Gates(trainable, own)
    before = sum(evaluate(trainable, course, gates))
    learn(trainable, course, gates, tell=lambda *_: None, stop=lambda: False)
    assert sum(evaluate(trainable, course, gates)) > before, "half open at first"
    assert sorted(gates.arrays()) == ["g:0", "g:1"]
    with torch.no_grad():
        trainable.learnt.factors, trainable.learnt.gates = {}, {}
        entering = trainable.layers[0].input_layernorm(trainable.embed(torch.tensor([LESSONS[0].tokens])))[0].mean(0)
    alike = own | gates.arrays() | {"g:0": entering.numpy()}
    unlike = own | gates.arrays() | {"g:0": -entering.numpy()}
    chosen = choose(trainable, LESSONS[:1], [unlike, alike], keep=1)
    assert chosen["0"] == [(1, 1.0)]
    both = choose(trainable, LESSONS[:1], [unlike, alike], keep=2)
    assert [place for place, _ in both["0"]] == [1, 0]
    assert sum(weight for _, weight in both["0"]) == pytest.approx(1)
