"""What a row carries changes that row as it would a model of its own, and nobody else's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from engines.errors import EngineError, FailureKind
from engines.models.local import LocalModel
from engines.modifiers import PLAIN, Adapter, Contrast, Modifiers, SoftPrefix, Steering
from engines.types import GenerateRow, Generation, Scored, ScoreRow
from tests.engines.test_local import chat, plain_logprobs, plain_model, sentences

pytestmark = pytest.mark.model
WIDTH, INNER, VALUES = 576, 1536, 192
ROWS, TOGETHER, NEW = 200, 8, 5
TAIL = " a fine day"
SIZES = {"self_attn.q_proj": (WIDTH, WIDTH), "self_attn.v_proj": (WIDTH, VALUES), "mlp.down_proj": (INNER, WIDTH)}


def adapter(seed: int) -> Adapter:
    """Random factors of rank 4 in ten layers, strong enough to change what is said."""
    draw = np.random.default_rng(seed)
    return Adapter(
        {
            f"model.layers.{layer}.{name}": (
                draw.normal(size=(4, inner)).astype(np.float32) * 0.08,
                draw.normal(size=(outer, 4)).astype(np.float32) * 0.08,
            )
            for layer in range(0, 30, 3)
            for name, (inner, outer) in SIZES.items()
        },
        scale=1.0,
    )


def steering(seed: int) -> Steering:
    return Steering(10, np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32), 1.0)


def soft(seed: int) -> SoftPrefix:
    return SoftPrefix(np.random.default_rng(seed).normal(size=(5, WIDTH)).astype(np.float32) * 0.3)


def carried() -> list[Modifiers]:
    """One batch: three adapters, a vector, an adapter with a vector, a soft prefix, a contrast, and nothing."""
    return [
        Modifiers(adapter=adapter(1)),
        Modifiers(adapter=adapter(2)),
        Modifiers(adapter=adapter(3)),
        Modifiers(steer=steering(4)),
        Modifiers(adapter=adapter(1), steer=steering(5)),
        Modifiers(prefix=soft(6)),
        Modifiers(contrast=Contrast(chat("Nobody."), 1.5)),
        PLAIN,
    ]


def short_prompts(count: int) -> list[str]:
    draw, notes = random.Random(8), sentences()  # noqa: S311
    return [f"{draw.choice(notes)[: draw.randrange(10, 60)]} {n}" for n in range(count)]


@pytest.fixture(scope="module")
def plain() -> Any:
    return plain_model()


@pytest.fixture(autouse=True)
def nothing_read(model: LocalModel) -> None:
    model.engine.prefixes.clear()


def together(model: LocalModel, rows: Sequence[GenerateRow | ScoreRow]) -> list[Any]:
    """Texts and scores in one running batch."""
    prepared = [model.prepare(row) for row in rows]
    made: dict[int, Generation | Scored] = {}
    for place, one in enumerate(prepared):
        model.engine.add(
            model.open(one, "", finish=lambda run, p=place, one=one: made.__setitem__(p, model.result(one, run, 0.0)))  # type: ignore[misc]
        )
    while model.engine.step():
        pass
    return [made[place] for place in range(len(rows))]


@pytest.mark.parametrize("count", [8, pytest.param(ROWS, marks=pytest.mark.slow)])
def test_a_row_has_the_text_and_the_likelihood_that_it_has_alone(count: int, model: LocalModel) -> None:
    sets, prompts = carried(), short_prompts(count)
    rows = []
    for place, prompt in enumerate(prompts):
        modifiers = sets[(place + place // TOGETHER) % len(sets)]
        rows.append(
            (
                GenerateRow(chat(prompt, system="Say."), NEW, modifiers=modifiers),
                ScoreRow(chat(prompt, system="Say."), (TAIL,), modifiers),
            )
        )
    batched: list[tuple[Generation, Scored]] = []
    for start in range(0, count, TOGETHER):
        some = rows[start : start + TOGETHER]
        found = together(model, [*(one for one, _ in some), *(other for _, other in some)])
        batched += zip(found[: len(some)], found[len(some) :], strict=True)
    model.engine.prefixes.clear()
    right = 0
    for (write, score), (text, scored) in zip(rows, batched, strict=True):
        said = model.generate([write])[0].text
        moved = np.subtract(model.score([score])[0].logprobs[0], scored.logprobs[0])
        right += said == text.text and float(np.abs(moved).max()) < 0.001
    print(f"as alone: {right} of {count}")
    assert right >= count - 1


def test_every_modifier_changes_what_is_said(model: LocalModel) -> None:
    rows = [GenerateRow(chat("What did you do today?"), 24, modifiers=one) for one in carried()]
    texts = [made.text for made in model.generate(rows)]
    assert len(set(texts)) == len(rows), texts


@pytest.fixture
def merged(plain: Any) -> Iterator[Callable[[Adapter], Any]]:
    """The plain model with an adapter in its weights, which are given back afterwards."""
    import torch

    before: dict[str, Any] = {}

    def merge(one: Adapter) -> Any:
        with torch.no_grad():
            for name, (down, up) in one.factors.items():
                weight = plain.get_submodule(name).weight
                before[name] = weight.clone()
                weight += one.scale * torch.from_numpy(up @ down)
        return plain

    yield merge
    with torch.no_grad():
        for name, weight in before.items():
            plain.get_submodule(name).weight.copy_(weight)


def tail_of(model: LocalModel) -> list[int]:
    return list(model._tokenizer(TAIL, add_special_tokens=False)["input_ids"])


def test_an_adapter_equals_merged_weights(model: LocalModel, merged: Callable[[Adapter], Any]) -> None:
    prompt = chat(sentences()[0])
    row = ScoreRow(prompt, (TAIL, " no"), Modifiers(adapter=adapter(1)))
    found, bare = model.score([row, ScoreRow(prompt, (TAIL,))])
    wanted = plain_logprobs(merged(adapter(1)), model.encode(prompt), tail_of(model))
    assert found.logprobs[0] == pytest.approx(wanted, abs=1e-3)
    assert found.totals()[0] != pytest.approx(bare.totals()[0], abs=0.05), "strong enough to be seen"


def test_a_steering_vector_equals_a_hook(model: LocalModel, plain: Any) -> None:
    import torch

    prompt, one = chat(sentences()[1]), steering(4)
    vector = torch.from_numpy(one.vector) * one.strength
    hook = plain.model.layers[one.layer].register_forward_hook(
        lambda _m, _i, out: (out[0] + vector, *out[1:]) if isinstance(out, tuple) else out + vector
    )
    try:
        wanted = plain_logprobs(plain, model.encode(prompt), tail_of(model))
    finally:
        hook.remove()
    found = model.score([ScoreRow(prompt, (TAIL,), Modifiers(steer=one)), ScoreRow(prompt, (TAIL,))])
    assert found[0].logprobs[0] == pytest.approx(wanted, abs=1e-3)
    assert found[1].totals()[0] != pytest.approx(sum(wanted), abs=0.05)


def test_a_soft_prefix_equals_embeddings_before_the_prompt(model: LocalModel, plain: Any) -> None:
    import torch

    prompt, one = chat(sentences()[2]), soft(6)
    tokens = [*model.encode(prompt), *tail_of(model)]
    with torch.inference_mode():
        embedded = plain.get_input_embeddings()(torch.tensor([tokens]))
        given = torch.cat([torch.from_numpy(one.embeddings)[None], embedded], 1)
        logits = plain(inputs_embeds=given).logits[0].log_softmax(-1)
    places = range(len(one.embeddings) + len(tokens) - len(tail_of(model)) - 1, len(one.embeddings) + len(tokens) - 1)
    wanted = logits[places, tail_of(model)].tolist()
    rows = [ScoreRow(prompt, (TAIL,), Modifiers(prefix=one)), ScoreRow(prompt, (TAIL, " no"), Modifiers(prefix=one))]
    for found in (*model.score(rows), *model.score(rows)):
        assert found.logprobs[0] == pytest.approx(wanted, abs=1e-3)
        assert found.prompt_tokens == len(model.encode(prompt))


def test_a_contrast_is_the_formula_made_a_distribution(model: LocalModel, plain: Any) -> None:
    import torch

    own, other, tail = chat(sentences()[3]), chat("Nobody in particular."), tail_of(model)
    for weight in (0.5, 2.0):
        wanted = []
        for place, token in enumerate(tail):
            with torch.inference_mode():
                one, less = (
                    plain(torch.tensor([[*model.encode(m), *tail[:place]]])).logits[0, -1].log_softmax(-1)
                    for m in (own, other)
                )
            wanted.append(float(((1 + weight) * one - weight * less).log_softmax(-1)[token]))
        asked = [
            ScoreRow(own, some, Modifiers(contrast=Contrast(other, weight))) for some in ((TAIL,), (TAIL, " no", TAIL))
        ]
        for found in model.score(asked):
            assert found.logprobs[0] == pytest.approx(wanted, abs=1e-3)


def test_a_contrast_with_itself_or_of_no_weight_changes_nothing(model: LocalModel) -> None:
    prompt = chat(sentences()[4])
    whole = [PLAIN, Modifiers(contrast=Contrast(prompt, 1.0)), Modifiers(contrast=Contrast(chat("x"), 0.0))]
    found = model.score([ScoreRow(prompt, (TAIL,), one) for one in whole])
    assert found[1].logprobs[0] == pytest.approx(found[0].logprobs[0], abs=1e-3)
    assert found[2].logprobs[0] == pytest.approx(found[0].logprobs[0], abs=1e-3)


def test_rows_with_modifiers_share_no_prefix_with_others(model: LocalModel) -> None:
    prompt, prefixes = chat(sentences()[5]), model.engine.prefixes
    tokens = np.array(model.encode(prompt))
    one, other = Modifiers(adapter=adapter(1)), Modifiers(steer=steering(4))
    model.score([ScoreRow(prompt, (TAIL,), one)])
    assert prefixes.match(one.digest, tokens) == len(tokens)
    assert prefixes.match("", tokens) == prefixes.match(other.digest, tokens) == 0
    model.score([ScoreRow(prompt, (TAIL,), Modifiers(contrast=Contrast(chat("Nobody."))))])
    assert prefixes.match("", tokens) == len(tokens), "a contrast changes no activations"


def test_one_digest_for_what_is_equal_and_others_for_what_is_not() -> None:
    assert adapter(1).digest == adapter(1).digest
    sets = [adapter(1), adapter(2), Adapter(adapter(1).factors, 0.25)]
    assert len({one.digest for one in sets}) == 3
    vector = steering(1).vector
    steers = [steering(1), steering(2), Steering(9, vector, 0.3), Steering(10, vector, 0.4)]
    assert len({one.digest for one in steers}) == 4
    assert PLAIN.digest == Modifiers(contrast=Contrast(())).digest == ""
    assert not PLAIN
    assert len({one.digest for one in carried()}) == len(carried()) - 1


def factors(name: str, down: tuple[int, ...], up: tuple[int, ...]) -> Modifiers:
    return Modifiers(adapter=Adapter({name: (np.zeros(down, np.float32), np.zeros(up, np.float32))}))


Q = "model.layers.0.self_attn.q_proj"


@pytest.mark.parametrize(
    ("modifiers", "said"),
    [
        (
            factors("model.layers.99.self_attn.q_proj", (4, WIDTH), (WIDTH, 4)),
            r"layers\.99.*model\.layers\.0\.self_attn",
        ),
        (factors("q_proj", (4, WIDTH), (WIDTH, 4)), r"layer q_proj.*model\.layers\.0\.self_attn\.q_proj"),
        (factors("nonsense", (4, WIDTH), (WIDTH, 4)), r"layer nonsense.*model\.layers\.\d+\."),
        (factors("lm_head", (4, WIDTH), (49152, 4)), r"layer lm_head.*model\.layers\.\d+\."),
        (factors(Q, (4, WIDTH + 1), (WIDTH, 4)), rf"{Q} .*577.*\[rank, {WIDTH}\] and \[{WIDTH}, rank\]"),
        (factors(Q, (4, WIDTH), (WIDTH, 3)), rf"\[rank, {WIDTH}\] and \[{WIDTH}, rank\]"),
        (factors(Q, (WIDTH,), (WIDTH,)), rf"\[rank, {WIDTH}\]"),
        (Modifiers(prefix=SoftPrefix(np.zeros((2, 5), np.float32))), rf"soft prefix.*\(2, 5\).*\[n, {WIDTH}\]"),
        (Modifiers(prefix=SoftPrefix(np.zeros(WIDTH, np.float32))), rf"soft prefix.*\[n, {WIDTH}\]"),
        (Modifiers(steer=Steering(0, np.zeros(5, np.float32))), rf"steering.*\(5,\).*\[{WIDTH}\]"),
        (Modifiers(steer=Steering(30, np.zeros(WIDTH, np.float32))), "layer 30.*layers 0 to 29"),
        (Modifiers(steer=Steering(-1, np.zeros(WIDTH, np.float32))), "layer -1.*layers 0 to 29"),
    ],
)
def test_what_does_not_fit_names_what_is_accepted(model: LocalModel, modifiers: Modifiers, said: str) -> None:
    with pytest.raises(EngineError, match=said) as raised:
        model.score([ScoreRow(chat("x"), (TAIL,), modifiers)])
    assert raised.value.kind is FailureKind.MODEL


def test_a_soft_prefix_and_a_contrast_count_against_the_context(model: LocalModel) -> None:
    long = SoftPrefix(np.zeros((model.context, WIDTH), np.float32))
    for modifiers in (Modifiers(prefix=long), Modifiers(contrast=Contrast(chat("word " * model.context)))):
        with pytest.raises(EngineError, match=f"reads {model.context}") as raised:
            model.generate([GenerateRow(chat("x"), 1, modifiers=modifiers)])
        assert raised.value.kind is FailureKind.TOO_LONG


def test_an_empty_soft_prefix_changes_nothing(model: LocalModel) -> None:
    none = Modifiers(prefix=SoftPrefix(np.zeros((0, WIDTH), np.float32)))
    found = model.score([ScoreRow(chat("x"), (TAIL,), one) for one in (none, PLAIN)])
    assert found[0].logprobs[0] == pytest.approx(found[1].logprobs[0], abs=1e-4)
