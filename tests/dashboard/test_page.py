"""Pages are found by their files; each says what it is and draws without an error."""

from __future__ import annotations

import sys
import types

import pytest

from dashboard import page, views
from dashboard.page import GROUPS, Found, by_group, discover
from tests.dashboard.conftest import PageOpener

FOUND = discover()


def test_pages_stand_in_the_order_of_their_groups() -> None:
    assert FOUND[0].page.path == "home"
    places = [(GROUPS.index(found.page.group), found.page.order) for found in FOUND]
    assert places == sorted(places)
    assert [found for members in by_group(FOUND).values() for found in members] == list(FOUND)


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.page.path)
def test_every_page_says_what_it_is(found: Found) -> None:
    said = found.page
    assert said.icon.startswith(":material/")
    assert said.question.endswith("?")
    assert said.title[0].isupper()
    assert said.path.islower()
    assert said.path.replace("-", "_").isidentifier()


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.page.path)
def test_every_page_draws_with_an_empty_and_with_a_hostile_address(found: Found, open_page: PageOpener) -> None:
    plain = open_page(found.page.path)
    assert not plain.exception
    assert [error.value for error in plain.error] == []
    assert plain.title
    image = "![x](https://evil.example)"
    hostile = {"key": image, "kind": "<b>", "br_q": "$x$", "pg_methods": ":red[x]", "br_page": image, "br_sort": image}
    drawn = open_page(found.page.path, hostile)
    assert not drawn.exception
    assert [error.value for error in drawn.error] == []
    assert not [text for text in drawn.markdown if "![x]" in text.value]


@pytest.mark.parametrize("lacking", ["PAGE", "render"])
def test_a_module_that_is_no_page_is_named(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType(f"{views.__name__}.broken")
    parts = {"PAGE": FOUND[0].page, "render": FOUND[0].render}
    del parts[lacking]
    module.__dict__.update(parts)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(TypeError, match=r"dashboard/views/broken\.py"):
        page._found("broken")
