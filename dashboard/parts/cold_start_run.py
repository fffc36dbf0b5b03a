"""The measurement on the page: started and stopped, found again, and drawn as far as it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts import badges, playground_job, share, tables
from dashboard.parts import cold_start_charts as charts
from dashboard.parts import cold_start_shapes as shapes
from dashboard.parts import playground_time as times
from dashboard.parts.cold_start_controls import RUN
from dashboard.parts.playground_time import Work
from dashboard.theme import Origin
from engines.coldstart import ALL, Curves
from engines.coldstart_run import job as make_job
from engines.methods import methods
from engines.runs.ahead import Group
from engines.runs.cells import Cell
from engines.types import Arm

if TYPE_CHECKING:
    from dashboard.parts.cold_start_controls import Asked
    from dashboard.services import Services
    from engines.jobs import Job, JobView

SHOWN, PRESSED = "cs_shown", "cs_pressed"
POLL = 2.0
PREPARES = 3.0  # prompts' worth of reading that writing one summary takes, roughly


def draw(services: Services, asked: Asked) -> None:
    """The buttons, and what is measured or would be."""
    job, stale = _found(services, asked)
    running = job is not None and not job.view().ended
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        problem = asked.problem()
        waits = bool(problem) or (running and not stale)
        st.button("Run", key="cs_go", type="primary", icon=":material/play_arrow:", disabled=waits, on_click=_start)
        if st.button("Stop", key="cs_halt", icon=":material/stop:", disabled=not running) and job:
            job.stop()
        measured = job is not None and not stale and job.view().ended and not job.view().stopped
        st.markdown(problem or ("" if measured else expected(services, asked)), width="content")
    if job is None:
        st.info(
            "Press Run: every method answers the same held-out requests with the users' last items, at each length, "
            "with the right and with the wrong user's history; and once with nobody's. The curves grow from the left.",
            icon=":material/ac_unit:",
        )
        return
    if stale:
        st.info("This is what was measured last. Press Run for what is chosen now.", icon=":material/history:")
    playground_job.follow(services, job.id, lambda view: _result(services, view), apart=POLL)


def _start() -> None:
    """Measure what the controls ask for, anew if it was stopped; fit for a callback."""
    st.session_state.pop(SHOWN, None)
    st.session_state[PRESSED] = True
    state.put(RUN, True)


def _found(services: Services, asked: Asked) -> tuple[Job[Curves] | None, bool]:
    """The job of what is asked, started unless this session has it on the page; or the last one, which is stale.

    A stopped one is started again by the button alone, not by a reload.
    """
    last, again = str(st.session_state.get(SHOWN, "")), bool(st.session_state.pop(PRESSED, False))
    if not asked.run or asked.problem():
        return services.jobs.get(last), True
    with st.spinner("Loading the language model"):
        made = make_job(asked.plan(services))
    services.settle(f"{asked.dataset.digest} and the model")
    job = (services.jobs.get(made.id) if made.id == last else None) or services.jobs.start(made, again=again)
    st.session_state[SHOWN] = job.id
    return job, False


def _result(services: Services, view: JobView[Curves]) -> None:
    """The curves as far as they are; the first is nobody's."""
    found = view.result
    if found is None or not found.lines:
        return
    model = found.plan.bench.model
    badges.draw([badges.origin(Origin.MEASURED), badges.plain(model.name), badges.plain(model.precision)])
    st.html(f'<div role="status" style="font-size:1.1rem;font-weight:600">{safe.html(shapes.verdict(found))}</div>')
    charts.draw(found)
    rows = shapes.table(found)
    st.subheader("Where intervals part", anchor=False)
    tables.frame(shapes.crossings_table(found), alt=shapes.verdict(found), key="cs_crossings")
    st.caption(shapes.caution(found))
    st.subheader("All numbers", anchor=False)
    tables.frame(rows, alt="Every method, length and arm with intervals", key="cs_rows", narrow=shapes.SHORT)
    for said in shapes.remarks(found, view.seconds if view.ended else None):
        st.caption(safe.markdown(said, 600))
    if view.ended:
        share.bar(services, rows, name="Cold start")


def expected(services: Services, asked: Asked) -> str:
    """About how long it takes, which is no promise."""
    pace = times.pace_of(services)
    said = times.about(work(asked).seconds(pace or times.USUAL))
    more = times.trainings(services, asked, list(groups(asked)))
    return f"{said}{'' if pace else ' once the model is loaded'}{more}"


def groups(asked: Asked) -> Iterator[Group]:
    """What shares a state: each method with nobody's data, and personal ones with either user's at each length."""
    for method, user in product(asked.methods, asked.users):
        some = asked.examples[user][: asked.count]
        lengths = asked.lengths if methods[method].info.personal else ()
        for arm, length in [(Arm.NOBODY, ALL), *product((Arm.RIGHT, Arm.WRONG), lengths)]:
            yield Group(tuple(Cell(method, arm, example, asked.config) for example in some), length)


def work(asked: Asked) -> Work:
    """About what the model reads and writes: prompts by method, user, arm and length, with k and the items' length."""
    read = write = 0.0
    for user in asked.users:
        some = asked.examples[user][: asked.count]
        person = shapes.Person(asked.dataset.by_id[user], asked.task, some[0])
        item, bare = times.item_tokens(person), times.request_tokens(asked.task, some[0])  # type: ignore[arg-type]
        answers = sum(times.answer_tokens(asked.task, one)[0] for one in some)
        for name in asked.methods:
            info = methods[name].info
            read += len(some) * bare + answers
            for length in asked.lengths if info.personal else ():
                given = min(length, asked.k) * item
                # Requests of one user share the profile, which is read once.
                read += 2 * (min(given, float(asked.config.budget)) + len(some) * bare + answers)
                read += 2 * times.tried_tokens(info, asked.config, bare=bare, item=item) * (length > 0)
                if info.technique == "prompt.profile" and length:
                    read += 2 * times.SUMMARIES * (bare + PREPARES * given)
                    write += 2 * times.SUMMARIES * times.SUMMARY_TOKENS
    return Work(read, write)
