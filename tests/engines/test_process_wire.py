"""What goes between a process and the one that holds its model arrives as it was sent."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from engines.models.process_wire import pack, receive, results_in, results_out, rows_in, rows_out
from engines.types import Activation, ActivationRow, GenerateRow, Generation, Part, Scored, ScoreRow
from tests.engines.test_modifiers import carried
from tests.engines.test_process import ODD, messages


def test_rows_and_results_arrive_as_they_were_sent() -> None:
    rows = [
        *(GenerateRow(messages(ODD), 7, 0.5, 11, "\n", modifiers, ignore_end=True) for modifiers in carried()),
        *(ScoreRow(messages(ODD), (ODD, "b"), modifiers) for modifiers in carried()),
        ActivationRow(messages(ODD), Part(ODD, "i", "o"), 0.25, replace(carried()[3], owners=frozenset({"o", "p"}))),
    ]
    sent, arrays = rows_out(rows)
    head, back = receive(io.BytesIO(pack({"rows": sent}, arrays)))
    for before, after in zip(rows, rows_in(head["rows"], back), strict=True):
        assert after.messages == before.messages
        assert after.modifiers.digest == before.modifiers.digest
        assert after.modifiers.contrast == before.modifiers.contrast
        assert after.modifiers.owners == before.modifiers.owners
        if isinstance(before, GenerateRow):
            numbers = ("max_new_tokens", "temperature", "seed", "until", "ignore_end")
            assert [getattr(after, name) for name in numbers] == [getattr(before, name) for name in numbers]
        elif isinstance(before, ActivationRow):
            assert (after.answer, after.depth) == (before.answer, before.depth)
        else:
            assert after.continuations == before.continuations
    results = [Generation(ODD, 1, 2, 0.25, stopped=True), Scored(3, ((-0.1, -1 / 3), (), (float("-inf"),)))]
    assert results_in(receive(io.BytesIO(pack({"x": results_out(results)})))[0]["x"]) == results
    state = Activation(4, 7, np.linspace(-1, 1, 9, dtype=np.float32))
    (back,) = results_in(receive(io.BytesIO(pack({"x": results_out([state])})))[0]["x"])
    assert (back.prompt_tokens, back.layer) == (4, 7)
    assert np.array_equal(back.vector, state.vector)


def test_modifiers_that_rows_share_are_sent_once() -> None:
    adapted = carried()[0]
    alone = rows_out([GenerateRow(messages("a"), 1, modifiers=adapted)])[1]
    many = rows_out([GenerateRow(messages(str(n)), 1, modifiers=adapted) for n in range(5)])[1]
    assert set(many) == set(alone) != set()


def test_a_message_that_breaks_off_is_an_end() -> None:
    whole = pack({"a": "b" * 100})
    for cut in (0, 3, 11, 40):
        with pytest.raises(EOFError):
            receive(io.BytesIO(whole[:cut]))
