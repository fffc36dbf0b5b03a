"""The sentence encoder in the model's process gives what it gives here, with or without a model."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from engines.errors import EngineError
from engines.models.process import ProcessModel
from taxonomy.encoder import SentenceEncoder
from tests.engines.test_process import MODELS, to_write


def test_the_encoder_of_that_process_gives_the_same_vectors_without_loading_the_model() -> None:
    model = ProcessModel(f"{MODELS}:lost")
    texts = ["a letter to a friend", "", "\x00 \u2028 ünï 🙂", "a letter to a friend"]
    made = SentenceEncoder(model.encode).encode(texts)
    assert np.abs(made - SentenceEncoder().encode(texts)).max() < 1e-5
    assert not model.loaded
    with pytest.raises(EngineError, match="there is no such model"):
        model.generate(to_write("a"))
    assert SentenceEncoder(model.encode).encode(texts[:1]).shape == (1, 384)
    model.child.end()


def test_the_encoder_goes_on_in_a_new_process_where_its_own_was_killed() -> None:
    model = ProcessModel(f"{MODELS}:lost")
    encoder = SentenceEncoder(model.encode)
    assert encoder.encode([]).shape == (0, 384)
    before = encoder.encode(["a"])
    os.kill(model.child.pid, signal.SIGKILL)
    assert np.array_equal(encoder.encode(["a"]), before)  # remembered here
    assert encoder.encode(["b"]).shape == (1, 384)
    model.child.end()
