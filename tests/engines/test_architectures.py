"""Models of other families, tiny and random: the engine gives the log-probabilities of the plain model, or refuses."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from engines.errors import EngineError, FailureKind
from engines.models.flat.changes import Changes
from engines.models.flat.layers import prepare
from engines.models.flat.running import Engine
from engines.models.flat.script import Half, Run
from engines.modifiers import Adapter, Modifiers, SoftPrefix, Steering

WORDS = 500
SMALL: dict[str, Any] = {
    "vocab_size": WORDS,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "max_position_embeddings": 1024,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = SMALL | {"num_key_value_heads": 2}
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama-tied": ("Llama", GROUPED | {"tie_word_embeddings": True}),
    "llama-untied": ("Llama", GROUPED | {"tie_word_embeddings": False}),
    "llama-bias": ("Llama", GROUPED | {"attention_bias": True, "mlp_bias": True}),
    "llama-wide-heads": ("Llama", GROUPED | {"head_dim": 32}),
    "llama-scaled-rope": (
        "Llama",
        GROUPED
        | {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 10000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "mistral": ("Mistral", GROUPED | {"sliding_window": None}),
    "qwen2": ("Qwen2", GROUPED),
    "qwen3": ("Qwen3", GROUPED | {"head_dim": 16}),
    "smollm3": ("SmolLM3", GROUPED),
    "olmo2": ("Olmo2", GROUPED),
    "gemma": ("Gemma", GROUPED | {"head_dim": 16}),
    "gemma3": ("Gemma3", GROUPED | {"head_dim": 16, "sliding_window": 4096}),
    "stablelm": ("StableLm", GROUPED | {"use_qkv_bias": True}),
    "starcoder2": ("Starcoder2", GROUPED | {"sliding_window": None}),
    "opt": ("OPT", {**SMALL, "ffn_dim": 96, "word_embed_proj_dim": 64}),
    "phi3": ("Phi3", GROUPED),
    "phi": ("Phi", SMALL | {"partial_rotary_factor": 0.5}),
    "gpt-neox": ("GPTNeoX", SMALL | {"rotary_pct": 0.25}),
}
SCALED: dict[str, tuple[str, dict[str, Any]]] = {
    "granite": (
        "Granite",
        GROUPED
        | {"attention_multiplier": 0.3, "logits_scaling": 4.0, "residual_multiplier": 0.5, "embedding_multiplier": 3.0},
    ),
    "cohere": ("Cohere", GROUPED),
}


def made(family: str) -> Any:
    """A random model, with weights large enough that its probabilities differ."""
    name, settings = (FAMILIES | SCALED)[family]
    torch.manual_seed(3)
    config = getattr(transformers, f"{name}TextConfig", None) or getattr(transformers, f"{name}Config")
    model = getattr(transformers, f"{name}ForCausalLM")(config(**settings))
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn_like(weight) * 0.25) if weight.ndim > 1 else weight.add_(
                torch.randn_like(weight) * 0.2
            )
    return model.float().eval()


def sequences() -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """Prompts with continuations: short, longer than a chunk, with a common beginning, one or many candidates."""
    draw = random.Random(9)  # noqa: S311
    common = draw.choices(range(3, WORDS), k=50)
    prompts = [draw.choices(range(3, WORDS), k=n) for n in (5, 300)]
    prompts += [[*common, *draw.choices(range(3, WORDS), k=n)] for n in (1, 4, 30)]
    tails = [
        tuple(tuple(draw.choices(range(3, WORDS), k=k)) for k in ks) for ks in ((1,), (6,), (1, 1, 3), (4, 2), (3,))
    ]
    return [(tuple(prompt), some) for prompt, some in zip(prompts, tails, strict=True)]


def wanted(plain: Any, prompt: tuple[int, ...], tail: tuple[int, ...]) -> list[float]:
    with torch.inference_mode():
        logits = plain(input_ids=torch.tensor([[*prompt, *tail]])).logits[0].log_softmax(-1)
    places = range(len(prompt) - 1, len(prompt) + len(tail) - 1)
    return [float(value) for value in logits[places, list(tail)]]


def until_done(engine: Engine, runs: list[Run]) -> None:
    for run in runs:
        engine.add(run)
    for _ in range(200):
        if not engine.step():
            return
    raise AssertionError("the rows never ended")


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_and_texts_are_those_of_the_plain_model(family: str) -> None:
    plain = made(family)
    loaded = prepare(copy.deepcopy(plain))
    engine, change = Engine(loaded), Changes(loaded.model, loaded.linear).plain
    asked = sequences()
    scored: list[Run] = []
    written: list[Run] = []
    runs = [Run([Half(np.array(p), change)], "a", scored.append, tails=tails) for p, tails in asked]
    texts = [Run([Half(np.array(p), change)], "b", written.append, new=6) for p, _ in asked]
    until_done(engine, [*runs, *texts])
    assert (len(scored), len(written)) == (5, 5)
    for run, text, (prompt, tails) in zip(runs, texts, asked, strict=True):
        for tail, found in zip(tails, run.logprobs, strict=True):
            assert found == pytest.approx(wanted(plain, prompt, tail), abs=1e-4)
        with torch.inference_mode():
            last = plain(input_ids=torch.tensor([[*prompt, *text.tokens]])).logits[0, len(prompt) - 1 : -1]
        assert text.tokens == last.argmax(-1).tolist()
        assert len(text.tokens) == 6
    assert engine.pool.pages == []


@pytest.mark.parametrize("family", ["llama-tied", "qwen2", "qwen3", "phi", "gpt-neox"])
def test_modifiers_work_in_other_families(family: str) -> None:
    plain = made(family)
    loaded = prepare(copy.deepcopy(plain))
    engine, changes = Engine(loaded), Changes(loaded.model, loaded.linear)
    draw = np.random.default_rng(1)
    names = [name for name in loaded.linear if ".1." in name]
    factors = {
        name: (draw.normal(size=(2, loaded.linear[name][0])) * 0.2, draw.normal(size=(loaded.linear[name][1], 2)) * 0.2)
        for name in names
    }
    soft = draw.normal(size=(3, 64)).astype(np.float32)
    vector = draw.normal(size=64).astype(np.float32)
    modifiers = Modifiers(Adapter(factors), SoftPrefix(soft), Steering(0, vector, 1.5))
    changes.check(modifiers)
    prompt, tail = sequences()[3][0], (7, 8, 9)
    scored: list[Run] = []
    run = Run([Half(np.array([-1, -2, -3, *prompt]), changes.of(modifiers))], "a", scored.append, tails=(tail,))
    company = Run([Half(np.array(prompt), changes.plain)], "b", scored.append, tails=(tail,))
    until_done(engine, [run, company])
    assert company.logprobs[0] == pytest.approx(wanted(plain, prompt, tail), abs=1e-4)
    with torch.inference_mode():
        for name, (down, up) in factors.items():
            plain.get_submodule(name).weight += torch.from_numpy((up @ down).astype(np.float32))
        steered = torch.from_numpy(vector) * 1.5

        def steer(_module: Any, _given: Any, out: Any) -> Any:
            return (out[0] + steered, *out[1:]) if isinstance(out, tuple) else out + steered

        plain.get_decoder().layers[0].register_forward_hook(steer)
        embedded = plain.get_input_embeddings()(torch.tensor([[*prompt, *tail]]))
        given = torch.cat([torch.from_numpy(soft)[None], embedded], 1)
        logits = plain(inputs_embeds=given).logits[0].log_softmax(-1)
    places = range(len(prompt) + 2, len(prompt) + 5)
    assert run.logprobs[0] == pytest.approx(logits[places, list(tail)].tolist(), abs=2e-4)


REFUSED: dict[str, dict[str, Any]] = {
    "Gemma2": GROUPED | {"head_dim": 16},
    "GPT2": {"vocab_size": WORDS, "n_embd": 32, "n_layer": 2, "n_head": 4, "bos_token_id": 1, "eos_token_id": 2},
    "Mamba": {"vocab_size": WORDS, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    "Bloom": {"vocab_size": WORDS, "hidden_size": 32, "n_layer": 2, "n_head": 4},
}


@pytest.mark.parametrize("family", SCALED)
def test_a_model_that_scales_its_logits_is_right_or_refused(family: str) -> None:
    """What happens behind the last layer is easily passed over, and then every number is wrong without a word."""
    plain = made(family)
    try:
        loaded = prepare(copy.deepcopy(plain))
    except EngineError:
        return
    prompt, tail = sequences()[0][0], (7, 8, 9)
    run = Run([Half(np.array(prompt), Changes(loaded.model, loaded.linear).plain)], "a", lambda _: None, tails=(tail,))
    until_done(Engine(loaded), [run])
    assert run.logprobs[0] == pytest.approx(wanted(plain, prompt, tail), abs=1e-4)


@pytest.mark.parametrize("family", REFUSED)
def test_what_cannot_be_followed_is_refused_and_never_wrong(family: str) -> None:
    config = getattr(transformers, f"{family}Config")(**REFUSED[family])
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with pytest.raises(EngineError, match=config.model_type) as raised:
        prepare(model)
    assert raised.value.kind is FailureKind.MODEL
    assert "ATTUNE_MODEL" in str(raised.value)


@pytest.mark.parametrize("seed", range(6))
def test_rows_that_come_and_go_at_random_get_what_they_get_alone(seed: int) -> None:
    """Common beginnings, contrasts, adapters, scores and texts, little memory, and rows that are dropped."""
    loaded = prepare(made("llama-tied"))
    changes, draw = Changes(loaded.model, loaded.linear), random.Random(seed)  # noqa: S311
    steer = Modifiers(steer=Steering(0, np.random.default_rng(seed).normal(size=64), 1.0))
    roots = [draw.choices(range(3, WORDS), k=60) for _ in range(3)]

    def prompt() -> Any:
        return np.array([*draw.choice(roots)[: draw.randrange(1, 60)], *draw.choices(range(3, 9), k=3)])

    def opened(finish: Any, like: Run | None = None) -> Run:
        if like is not None:
            halves = [Half(half.prompt, half.change) for half in like.halves]
            return Run(halves, "x", finish, new=like.new, tails=like.tails, weight=like.weight)
        change = draw.choice([changes.plain, changes.plain, changes.of(steer)])
        halves = [Half(prompt(), change) for _ in range(draw.choice([1, 1, 2]))]
        tails = tuple(tuple(draw.choices(range(3, 9), k=draw.randrange(1, 5))) for _ in range(draw.randrange(4)))
        new = 0 if tails else draw.randrange(1, 12)
        return Run(halves, draw.randrange(4), finish, new=new, tails=tails, weight=0.5)

    engine, finished = Engine(loaded), []
    engine.budget = engine.pool.capacity(60) * 5
    engine.prefixes.limit = engine.pool.shape.token_bytes * 150
    runs: list[Run] = []
    for _ in range(60):
        for _ in range(draw.randrange(3)):
            runs.append(opened(finished.append))
            engine.add(runs[-1])
        if draw.random() < 0.2 and runs:
            engine.drop(draw.choice(runs[-8:]))
        engine.step()
        assert sum((page.slots - len(page.free)) * page.capacity for page in engine.pool.pages) <= engine.budget
        assert engine.prefixes.held <= engine.prefixes.limit
    until_done(engine, [])
    assert engine.pool.pages == []
    assert len(finished) == len(set(map(id, finished))) > 20
    for run in finished:
        alone, quiet = opened(lambda _: None, like=run), Engine(loaded)
        until_done(quiet, [alone])
        assert alone.tokens == run.tokens
        for found, wanted_here in zip(run.logprobs, alone.logprobs, strict=True):
            assert found == pytest.approx(wanted_here, abs=1e-4)
