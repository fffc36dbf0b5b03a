"""The faster precision loads, says so, and answers as float32 does where the answer is plain."""

from __future__ import annotations

from engines.models.local import LocalModel
from engines.models.weights import NAME
from engines.types import GenerateRow, Message, Part
from tests.conftest import require_model


def test_bfloat16_loads_and_answers() -> None:
    model = LocalModel(require_model(), NAME, "bfloat16")
    assert model.precision == "bfloat16"
    asked = Message("user", (Part("What is the capital of France?"),))
    opened = Message("assistant", (Part("The capital of France is"),))  # its first words are nearly a tie
    assert "Paris" in model.generate([GenerateRow((asked, opened), 4)])[0].text
