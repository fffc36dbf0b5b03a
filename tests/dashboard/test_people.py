"""People: the map, a person chosen on it and beside it, the timeline without what is held out, what methods know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import people_controls as controls
from dashboard.parts import people_knowledge as shown
from dashboard.parts import people_map as drawn
from dashboard.parts import people_timeline as timeline
from data.importers import datasets
from engines.kept import Kept
from engines.knowledge import Known, Status
from engines.methods import methods
from engines.usermap import Axis, Ground, Point, UserMap
from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("people", EchoServices())


def opened(query: Mapping[str, str] | None = None) -> AppTest:
    page = AppTest.from_function(_page, default_timeout=60)
    for name, value in (query or {}).items():
        page.query_params[name] = value
    return page.run()


def said(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.info, *page.warning, *page.subheader)
    return "\n".join(str(each.value) for each in parts).replace("\\", "")


def html(page: AppTest) -> str:
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def frame(page: AppTest, column: str) -> Any:
    return next(each.value for each in page.dataframe if column in each.value)


def test_campus_has_a_map_a_timeline_and_what_each_method_knows() -> None:
    page = opened({"pe_dataset": "campus"})
    assert not page.exception
    assert not page.error
    people = frame(page, "first component")
    assert len(people) == 12
    assert "What to notice" in said(page)
    assert "16 posts before the cut" in said(page)
    assert "8 held out behind it, not shown here" in said(page)
    known = frame(page, "may draw from").set_index("method")
    assert list(known.index) == [methods[name].info.name for name in _by_family()]
    assert known.loc["Recent history", "in the prompt"] == "8 items"
    assert known.loc["Recent history", "may draw from"] == "16 items of the person"
    assert known.loc["Profile summary", "state"] == "needs the model to write"
    assert html(page).count("8 most recent") == 1


def _by_family() -> list[str]:
    from engines.families import by_family

    return [name for some in by_family(list(methods)).values() for name in some]


def test_nothing_held_out_is_on_the_page() -> None:
    data = datasets["campus"]()
    user, task = data.users()[1], data.task("post-rewrite")
    page = opened({"pe_dataset": "campus", "pe_user": user.id})
    text = said(page) + html(page) + "".join(each.value.to_csv() for each in page.dataframe)
    held = [example.target for example in data.examples(task) if example.user == user.id]
    kept = [item.extra["post"] for item in user.items if item.kind == "post"][:16]
    assert len(held) == 8
    assert not any(target[:60] in text for target in held)
    assert kept[0][:60] in text, "what lies before the cut is there"


def test_a_person_is_chosen_by_a_widget_and_a_method_is_made_by_a_click() -> None:
    page = opened({"pe_dataset": "campus", "pe_method": "rag-dense"})
    other = page.selectbox(key="pe_user").options[3]
    page.selectbox(key="pe_user").select_index(3).run()
    name = other.split(",")[0]
    assert name in said(page)
    assert datasets["campus"]().users()[3].id in page.query_params["pe_user"]
    page.button(key="pe_make_one_go").click().run()
    for _ in range(40):
        if frame(page, "may draw from").set_index("method").loc["RAG, dense", "state"] == "ready":
            break
        page.run()
    row = frame(page, "may draw from").set_index("method").loc["RAG, dense"]
    assert row["state"] == "ready"
    assert row["in the prompt"] == "8 items"
    assert row["tokens"].isdigit() or "," in row["tokens"], "counted, not guessed"


def test_hostile_texts_and_addresses_are_shown_and_not_obeyed() -> None:
    page = opened(
        {"pe_user": "<img src=x onerror=alert(1)>", "pe_task": "nonesuch", "pe_persona": "$x$", "pe_time": "y"}
    )
    assert not page.exception
    assert not page.error
    assert said(page).count("cannot be used here") == 4
    assert "A map needs 3 people" in said(page)
    assert "<img" not in html(page)
    assert "ratings before the cut" in said(page)


def test_every_persona_has_a_mark_of_its_own_and_the_legend_counts() -> None:
    cells = [f"group {number}" for number in range(40)]
    looks = drawn.looks(cells)
    assert len({(look.symbol, look.colour) for look in looks.values()}) == 41
    found = plane([Point("a", 0, 0, 3, cells[0]), Point("b", 1, 1, 4, cells[0]), Point("c", 2, 2, 5, HOSTILE[0])])
    text = drawn.legend(found, drawn.looks([cells[0], HOSTILE[0]]), cells[0], wrong=True)
    assert f"{cells[0]} (2)" in text
    assert "the wrong user" in text
    assert "<img" not in text


def plane(points: list[Point], between: float | None = None, chance: float | None = None) -> UserMap:
    axes = (
        Axis(0.3, ("Low <b>",), ("High",), (("mean rating", 0.5),)),
        Axis(0.1, (), (), (("length in words", -0.4),)),
    )
    return UserMap(Ground.RATINGS, tuple(points), axes, 9, between, chance, 2)


def test_the_notice_claims_no_more_than_lots_allow() -> None:
    points = [Point("a", 0, 0, 3, "x")] * 3
    assert "No personas are declared" in drawn.notice(plane(points))
    assert "no further apart" in drawn.notice(plane(points, 0.2, 0.3))
    assert "more than by lot (" in drawn.notice(plane(points, 0.4, 0.3))
    assert "and yet little" in drawn.notice(plane(points, 0.04, 0.03))
    assert "40.0%" in drawn.notice(plane(points))
    text = drawn.meaning(plane(points))
    assert "to the right who rate higher than usual High; to the left Low <b>" in text
    assert "r = \u22120.40" in text
    assert "2 people are not on the map" in text


def test_the_picture_rings_the_chosen_and_the_wrong_user_and_keeps_names_harmless() -> None:
    names = {"a": "<b>Ada</b>", "b": "Bob", "c": "Cy"}
    points = [Point("a", 0, 0, 3, "x"), Point("b", 1, 1, 4, "y"), Point("c", 2, 2, 5, "")]
    figure = drawn.picture(plane(points), drawn.looks(["x", "y"]), chosen=("a", "b"), persona="x", names=names)
    clickable = {user for trace in figure.data for user in trace.customdata}
    assert clickable == {"a", "b", "c"}
    assert [note.text for note in figure.layout.annotations] == ["wrong user", "<b>&lt;b&gt;Ada&lt;/b&gt;</b>"]
    faint = {trace.customdata[0]: trace.opacity for trace in figure.data[:3]}
    assert faint["a"] > faint["b"]


def test_what_is_held_out_has_a_place_in_time_and_nothing_else() -> None:
    data = datasets["campus"]()
    user, task = data.users()[0], data.task("post-rewrite")
    examples = [one for one in data.examples(task) if one.user == user.id]
    hidden = {user.id: frozenset(one.subject for one in examples)}
    seen = controls.seen_of(data, task, user, hidden[user.id])
    asked = controls.Asked(data, task, user, seen, examples, hidden, "", uploaded=False)
    made = timeline.timeline_of(asked)
    assert (len(made.known), len(made.later), made.barred) == (16, 8, 0)
    assert made.others == (("choice", 24),)
    figure = timeline.picture(made, asked, dated=True, rated=False)
    known, later = figure.data
    assert len(known.x) == 16
    assert set(later.hovertext) == {"held out: neither the answer nor the request is shown here"}
    assert len(timeline.frame(made, asked, rated=False)) == 16


def test_rows_say_what_is_missing_and_what_is_kept() -> None:
    info = methods["profile-summary"].info
    waiting = shown.row(Known("profile-summary", info, Status.MODEL, why="needs the model to write"))
    assert waiting["state"] == "needs the model to write"
    assert waiting["tokens"] == waiting["kept"] == ""
    ready = Known("profile-summary", info, Status.READY, tokens=1200, counted=True, kept=Kept(own=90), vectors=3)
    assert shown.kept_of(ready) == "90 bytes; 3 vectors"
    assert shown.kept_of(replace(ready, kept=Kept(own=0, shared=4000), vectors=0)) == "4.0 kB shared"
    assert shown.tokens(ready) == "1,200"
