"""Redraws of many readers have turns; one reader alone never waits."""

from __future__ import annotations

import threading
import time

from dashboard.redraws import APART, LONGEST, Redraws


def test_one_reader_does_not_wait() -> None:
    redraws = Redraws()
    assert redraws.turn() == 0.0
    time.sleep(APART * 1.2)
    assert redraws.turn() == 0.0


def test_many_readers_have_turns_one_after_another() -> None:
    redraws, waited = Redraws(), []
    threads = [threading.Thread(target=lambda: waited.append(redraws.turn())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    between = [later - sooner for sooner, later in zip(sorted(waited), sorted(waited)[1:], strict=False)]
    assert all(gap > APART * 0.5 for gap in between)
    assert max(waited) <= 5 * APART


def test_nobody_waits_for_ever() -> None:
    redraws = Redraws()
    redraws._next = time.monotonic() + 100
    start = time.monotonic()
    assert redraws.turn() <= LONGEST
    assert time.monotonic() - start < LONGEST + 1
