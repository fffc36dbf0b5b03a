"""The privacy lens as a page: spans are marked by kind, a redaction is run, and its cost is measured and told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lenses import discover
from dashboard.parts import playground_privacy as shown
from data.records import TaskKind
from engines.exposure import Line, Row, Segment
from engines.privacy import EVERYTHING, KINDS
from engines.privacy_cost import MoreCost, Pair
from engines.runs.cells import Cell, Outcome
from engines.runs.stats import Estimate
from engines.types import Arm
from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE
from tests.engines.people import RANK, RATE, bench, crowd, dataset

QUERY = {
    "pg_lens": "privacy",
    "pg_user": "ada",
    "pg_methods": "none,recent-history,persona-prompt",
    "pg_set": "recent-history.k3",
    "pg_pv_method": "recent-history",
}
Check = Callable[[AppTest], bool]


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("playground", EchoServices())


def _page_that_cannot_score() -> None:
    from dashboard.app import run
    from engines.models.echo import EchoModel
    from engines.types import Capability
    from tests.dashboard.playground_data import EchoServices

    class Writer(EchoModel):
        capabilities = frozenset({Capability.GENERATE})

        def __init__(self) -> None:
            super().__init__()
            self.digest = "writer"

    class Writing(EchoServices):
        @property
        def model(self) -> object:
            return Writer()

    run("playground", Writing())


def _page_of_an_own_request() -> None:
    from dataclasses import replace

    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    class Own(EchoServices):
        def examples(self, *args: object) -> object:
            found = super().examples(*args)  # type: ignore[arg-type]
            return {user: [replace(one, target="") for one in rows] for user, rows in found.items()}

    run("playground", Own())


def opened(query: Mapping[str, str], script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def until(page: AppTest, check: Check) -> AppTest:
    end = time.monotonic() + 20
    while not check(page):
        assert time.monotonic() < end, text(page)[-3000:]
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def text(page: AppTest) -> str:
    said = [element.proto.body for element in page.get("html")]
    said += [
        element.value for kind in ("markdown", "caption", "info", "error", "warning") for element in page.get(kind)
    ]
    return "\n".join(said)


def has(words: str) -> Check:
    return lambda page: words in text(page)


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def test_the_lens_is_found() -> None:
    assert "privacy" in {each.lens.key for each in discover()}


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_the_prompt_is_marked_and_a_kind_is_redacted(task: str) -> None:
    kind = "email" if task == "post-rewrite" else "title"
    page = until(opened(QUERY | {"pg_task": task}), has('aria-label="assistant message"'))
    assert page.button(key="pg_pv_go").disabled
    assert "Everything of people" in text(page)
    assert (">Titles</mark>" in text(page)) == (task != "post-rewrite")
    page.multiselect(key="pg_pv_kinds").select(kind).run()
    assert page.query_params["pg_pv_kinds"] in ([kind], kind)
    page.button(key="pg_pv_go").click().run()
    until(page, has("after the redaction"))
    assert "right user" in text(page).lower()
    assert "wrong user" in text(page)
    if kind == "title":
        assert "[title]" in text(page)
    page.button(key="pg_pv_more_go").click().run()
    until(page, has("2 held-out examples of 2 users"))
    assert "paired change" in text(page)


def test_a_link_restores_arm_and_kinds() -> None:
    page = until(opened(QUERY | {"pg_pv_arm": "wrong", "pg_pv_kinds": "everything,name"}), has("of user bob"))
    assert page.multiselect(key="pg_pv_kinds").value == [EVERYTHING, "name"]
    assert not page.button(key="pg_pv_go").disabled
    page.button(key="pg_pv_go").click().run()
    until(page, has("after the redaction"))


def test_traits_are_marked_with_their_kind() -> None:
    page = until(opened(QUERY | {"pg_pv_method": "persona-prompt"}), has(">pilot</mark>"))
    assert ">young</mark>" in text(page)


def test_a_method_of_nobody_has_nothing_personal() -> None:
    page = until(opened(QUERY | {"pg_pv_method": "none", "pg_task": "choose"}), has("find no personal data"))
    assert not page.exception


def test_without_a_truth_the_reason_is_said() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating", "pg_pv_kinds": "rating"}, _page_of_an_own_request)
    page.button(key="pg_pv_go").click().run()
    until(page, has(shown.NO_TRUTH))
    assert "says, stars" in text(page)
    page.button(key="pg_pv_more_go").click().run()
    until(page, has("2 held-out examples"))


def test_a_model_without_likelihoods_shows_the_spans_and_the_reason() -> None:
    page = opened(QUERY | {"pg_task": "post-rewrite", "pg_pv_kinds": "name"}, _page_that_cannot_score)
    until(page, has("assistant message"))
    assert page.button(key="pg_pv_more_go").disabled
    page.button(key="pg_pv_go").click().run()
    until(page, has(shown.NO_SCORE))


def test_hostile_texts_are_shown_as_they_are() -> None:
    query = QUERY | {"pg_task": "movie-rating", "pg_set": "recent-history.k64.b4000", "pg_pv_kinds": "title"}
    page = until(opened(query), has("assistant message"))
    page.button(key="pg_pv_go").click().run()
    until(page, has("after the redaction"))
    assert "<img" not in text(page)
    assert "<script" not in text(page)
    assert "&lt;script&gt;" in text(page)


def test_the_prompt_on_the_page_is_the_prompt() -> None:
    line = Line("user", tuple(Segment(each, "title", "ada") for each in HOSTILE))
    drawn = shown.prompt([line], "ada")
    assert drawn.count("<mark") == len(HOSTILE)
    assert "this person&#x27;s own" in drawn
    assert "of user ada" in shown.prompt([line], "bob")
    assert re.sub(r"<[^>]*>", "", drawn).startswith("user")


def test_no_two_kinds_are_told_apart_by_colour_alone() -> None:
    assert set(shown.LINES) == set(KINDS)
    assert len({line for _, line in shown.LINES.values()}) == len(KINDS)
    assert all(shown.mark_style(one) != shown.mark_style(other) for one, other in combinations(KINDS, 2))


def test_the_table_says_whose_data_it_is() -> None:
    rows = [Row(EVERYTHING, 3, 60, 0.5, 3, 0, 0), Row("name", 4, 8, 0.07, 3, 0, 1)]
    drawn = shown.table(rows)
    for cell in ("Everything of people", "Names of people", ">50%<", ">7%<", ">60<", ">1<"):
        assert cell in drawn
    assert "Everything" not in shown.legend(rows)


def test_signs_and_words() -> None:
    assert shown.worse("mae", 0.2)
    assert not shown.worse("ndcg@10", 0.2)
    assert shown.worse("bits", 0.2)
    assert shown.heading(RATE, "mae") == "MAE, stars \u2193"
    assert shown.heading(RANK, "ndcg@10").endswith("\u2191")
    lost = Estimate(0.2, 0.1, 0.3, 12, 24, 0)
    assert shown.cost_in_words("mae", lost) == "+0.200, worse"
    assert shown.cost_in_words("mae", replace(lost, low=-0.1)) == "+0.200, a tie"
    assert shown.cost_in_words("mae", Estimate(None, None, None, 0, 0, 0)) == "has no score"
    assert shown.interval(replace(lost, low=-0.1)) == "+0.200 [\u22120.100, +0.300]"


def test_an_outcome_without_output_has_a_dash_and_no_verdict() -> None:
    found = bench(dataset(crowd()), RATE)
    example = next(iter(found.dataset.examples(RATE)))
    bare = Outcome(Cell("recent-history", Arm.RIGHT, example))
    assert shown.verdict(found, {Arm.RIGHT: Pair(bare, bare)}) == ""
    assert found.task.kind is TaskKind.RATE
    assert MoreCost((), 0, 0, 0).rows == ()
