"""What an earlier training has read of the layers below is not read again, and nothing comes out otherwise for it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch

from engines.models.flat.layers import prepare
from engines.models.flat.lessons import Lesson, Reader
from engines.models.flat.lower import Lower
from engines.models.flat.trainable import Trainable
from engines.rows import Message, Part
from engines.training import store
from engines.training.child import Workplace
from engines.training.process import ProcessTrainer
from engines.training.recipe import Recipe, Sample, Training
from tests.engines.child_models import Tiny
from tests.engines.test_architectures import made
from tests.engines.test_learning import LESSONS, SHARED, plain_logprobs

OTHER = Lesson((*SHARED[:4], 40, 41, 42), 6, 0)


@pytest.fixture
def trainable(monkeypatch: pytest.MonkeyPatch) -> tuple[Trainable, list[range]]:
    """A small model that writes down through which layers it is run."""
    found, seen = Trainable(prepare(copy.deepcopy(made("llama-tied")))), list[range]()
    run = found.run

    def told(hidden: torch.Tensor, places: torch.Tensor, *, layers: range) -> torch.Tensor:
        seen.append(layers)
        return run(hidden, places, layers=layers)

    monkeypatch.setattr(found, "run", told)
    return found, seen


def likely(model: Trainable, lessons: Sequence[Lesson], first: int, passes: list[list[int]]) -> list[torch.Tensor]:
    reader = Reader(model, lessons, first=first)
    reader.warm(passes)
    with torch.no_grad():
        return reader.logprobs(list(range(len(lessons))))


def test_what_was_read_before_is_read_on_from_there(trainable: tuple[Trainable, list[range]]) -> None:
    model, seen = trainable
    plain = made("llama-tied")
    likely(model, LESSONS, 1, [[0, 1], [2]])
    assert seen == [range(1), range(1), range(1, 2)]
    seen.clear()
    some = [LESSONS[2], OTHER, LESSONS[0]]  # they share less, so that what is kept is cut elsewhere
    torch.testing.assert_close(likely(model, some, 1, [[0, 2], [1]]), plain_logprobs(plain, some), atol=1e-4, rtol=1e-4)
    assert seen == [range(1), range(1, 2)], "only the new one is read below"
    seen.clear()
    found = likely(model, some, 2, [[0, 1, 2]])
    torch.testing.assert_close(found, plain_logprobs(plain, some), atol=1e-4, rtol=1e-4)
    assert seen == [range(1, 2), range(2, 2)], "from where the others began to learn"
    seen.clear()
    likely(model, [replace(LESSONS[0], tokens=(*LESSONS[0].tokens, 50))], 1, [[0]])
    assert seen == [range(1), range(1, 2)], "another sequence is another"


def test_what_was_used_longest_ago_leaves_first() -> None:
    lower, state = Lower(most=3 * 4 * 8), torch.zeros(2, 4)
    for tokens in ((1, 1), (2, 2), (3, 3)):
        lower.keep(tokens, 5, state.clone())
    assert lower.held == 96
    lower.find((1, 1), 5)
    lower.keep((4, 4), 7, state.clone())
    assert [lower.highest((one, one), 9) for one in (1, 2, 3, 4)] == [5, 0, 5, 7]
    assert lower.highest((4, 4), 6) == 0, "what is above the lowest layer that is learnt in is of no use"
    lower.keep((4, 4), 7, state.clone())
    assert lower.held == 96, "once more is not twice"
    lower.keep((9,) * 99, 7, torch.zeros(99, 4))
    assert lower.held == 0, "what has no room is not kept"


def test_the_process_that_learns_forgets_what_it_read_when_data_go_and_shares_nothing_of_a_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    sent: list[str] = []
    place = Workplace(Tiny())  # type: ignore[arg-type]
    trainer = ProcessTrainer("tests.engines.child_models:Tiny")

    class Here:
        """The other side, in this process."""

        def meet(self, _stop: object) -> dict[str, str]:
            return {"digest": ""}

        def ask(self, head: dict[str, Any], _call: object, arrays: Any) -> dict[str, Any]:
            sent.append(head["around"])
            return place.train(head, arrays, lambda _news: None, lambda: False)

    @contextmanager
    def turn(_stop: object) -> Iterator[Here]:
        yield Here()

    monkeypatch.setattr(trainer, "_turn", turn)
    monkeypatch.setattr("engines.training.process._remember", lambda _pace: None)

    def sample(owner: str) -> Sample:
        return Sample((Message("user", (Part(f"{owner} asks"),)),), (" an answer",), owner, "i1", "d1")

    def read(owner: str, *, passing: bool = False) -> set[str]:
        """Learn from what somebody wrote; of whose words something is there then."""
        asked = Training("test", 1, "", Recipe(layers=1, epochs=1), (sample(owner),), passing=passing)
        trainer.train(asked, "a test", tell=lambda _: None, stop=lambda: False)
        words = {one: place.lessons([sample(one)])[0].tokens for one in ("ann", "bob", "cleo")}
        return {one for one, tokens in words.items() if place.trainable.lower.highest(tokens, 9)}

    assert read("ann") == {"ann"}
    assert read("bob") == {"ann", "bob"}
    store.release("ann")
    assert read("bob") == {"bob"}, "whoever went, nothing of them is there when the next training has begun"
    assert read("cleo", passing=True) == {"cleo"}
    assert read("ann") == {"ann"}
    assert sent[0] == sent[1] != sent[2] == sent[4] != sent[3]
