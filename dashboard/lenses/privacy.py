"""Privacy: which personal data stands in a prompt, and what quality does it cost to take a kind out?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.lenses import Lens
from dashboard.lenses.whatif import choose_method, identity, prepared
from dashboard.parts import playground_job as jobs
from dashboard.parts import playground_privacy as shown
from dashboard.parts.playground_address import config_of
from dashboard.parts.playground_rows import ARM_NAME
from dashboard.parts.playground_run import bench_of
from data.digest import digest
from engines.counterfactual import can_score, readable_history
from engines.exposure import exposed, read_prompt
from engines.jobs import Job, JobView, Report
from engines.privacy import EVERYTHING, INCOMPLETE, KINDS, detector
from engines.privacy_cost import EXAMPLES, USERS, MoreCost, Pair, cost, cost_on_more
from engines.redaction import Redaction
from engines.runs.cells import Cell, arms_of
from engines.types import Arm

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from engines.exposure import Row
    from engines.runs.cells import Bench, Outcome

LENS = Lens(
    key="privacy",
    title="Privacy",
    icon=":material/shield_person:",
    order=50,
    question="Which personal data stands in the prompt, and what quality does it cost to take a kind out?",
)
ONE, MORE = "pg_pv", "pg_pv_more"
REDACTED = state.choices("pg_pv_kinds", accepted=(EVERYTHING, *KINDS))


def draw(services: Services, asked: Asked) -> None:
    """The lens."""
    with st.container(horizontal=True, vertical_alignment="top"):
        method = choose_method(asked, "pg_pv_method", own=False)
        if method is None:
            st.info("Choose a method first.")
            return
        arm = _choose_arm(method)
    bench = bench_of(services, asked)
    cell = Cell(method, arm, asked.example, config_of(asked.settings, method, asked.seed))
    key = identity(bench, replace(cell, arm=Arm.RIGHT), readable_history(bench, cell))
    outcome = prepared(services, bench, cell, key=[*key, arm])
    rows = exposed(bench, outcome) if outcome and outcome.conditioning else []
    if outcome and outcome.conditioning:
        _exposure(bench, outcome, rows)
    st.markdown("#### Redact a kind, and see what quality it cost")
    kinds = _choose_kinds(rows)
    redaction = Redaction(asked.task, frozenset(kinds), detector(asked.dataset))
    _one(services, bench, cell, redaction=redaction, key=key)
    _more(services, bench, cell, redaction=redaction, key=key)


def _choose_arm(method: str) -> Arm:
    known = [arm.value for arm in arms_of(method, tuple(Arm))]
    field = state.choice("pg_pv_arm", known[0], accepted=tuple(arm.value for arm in Arm))
    chosen = state.here(field)[field]
    chosen = chosen if chosen in known else known[0]
    st.segmented_control(
        "Whose data",
        known,
        format_func=lambda arm: ARM_NAME[Arm(arm)],
        required=True,
        disabled=len(known) == 1,
        **state.bound(field, chosen),
    )
    return Arm(chosen)


def _exposure(bench: Bench, outcome: Outcome, rows: list[Row]) -> None:
    """The marked prompt beside the table of kinds."""
    left, right = st.columns([3, 2], gap="medium")
    person = outcome.cell.example.user
    with left:
        st.html(shown.legend(rows))
        st.html(shown.prompt(read_prompt(bench, outcome), person))
    with right:
        if rows:
            st.html(shown.table(rows))
        else:
            st.caption("The rules find no personal data in this prompt.")
        st.caption(
            "Tokens are those that the prompt loses without the spans; kinds stand inside passages, so they do not add "
            f"up. {INCOMPLETE}"
        )
        shown.rules()


def _choose_kinds(rows: list[Row]) -> tuple[str, ...]:
    seen = state.here(REDACTED)
    state.show_notes(seen)
    found = {row.kind: row.own + row.others for row in rows}

    def name(kind: str) -> str:
        return f"{shown.kind_name(kind)} ({found.get(kind, 0)} in the profile)"

    st.multiselect(
        "Kinds to redact, in everybody's data and before the method sees it; the request stays",
        list(REDACTED.accepted),
        format_func=name,
        placeholder="Choose kinds",
        **state.bound(REDACTED, seen[REDACTED]),
    )
    return seen[REDACTED]


def _one(services: Services, bench: Bench, cell: Cell, *, redaction: Redaction, key: list[Any]) -> None:
    name = digest(["redact", key, sorted(redaction.kinds)])

    def work(report: Report[Mapping[Arm, Pair]]) -> Mapping[Arm, Pair]:
        return cost(replace(bench, stop=report.stop), cell, redaction, tell=report.tell)

    problem = "" if redaction.kinds else "Choose a kind first."
    made = Job(name, work, about=bench.dataset.digest)
    running = jobs.controls(services, ONE, lambda: made, label="Redact and run again", problem=problem)
    if running == name:
        jobs.follow(services, running, lambda view: _one_result(bench, cell, view))


def _one_result(bench: Bench, cell: Cell, view: JobView[Mapping[Arm, Pair]]) -> None:
    if not view.result:
        return
    shown.one_example(bench, view.result, truth=bool(cell.example.target), scores=can_score(bench))
    for arm, pair in view.result.items():
        with st.expander(f"The redacted prompt, {safe.plain(ARM_NAME[arm])}", icon=":material/visibility_off:"):
            if pair.after.failure:
                st.error(safe.markdown(pair.after.failure.message))
            st.html(shown.prompt(read_prompt(bench, pair.after), cell.example.user) or "<p>There is none.</p>")


def _more(services: Services, bench: Bench, cell: Cell, *, redaction: Redaction, key: list[Any]) -> None:
    name = digest(["redact more", key, sorted(redaction.kinds)])

    def work(report: Report[MoreCost]) -> MoreCost:
        return cost_on_more(replace(bench, stop=report.stop), cell, redaction, tell=report.tell)

    problem = "" if can_score(bench) else shown.NO_SCORE
    problem = problem if redaction.kinds else " "
    st.caption(f"One example says little: measure it on up to {EXAMPLES} held-out examples of up to {USERS} users.")
    made = Job(name, work, about=bench.dataset.digest)
    running = jobs.controls(services, MORE, lambda: made, label="On more examples", problem=problem)
    if running == name:
        jobs.follow(services, running, lambda view: shown.more_examples(bench, view.result) if view.result else None)


def forget(services: Services) -> None:
    """Drop the results that this session has on the page."""
    for key in (ONE, MORE):
        services.jobs.forget(str(st.session_state.pop(f"{key}_job", "")))
