"""The level slider: its shapes, and the page with a model that needs no weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lenses.levels import strip
from dashboard.parts import playground_levels as shapes
from data.records import TaskKind
from engines.errors import FailureKind
from engines.levels import ORDER, Levels, Plan, Sight, job
from engines.live import Column, Status
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.outputs import Output
from engines.runs.cells import Bench
from engines.types import Arm, Config, Failure, Level, Reach
from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.playground_data import CountingEncoder, tiny

CONFIG = Config(k=3, budget=3000)
USUAL = {
    Level.GLOBAL: "global-examples",
    Level.PERSONA: "persona-examples",
    Level.USER: "recent-history",
}
Stars = dict[tuple[Level, Arm], str]


def a_plan(task: str = "movie-rating", *, target: str | None = None) -> Plan:
    data = tiny()
    example = next(e for e in data.examples(data.task(task)) if e.user == "ada")
    example = example if target is None else replace(example, target=target)
    bench = Bench(data, data.task(task), EchoModel(), CountingEncoder())
    return Plan(bench, example, {level: Column(method, CONFIG) for level, method in USUAL.items()})


def computed(plan: Plan) -> Levels:
    work = job(plan)
    work.start()
    assert work.wait(20)
    result = work.view().result
    assert result is not None, work.view().failure
    return result


def sure(label: str) -> Output:
    """A rating without any doubt."""
    return Output(labels={one: float(one == label) for one in "12345"})


def saying(stars: Stars, plan: Plan | None = None) -> Levels:
    """Levels that give these ratings."""
    levels = computed(plan or a_plan())
    outcomes = {
        place: replace(outcome, output=sure(stars[place]) if place in stars else outcome.output)
        for place, outcome in levels.outcomes.items()
    }
    return replace(levels, outcomes=outcomes)


def noticed(stars: Stars, plan: Plan | None = None) -> str:
    levels = saying(stars, plan)
    bench, example = levels.plan.bench, levels.plan.example
    return " ".join(shapes.notice(shapes.level_rows(levels), bench.task, example))


BASE: Stars = {
    (Level.GLOBAL, Arm.NOBODY): "4",
    (Level.PERSONA, Arm.RIGHT): "3",
    (Level.PERSONA, Arm.WRONG): "3",
    (Level.USER, Arm.RIGHT): "2",
    (Level.USER, Arm.WRONG): "5",
}


def test_one_method_stands_for_each_level_chosen_before_asked_before_usual() -> None:
    assert shapes.standing((), ()) == tuple(USUAL.values())
    assert shapes.standing((), ("none", "rag-dense", "recent-history")) == (*tuple(USUAL.values())[:2], "rag-dense")
    assert shapes.standing(("rag-bm25",), ("rag-dense",))[2] == "rag-bm25"
    assert shapes.standing(("persona-prompt",), ())[1] == "persona-prompt"


def test_a_gain_that_a_wrong_user_does_not_give_is_told_as_such() -> None:
    said = noticed(BASE)
    assert "From global to user the answer moved 2.0 stars towards the truth, and a wrong user's data is 3.0" in said
    assert "At the persona level a wrong user's data does as well." in said
    assert "global 3.0 stars, persona 2.0 stars, user 1.0 stars" in said


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("2", "2", "but a wrong user's data does as well: this is not personalization"),
        ("2", "1", "comes 1.0 stars nearer: this is not personalization"),
        ("4", "5", "The user level is as far from the truth as the global one"),
        ("5", "5", "The user level is 1.0 stars further from the truth than the global one"),
    ],
)
def test_what_is_no_gain_is_not_told_as_one(right: str, wrong: str, expected: str) -> None:
    assert expected in noticed(BASE | {(Level.USER, Arm.RIGHT): right, (Level.USER, Arm.WRONG): wrong})


def test_without_a_truth_the_movement_is_told_without_a_distance() -> None:
    plan = a_plan(target="")
    assert "the rating goes from 4.0 to 2.0; nobody knows the true one" in noticed(BASE, plan)
    rows = shapes.level_rows(saying(BASE, plan))
    assert all(arm.loss is None for row in rows.values() for arm in row.arms)
    for task in ("movie-rating", "choose", "post-rewrite"):
        empty = a_plan(task, target="")
        levels = computed(empty)
        found = shapes.level_rows(levels)
        assert "obody knows" in " ".join(shapes.notice(found, empty.bench.task, empty.example))
        assert "off" not in strip(levels, found, shown=Level.USER, differ=False).replace("Coffee", "")
        shapes.figure(found, empty.bench.task, empty.example)


def test_a_failed_level_is_named_and_the_others_stay() -> None:
    levels = saying(BASE)
    place = (Level.PERSONA, Arm.RIGHT)
    broken = replace(levels.outcomes[place], output=None, failure=Failure(FailureKind.MODEL, "<i>gone</i>"))
    levels = replace(levels, outcomes={**levels.outcomes, place: broken})
    rows, plan = shapes.level_rows(levels), levels.plan
    assert rows[Level.PERSONA].main.status is Status.FAILED
    said = " ".join(shapes.notice(rows, plan.bench.task, plan.example))
    assert "At persona it failed." in said
    assert "moved 2.0 stars" in said
    assert shapes.says(rows[Level.PERSONA].main, plan.bench.task, plan.example) == "failed"


def test_what_a_level_may_see_is_told_with_its_counts() -> None:
    own, persona, everyone = (methods[name].info for name in ("recent-history", "persona-examples", "global-examples"))
    assert "This user alone: 218 own items" in shapes.may_see(Sight(Reach.OWN, 1, 218, traits=3), own)
    traits = shapes.may_see(Sight(Reach.OWN, 1, 218, traits=3), methods["persona-prompt"].info)
    assert "3 declared traits alone, not the 218 items" in traits
    assert "21,421 items of 187 people" in shapes.may_see(Sight(Reach.PERSONA, 187, 21421, "25-34, man"), persona)
    assert "widened" in shapes.may_see(Sight(Reach.PERSONA, 3, 9, "man", widened=True), persona)
    assert "there is nobody" in shapes.may_see(Sight(Reach.PERSONA, 0, 0, "", widened=True), persona)
    assert "4,956 items of 55 other people" in shapes.may_see(Sight(Reach.EVERYONE, 55, 4956), everyone)


def test_levels_that_repeat_the_one_before_are_folded_on_demand() -> None:
    levels = saying(BASE | {(Level.PERSONA, Arm.RIGHT): "4"})
    rows = shapes.level_rows(levels)
    assert shapes.repeats(rows, TaskKind.RATE) == {Level.PERSONA: Level.GLOBAL}
    assert "the same as global" in strip(levels, rows, shown=Level.USER, differ=True)
    assert "the same as global" not in strip(levels, rows, shown=Level.USER, differ=False)


def test_the_chart_has_a_mark_for_each_level_and_arm_with_its_look() -> None:
    levels = saying(BASE)
    rows, plan = shapes.level_rows(levels), levels.plan
    figure = shapes.figure(rows, plan.bench.task, plan.example)
    symbols = [trace.marker.symbol for trace in figure.data]
    assert len(symbols) == 7
    assert {"diamond", "square", "square-open", "circle", "circle-open"} == set(symbols)
    assert figure.layout.shapes[0].x0 == 1.0
    message = shapes.chart_message(rows, plan.bench.task, plan.example)
    assert "global: everyone's 4.00" in message
    assert "true 1" in message
    table = shapes.numbers(rows, plan.bench.task)
    assert [(one["level"], one["data given"]) for one in table][:2] == [
        ("global", "everyone's"),
        ("persona", "right user"),
    ]
    assert len(table) == 7


def test_names_and_texts_in_the_strip_are_escaped() -> None:
    levels = computed(a_plan("post-rewrite"))
    made = strip(levels, shapes.level_rows(levels), shown=Level.GLOBAL, differ=True)
    assert not any(tag in made for tag in ("<img", "<script", "<a href"))
    assert made.count('role="listitem"') == 3
    assert made.count('aria-current="true"') == 1


# The page


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("playground", EchoServices())


def _page_without_encoder() -> None:
    from dashboard.app import run
    from data.errors import MissingPackageError
    from tests.dashboard.playground_data import EchoServices

    class Missing:
        def encode(self, _texts: object) -> object:
            raise MissingPackageError("sentence-transformers", "the sentence encoder")

    class Bare(EchoServices):
        @property
        def encoder(self) -> object:
            return Missing()

    run("playground", Bare())


def opened(query: Mapping[str, str] | None = None, script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in {"pg_lens": "levels", **(query or {})}.items():
        page.query_params[name] = value
    return page.run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def finished(page: AppTest) -> AppTest:
    end = time.monotonic() + 20
    while "What to notice" not in html(page):
        assert time.monotonic() < end, "the levels do not end"
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert not page.error
    return page


def spoken(page: AppTest) -> str:
    return "\n".join(text.value.replace("\\:", ":") for text in (*page.markdown, *page.caption))


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def test_the_button_computes_all_levels_and_the_slider_only_changes_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened({"pg_seed": "51"})
    assert "What to notice" not in html(page)
    finished(page.button(key="pg_lv_go").click().run())
    assert "Everyone: " in spoken(page)
    assert len(page.get("plotly_chart")) == 1

    def refused(*_args: object, **_named: object) -> None:
        raise AssertionError("the slider computes nothing")

    monkeypatch.setattr("engines.levels.together", refused)
    page.select_slider(key="pg_level").set_value("user").run()
    assert page.query_params["pg_level"] in ("user", ["user"])
    assert "This user alone: " in spoken(page)
    assert "Everyone: " not in spoken(page)
    for level in ORDER:
        assert f"<b>{level.value.capitalize()}</b>" in html(page), "all three answers stay side by side"
    again = opened({"pg_seed": "51", "pg_level": "persona"})
    assert "Others who share the persona" in spoken(again) or "there is nobody" in spoken(again)


def test_the_methods_of_the_levels_are_chosen_and_kept_in_the_address() -> None:
    page = opened({"pg_level_methods": "persona-prompt,rag-bm25"})
    assert page.selectbox(key="pg_lv_of_persona").value == "persona-prompt"
    assert page.selectbox(key="pg_lv_of_user").value == "rag-bm25"
    page.selectbox(key="pg_lv_of_user").set_value("profile-summary").run()
    kept = page.query_params["pg_level_methods"]
    assert (kept if isinstance(kept, str) else kept[0]) == "global-examples,persona-prompt,profile-summary"
    page = opened({"pg_level_methods": "none", "pg_level": "nosuch"})
    assert len(page.warning) == 2
    assert not page.exception


@pytest.mark.parametrize("level", [level.value for level in ORDER])
@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_hostile_texts_are_shown_and_never_obeyed(task: str, level: str) -> None:
    page = finished(opened({"pg_task": task, "pg_level": level, "pg_run": "1", "pg_differ": "1"}))
    assert not any(tag in html(page) for tag in ("<img", "<script", "<a href='https://evil", 'javascript:alert(1)"'))
    assert HOSTILE[0] not in spoken(page)


def test_a_level_that_fails_leaves_the_others() -> None:
    query = {"pg_run": "1", "pg_level_methods": "rag-dense", "pg_level": "user", "pg_seed": "52"}
    page = finished(opened(query, _page_without_encoder))
    assert "At user it failed." in html(page)
    assert "not-installed" in html(page)
    page.select_slider(key="pg_level").set_value("global").run()
    assert "Everyone: " in spoken(page)
    assert not page.exception
