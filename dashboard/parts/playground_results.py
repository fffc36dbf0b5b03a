"""The results of a run: the columns fill while it computes, and polling ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.boundary import boundary
from dashboard.parts import badges, tables
from dashboard.parts import playground_columns as columns
from dashboard.parts import playground_why as why
from dashboard.parts.playground_notice import notice
from dashboard.parts.playground_rows import ARM_NAME, baseline_rows, column_rows, numbers, progress, yardstick
from dashboard.theme import Origin
from data.records import TaskKind
from engines.types import Reach
from taxonomy.model import UnknownEntryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.parts.playground_address import Asked
    from dashboard.parts.playground_rows import BaselineRow, ColumnRow
    from dashboard.parts.playground_run import Shown
    from dashboard.services import Services
    from engines.live import LiveRun, LiveView

POLL = 1.0


def draw(services: Services, asked: Asked, shown: Shown | None) -> None:
    """The run on the page, or what a click on Run will do."""
    if shown is None:
        given = " and ".join(ARM_NAME[arm] for arm in asked.arms)
        st.info(
            f"Press Run: {len(asked.methods)} methods answer side by side for {safe.markdown(asked.user.name)}, each "
            f"with the data of: {given}. The first run also loads the language model.",
            icon=":material/play_arrow:",
        )
        return
    if shown.stale:
        said = (
            f"These are the results of the last run, for {shown.run.bench.dataset.by_id[shown.run.example.user].name}."
        )
        st.info(f"{safe.markdown(said)} Press Run for what is chosen above.", icon=":material/history:")
    names = entry_names(services, shown.run)
    every = None if shown.run.view().done else POLL
    st.fragment(_results, run_every=every)(shown.run, names, polled=every is not None)


def entry_names(services: Services, run: LiveRun) -> dict[str, str]:
    """The names of the catalog entries that the methods of a run follow."""
    infos = {method.id: method.info for method in services.methods()}
    found = {}
    for key in {each.entry for column in run.columns for each in infos[column.method].follows}:
        try:
            found[key] = services.catalog.entry("method", key).name
        except UnknownEntryError:
            found[key] = key
    return found


def _results(run: LiveRun, names: Mapping[str, str], *, polled: bool) -> None:
    view = run.view()
    if polled and view.done:
        st.rerun()
    task, example = run.bench.task, run.example
    rows = column_rows(view, task, example)
    others = baseline_rows(view.baselines, task, example)
    _asked_for(run)
    _status(run, view, rows, others)
    main = st.container()
    if others or task.kind in {TaskKind.RATE, TaskKind.RANK}:
        main, side = st.columns([2 * len(rows) + 2, 2])
        with side, boundary("The baselines"):
            columns.baselines(others, task)
    plain = next((one for one in rows if one.info.uses is Reach.NOTHING), None)
    with main, st.grid(len(rows), min_column_width=185):
        for row in rows:
            with st.container(gap="xsmall"), boundary("This column"):
                columns.head(row, names)
                columns.answer(row, task, example)
                columns.arms_table(row, task)
                why.popover(row, plain, person=example.user, task=task, names=names)
    _below(run, rows, others)


def _asked_for(run: LiveRun) -> None:
    """The request and, for texts, the true answer."""
    task, example = run.bench.task, run.example
    st.markdown(f"**{safe.markdown(task.name)}:** {safe.markdown(example.input)}")
    if task.note:
        st.caption(safe.markdown(f"Ranking: {task.note}."))
    if task.kind in {TaskKind.REWRITE, TaskKind.GENERATE}:
        st.markdown(f"**True text:** {safe.markdown(example.target)}")


def _status(run: LiveRun, view: LiveView, rows: Sequence[ColumnRow], others: Sequence[BaselineRow]) -> None:
    """Progress while it runs, then what to notice, in a place of one height."""
    if view.done:
        told = notice(rows, others, yardstick(run.bench.task.kind))
        st.html(columns.status(f"What to notice. {told}", "Many users, with intervals: the command below the columns."))
        return
    done, total = progress(view)
    st.html(columns.status(f"{done} of {total} rows done, {view.seconds:.0f} s.", "", share=done / total))


def _below(run: LiveRun, rows: Sequence[ColumnRow], others: Sequence[BaselineRow]) -> None:
    """Whose data the arms had, where the numbers come from, and all of them as a table."""
    import pandas as pd

    model = run.bench.model
    shown = [badges.origin(Origin.MEASURED), badges.plain(model.name), badges.plain(model.precision)]
    if run.bench.dataset.info.fictional:
        shown.append(badges.origin(Origin.FICTIONAL))
    badges.draw(shown)
    st.caption(safe.markdown(arms_line(run, rows)))
    st.code(command(run), language=None, wrap_lines=True)
    with st.expander("All numbers as a table", icon=":material/table_rows:", key="pg_numbers"):
        table = pd.DataFrame(numbers(rows, others, run.bench.task))
        tables.frame(table, alt="All numbers of this comparison by method and arm", key="pg_numbers_table")


def command(run: LiveRun) -> str:
    """The command that measures the same methods on many users."""
    names = ",".join(column.method for column in run.columns)
    data, task = run.bench.dataset.info.id, run.bench.task.id
    return f"python -m engines compare --dataset {data} --task {task} --methods {names} --users 100"


def arms_line(run: LiveRun, rows: Sequence[ColumnRow]) -> str:
    """Who the right and the wrong user are."""
    people = run.bench.dataset.by_id
    right = people[run.example.user]
    owners = {row.arm.value: row.outcome.owner for column in rows for row in column.arms if row.outcome}
    wrong = people.get(owners.get("wrong", ""))
    parts = [f"\u25a0 right user: {right.name} ({', '.join(right.persona.traits.values())})"]
    if wrong:
        traits = ", ".join(wrong.persona.traits.values())
        parts.append(f"\u25a8 wrong user: {wrong.name} ({traits}), different in every declared trait")
    if "nobody" in owners:
        parts.append("nobody, grey: the same template with an empty profile")
    return "; ".join(parts) + "."
