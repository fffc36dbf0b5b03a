"""The counterfactual lens as a page: take items out, edit them, run again, measure each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lenses import discover
from dashboard.parts import playground_whatif as shown
from dashboard.parts.playground_history import OUT, shown_items
from dashboard.parts.playground_influence import heard, reference, rows, signed, sums
from data.digest import digest
from engines.counterfactual import CHANGED, ORIGINAL, Changes, Counterfactual
from engines.errors import FailureKind
from engines.influence import NO_TRUTH, Influence, Influences, Prompted
from engines.outputs import Output
from engines.runs.cells import Cell, Outcome
from engines.types import Arm, Evidence, Failure, Generation, Used
from engines.types import Conditioning as Made
from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.playground_data import examples, tiny
from tests.engines.people import crowd

QUERY = {"pg_lens": "whatif", "pg_user": "ada", "pg_methods": "none,recent-history", "pg_set": "recent-history.k3"}
NEWEST = f"ada/{len(HOSTILE) - 1}"
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
    """The page when something is on it."""
    end = time.monotonic() + 20
    while not check(page):
        assert time.monotonic() < end, text(page)[-3000:]
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def text(page: AppTest) -> str:
    """Everything that the page says."""
    said = [element.proto.body for element in page.get("html")]
    said += [
        element.value for kind in ("markdown", "caption", "info", "error", "warning") for element in page.get(kind)
    ]
    return "\n".join(said)


def has(words: str) -> Check:
    return lambda page: words in text(page)


def box(item: str) -> str:
    return f"pg_wi_in_{digest(item)}"


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def test_the_lens_is_found() -> None:
    assert "whatif" in {each.lens.key for each in discover()}


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_an_item_is_taken_out_and_the_next_takes_its_place(task: str) -> None:
    page = opened(QUERY | {"pg_task": task})
    assert page.button(key="pg_wi_go").disabled
    newest = "ada/post-" + str(len(HOSTILE) - 1) if task == "post-rewrite" else NEWEST
    until(page, lambda it: "used, 1st" in it.checkbox(key=box(newest)).label)
    page.checkbox(key=box(newest)).uncheck().run()
    assert page.query_params["pg_wi_out"] in (["ada/" + newest[4:]], newest)
    page.button(key="pg_wi_go").click().run()
    until(page, has("In their place"))
    assert "With the changed history" in text(page)
    assert "prompt tokens" in text(page)
    for name in ("as it is", "changed", "wrong user", "nobody"):
        assert name in text(page)
    assert len(page.get("plotly_chart")) == (task == "movie-rating")
    assert not page.error
    page.button(key="pg_wi_undo").click().run()
    assert "pg_wi_out" not in page.query_params
    assert "other changes" in text(page)
    assert page.checkbox(key=box(newest)).value


def test_stars_are_edited_in_the_session_and_never_in_the_address() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating"})
    until(page, lambda it: "used, 1st" in it.checkbox(key=box(NEWEST)).label)
    stars = page.selectbox(key=f"pg_wi_ed_{digest(NEWEST)}")
    assert stars.value == "1"
    stars.set_value("4").run()
    assert "edited, was 1" in page.checkbox(key=box(NEWEST)).label
    page.button(key="pg_wi_go").click().run()
    until(page, has("1 item of the prompt is edited"))
    assert set(page.query_params) <= set(QUERY) | {"pg_task"}
    page.selectbox(key=f"pg_wi_ed_{digest(NEWEST)}").set_value("1").run()
    assert page.button(key="pg_wi_go").disabled


def test_an_edited_text_is_in_the_prompt_but_not_in_the_address() -> None:
    page = opened(QUERY | {"pg_task": "post-rewrite"})
    newest = f"ada/post-{len(HOSTILE) - 1}"
    until(page, lambda it: "used, 1st" in it.checkbox(key=box(newest)).label)
    page.text_area(key=f"pg_wi_ed_{digest(newest)}").set_value("zanzibar zanzibar zanzibar").run()
    page.button(key="pg_wi_go").click().run()
    until(page, has("<ins"))
    assert "zanzibar" in text(page)
    assert "zanzibar" not in str(dict(page.query_params))


def test_a_link_restores_what_is_taken_out() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating", "pg_wi_out": f"{NEWEST},ada/0,nobody%27s"})
    until(page, lambda it: "**removed**" in it.checkbox(key=box(NEWEST)).label)
    assert not page.checkbox(key=box("ada/0")).value
    assert "not in this person's history" in text(page)
    assert not page.button(key="pg_wi_go").disabled


def test_all_used_items_are_taken_out_with_one_click() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating"})
    until(page, lambda it: not it.button(key="pg_wi_takeout").disabled)
    page.button(key="pg_wi_takeout").click().run()
    assert not any(page.checkbox(key=box(f"ada/{len(HOSTILE) - n}")).value for n in (1, 2, 3))


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_each_used_item_is_measured(task: str) -> None:
    page = opened(QUERY | {"pg_task": task})
    page.button(key="pg_wi_loo_go").click().run()
    until(page, has("most influential of 3 items"))
    assert len(page.get("plotly_chart")) == 1
    assert "Left out one by one" in text(page)
    assert "for the right user" in text(page)


def test_without_a_truth_the_reason_is_said() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating", "pg_wi_out": NEWEST}, _page_of_an_own_request)
    page.button(key="pg_wi_go").click().run()
    until(page, has("there is no true answer"))
    page.button(key="pg_wi_loo_go").click().run()
    until(page, has("There is no true answer"))


def test_a_model_without_likelihoods_gives_texts_and_the_reason() -> None:
    page = opened(
        QUERY | {"pg_task": "post-rewrite", "pg_wi_out": f"ada/post-{len(HOSTILE) - 1}"}, _page_that_cannot_score
    )
    page.button(key="pg_wi_go").click().run()
    until(page, has("the model gives no likelihoods"))
    page.button(key="pg_wi_loo_go").click().run()
    until(page, has("This model gives no likelihoods"))


def test_without_a_method_of_own_data_it_says_what_to_do() -> None:
    page = opened(QUERY | {"pg_methods": "none,global-examples"})
    assert "Recent history" in text(page)
    assert not page.exception


def test_hostile_titles_are_labels_and_nothing_more() -> None:
    page = opened(QUERY | {"pg_task": "movie-rating", "pg_wi_all": "1"})
    until(page, lambda it: "used, 1st" in it.checkbox(key=box(NEWEST)).label)
    labels = [one.label for one in page.checkbox if one.key and one.key.startswith("pg_wi_in_")]
    assert len(labels) == len(HOSTILE)
    for label in labels:
        assert "![pixel](" not in label
        assert "<script>" not in label
        assert "](javascript" not in label
    page.button(key="pg_wi_takeout").click().run()
    page.button(key="pg_wi_go").click().run()
    until(page, has("Out of the prompt"))
    assert "<img" not in text(page)
    assert "<script" not in text(page)


def test_ids_in_addresses_keep_commas_and_are_bounded() -> None:
    ids = ("a,b", "c/d e", "\u00e9")
    assert OUT.parse(OUT.show(ids)) == ids
    with pytest.raises(ValueError, match="at most"):
        OUT.parse(",".join(map(str, range(65))))


def test_the_list_has_the_newest_and_all_that_matters() -> None:
    history = crowd(1, 30)[0].items[::-1]
    last = history[-1].id
    found = shown_items(history, [last], Changes(frozenset({history[20].id})), everything=False)
    assert found == [*history[:12], history[20], history[29]]
    assert shown_items(history, [], Changes(), everything=True) == list(history)


def result(first: float, second: float) -> tuple[object, Counterfactual]:
    from types import SimpleNamespace

    data = tiny()
    example = next(iter(examples(data, data.tasks[0], None, 7)))  # type: ignore[arg-type]
    cell = Cell("recent-history", Arm.RIGHT, example)
    made = [Outcome(cell, output=Output(point=value), conditioning=Made(())) for value in (first, second)]
    outcomes = dict(zip(("original", "changed", "wrong", "nobody"), [*made, made[0], made[0]], strict=True))
    return SimpleNamespace(task=data.tasks[0], example=example), Counterfactual(outcomes)


def test_the_sentence_has_sign_and_unit() -> None:
    asked, worse = result(2.0, 2.3)
    assert shown.sentence(asked, worse).endswith("That is +0.3 stars: further from the truth.")  # type: ignore[arg-type]
    asked, better = result(2.0, 1.5)
    assert "\u22120.5 stars: nearer to the truth" in shown.sentence(asked, better)  # type: ignore[arg-type]
    asked, same = result(2.0, 2.01)
    assert "the answer stays at 2.0 stars; the true rating is 1" in shown.sentence(asked, same)  # type: ignore[arg-type]
    assert "truth stays the same" in shown.sentence(asked, same)  # type: ignore[arg-type]
    broken = replace(same.outcomes[CHANGED], failure=Failure(FailureKind.TOO_LONG, "too long"))
    assert "too long" in shown.sentence(asked, Counterfactual({**same.outcomes, CHANGED: broken}))  # type: ignore[arg-type]


def test_what_came_and_went_is_told() -> None:
    items = crowd(1)[0].items
    _, plain = result(2, 2)
    sides = {
        ORIGINAL: replace(plain.outcomes[ORIGINAL], conditioning=Made((), Evidence((Used(items[0]), Used(items[1]))))),
        CHANGED: replace(plain.outcomes[CHANGED], conditioning=Made((), Evidence((Used(items[1]), Used(items[2]))))),
    }
    said = " ".join(shown.exchanged(Counterfactual(sides), frozenset({items[0].id, "far"}), frozenset({items[1].id})))
    assert f"Out of the prompt: {items[0].text}." in said
    assert f"next in the method's order: {items[2].text}." in said
    assert "1 removed item was not in the prompt" in said
    assert "1 item of the prompt is edited" in said
    same = shown.exchanged(plain, frozenset({"far"}), frozenset())
    assert same[-1] == "The prompt holds the same items as before."
    assert shown.text_of(replace(plain.outcomes[ORIGINAL], output=Output(generation=Generation(" a ", 1, 1, 0)))) == "a"


def test_influences_in_words() -> None:
    item, other = crowd(1)[0].items[:2]
    right = Prompted("u0", (Influence(item, -0.4, 0.3), Influence(other, 0.1, -0.1)), (1.0, 0.5))
    made = Influences(right, Prompted("u1", failure=Failure(FailureKind.NO_DATA, "no one")), "stars", truth=True)
    assert "+0.300 stars when it is left out, it helps; 1 of 2 items help" in heard(made)
    assert "sum to +0.200 stars" in sums(made)
    assert "nobody, it is +0.500" in sums(made)
    assert "no one" in reference(made)
    assert list(rows(made)["verdict"]) == ["helps", "hurts"]
    assert signed(None) == "\u2013"
    blind = Influences(Prompted("u0", (Influence(item, -0.4, None),)), Prompted("u1"), "bits", False, NO_TRUTH)
    assert "\u22120.400 bits" in heard(blind)
    assert sums(blind) == ""
