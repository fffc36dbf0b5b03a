"""Export and cite: nothing is made before it is asked for, and what is made holds what is seen."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import charts, share
from dashboard.services import Services
from data.version import VERSION
from taxonomy import export
from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.vocab import Kind

OPPU = EntryRef(Kind.METHOD, "oppu", "OPPU")


def _page(opened: bool, long: bool) -> None:
    import pandas as pd
    import streamlit as st

    from dashboard import navigation
    from dashboard.parts import share
    from dashboard.services import Services
    from taxonomy.model import EntryRef
    from taxonomy.vocab import Kind

    navigation.offer({"query": st.Page(lambda: None, title="Query", url_path="query")})
    given = {"name": "Two rows", "sql": "SELECT 1 -- " + "x" * (9000 if long else 3)}
    given["entries"] = [EntryRef(Kind.METHOD, "oppu", "OPPU")] * 2  # type: ignore[assignment]
    table = pd.DataFrame({"a": ["x", None], "b": [-0.25, 1.0]})
    (share.contents if opened else share.bar)(Services(), table, **given)  # type: ignore[arg-type]


def draw(*, opened: bool = True, long: bool = False) -> AppTest:
    page = AppTest.from_function(_page, args=(opened, long), default_timeout=30)
    page.query_params["br_level"] = "user"
    return page.run()


def test_closed_it_makes_nothing(catalog: Catalog) -> None:
    assert catalog.digest
    page = draw(opened=False)
    assert not page.exception
    assert len(page.get("popover")) == 1
    assert [page.get("download_button"), page.code, page.error] == [[], [], []]


def test_open_it_offers_every_format_the_statement_and_the_citation(catalog: Catalog) -> None:
    page = draw()
    assert not page.exception
    wanted = ["CSV", "JSON", "Parquet", "Markdown", "LaTeX", "BibTeX"]
    assert [button.label for button in page.get("download_button")] == wanted
    assert any("2 rows and 2 columns" in text.value for text in page.markdown)
    text, bibtex = (each.value for each in page.code)
    for said in (VERSION, catalog.digest, "br_level=user", "Two rows"):
        assert said in text
        assert said.replace("_", r"\_") in bibtex
    assert [link.label for link in page.get("page_link")] == ["**Open in Query**"]


def test_a_statement_too_long_for_an_address_is_handed_over(catalog: Catalog) -> None:
    assert catalog.digest
    page = draw(long=True)
    assert not page.get("page_link")
    page.button(key="share_sql_Two rows").click().run()
    assert page.session_state[share.HANDED_OVER].endswith("x" * 9000)


def test_a_public_server_offers_no_query(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalog.digest
    monkeypatch.setenv("ATTUNE_PUBLIC", "1")
    page = draw()
    assert not page.get("page_link")
    assert not any("statement" in text.value for text in page.markdown)


def test_papers_stand_once(catalog: Catalog) -> None:
    papers = share.citations_of(Services(), [OPPU, OPPU])
    assert [paper.paper for paper in papers] == [c.paper for c in catalog.entry("method", "oppu").citations]


def test_files_have_safe_names() -> None:
    assert share.file_name("../Results: LaMP-1 (é)/x", "csv") == "attune-results-lamp-1-x.csv"
    assert share.file_name("é", "csv") == "attune-table.csv"


def test_charts_offer_their_picture_and_nothing_else() -> None:
    menu = charts.menu("en_published")
    assert menu["modeBarButtons"] == [["toImage"]]
    assert menu["toImageButtonOptions"] == {"format": "png", "filename": "attune-en_published", "scale": 2}
    assert not menu["displaylogo"]


def test_a_frame_and_a_table_are_the_same_file() -> None:
    frame = pd.DataFrame({"a": ["=x", None], "b": [-0.25, 1.0]})
    table = export.Table.of(["a", "b"], [["=x", -0.25], [None, 1.0]])
    assert export.csv(export.Table.of_frame(frame)) == export.csv(table) == b"a,b\r\n'=x,-0.25\r\n,1.0\r\n"
