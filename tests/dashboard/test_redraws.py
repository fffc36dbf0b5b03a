"""Redraws of many readers have turns; one reader alone never waits."""

from __future__ import annotations

import threading
import time

from dashboard.redraws import APART, LONGEST, STILL, Pace, Redraws


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


def test_the_more_runs_there_are_the_more_seldom_each_is_drawn() -> None:
    redraws = Redraws()
    assert redraws.pace("one") == redraws.pace("one") == Pace(0.0, STILL)
    many = [redraws.pace(f"run {number}") for number in range(29)]
    assert [each.new for each in many] == sorted({each.new for each in many})
    assert many[-1].new >= 10
    assert many[-1].still >= 2 * many[-1].new
