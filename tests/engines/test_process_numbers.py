"""The embedded model in a process of its own computes the same numbers as in this one."""

from __future__ import annotations

import pytest

from engines.models.local import LocalModel
from engines.models.process import ProcessModel
from engines.types import ScoreRow
from tests.conftest import require_model
from tests.engines.test_modifiers import carried
from tests.engines.test_process import messages

pytestmark = pytest.mark.model


def test_the_embedded_model_gives_the_same_numbers_there(model: LocalModel) -> None:
    require_model()
    there = ProcessModel("engines.models.choose:load", "", "embedded", "float32")
    rows = [ScoreRow(messages("I like films."), (" a fine day", " no"), modifiers) for modifiers in carried()]
    for ours, theirs in zip(model.score(rows), there.score(rows), strict=True):
        assert ours.prompt_tokens == theirs.prompt_tokens
        for one, other in zip(ours.logprobs, theirs.logprobs, strict=True):
            assert one == pytest.approx(other, abs=0.001)
    assert there.count(messages("I like films.")) == model.count(messages("I like films."))
    there.child.end()
