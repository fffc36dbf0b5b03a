"""Seconds of work: what is put aside counts once, by thread, and so does the wait for one's turn to train."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from engines.stopwatch import aside, timed
from engines.training import process
from engines.types import never


def test_what_is_put_aside_within_what_is_put_aside_counts_once_and_other_threads_do_not() -> None:
    def other() -> None:
        with aside():
            time.sleep(0.2)

    with timed() as work:
        thread = threading.Thread(target=other)
        thread.start()
        with aside():
            time.sleep(0.1)
            with aside():
                time.sleep(0.1)
        time.sleep(0.1)
        thread.join()
    assert 0.1 <= work.seconds < 0.28
    first = work.seconds
    time.sleep(0.05)
    assert work.seconds == first


def test_the_wait_for_a_turn_and_for_the_model_to_choose_pieces_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    (tmp_path / "state").mkdir()
    loads = SimpleNamespace(gone=False, meet=lambda _stop: time.sleep(0.5), ask=lambda *_: {"chosen": {}})
    monkeypatch.setattr(process, "Child", lambda *_, **__: loads)
    monkeypatch.setattr(process, "IDLE", 0.0)
    monkeypatch.setattr(process.ProcessTrainer, "_end_idle", lambda *_: None)
    held = FileLock(tmp_path / "state" / ".training", thread_local=False)
    held.acquire()
    release = threading.Timer(0.5, held.release)
    release.start()
    with timed() as work:
        assert process.ProcessTrainer("nobody:asks").arrange({}, {}, stop=never) == {"chosen": {}}
    assert work.seconds < 0.3
    release.join()
