"""Rows under adapters of the upper layers begin there once a row was read, and get what they get from the first layer.

Tiny random models; that the embedded one gives what its plain form gives is in `test_modifiers.py`.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from engines.models.flat.changes import Changes
from engines.models.flat.layers import Loaded, prepare
from engines.models.flat.running import Engine
from engines.models.flat.script import Change, Half, Run
from engines.modifiers import Adapter, Modifiers, SoftPrefix, Steering
from tests.engines.test_architectures import FAMILIES, made, sequences, until_done

LAYERS = 4
Asked = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]


def tiny(family: str, patch: pytest.MonkeyPatch) -> Loaded:
    """A random model of four layers."""
    name, settings = FAMILIES[family]
    patch.setitem(FAMILIES, family, (name, settings | {"num_hidden_layers": LAYERS}))
    return prepare(made(family))


def changes_of(loaded: Loaded) -> list[Change]:
    """Two adapters from the third layer on, one of the last, a vector behind the third, and one with an adapter."""
    changes, draw = Changes(loaded.model, loaded.linear), np.random.default_rng(5)

    def adapter(lowest: int) -> Adapter:
        return Adapter(
            {
                name: (draw.normal(size=(2, inner)) * 0.2, draw.normal(size=(outer, 2)) * 0.2)
                for name, (inner, outer) in loaded.linear.items()
                if any(f".{layer}." in name for layer in range(lowest, LAYERS))
            }
        )

    steer = Steering(2, draw.normal(size=64), 1.0)
    carried = [
        Modifiers(adapter(2)),
        Modifiers(adapter(2)),
        Modifiers(adapter(3)),
        Modifiers(steer=steer),
        Modifiers(adapter(3), steer=steer),
    ]
    found = [changes.of(one) for one in carried]
    assert [one.lowest for one in found] == [2, 2, 3, 2, 2]
    return found


def row(asked: Asked, change: Change) -> Run:
    prompt, tails = asked
    return Run([Half(np.array(prompt), change)], change.key, lambda _run: None, tails=tails)


def counted(loaded: Loaded) -> list[int]:
    """The tokens that enter the first layer, pass by pass, as they come."""
    found: list[int] = []
    first = loaded.model.get_decoder().layers[0]
    first.register_forward_pre_hook(lambda _module, given: found.append(given[0].shape[1]))
    return found


def alone(loaded: Loaded, asked: Asked, change: Change) -> list[tuple[float, ...]]:
    run = row(asked, change)
    until_done(Engine(loaded), [run])
    return run.logprobs


def same(found: list[tuple[float, ...]], wanted: list[tuple[float, ...]]) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize("family", ["llama-tied", "llama-scaled-rope", "mistral", "qwen2"])
def test_a_row_gets_what_it_gets_from_the_first_layer(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tiny(family, monkeypatch)
    changes, asked = changes_of(loaded), sequences()
    wanted = [[alone(loaded, one, change) for one in asked] for change in changes]
    engine, passed = Engine(loaded), counted(loaded)
    for place, change in enumerate(changes):
        passed.clear()
        runs = [row(one, change) for one in asked]
        until_done(engine, runs)
        for run, logprobs in zip(runs, wanted[place], strict=True):
            same(run.logprobs, logprobs)
        assert bool(passed) == (place == 0), "read from the first layer once"
    assert engine.pool.pages == []


@pytest.mark.parametrize("seed", range(6))
def test_beside_rows_that_begin_below_and_write(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows under all kinds of changes, some of which are known, in one batch of little memory."""
    loaded, draw = tiny("llama-tied", monkeypatch), random.Random(seed)  # noqa: S311
    plain = Changes(loaded.model, loaded.linear).plain
    changes = [*changes_of(loaded), plain]
    engine, asked = Engine(loaded), sequences()
    engine.entering.rows.limit = engine.entering.candidates.most = 80_000
    engine.prefixes.limit = engine.pool.shape.token_bytes * 200
    kinds = [(one, change) for one in asked for change in changes]
    wanted = {(one, change.key): alone(loaded, one, change) for one, change in kinds}
    scores = kinds * 2
    draw.shuffle(scores)
    for start in range(0, len(scores), 12):
        some = scores[start : start + 12]
        runs = [row(one, change) for one, change in some]
        prompt = np.array(draw.choice(asked)[0])
        some_changes = draw.sample(changes, 2)
        writers = [Run([Half(prompt, change)], "w", lambda _run: None, new=5) for change in some_changes]
        together = [*runs, *writers]
        draw.shuffle(together)
        until_done(engine, together)
        assert max(engine.entering.rows.held, engine.entering.candidates.held) <= 80_000
        for run, (one, change) in zip(runs, some, strict=True):
            same(run.logprobs, wanted[one, change.key])
        for run in writers:
            quiet = Run(run.halves, "w", lambda _run: None, new=5)
            until_done(Engine(loaded), [quiet])
            assert run.tokens == quiet.tokens


def test_what_is_forgotten_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tiny("llama-tied", monkeypatch)
    one, other, *_ = changes_of(loaded)
    engine, passed, asked = Engine(loaded), counted(loaded), sequences()[3]
    until_done(engine, [row(asked, one)])
    assert engine.entering.rows.held
    assert engine.entering.candidates.held
    engine.prefixes.clear()
    assert not engine.entering.rows.held
    assert not engine.entering.candidates.held
    passed.clear()
    until_done(engine, [row(asked, other)])
    assert sum(passed) >= len(asked[0])


def test_a_row_that_is_dropped_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tiny("llama-tied", monkeypatch)
    run = row(sequences()[1], changes_of(loaded)[0])
    engine = Engine(loaded)
    engine.add(run)
    engine.step()
    engine.drop(run)
    assert not engine.entering.rows.held


def test_a_row_that_begins_above_gives_no_prompt_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its slot holds nothing of the lower layers, which another row of the same change would need."""
    loaded = tiny("llama-tied", monkeypatch)
    first, second, *_ = changes_of(loaded)
    prompt, tails = sequences()[4]
    engine = Engine(loaded)
    until_done(engine, [row((prompt, tails), first)])
    until_done(engine, [row((prompt, tails), second)])
    assert engine.prefixes.match(first.key, np.array(prompt)) == len(prompt)
    assert engine.prefixes.match(second.key, np.array(prompt)) == 0
    longer = (prompt, ((9, 8, 7, 6),))
    run = row(longer, second)
    until_done(engine, [run])
    same(run.logprobs, alone(loaded, longer, second))


def test_after_a_failed_pass_rows_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tiny("llama-tied", monkeypatch)
    first, second, *_ = changes_of(loaded)
    asked, engine = sequences()[1], Engine(loaded)
    until_done(engine, [row(asked, first)])
    runs = [row(asked, second), row(sequences()[2], second)]
    for run in runs:
        engine.add(run)
    with monkeypatch.context() as patch:
        patch.setattr(engine._lanes, "_read", broken)
        with pytest.raises(ValueError, match="broken"):
            engine.step()
    assert engine.recover() == []
    until_done(engine, [])
    same(runs[0].logprobs, alone(loaded, asked, second))


def broken(_pieces: Any) -> None:
    raise ValueError("broken")


def test_who_changes_the_first_layers_or_more_than_layers_begins_below(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = tiny("llama-tied", monkeypatch)
    changes, draw = Changes(loaded.model, loaded.linear), np.random.default_rng(1)
    soft = SoftPrefix(draw.normal(size=(2, 64)).astype(np.float32))
    steer = Steering(3, draw.normal(size=64), 1.0)
    lowest = [Modifiers(prefix=soft, steer=steer), Modifiers(steer=Steering(0, draw.normal(size=64), 1.0)), Modifiers()]
    assert [changes.of(one).lowest for one in lowest] == [0, 0, 0]


@pytest.mark.parametrize("family", ["phi", "qwen3"])
def test_models_whose_attention_is_not_ours_read_all_from_the_first_layer(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = tiny(family, monkeypatch)
    first, second, *_ = changes_of(loaded)
    engine, passed, asked = Engine(loaded), counted(loaded), sequences()[1]
    until_done(engine, [row(asked, first)])
    passed.clear()
    run = row(asked, second)
    until_done(engine, [run])
    assert sum(passed) >= len(asked[0])
    with torch.inference_mode():
        same(run.logprobs, alone(loaded, asked, second))
