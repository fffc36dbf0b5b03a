"""The inner states that a model gives of an answer are those that a hook on the plain model sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engines.errors import EngineError
from engines.models.local import LocalModel
from engines.modifiers import Modifiers
from engines.types import ActivationRow, Part
from tests.engines.test_local import chat, plain_model, sentences
from tests.engines.test_modifiers import TAIL, WIDTH, steering, tail_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def plain() -> Any:
    return plain_model()


def watched(plain: Any, layer: int, tokens: list[int]) -> Any:
    """The output [tokens, width] of a decoder layer of the plain model."""
    import torch

    states: list[Any] = []
    hook = plain.model.layers[layer].register_forward_hook(lambda _m, _i, out: states.append(out))
    try:
        with torch.inference_mode():
            plain(input_ids=torch.tensor([tokens]))
    finally:
        hook.remove()
    found = states[0][0] if isinstance(states[0], tuple) else states[0]
    return found.reshape(-1, WIDTH).numpy()


def test_states_of_an_answer_equal_those_of_a_hook(model: LocalModel, plain: Any) -> None:
    """Alone, beside other rows, with a prompt that was read before, and in a prompt read in several passes."""
    prompts = [chat(sentences()[3]), chat(" ".join(sentences()[:20]))]
    assert len(model.encode(prompts[1])) > 300, "read in more than one pass"
    vector = steering(4)
    asked = [*((prompts[0], depth) for depth in (0.0, 0.5, 1.0)), (prompts[1], 0.5)]
    rows = [ActivationRow(prompt, Part(TAIL), depth) for prompt, depth in asked]
    rows.append(ActivationRow(prompts[0], Part(TAIL), 10 / 29, Modifiers(steer=vector)))
    found = model.activations(rows)
    again = model.activations(rows)
    tail = len(tail_of(model))
    for row, made, second in zip(rows, found, again, strict=True):
        wanted = watched(plain, made.layer, [*model.encode(row.messages), *tail_of(model)])[-tail:].mean(0)
        wanted = wanted + vector.vector if row.modifiers else wanted
        assert made.prompt_tokens == len(model.encode(row.messages))
        assert np.abs(made.vector - wanted).max() < 1e-3 * max(1.0, float(np.abs(wanted).max()))
        assert np.abs(made.vector - second.vector).max() < 1e-3 * max(1.0, float(np.abs(wanted).max()))
    assert [one.layer for one in found] == [0, 14, 29, 14, 10]


@pytest.mark.parametrize("depth", [-0.1, 1.1])
def test_a_depth_outside_the_model_names_what_is_accepted(model: LocalModel, depth: float) -> None:
    with pytest.raises(EngineError, match="accepted: 0 to 1"):
        model.activations([ActivationRow(chat("a"), Part(TAIL), depth)])
