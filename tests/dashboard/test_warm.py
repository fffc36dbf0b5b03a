"""What is read before anybody asks: the data are in the cache of all sessions, and what cannot be read harms nobody."""

from __future__ import annotations

import threading

import pytest

from dashboard import warm
from dashboard.services import Services
from data.importers import datasets


def test_what_is_read_ahead_is_there_for_all_sessions(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warm, "DATA", ("nonesuch", "campus"))
    thread = threading.Thread(target=warm.read_data, name=warm.NAME)
    thread.start()
    thread.join()
    monkeypatch.setattr(type(datasets), "__getitem__", lambda *_: pytest.fail("it was not read ahead"))
    assert Services().dataset("campus").users()
    assert not [record for record in caplog.records if f"Thread '{warm.NAME}'" in record.getMessage()]
