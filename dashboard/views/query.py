"""Ask the catalog in SQL: the statement is in the address and runs in a process that can do nothing else."""

from __future__ import annotations

import secrets
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.boundary import boundary
from dashboard.navigation import address
from dashboard.page import Page
from dashboard.parts import query, query_answer, share
from dashboard.services import Services
from data.digest import digest
from engines.jobs import Job, Jobs, Report
from taxonomy.console import LONGEST, Answer, Console, Refusal, unavailable
from taxonomy.questions import Chart, questions
from taxonomy.structure import structure

PAGE = Page(
    title="Query",
    icon=":material/terminal:",
    group="Data",
    order=20,
    path="query",
    question="What do the tables of the catalog say to a question of my own?",
)
PATIENCE, POLL = 0.8, 0.4  # seconds: before progress is shown, and between looks at it
CALLER, AGAIN, STOPPED = "q_caller", "q_again", "q_stopped"
CLEARED = tuple(state.text(name) for name in query_answer.CHART_NAMES)
Outcome = Answer | Refusal


def _several_lines(given: str) -> str:
    return given.replace("\r\n", "\n").replace("\0", "")


SQL = state.Field("q_sql", questions()[0].sql, _several_lines, str, longest=LONGEST)


def render(services: Services) -> None:
    """Draw the page."""
    if reason := why_off(services):
        st.info(reason, icon=":material/lock:")
        return
    seen = state.here(SQL)
    state.show_notes(seen)
    sql = current(seen[SQL])
    job = _started(services, sql)
    left, right = st.columns([3, 2], gap="large")
    with left:
        query.editor(sql, _send)
        if not fits_an_address(sql):
            st.caption("This statement is too long for an address: it stays in this session, and no link holds it.")
    with right, boundary("The examples and tables"):
        query.examples(questions(), sql, _choose)
        query.browser(structure(services.catalog.store), services.catalog.manifest.tables)
    with boundary("The answer"):
        if job is None:
            st.info("Stopped. Run starts it again.", icon=":material/stop:")
            return
        job.wait(PATIENCE)
        _follow(services, job, sql)


def why_off(services: Services) -> str | None:
    """Why no statement is run here; None where it is."""
    if services.settings.public:
        return (
            "Statements are not run on this server, because strangers reach it (ATTUNE_PUBLIC=1). On a copy of your "
            "own they are, on this page and by the command python -m taxonomy query."
        )
    return unavailable()


def fits_an_address(sql: str) -> bool:
    """Whether a link can hold a statement."""
    return len(address("query", {SQL.name: sql})) <= share.LONGEST_LINK


def current(asked: str) -> str:
    """The statement of the address; without one there, the one that was too long for it or came from another page."""
    if SQL.name in st.query_params:
        st.session_state.pop(share.HANDED_OVER, None)
    return str(st.session_state.get(share.HANDED_OVER, asked))


def suggested(sql: str) -> Chart:
    """The chart of a worked example; none is suggested for other statements."""
    return next((question.chart for question in questions() if question.sql == sql.strip()), Chart("none"))


def outcome(console: Console, sql: str, caller: str, report: Report[Outcome]) -> Outcome:
    """The answer, or why there is none."""
    try:
        return console.ask(sql, caller=caller, stop=report.stop)
    except Refusal as refusal:
        return refusal


def _ask(sql: str) -> None:
    """Make a statement the one that the page shows."""
    if fits_an_address(sql):
        st.session_state.pop(share.HANDED_OVER, None)
        state.put(SQL, sql, *CLEARED)
    else:
        state.clear(SQL, *CLEARED)
        st.session_state[share.HANDED_OVER] = sql


def _send() -> None:
    _ask(_several_lines(st.session_state[query.EDITOR]))
    st.session_state[AGAIN] = True


def _choose() -> None:
    chosen = st.session_state[query.EXAMPLE]
    _ask(next((question.sql for question in questions() if question.key == chosen), SQL.default))


def _started(services: Services, sql: str) -> Job[Outcome] | None:
    """The job of a statement, the same for all who ask it; None where this reader has stopped it."""
    caller = st.session_state.setdefault(CALLER, secrets.token_hex(8))
    jobs = services.shared("statements", Jobs)
    name = digest(["statement", services.catalog.digest, sql])
    if st.session_state.pop(AGAIN, False):
        st.session_state.pop(STOPPED, None)
        jobs.forget(name)
    if st.session_state.get(STOPPED) == name:
        return None
    return jobs.start(Job(name, partial(outcome, services.console, sql, caller)))


def _stop(job: Job[Outcome]) -> None:
    st.session_state[STOPPED] = job.id
    job.stop()


def _follow(services: Services, job: Job[Outcome], sql: str) -> None:
    every = None if job.view().ended else POLL
    st.fragment(_watched, run_every=every)(services, job, sql, polled=every is not None)


def _watched(services: Services, job: Job[Outcome], sql: str, *, polled: bool) -> None:
    view = job.view()
    if (polled and view.ended) or view.stopped:  # one that another reader stopped is started again
        st.rerun()
    if not view.ended:
        place = services.console.place(st.session_state[CALLER])
        query.progress(view.seconds, place, partial(_stop, job))
    elif isinstance(view.result, Refusal):
        query.refusal(sql, view.result)
    elif isinstance(view.result, Answer):
        query_answer.draw(services, view.result, suggested(sql))
    else:
        st.error("The statement could not be run because of an error in this program.", icon=":material/error:")
