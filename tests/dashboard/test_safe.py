"""Text from data, models and addresses is shown as it is, never obeyed."""

from __future__ import annotations

import html
import random
import re

import pytest

from dashboard import safe
from data.home import ROOT
from taxonomy.load import read_facts
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.payloads import LATEX

ALPHABET = "ab1 :[](){}<>!$*_`~|\\#+-.=&\"'/@^\n\t\x00\u202e\u2066é文😀"


def random_texts(count: int) -> list[str]:
    draw = random.Random(7)  # noqa: S311 - test data
    return ["".join(draw.choices(ALPHABET, k=draw.randrange(1, 40))) for _ in range(count)]


def unescaped(markdown: str) -> str:
    """What a Markdown reader shows for text in which every special character is escaped."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown(text: str) -> None:
    shows_the_text_and_nothing_else(text)


def test_random_text_is_shown() -> None:
    for text in random_texts(500):
        shows_the_text_and_nothing_else(text)


def shows_the_text_and_nothing_else(text: str) -> None:
    made = safe.markdown(text)
    assert unescaped(made).replace(safe.JOINER, "") == safe.plain(text).replace(safe.JOINER, "")
    bare = re.sub(r"\\.", "", made)
    assert not re.search(r"[`*_{}\[\]()<>#!|~$\\]", bare), "a special character is not escaped"
    assert not re.search(r":[A-Za-z0-9_+\-/]+:", unescaped(made)), "a shortcode is left whole"
    assert "\n" not in made


def test_html_shows_the_text_and_nothing_else() -> None:
    for text in [*HOSTILE, *random_texts(500)]:
        made = safe.html(text)
        assert not set("<>\"'") & set(made)
        assert "\u202e" not in made
        assert safe.plain(html.unescape(made)) == safe.plain(text)


def test_block_keeps_the_lines() -> None:
    for text in random_texts(100):
        assert len(safe.block(text).split("  \n")) == max(1, len(text.splitlines()))


@pytest.mark.parametrize("longest", [1, 2, 10])
def test_plain_is_cut_to_the_length(longest: int) -> None:
    assert safe.plain("a word and another", longest) == "a word and another"[: longest - 1].rstrip() + "…"
    assert safe.plain("a") == safe.plain("a", 1) == "a"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " https://a.example",
        "data:text/html,x",
        "file:///etc/passwd",
        "//a.example",
        "/entry",
        "https://",
        "https://user@a.example",
        "https://a.example\\@evil.example",
        "https://a.example/\u202e",
        "https://[bad",
        "x" * 3000,
        "",
        None,
    ],
)
def test_only_web_addresses_are_linked(address: str | None) -> None:
    assert safe.url(address) is None
    assert "](" not in safe.link("label", address)


def test_a_link_cannot_be_left() -> None:
    made = safe.link("a](https://evil.example) [b", "https://a.example/x>) ![y](z)".replace(" ", ""))
    assert made.startswith(r"[a\]\(")
    target = made.rpartition("](<")[2].removesuffix(">)")
    assert not set("<>() ") & set(target)


def test_a_common_address_is_unchanged() -> None:
    for address in ("https://arxiv.org/abs/2402.04401", "https://a.example/x?y=1&z=%20#part"):
        assert safe.url(address) == address


def test_formulas_of_the_catalog_can_be_typeset() -> None:
    facts = read_facts()
    formulas = [record.text("formula") for table in ("node", "metric") for record in facts.tables[table]]
    assert sum(map(bool, formulas)) > 80
    assert [formula for formula in formulas if formula and safe.formula(formula) is None] == []


def test_formulas_that_link_load_define_or_draw_over_the_page_cannot() -> None:
    assert [text for text in LATEX if safe.formula(text) is not None] == []
    refused = ("", "a$b", "{", "}{", r"\rule{1em}{1em}", r"\def\a{b}", "a % b", "a & b", "x" * 700, r"a\\b")
    assert [text for text in refused if safe.formula(text) is not None] == []
    assert safe.formula("  \\frac{1}{n}\n \\sum_i x_i ") == r"\frac{1}{n} \sum_i x_i"


def test_formulas_are_typeset_at_one_place() -> None:
    callers = [path.name for path in (ROOT / "dashboard").rglob("*.py") if "st.latex(" in path.read_text("utf-8")]
    assert callers == ["formulas.py"]
