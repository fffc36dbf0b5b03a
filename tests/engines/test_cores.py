"""Who computes beside a training leaves it half of the cores, and takes them back afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from engines.models import cores


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that computes with four threads, whatever the machine has."""
    usual = torch.get_num_threads()
    torch.set_num_threads(4)
    monkeypatch.setattr(cores, "_all", 0)
    yield
    torch.set_num_threads(usual)


def used() -> int:
    with cores.shared():
        return torch.get_num_threads()


@pytest.mark.usefixtures("four")
def test_a_pass_beside_trainings_has_half_of_the_threads_until_the_last_has_ended() -> None:
    assert used() == 4
    with cores.training():
        with cores.training():
            assert used() == 2
        assert used() == 2
    assert used() == 4


@pytest.mark.usefixtures("four")
def test_a_training_that_fails_gives_the_threads_back() -> None:
    with pytest.raises(OSError, match="no memory"), cores.training():
        raise OSError("no memory")
    assert used() == 4


@pytest.mark.usefixtures("four")
def test_a_pass_in_another_thread_does_the_same() -> None:
    found: list[int] = []
    assert used() == 4
    with cores.training():
        other = threading.Thread(target=lambda: found.append(used()))
        other.start()
        other.join()
    assert found == [2]


@pytest.mark.parametrize(("threads", "left"), [(1, 1), (2, 1), (3, 1), (8, 4)])
def test_a_training_has_half_and_at_least_one(threads: int, left: int) -> None:
    assert cores.half(threads) == left
