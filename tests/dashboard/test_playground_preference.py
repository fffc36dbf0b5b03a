"""The task preference in the Playground: both answers in every column, and lenses that draw or say why they do not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import lenses
from tests.dashboard.test_playground import finished, html

ASKED = {
    "pg_dataset": "campus",
    "pg_task": "preference",
    "pg_methods": "none,recent-history,reward-best-of-n,mixture-reward",
}


def _page() -> None:
    from dashboard.app import run
    from dashboard.services import Services
    from tests.dashboard.playground_data import EchoServices
    from tests.engines.people import WordEncoder

    class OnCampus(EchoServices):
        def dataset_names(self) -> tuple[str, ...]:
            return ("campus",)

        def dataset(self, name: str) -> object:
            return Services.dataset(self, name)

        @property
        def encoder(self) -> object:
            return WordEncoder()

    run("playground", OnCampus())


def opened(query: Mapping[str, str]) -> AppTest:
    page = AppTest.from_function(_page, default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def test_every_column_shows_both_answers_and_which_one_is_picked() -> None:
    page = opened(ASKED)
    assert not page.exception
    assert html(page).count("Not chosen: ") == 12, "each choice of the profile with both answers"
    page = finished(page.button(key="pg_do_run").click().run())
    shown = html(page)
    assert shown.count("first answer") >= 8, "as text and as its label, in each of four columns"
    assert "chosen by the user" in shown
    assert "an even split" in shown, "nobody's data says nothing"
    assert "log-likelihood added to the request alone" in shown
    assert "reward, log-odds" in shown
    assert "mixed reward, log-odds" in shown
    assert "true film" not in shown


@pytest.mark.parametrize("lens", [found.lens.key for found in lenses.discover()])
def test_every_lens_draws_the_task(lens: str) -> None:
    page = opened(ASKED | {"pg_lens": lens})
    assert not page.exception
    assert not [each.value for each in page.error]
