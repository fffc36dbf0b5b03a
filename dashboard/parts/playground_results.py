"""The results of a run: the columns fill while it computes, and polling ends with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.parts import badges, tables
from dashboard.parts import playground_apart as apart
from dashboard.parts import playground_columns as columns
from dashboard.parts import playground_export as export
from dashboard.parts import playground_presenter as presenter
from dashboard.parts import playground_training as training
from dashboard.parts import playground_why as why
from dashboard.parts.playground_diff import Narrowed, narrowed
from dashboard.parts.playground_notice import BUSY, CAUTION, Kind, busy, verdict
from dashboard.parts.playground_rows import ARM_NAME, baseline_rows, column_rows, numbers, progress, yardstick
from dashboard.parts.playground_time import queue
from dashboard.theme import Origin
from data.records import TaskKind
from engines.models.facts import facts
from engines.types import Arm, Reach
from taxonomy.model import UnknownEntryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.parts.playground_address import Asked
    from dashboard.parts.playground_rows import BaselineRow, ColumnRow
    from dashboard.parts.playground_run import Shown
    from dashboard.redraws import Redraws
    from dashboard.services import Services
    from engines.live import LiveRun, LiveView

BadgeColour = Literal["green", "orange", "gray", "red"]
POLL = 1.0
LOOK = 0.25
FIRST = 1  # the news that there are from the beginning
DRAWN = "pg_drawn"
NARROW = 185
DIFFER = state.flag("pg_differ")


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
    redraws = None if shown.run.view().done else services.redraws
    st.fragment(_results, run_every=POLL if redraws else None)(shown.run, names, redraws)


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


def _results(run: LiveRun, names: Mapping[str, str], redraws: Redraws | None) -> None:
    """Draw a run as it stands; with `redraws` it is drawn again and again until it has ended."""
    if redraws:
        _wait(run, redraws)
    view = run.view()
    if redraws and view.done:
        st.rerun()
    task, example = run.bench.task, run.example
    rows = column_rows(view, task, example)
    if not example.target:
        rows = [replace(one, gaps=apart.gaps(one, task, example)) for one in rows]
    others = baseline_rows(view.baselines, task, example)
    _asked_for(run)
    _status(run, view, rows, others)
    seen = narrowed(task.kind, rows) if view.done and state.here(DIFFER)[DIFFER] else Narrowed(tuple(rows))
    if len(seen.columns) < len(rows) or seen.sentences:
        st.caption(safe.markdown(seen.say()))
    main = st.container()
    if others or task.kind in {TaskKind.RATE, TaskKind.RANK, TaskKind.CHOOSE}:
        main, side = st.columns([2 * len(seen.columns) + 2, 2])
        with side, boundary("The baselines"):
            columns.baselines(others, task)
    plain = next((one for one in rows if one.info.uses is Reach.NOTHING), None)
    large = presenter.on()
    with main, st.grid(len(seen.columns) or 1, min_column_width=presenter.COLUMN if large else NARROW):
        for row in seen.columns:
            with st.container(gap="xsmall"), boundary("This column"):
                columns.head(row, names)
                columns.answer(row, task, example, scale=presenter.SCALE if large else 1.0)
                training.draw(row)
                columns.arms_table(row, task)
                if view.done:
                    why.popover(rows[row.place], plain, person=example.user, task=task, names=names)
                else:
                    why.later(row.place)
    if view.done:
        _below(run, rows, others)


def _wait(run: LiveRun, redraws: Redraws) -> None:
    """Until there is something new to draw, or time to tell that it goes on; then for a turn."""
    drawn, seen = st.session_state.get(DRAWN, ("", 0))
    start, pace = time.monotonic(), redraws.pace(run.id)
    news, ended = run.news(0, 0.0)
    while drawn == run.id and not ended:
        waited = time.monotonic() - start
        if waited >= (pace.still if news == seen else pace.new if seen > FIRST else 0.0):
            break
        news, ended = run.news(seen if news == seen else news, LOOK)
        st.session_state.get(DRAWN)  # a click of the reader may interrupt here
    redraws.turn()
    st.session_state[DRAWN] = (run.id, news)


def _asked_for(run: LiveRun) -> None:
    """The request and, for texts, the true answer."""
    task, example = run.bench.task, run.example
    st.markdown(f"**{safe.markdown(task.name)}:** {safe.markdown(example.input)}")
    if task.note:
        st.caption(safe.markdown(f"Ranking: {task.note}."))
    if not example.target:
        st.caption(f"{apart.NO_TRUTH}, so errors and places are absent.")
    elif task.kind in {TaskKind.REWRITE, TaskKind.GENERATE}:
        st.markdown(f"**True text:** {safe.markdown(example.target)}")


MARKS: Mapping[Kind, tuple[str, BadgeColour]] = {
    Kind.PERSONAL: (":material/person_check:", "green"),
    Kind.ANYONES: (":material/group:", "orange"),
    Kind.NONE: (":material/remove:", "gray"),
    Kind.WORSE: (":material/trending_down:", "red"),
    Kind.UNMEASURABLE: (":material/question_mark:", "gray"),
}


def _status(run: LiveRun, view: LiveView, rows: Sequence[ColumnRow], others: Sequence[BaselineRow]) -> None:
    """Progress while it runs, then the verdict, in a place of one height."""
    if view.done:
        if busy(rows):
            st.warning(BUSY, icon=":material/hourglass_top:")
        task, example = run.bench.task, run.example
        said = verdict(rows, others, yardstick(task.kind)) if example.target else apart.verdict(rows, task, example)
        icon, colour = MARKS[said.kind]
        st.badge(said.kind.value, icon=icon, color=colour)
        st.html(columns.verdict(said, CAUTION))
    else:
        done, total = progress(view)
        st.badge("Computing", icon=":material/hourglass_top:", color="gray")
        waits = queue(run.bench.model.place(run.bench.stop))
        st.html(columns.status(f"{done} of {total} rows done, {view.seconds:.0f} s.", waits, share=done / total))
    if not view.done:
        st.html('<div style="height:2.5rem"></div>')  # room for what stands here when it has ended
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        export.draw(run)
        _differ_toggle()


def _differ_toggle() -> None:
    """Hide what says the same as no personalization."""
    st.toggle(
        "Only where they differ",
        help="Hides the columns, and in texts the sentences, that are the same as without personalization.",
        **state.bound(DIFFER, state.here(DIFFER)[DIFFER]),
    )


def _below(run: LiveRun, rows: Sequence[ColumnRow], others: Sequence[BaselineRow]) -> None:
    """Whose data the arms had, where the numbers come from, and all of them as a table."""
    import pandas as pd

    model = run.bench.model
    shown = [badges.origin(Origin.MEASURED), badges.plain(model.name), badges.plain(model.precision)]
    if server := facts(model).server:
        shown.append(badges.plain(f"server {server}"))
    if run.bench.dataset.info.fictional:
        shown.append(badges.origin(Origin.FICTIONAL))
    badges.draw(shown)
    st.caption(safe.markdown(arms_line(run, rows)))
    with st.expander("All numbers as a table", icon=":material/table_rows:", key="pg_numbers"):
        table = pd.DataFrame(numbers(rows, others, run.bench.task))
        tables.frame(table, alt="All numbers of this comparison by method and arm", key="pg_numbers_table")


def arms_line(run: LiveRun, rows: Sequence[ColumnRow]) -> str:
    """Who the right user is, and who the wrong one: a method that learns may be given another than the others."""
    people = run.bench.dataset.by_id
    right = people[run.example.user]
    given: dict[Arm, dict[str, list[str]]] = {}
    for column in rows:
        for row in column.arms:
            if row.outcome:
                given.setdefault(row.arm, {}).setdefault(row.outcome.owner, []).append(column.info.name)
    wrong = {owner: names for owner, names in given.get(Arm.WRONG, {}).items() if owner in people}
    parts = [f"\u25a0 right user: {right.name} ({', '.join(right.persona.traits.values()) or 'no traits declared'})"]
    for owner, names in wrong.items():
        traits = ", ".join(people[owner].persona.traits.values())
        drawn = "different in every declared trait" if right.persona.traits else "drawn from everybody"
        whose = f" of {', '.join(names)}" if len(wrong) > 1 else ""
        parts.append(f"\u25a8 wrong user{whose}: {people[owner].name} ({traits}), {drawn}")
    if Arm.NOBODY in given:
        parts.append("nobody, grey: the same template with an empty profile")
    return "; ".join(parts) + "."
