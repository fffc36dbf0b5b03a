"""A prompt's tokens are counted once, and nothing of its text is held."""

from __future__ import annotations

from collections.abc import Sequence

from engines.models.counts import Counts
from engines.models.echo import EchoModel
from engines.models.worker import ModelWorker
from engines.rows import Message, Part


def said(*texts: str, role: str = "user") -> tuple[Message, ...]:
    return tuple(Message(role, (Part(text),)) for text in texts)


def test_what_was_counted_is_not_counted_again() -> None:
    asked: list[tuple[Message, ...]] = []

    def count(messages: Sequence[Message]) -> int:
        asked.append(tuple(messages))
        return 10 + len(asked)

    known = Counts(most=3)
    assert [known.of(said("a rare word"), count) for _ in range(3)] == [11, 11, 11]
    assert known.of(said("a rare", "word"), count) == 12, "how texts are parted counts"
    assert known.of(said("a rare word", role="system"), count) == 13
    assert known.of(said("a rare word"), count) == 11
    assert known.of(said("one more than there is room for"), count) == 14
    assert known.of(said("a rare word"), count) == 15, "then all are counted anew"
    assert "rare" not in repr(vars(known))


def test_a_model_behind_a_worker_is_asked_once() -> None:
    class Counted(EchoModel):
        asked = 0

        def count(self, messages: Sequence[Message]) -> int:
            self.asked += 1
            return super().count(messages)

    model = Counted()
    worker = ModelWorker(lambda: model)
    assert [worker.count(said("four words are here")) for _ in range(5)] == [4] * 5
    assert model.asked == 1
