"""Pieces of markup: every text in them stays text, as HTML and in the one element that the browser builds."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import markup, piece
from dashboard.parts.markup import tag
from tests.dashboard.payloads import PAYLOADS


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_text_cannot_become_markup(text: str) -> None:
    made = tag("p", text, tag("a", text, href="/entry?key=x", title=text), class_="quiet")
    written = markup.html(made)
    assert re.findall(r"<[^>]*>", written)[0] == '<p class="quiet">'
    assert len(re.findall(r"<", written)) == 4
    name, given, children = markup.plain_data(made)
    assert (name, given, len(children)) == ("p", {"class": "quiet"}, 2)
    assert isinstance(children[0], str)
    assert children[1][1]["title"] == children[0]


def test_empty_attributes_are_left_out() -> None:
    assert tag("input", aria_label="x", title="").attributes == (("aria-label", "x"),)


def test_the_browser_is_never_given_markup() -> None:
    assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|createContextualFragment|\beval\b", piece._BUILD)


def test_a_piece_is_one_element() -> None:
    def script() -> None:
        from dashboard.parts import piece
        from dashboard.parts.markup import tag

        piece.draw([tag("p", "one"), tag("p", piece.icon(":material/search:"), "<b>two</b>")], key="both")

    page = AppTest.from_function(script).run()
    (element,) = page.get("bidi_component")
    icon = ["i", {"aria-hidden": "true", "translate": "no"}, ["search"]]
    assert json.loads(element.proto.json) == [["p", {}, ["one"]], ["p", {}, [icon, "<b>two</b>"]]]
