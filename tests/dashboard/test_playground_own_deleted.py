"""What the reader gave is gone after one click, and what was made of it when the browser leaves."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any

import pytest

from dashboard.parts import playground_own_session as session
from data.records import Example, ProfileItem
from engines.live import LiveRuns
from engines.own import Profile
from taxonomy.catalog import Catalog
from tests.dashboard.playground_data import EchoServices
from tests.dashboard.test_playground import finished
from tests.dashboard.test_playground_own import CAMPUS, address, asked, keyed, opened, runs, settled

__all__ = ["runs"]


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def _page_with_memory() -> None:
    from dashboard.app import run
    from engines.models.echo import EchoModel
    from tests.dashboard.playground_data import CountingEncoder, EchoServices

    class Remembering(EchoModel):
        """Forgets by owner, like the worker."""

        def __init__(self) -> None:
            super().__init__()
            self.asked: list[str] = []

        def forget(self, owner: str) -> None:
            self.asked.append(owner)
            self.prompts.clear()

    class Encoder(CountingEncoder):
        def __init__(self) -> None:
            self.known: list[str] = []

        def encode(self, texts: object) -> object:
            self.known += texts
            return super().encode(texts) if texts else []

        def forget(self) -> None:
            self.known.clear()

    class Kept(EchoServices):
        @property
        def model(self) -> object:
            return self.shared("test echo that remembers", Remembering)

        @property
        def encoder(self) -> object:
            return self.shared("test encoder that remembers", Encoder)

    run("playground", Kept())


def alive(word: str) -> list[object]:
    """The records in this process that hold a word: profiles, items and requests."""
    gc.collect()
    gc.unfreeze()  # a run of a data set freezes what there is at its first time, which no list would show
    found = (one for one in gc.get_objects() if type(one) in {Profile, ProfileItem, Example})
    return [one for one in found if word in repr(one)]


def test_after_deletion_no_run_job_session_or_memory_holds_the_texts(runs: LiveRuns) -> None:
    word = "".join(["xylo", "marmo", str(time.time_ns())])
    page = opened(CAMPUS | {"pg_who": "me", "pg_methods": "none,rag-dense"}, _page_with_memory)
    keyed(page.text_area, "own_texts_").set_value(f"first {word}\n\nsecond {word}")
    page = keyed(page.button, "own_texts_").click().run()
    page = finished(asked(page, f"a note about {word}").button(key="pg_do_run").click().run())
    settled(page)
    jobs, services = EchoServices().jobs, EchoServices()
    model: Any = services.shared("test echo that remembers", object)
    encoder: Any = services.shared("test encoder that remembers", object)
    made = set(jobs._jobs)
    assert runs._runs
    assert len({type(one) for one in alive(word)}) == 3
    assert any(word in text for text in model.prompts)
    assert any(word in text for text in encoder.known)
    user = next(iter(runs._runs.values())).example.user
    page.button(key="pg_own_delete").click().run()
    assert not page.exception
    assert not runs._runs
    assert made - set(jobs._jobs)
    assert user in model.asked
    assert not [text for text in (*model.prompts, *encoder.known) if word in text]
    mine = page.session_state[session.MINE]
    assert mine.empty
    assert mine.user != user
    assert alive(word) == []
    assert all(word not in str(one.value) for one in page.text_area)
    assert "pg_run" not in address(page)
    assert not keyed(page.text_area, "own_texts_").value
    assert "pg_own_delete" not in {one.key for one in page.button}


def test_what_was_made_goes_when_the_browser_leaves(runs: LiveRuns) -> None:
    page = asked(opened(CAMPUS | {"pg_source": "own"}), "the same words")
    finished(page.button(key="pg_do_run").click().run())
    assert runs._runs
    session.left(runs, EchoServices().jobs, weakref.ref(page.session_state[session.MINE]))
    assert not runs._runs
