"""Counterfactual: what would the method answer had this person's history been another, and which item mattered?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.lenses import Lens
from dashboard.parts import playground_history as listed
from dashboard.parts import playground_influence as influences
from dashboard.parts import playground_job as jobs
from dashboard.parts import playground_whatif as shown
from dashboard.parts.playground_address import config_of
from dashboard.parts.playground_run import bench_of
from data.digest import digest
from engines.counterfactual import Changes, Counterfactual, conditioned, readable_history, run_again
from engines.influence import Influences, measure
from engines.jobs import Job, JobView, Report
from engines.methods import methods
from engines.runs.cells import Cell
from engines.types import Arm, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from data.records import ProfileItem
    from engines.runs.cells import Bench, Outcome

LENS = Lens(
    key="whatif",
    title="Counterfactual",
    icon=":material/history_edu:",
    order=40,
    question="What would the answer be had this person's history been another, and which item mattered?",
)
AGAIN, SINGLE, CHOSEN = "pg_wi", "pg_wi_loo", "pg_wi_base"
PATIENCE = 1.0


@dataclass(frozen=True)
class Question:
    """The request as the lens asks it: a method on the right user's readable history."""

    asked: Asked
    bench: Bench
    cell: Cell
    history: tuple[ProfileItem, ...]

    @property
    def identity(self) -> list[Any]:
        """All that determines what is computed, beside the changes."""
        return identity(self.bench, self.cell, self.history)


def draw(services: Services, asked: Asked) -> None:
    """The lens."""
    method = choose_method(asked, "pg_wi_method", own=True)
    if method is None:
        st.info(
            "None of the chosen methods uses this person's own data. Add one that does, such as Recent history.",
            icon=":material/person_search:",
        )
        return
    bench = bench_of(services, asked)
    cell = Cell(method, Arm.RIGHT, asked.example, config_of(asked.settings, method, asked.seed))
    question = Question(asked, bench, cell, readable_history(bench, cell))
    if not question.history:
        st.info("This person has no item before the cut, so there is nothing to change.", icon=":material/person_off:")
        return
    changes = listed.changes_of(asked, question.history)
    base = prepared(services, bench, cell, key=question.identity)
    used = [one.item.id for one in base.conditioning.evidence.used] if base and base.conditioning else []
    st.markdown("**History before the cut**, newest first. Untick an item to take it out, or edit it; then run again.")
    listed.draw(asked, question.history, used, changes)
    if base and not base.failure and not used:
        st.caption("This method puts no single items into its prompt; a change still reaches what it makes of them.")
    _again(services, question, changes)
    st.markdown("#### Influence of each used item")
    _influence(services, question)


def choose_method(asked: Asked, name: str, *, own: bool) -> str | None:
    """One of the methods of the page, at first one that uses the user's own data; None where none fits."""
    known = [each for each in asked.methods if not own or methods[each].info.uses is Reach.OWN]
    if not known:
        return None
    first = next((each for each in known if methods[each].info.uses is Reach.OWN), known[0])
    field = state.choice(name, first, accepted=known)
    seen = state.here(field)
    state.show_notes(seen)
    names = {each: safe.plain(methods[each].info.name) for each in known}
    st.selectbox("Method", known, format_func=names.get, width=320, **state.bound(field, seen[field]))
    return seen[field]


def identity(bench: Bench, cell: Cell, history: Sequence[Any]) -> list[Any]:
    """All that determines what is computed for a cell, beside its changes."""
    items = [[item.id, dict(item.extra)] for item in history]
    here = [bench.dataset.digest, bench.task.id, bench.model.digest, bench.seed]
    return [*here, cell.method, cell.arm, cell.config, cell.example, digest(items)]


def prepared(services: Services, bench: Bench, cell: Cell, *, key: list[Any]) -> Outcome | None:
    """What the method puts into its prompt, found in the background; None until it is there."""

    def work(report: Report[Outcome]) -> Outcome:
        report.tell(0, 1, "Choosing the items")
        return conditioned(replace(bench, stop=report.stop), cell)

    job = services.jobs.start(Job(digest(["prompt", key]), work, about=bench.dataset.digest))
    st.session_state[f"{CHOSEN}_job"] = job.id
    job.wait(PATIENCE)
    view = job.view()
    if not view.ended or view.failure:
        jobs.follow(services, job.id, lambda _view: None)
    if view.result and view.result.failure:
        st.error(safe.markdown(view.result.failure.message), icon=":material/error:")
    return view.result


def _again(services: Services, question: Question, changes: Changes) -> None:
    name = digest(["whatif", question.identity, changes.digest()])
    cell = question.cell

    def work(report: Report[Counterfactual]) -> Counterfactual:
        return run_again(replace(question.bench, stop=report.stop), cell, changes, tell=report.tell)

    problem = "" if changes else "Take an item out or edit one first."
    made = Job(name, work, about=question.bench.dataset.digest)
    running = jobs.controls(services, AGAIN, lambda: made, label="Run again", problem=problem)
    if running and running != name:
        st.caption("Shown is the result of other changes: run again.")
        _last(services, running)
        return
    said = (changes.removed, frozenset(changes.edited))
    if running:
        st.session_state[f"{AGAIN}_made"] = (running, question.asked, cell.method, said)
    jobs.follow(services, running, lambda view: _result(view, question.asked, cell.method, said))


def _last(services: Services, running: str) -> None:
    """The result that is on the page, with the request that it was made for."""
    kept = st.session_state.get(f"{AGAIN}_made")
    if kept and kept[0] == running:
        _, asked, method, said = kept
        jobs.follow(services, running, lambda view: _result(view, asked, method, said))


def _result(
    view: JobView[Counterfactual], asked: Asked, method: str, said: tuple[frozenset[str], frozenset[str]]
) -> None:
    if view.result:
        shown.draw(asked, method, view.result, shown.exchanged(view.result, *said))


def _influence(services: Services, question: Question) -> None:
    name = digest(["influence", question.identity])

    def work(report: Report[Influences]) -> Influences:
        return measure(replace(question.bench, stop=report.stop), question.cell, tell=report.tell)

    st.caption("Each item is left out alone, in the unchanged history; all prompts are scored in one batch.")
    made = Job(name, work, about=question.bench.dataset.digest)
    running = jobs.controls(services, SINGLE, lambda: made, label="Measure each item")
    if running == name:
        jobs.follow(services, running, lambda view: influences.draw(view.result) if view.result else None)


def forget(services: Services) -> None:
    """Drop this session's changes and the results that were made of them."""
    for key in (AGAIN, SINGLE, CHOSEN):
        services.jobs.forget(str(st.session_state.pop(f"{key}_job", "")))
    st.session_state.pop(f"{AGAIN}_made", None)
    st.session_state.pop(listed.EDITS, None)
