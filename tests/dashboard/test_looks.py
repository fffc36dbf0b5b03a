"""Colours, shapes and badges: never colour alone, the same everywhere, each with its definition."""

from __future__ import annotations

import tomllib

import pytest

from dashboard import theme
from dashboard.parts import badges, charts
from dashboard.parts.charts import Dot
from dashboard.theme import Origin
from data.home import ROOT
from taxonomy.model import NodeRef
from taxonomy.vocab import Facet, Level, Mark
from tests.dashboard.hostile import HOSTILE


def test_levels_differ_in_colour_shape_and_letter() -> None:
    assert set(theme.LEVELS) == {level.value for level in Level}
    for part in ("colour", "symbol", "glyph", "letter"):
        assert len({getattr(look, part) for look in theme.LEVELS.values()}) == 3
    assert theme.level_look(None).colour == theme.GREY


def test_arms_differ_without_colour() -> None:
    bars = {arm: theme.bar_style("user", arm) for arm in theme.ARMS}
    assert bars["right"]["color"] == bars["wrong"]["color"] == theme.LEVELS["user"].colour
    assert "pattern" in bars["wrong"]
    assert "pattern" not in bars["right"]
    assert bars["nobody"]["color"] == theme.GREY
    assert theme.point_style("user", "wrong")["symbol"] == "circle-open"
    assert len({fill.dash for fill in theme.ARMS.values()}) == 3


@pytest.mark.parametrize("base", ["light", "dark"])
def test_what_is_chosen_can_be_read(base: theme.Base) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][base]
    assert theme.CHOSEN[base] == settings["linkColor"]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        dark, light = sorted(luminance(colour) for colour in (theme.CHOSEN[base], settings[ground]))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    """The relative luminance of a colour, from 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("base", ["light", "dark"])
def test_both_themes_have_a_template(base: theme.Base) -> None:
    assert theme.template(base).layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_published_and_measured_numbers_have_different_marks() -> None:
    assert len(set(theme.ORIGIN_SYMBOL.values())) == len(Origin)
    assert badges.origin(Origin.PUBLISHED) != badges.origin(Origin.MEASURED)


@pytest.mark.parametrize("mark", Mark)
def test_a_node_is_shown_with_its_mark(mark: Mark) -> None:
    made = badges.node(NodeRef("x", "A class", Facet.TECHNIQUE, mark))
    assert badges.MARK_SIGN[mark] in made
    assert mark.explanation.replace("'", "&#x27;") in made
    assert (mark is Mark.OURS) == ("not the survey" in made)


def test_badges_and_charts_escape_their_texts() -> None:
    for text in HOSTILE:
        made = badges.plain(text, text) + badges.node(NodeRef("x", text, Facet.DATA, Mark.OURS))
        assert "<script" not in made
        assert "<img" not in made
        figure = charts.dot_plot([Dot(text, text, 1.0, text)], text)
        assert "<script" not in figure.to_json().replace("\\u003c", "<")


def test_the_first_row_of_a_dot_plot_is_on_top() -> None:
    figure = charts.dot_plot([Dot("a", "", 2.0, "2"), Dot("b", "x", 1.0, "1", emphasized=True)], "axis")
    low, high = figure.layout.yaxis.range
    assert low > high
    assert list(figure.data[0].y) == [0, 1]
    assert figure.layout.yaxis.ticktext[1].startswith("<b>b</b>")
