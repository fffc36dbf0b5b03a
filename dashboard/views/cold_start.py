"""Cold start: quality against history length, live, with the right, the wrong and nobody's data at each length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import cold_start_controls as controls
from dashboard.parts import cold_start_run as runs
from dashboard.parts import playground_own_session as own
from dashboard.parts import playground_profile as profile
from dashboard.parts import playground_sets as sets

if TYPE_CHECKING:
    from dashboard.services import Services

PAGE = Page(
    title="Cold start",
    icon=":material/ac_unit:",
    group="Try",
    order=80,
    path="cold-start",
    question="How much history does each method need before it beats nobody's, a wrong user's, or another method?",
)


def render(services: Services) -> None:
    """Draw the page."""
    services = sets.Beside(services)  # type: ignore[assignment]
    with boundary("The request"):
        asked = controls.request(services)
        if asked is None:
            return
        noted: Any = own.recorded(services, asked)
        with boundary("The measurement"):
            runs.draw(noted, asked)
        profile.source(asked.dataset.info, services.model)
