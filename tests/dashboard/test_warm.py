"""What is read before anybody asks: the data are in the cache of all sessions, and what cannot be read harms nobody."""

from __future__ import annotations

import threading

import pytest

from dashboard import warm
from dashboard.parts import people_controls
from dashboard.parts.people_controls import SEED
from dashboard.parts.playground_address import FIRST_DATASET
from dashboard.services import Services
from data.importers import datasets
from engines import usermap


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


def test_the_map_that_people_opens_with_is_made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = threading.Thread(target=warm.make_map, name=warm.NAME)
    thread.start()
    thread.join()
    services = Services()
    dataset = services.dataset(FIRST_DATASET)
    job = usermap.job(dataset, dataset.tasks[0], services.encoder, hidden={}, seed=SEED)
    known = services.jobs.get(job.id)
    assert known is not None
    assert known.view().result.points
    monkeypatch.setattr(people_controls, "map_ahead", lambda _: 1 / 0)
    warm.make_map()  # what fails here fails again for whoever opens the page, and is told there
