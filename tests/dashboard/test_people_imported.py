"""People and Cold start on imported data, saved and uploaded; what was made of an upload goes with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.test_playground_imported import home as own_home
from tests.dashboard.test_playground_imported import problems, save
from tests.dashboard.test_playground_upload import CANARY

__all__ = ["own_home"]
SHAPES = ("movielens-latest", "mbox", "LaMP_2", "LaMP_3", "LaMP_4")  # ratings, order and times, labels, stars, texts


def _page() -> None:
    from dashboard.app import run
    from data.importers import datasets
    from tests.dashboard.playground_data import EchoServices

    class Listing(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("tiny", *(name for name in datasets if name not in datasets.built_in))

    run("people", Listing())


def _cold() -> None:
    from dashboard.app import run
    from data.importers import datasets
    from tests.dashboard.playground_data import EchoServices

    class Listing(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("tiny", *(name for name in datasets if name not in datasets.built_in))

    run("cold-start", Listing())


def opened(script: object, query: dict[str, str]) -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)  # type: ignore[arg-type]
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


@pytest.mark.parametrize("sample", [*SHAPES[:3], *(pytest.param(one, marks=pytest.mark.slow) for one in SHAPES[3:])])
def test_an_imported_set_has_people_and_curves(sample: str, tmp_path: Path) -> None:
    name = f"set-{sample.lower().replace('_', '-')}"
    save(sample, tmp_path, name)
    page = opened(_page, {"pe_dataset": name})
    assert problems(page) == []
    assert any("before the cut" in each.value for each in page.markdown)
    known = next(each.value for each in page.dataframe if "may draw from" in each.value)
    assert "ready" in set(known["state"])
    page = opened(_cold, {"cs_dataset": name, "cs_methods": "none,recent-history", "cs_lengths": "0,1", "cs_run": "1"})
    for _ in range(100):
        if page.button and page.button(key="cs_halt").disabled:
            break
        time.sleep(0.1)
        page.run()
    assert problems(page) == []
    rows = page.dataframe[-1].value
    right = rows[(rows["method"] == "Recent history") & (rows["data of"] == "right user")]
    assert list(right["history"]) == ["0", "1"]
    assert (right["n"] > 0).all(), "every kind of task has a score without a text being written"


def _uploaded() -> None:
    """A page whose session has an upload, which is dropped by a button: AppTest cannot send files."""
    import streamlit as st

    from dashboard.app import run
    from dashboard.parts import playground_sets as sets
    from data.importers import datasets
    from tests.dashboard.playground_data import EchoServices
    from tests.dashboard.test_playground_upload import files

    class Uploading(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("tiny", *(name for name in datasets if name not in datasets.built_in))

    services = Uploading()
    if "sent" not in st.session_state:
        st.session_state["sent"] = True
        sets.upload(services, "lamp", files(), settings={}, name="My LaMP")  # type: ignore[arg-type]
    st.session_state["jobs"] = services.jobs
    if st.button("Drop it", key="drop"):
        sets.drop(services, "upload-my-lamp")
    run("people", services)


def test_what_was_made_of_an_upload_goes_with_it() -> None:
    page = opened(_uploaded, {"pe_dataset": "upload-my-lamp"})
    assert problems(page) == []
    text = "".join(str(each.proto.body) for each in page.get("html"))
    assert CANARY in text + "".join(each.value.to_csv() for each in page.dataframe)
    jobs = page.session_state["jobs"]
    assert CANARY in str([job.view() for job in jobs._jobs.values()])
    page.button(key="drop").click().run()
    assert CANARY not in str([job.view() for job in jobs._jobs.values()])
