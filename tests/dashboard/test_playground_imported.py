"""The Playground on imported data: every importer's sample is chosen, run in all arms and read without an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import saved
from data.importer import named, run
from data.importers import importers
from data.sources import Source
from taxonomy.catalog import Catalog
from tests.dashboard.test_playground import finished, html, opened
from tests.data.samples import LAMP_INPUTS, SETTINGS, WRITERS, write_lamp

METHODS = "none,persona-prompt,recent-history,rag-bm25,profile-summary"
SAMPLES = [*(name for name in sorted(WRITERS) if name != "lamp"), *sorted(LAMP_INPUTS)]


@pytest.fixture(autouse=True)
def home(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run-time folder of its own; the catalog is opened before."""
    assert catalog.counts()
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    return folder


def save(sample: str, folder: Path, name: str) -> None:
    """Save an importer's sample as a set."""
    lamp = sample in LAMP_INPUTS
    path = write_lamp(folder, sample) if lamp else WRITERS[sample](folder)
    importer = importers["lamp" if lamp else sample]
    saved.save(named(run(importer, Source(path), SETTINGS.get(sample, {})), name, f"Set of {sample}"))


def _page() -> None:
    from dashboard.app import run
    from data.importers import datasets
    from tests.dashboard.playground_data import EchoServices

    class Listing(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("tiny", *(name for name in datasets if name not in datasets.built_in))

    run("playground", Listing())


def problems(page: AppTest) -> list[str]:
    return [str(one.value) for one in (*page.exception, *page.error, *page.warning)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_imported_set_is_there_at_once_and_runs(sample: str, tmp_path: Path) -> None:
    name = f"set-{sample.lower().replace('_', '-')}"
    assert name not in opened(script=_page).selectbox(key="pg_dataset").options
    save(sample, tmp_path, name)
    page = opened({"pg_dataset": name, "pg_methods": METHODS, "pg_run": "1"}, _page)
    assert page.selectbox(key="pg_dataset").value == name
    assert problems(page) == []
    page = finished(page)
    assert problems(page) == []
    shown = html(page)
    assert "failed, at least in part" not in shown
    assert "wrong user" in shown


@pytest.mark.parametrize("sample", ["LaMP_1", "LaMP_7"])
def test_a_method_that_has_nothing_to_work_with_says_so_before_and_after_run(sample: str, tmp_path: Path) -> None:
    name = f"lacking-{sample.lower().replace('_', '-')}"
    save(sample, tmp_path, name)
    asked = {"pg_dataset": name, "pg_methods": "recent-history,rag-blackbox,user-lora"}
    page = opened(asked, _page)
    said = [str(one.value) for one in page.caption]
    assert any("no item of Set of LaMP" in one and "holds a request of this task with its" in one for one in said)
    assert any(("several people share" if sample == "LaMP_1" else "does not run on this task") in one for one in said)
    options = page.multiselect(key="pg_methods").options
    assert sum("(not with this data)" in one for one in options) >= 8
    assert not any("(not with this data)" in one for one in options if "Recent history" in one)
    page = finished(opened(asked | {"pg_run": "1"}, _page))
    assert problems(page) == []
    shown = html(page)
    assert "holds a request of this task with its answer" in shown
    assert "the log has the details" not in shown
