"""Method x user: one request, two to four users as columns, methods as rows; each cell opens to its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.lenses import Lens
from dashboard.parts import badges, playground_job, tables
from dashboard.parts import playground_matrix as shapes
from dashboard.parts import playground_matrix_table as drawn
from dashboard.parts.playground_cells import DIFFER, noticed
from dashboard.parts.playground_controls import user_label
from dashboard.parts.playground_resume import resume, tell_stale
from dashboard.parts.playground_run import bench_of
from dashboard.theme import Origin
from engines.arms import Case
from engines.folds import near
from engines.matrix import FEWEST, MOST, TEXT, Grid, Plan, first_users, job
from engines.types import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.parts.playground_address import Asked
    from dashboard.parts.playground_matrix import MatrixRow
    from dashboard.parts.playground_rows import ArmRow
    from dashboard.services import Services
    from engines.jobs import Job, JobView

LENS = Lens(
    key="matrix",
    title="Methods by users",
    icon=":material/grid_on:",
    order=20,
    question="Which methods answer the same request differently for different users?",
)
KEY = "pg_mx"


def draw(services: Services, asked: Asked) -> None:
    """The users, the options, the button, and the matrix as far as it is computed."""
    users = _users(asked)
    differ, marks = _options(asked)
    problem = f"Choose {FEWEST} to {MOST} users." if len(users) < FEWEST else ""
    problem = problem or ("" if asked.methods else "Choose at least one method.")

    def make() -> Job[Grid]:
        return job(Plan(bench_of(services, asked), asked.example, asked.columns(), users))

    stale = False if problem else resume(services, asked, KEY, make)
    watched = playground_job.controls(services, KEY, make, label="Fill the matrix", problem=problem)
    if not services.jobs.get(watched):
        st.info(
            f"Press the button: {len(asked.methods)} methods answer this one request with the data of {len(users)} "
            "users, all in one batch. Whose request it is stays the same; only whose data is given changes.",
            icon=":material/grid_on:",
        )
        return

    def show(view: JobView[Any]) -> None:
        _result(view, differ=differ, marks=marks, stale=stale)

    playground_job.follow(services, watched, show)


def _users(asked: Asked) -> tuple[str, ...]:
    fold = near(asked.dataset, asked.task, asked.example.user, seed=asked.seed)
    case = Case(asked.dataset, asked.task, asked.example, frozenset({asked.example.subject}), near=fold)
    field = shapes.users_field(asked.dataset, first_users(case, asked.seed))
    seen = state.here(field)
    state.show_notes(seen)
    st.multiselect(
        f"Users whose data is given ({FEWEST} to {MOST})",
        field.accepted,
        format_func=lambda user: user_label(asked.dataset.by_id[user]),
        max_selections=MOST,
        help="To begin with: whose request it is, the wrong user, and two whose profiles are as far apart as can be.",
        **state.bound(field, seen[field]),
    )
    return seen[field]


def _options(asked: Asked) -> tuple[bool, bool]:
    """Which rows and which marks are shown; both only change the view."""
    seen = state.here(DIFFER, shapes.MARKS)
    state.show_notes(seen)
    texts = asked.task.kind in TEXT
    with st.container(horizontal=True, gap="medium"):
        st.toggle(
            "Only where they differ",
            help="Hides the methods whose cells all say the same.",
            **state.bound(DIFFER, seen[DIFFER]),
        )
        if texts:
            st.toggle(
                "Mark what None does not say",
                help="Marks the words that the text without personalization does not have.",
                **state.bound(shapes.MARKS, seen[shapes.MARKS]),
            )
    return seen[DIFFER], texts and seen[shapes.MARKS]


def _result(view: JobView[Grid], *, differ: bool, marks: bool, stale: bool) -> None:
    grid = view.result
    if grid is None:
        return
    plan = grid.plan
    own = plan.bench.dataset.by_id[plan.example.user]
    if stale:
        tell_stale(own.name)
    rows, task = shapes.matrix_rows(grid), plan.bench.task
    st.markdown(f"**{safe.markdown(task.name)}:** {safe.markdown(plan.example.input)}")
    if task.kind in TEXT and plan.example.target:
        st.markdown(f"**True text, by {safe.markdown(own.name)}:** {safe.markdown(plan.example.target)}")
    if view.ended:
        st.html(noticed(shapes.notice(rows, plan), f"{view.seconds:.1f} s in all."))
    shown = [row for row in rows if not (differ and row.same)]
    if hidden := len(rows) - len(shown):
        names = ", ".join(row.info.name for row in rows if row not in shown)
        st.caption(safe.markdown(f"Not shown, because all their cells say the same: {names} ({hidden})."))
    plain = _plain(rows)
    if marks and plain is None and view.ended:
        st.caption("Nothing is marked: add the method None to have a text to compare with.")
    st.html(drawn.table(shown, drawn.View(plan, shapes.persons(plan), plain, marks, view.ended)))
    _below(grid, rows, ended=view.ended)


def _plain(rows: Sequence[MatrixRow]) -> ArmRow | None:
    """What the model answers without personalization, None where it was not asked."""
    plain = [row.cells[0] for row in rows if row.info.uses is Reach.NOTHING]
    return plain[0] if plain else None


def _below(grid: Grid, rows: Sequence[MatrixRow], *, ended: bool) -> None:
    """Whose the truth is, where the numbers come from, and all of them as a table and as a file."""
    import pandas as pd

    plan = grid.plan
    model, own = plan.bench.model, plan.bench.dataset.by_id[plan.example.user].name
    shown = [badges.origin(Origin.MEASURED), badges.plain(model.name), badges.plain(model.precision)]
    badges.draw(shown)
    known = f"The true answer is that of {own}; nobody else is measured against it." if plan.example.target else ""
    if plan.example.target and plan.example.user not in plan.users:
        known = f"The true answer is known for {own} alone: add {own} to the users to see how far it is."
    st.caption(
        safe.markdown(
            f"{known or 'There is no true answer to this request, so no distance is shown.'} Everybody's data is cut "
            "before this request and before their own held-out items; nothing about what is asked is given."
        )
    )
    if not ended:
        return
    frame = pd.DataFrame(shapes.numbers(rows, grid))
    with st.expander("All cells as a table", icon=":material/table_rows:", key="pg_mx_numbers"):
        tables.frame(frame, alt="All cells of the matrix by method and user", key="pg_mx_table")
    st.download_button(
        "Download as CSV",
        frame.to_csv(index=False).encode(),
        file_name=f"matrix-{plan.bench.dataset.info.id}-{plan.bench.task.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="pg_mx_csv",
        on_click="ignore",
    )
