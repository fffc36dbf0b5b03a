"""Uploaded files: a set of one session, saved by an act of its own; what is deleted leaves no trace."""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import playground_sets as sets
from data import saved
from data.home import home
from data.importer import named, run
from data.importers import datasets, importers
from data.records import Example, ProfileItem
from data.registry import UnknownNameError
from data.sources import Source
from engines.jobs import Job, Report
from engines.keeping import TABLES, forget_dataset, tables
from engines.live import Column, LiveRun, LiveRuns
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.types import Arm, Config
from tests.dashboard.playground_data import EchoServices
from tests.dashboard.test_playground import finished, html, opened
from tests.dashboard.test_playground_imported import home as own_home
from tests.dashboard.test_playground_imported import problems
from tests.dashboard.test_playground_own import runs
from tests.dashboard.test_playground_training import Slow
from tests.data.samples import lamp_task
from tests.engines.people import WordEncoder

__all__ = ["own_home", "runs"]
CANARY = "quizzaciousness"


class Sent:
    """A file as a browser sends it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self._content = name, content

    def getvalue(self) -> bytes:
        return self._content


def files() -> list[Sent]:
    """A LaMP task whose first person has a word of their own."""
    questions, outputs = lamp_task("LaMP_4")
    for item in questions[0]["profile"]:
        item["text"] = f"{CANARY} {item['text']}"
    return [
        Sent("..\\dev_questions.json", json.dumps(questions).encode()),
        Sent("a/b/dev_outputs.json", json.dumps(outputs).encode()),
    ]


def _page() -> None:
    """A page whose session has an upload: AppTest cannot send files."""
    import streamlit as st

    from dashboard.app import run
    from dashboard.parts import playground_sets as sets
    from data.importers import datasets
    from tests.dashboard.playground_data import EchoServices
    from tests.dashboard.test_playground_upload import files

    class Listing(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("tiny", *(name for name in datasets if name not in datasets.built_in))

    services: Any = Listing()
    if "uploaded" not in st.session_state:
        st.session_state["uploaded"] = True
        sets.upload(services, "lamp", files(), settings={}, name="My LaMP")
    run("playground", services)


QUERY = {"pg_dataset": "upload-my-lamp", "pg_methods": "none,recent-history,rag-bm25", "pg_run": "1", "pg_user": "100"}


def holding(word: str) -> list[object]:
    """The records in this process that hold a word; what was frozen while nobody referred to it counts too."""
    gc.collect()
    gc.unfreeze()
    found = [one for one in gc.get_objects() if type(one) in {ProfileItem, Example} and word in repr(one)]
    gc.freeze()
    return found


def stored() -> str:
    """All that stands in the run-time folder, as one text."""
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in home().rglob("*") if path.is_file())


def test_an_upload_runs_in_this_session_and_is_removed_without_a_trace(runs: LiveRuns) -> None:
    page = opened(QUERY, _page)
    assert page.selectbox(key="pg_dataset").value == "upload-my-lamp"
    page = finished(page)
    assert problems(page) == []
    assert CANARY in html(page)
    assert runs._runs
    assert CANARY not in stored()
    assert holding(CANARY)
    assert "upload-my-lamp" not in opened().selectbox(key="pg_dataset").options
    page.button(key="pg_sets_drop_upload-my-lamp").click().run()
    assert not page.exception
    assert not runs._runs
    assert page.selectbox(key="pg_dataset").value == "tiny"
    assert CANARY not in html(page)
    assert holding(CANARY) == []
    assert CANARY not in stored()


def test_delete_my_data_removes_uploads_too(runs: LiveRuns) -> None:
    page = finished(opened(QUERY, _page))
    page.button(key="pg_own_delete").click().run()
    assert not page.exception
    assert not runs._runs
    assert holding(CANARY) == []


def test_an_upload_is_saved_by_a_click_and_the_set_deleted_by_two(runs: LiveRuns) -> None:
    page = opened({**QUERY, "pg_run": "0"}, _page)
    page.button(key="pg_sets_save_upload-my-lamp").click().run()
    assert problems(page) == []
    assert list(datasets)[-1] == "my-lamp"
    assert CANARY in stored()
    assert page.selectbox(key="pg_dataset").value == "my-lamp"
    page = finished(page.button(key="pg_do_run").click().run())
    assert runs._runs
    (home() / "state").mkdir()
    (home() / "state" / "x.json").write_text(json.dumps({"dataset": datasets["my-lamp"]().digest, "text": CANARY}))
    assert page.button(key="pg_sets_delete").disabled
    page.checkbox(key="pg_sets_sure_my-lamp").check().run()
    page.button(key="pg_sets_delete").click().run()
    assert not page.exception
    assert "my-lamp" not in datasets
    assert not runs._runs
    assert CANARY not in stored()
    assert page.selectbox(key="pg_dataset").value == "tiny"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("kept", [True, False])
def test_one_person_is_deleted_from_a_saved_or_uploaded_set(kept: bool) -> None:
    page = opened({**QUERY, "pg_run": "0"}, _page)
    name = "upload-my-lamp"
    if kept:
        page.button(key="pg_sets_save_upload-my-lamp").click().run()
        name = "my-lamp"
    page.selectbox(key=f"pg_sets_who_{name}").select("100").run()
    page.button(key=f"pg_sets_without_{name}").click().run()
    assert problems(page) == []
    assert page.selectbox(key="pg_dataset").value == name
    assert len(page.selectbox(key="pg_user").options) == 2
    assert CANARY not in stored()
    assert holding(CANARY) == []


def test_a_public_server_saves_and_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for sent in files():
        (tmp_path / sets.plain_name(sent.name)).write_bytes(sent.getvalue())
    made = run(importers["lamp"], Source(tmp_path), {})
    saved.save(named(made, "kept", "Kept"))
    monkeypatch.setenv("ATTUNE_PUBLIC", "1")
    page = opened({**QUERY, "pg_run": "0"}, _page)
    assert page.button(key="pg_sets_save_upload-my-lamp").disabled
    assert "pg_sets_delete" not in {button.key for button in page.button}
    assert any("public" in caption.value for caption in page.caption)


def test_what_was_refused_is_said_in_one_sentence() -> None:
    page = opened(script=_page)
    read = next(button for button in page.button if str(button.key).startswith("pg_sets_read_lamp"))
    read.click().run()
    assert "there is no file" in page.error[0].value
    assert not page.exception


def _upload_alone() -> None:
    """The popover without the page around it."""
    from dashboard.parts import playground_upload
    from tests.dashboard.playground_data import EchoServices

    playground_upload.draw(EchoServices())


def test_each_format_says_on_what_it_was_tested() -> None:
    page = AppTest.from_function(_upload_alone, default_timeout=60).run()
    for name in page.selectbox(key="pg_sets_format").options:
        page.selectbox(key="pg_sets_format").select(name).run()
        said = [caption.value for caption in page.caption if caption.value.startswith(importers[name].summary)]
        assert [one.endswith(f"Tested on {importers[name].tested}.") for one in said] == [True], name
    assert importers["lamp"].tested == "files written in LaMP's format"


def test_what_a_process_remembers_of_a_set_is_dropped() -> None:
    for module, name in TABLES:
        __import__(module, fromlist=[name])
    found = list(tables())
    assert len(found) == len(TABLES)
    for table in found:
        table["gone", "task", 7] = table["kept", "task", 7] = "x"
        table["gone/rating"] = "x"
    forget_dataset("gone")
    for table in found:
        assert ("gone", "task", 7) not in table
        assert "gone/rating" not in table
        assert table.pop(("kept", "task", 7)) == "x"


def test_a_name_from_a_browser_leads_nowhere() -> None:
    names = {"../../x.json": "x.json", "C:\\a\\y.csv": "y.csv", "..": "file", ".z": "z", "": "file"}
    for given, plain in names.items():
        assert sets.plain_name(given) == plain


def until_stopped(report: Report[int]) -> int:
    while not report.stop():
        time.sleep(0.01)
    return 1


@pytest.mark.parametrize("user", ["", "100"])
def test_what_runs_on_a_set_is_stopped_before_it_is_erased(
    user: str, runs: LiveRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sent in files():
        (tmp_path / sets.plain_name(sent.name)).write_bytes(sent.getvalue())
    saved.save(named(run(importers["lamp"], Source(tmp_path), {}), "mine", "Mine"))
    data, model = datasets["mine"](), EchoModel()
    model.trainer = Slow()  # type: ignore[assignment]
    bench = Bench(data, data.tasks[0], model, WordEncoder())
    example = next(data.examples(data.tasks[0]))
    started = runs.start(LiveRun(bench, example, [Column("user-lora", Config())], [Arm.RIGHT]))
    job: Job[int] = EchoServices().jobs.start(Job("waits", until_stopped, about=data.digest))
    order: list[str] = []
    real = sets.forget

    def erased(name: str, person: str = "") -> list[str]:
        assert started.view().done
        assert job.view().ended
        order.append("erased")
        return real(name, person)

    class Model:
        def forget(self, owner: str) -> None:
            order.append(f"forgets {owner}")

        capabilities = frozenset[str]()

    class Around(EchoServices):
        model = Model()  # type: ignore[assignment]

    monkeypatch.setattr(sets, "forget", erased)
    with pytest.raises(UnknownNameError):
        sets.delete(Around(), "mine", "nobody")
    assert not started.view().done, "what cannot be done changes nothing"
    assert not job.view().ended
    sets.delete(Around(), "mine", user)
    assert order[0] == "erased"
    assert "forgets 100" in order
    assert started.view().stopped
    assert runs.get(started.id) is None
