"""Bars of a distribution: heights are the shares, the true label has its band, hostile names stay text."""

from __future__ import annotations

import re

import pytest

from dashboard.parts.distribution import HEIGHT, Bars, draw, fill
from tests.dashboard.hostile import HOSTILE

LABELS = ("1", "2", "3")


def heights(html: str) -> list[float]:
    return [float(found) for found in re.findall(r"box-sizing:border-box;height:([\d.]+)%", html)]


def test_heights_are_shares_and_an_absent_label_has_none() -> None:
    html = draw(LABELS, [Bars("right user", {"1": 0.25, "3": 0.75}, "user", "right")], true="3", message="m")
    assert heights(html) == [25.0, 0.0, 75.0]
    assert html.count("true</b>") == 1
    assert "right user: 75% for 3" in html


def test_arms_stand_side_by_side_and_without_a_truth_no_label_is_marked() -> None:
    both = [Bars(arm, {"2": 1.0}, "user", arm) for arm in ("right", "wrong")]
    html = draw(LABELS, both, true="", message="m")
    assert heights(html) == [0, 0, 100, 100, 0, 0]
    assert "true</b>" not in html
    assert fill("user", "right") != fill("user", "wrong") != fill("user", "nobody")


def test_the_size_follows_the_scale() -> None:
    assert f"height:{HEIGHT * 2}px" in draw(LABELS, [], true="", message="m", scale=2.0)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    html = draw([text], [Bars(text, {text: 0.5}, None, "right")], true=text, message=text)
    assert "<script" not in html
    assert "<img" not in html
