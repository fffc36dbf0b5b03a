"""Level slider: the same request at global, persona and user, with what each level may see for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state, theme
from dashboard.lenses import Lens
from dashboard.parts import badges, charts, playground_job
from dashboard.parts import playground_columns as columns
from dashboard.parts import playground_levels as shapes
from dashboard.parts import playground_why as why
from dashboard.parts.playground_address import config_of
from dashboard.parts.playground_cells import DIFFER, noticed
from dashboard.parts.playground_columns import SOFT
from dashboard.parts.playground_matrix_table import marked_words, rating
from dashboard.parts.playground_resume import resume, tell_stale
from dashboard.parts.playground_rows import yardstick
from dashboard.parts.playground_run import bench_of
from dashboard.theme import Origin
from data.records import TaskKind
from engines.levels import ORDER, Levels, Plan, job, methods_of
from engines.live import Column, Status
from engines.matrix import TEXT
from engines.types import Arm, Level
from taxonomy.model import UnknownEntryError

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.parts.playground_rows import ColumnRow
    from dashboard.services import LiveMethod, Services
    from data.records import Example, Task
    from engines.jobs import Job, JobView

LENS = Lens(
    key="levels",
    title="Level slider",
    icon=":material/linear_scale:",
    order=30,
    question="How does the answer move from everyone to this one user, and what may each level see?",
)
KEY = "pg_lv"
SIGNS = "\u25cf right user \u00b7 \u25cb wrong user \u00b7 grey: nobody \u00b7 dashed line: the truth"


def draw(services: Services, asked: Asked) -> None:
    """The slider, the methods of the levels, the button, and the three answers."""
    known = {method.id: method for method in services.methods()}
    state.show_notes(state.here(shapes.LEVEL, DIFFER))
    chosen = _methods(asked, known)

    def make() -> Job[Levels]:
        by_level = {known[method].info.level: method for method in chosen}
        picked = {
            level: Column(by_level[level], config_of(asked.settings, by_level[level], asked.seed))
            for level in ORDER
            if level in by_level
        }
        return job(Plan(bench_of(services, asked), asked.example, picked))

    stale = resume(services, asked, KEY, make)
    watched = playground_job.controls(services, KEY, make, label="Compute all levels")
    if not services.jobs.get(watched):
        st.info(
            "Press the button: the same request is answered at all three levels, with the right user's data, a wrong "
            "user's and nobody's, in one batch. The slider then only changes the view.",
            icon=":material/linear_scale:",
        )
        return

    def show(view: JobView[Any]) -> None:
        _result(services, view, stale=stale)

    playground_job.follow(services, watched, show)


def _slider() -> tuple[Level, bool]:
    """Which level is shown, and whether equal answers are folded; a change draws this part of the page alone."""
    seen = state.here(shapes.LEVEL, DIFFER)
    _, middle, _ = st.columns([1, 4, 1])  # from the middle of the first answer to the middle of the last
    with middle:
        st.select_slider(
            "Level",
            shapes.LEVEL.accepted,
            format_func=lambda key: f"{theme.LEVELS[key].glyph} {key.capitalize()}",
            label_visibility="collapsed",
            **state.bound(shapes.LEVEL, seen[shapes.LEVEL]),
        )
    return Level(seen[shapes.LEVEL]), seen[DIFFER]


def _differ_toggle() -> None:
    seen = state.here(DIFFER)
    st.toggle(
        "Only where they differ",
        help="Folds the levels that say the same as the one before; of texts, marks what the one before lacks.",
        **state.bound(DIFFER, seen[DIFFER]),
    )


def _methods(asked: Asked, known: Mapping[str, LiveMethod]) -> tuple[str, ...]:
    """Which method stands for each level."""
    field = shapes.methods_field(asked.methods)
    seen = state.here(field)
    state.show_notes(seen)
    chosen = shapes.standing(seen[field], asked.methods)
    with st.popover("Methods of the levels", icon=":material/tune:", key="pg_lv_methods"):
        for level in ORDER:
            options = methods_of(level)
            if not options:
                st.caption(f"No method of the {level.value} level runs here.")
                continue
            key = f"pg_lv_of_{level.value}"
            st.session_state[key] = next(method for method in chosen if method in options)
            st.selectbox(
                f"{theme.LEVELS[level.value].glyph} {level.value.capitalize()}",
                options,
                format_func=lambda method: safe.plain(known[method].info.name),
                key=key,
                on_change=_keep,
                args=(field, asked.methods),
            )
    names = ", ".join(known[method].info.name for method in chosen)
    st.caption(safe.markdown(f"From global to user: {names}."))
    return chosen


def _keep(field: state.Field[tuple[str, ...]], asked: tuple[str, ...]) -> None:
    picked = [st.session_state.get(f"pg_lv_of_{level.value}") for level in ORDER]
    state.put(field, shapes.standing([one for one in picked if one], asked))


def _result(services: Services, view: JobView[Levels], *, stale: bool) -> None:
    levels = view.result
    if levels is None:
        return
    plan = levels.plan
    task, example, own = plan.bench.task, plan.example, plan.bench.dataset.by_id[plan.example.user]
    if stale:
        tell_stale(own.name)
    rows = shapes.level_rows(levels)
    st.markdown(f"**{safe.markdown(task.name)}:** {safe.markdown(example.input)}")
    if task.kind in TEXT and example.target:
        st.markdown(f"**True text:** {safe.markdown(example.target)}")
    if view.ended:
        st.html(noticed(shapes.notice(rows, task, example), f"{view.seconds:.1f} s in all."))
    level, differ = _slider()
    st.html(strip(levels, rows, shown=level, differ=differ))
    _differ_toggle()
    left, right = st.columns([5, 6], gap="large")
    with left:
        _chart(rows, task, example)
    with right:
        _level(services, levels, rows, level)
    _below(levels)


def strip(levels: Levels, rows: Mapping[Level, ColumnRow], *, shown: Level, differ: bool) -> str:
    """All answers side by side, from global to user; the one that the slider shows is framed."""
    task = levels.plan.bench.task
    same = shapes.repeats(rows, task.kind) if differ else {}
    cards, before = [], ""
    for level, row in rows.items():
        cards.append(_card(levels, row, framed=level is shown, like=same.get(level), before=before))
        before = row.main.text.strip() if differ else ""
    return f'<div style="display:flex;gap:.5rem" role="list" aria-label="Answers by level">{"".join(cards)}</div>'


def _card(levels: Levels, row: ColumnRow, *, framed: bool, like: Level | None, before: str) -> str:
    task, example = levels.plan.bench.task, levels.plan.example
    look, ruler = theme.level_look(row.level), yardstick(task.kind)
    edge = f"border:2px solid {look.colour}" if framed else "border:1px solid rgba(136,142,150,.45);margin:1px"
    answer = shapes.says(row.main, task, example)
    if like:
        inside = f'<div style="opacity:.8">the same as {like.value}</div>'
    elif task.kind in TEXT and row.main.output is not None:
        text = marked_words(before, answer) if before and answer else safe.html(answer)
        inside = f'<div style="font-size:.85rem;max-height:7.5em;overflow:auto" tabindex="0">{text}</div>'
    else:
        inside = f'<div style="font-size:1.15rem;font-weight:600">{safe.html(answer)}</div>'
    lines = [shapes.off(row.main, ruler)]
    lines += [f"wrong user: {said}" for arm in row.arms if arm.arm is Arm.WRONG and (said := _brief(arm, levels))]
    soft = "".join(f'<div style="{SOFT}">{safe.html(line)}</div>' for line in lines if line)
    current = ' aria-current="true"' if framed else ""
    return (
        f'<div role="listitem"{current} style="flex:1 1 0;min-width:0;{edge};border-radius:.4em;padding:.5em .6em;'
        f'overflow-wrap:anywhere"><div><span aria-hidden="true" style="color:{look.colour}">{look.glyph}</span> '
        f"<b>{look.label.capitalize()}</b></div>"
        f'<div style="{SOFT}">{safe.html(row.info.name)}</div>{inside}{soft}</div>'
    )


def _brief(arm: Any, levels: Levels) -> str:
    """A wrong user's answer in a few words."""
    task = levels.plan.bench.task
    ruler = yardstick(task.kind)
    if task.kind in TEXT:
        return shapes.off(arm, ruler)
    return ", ".join(filter(None, (shapes.says(arm, task, levels.plan.example), shapes.off(arm, ruler))))


def _chart(rows: Mapping[Level, ColumnRow], task: Task, example: Example) -> None:
    import pandas as pd

    arms = [arm for row in rows.values() for arm in row.arms]
    st.markdown("**All levels against the truth**")
    if not any(shapes.point(arm, task) is not None for arm in arms):
        st.caption(_why_no_chart(arms, example))
        return
    lined = example.target and task.kind not in TEXT
    st.caption(SIGNS if lined else SIGNS.rpartition(" \u00b7 ")[0])
    charts.show(
        shapes.figure(rows, task, example),
        alt=shapes.chart_message(rows, task, example),
        table=pd.DataFrame(shapes.numbers(rows, task)),
        key="pg_lv_chart",
        title="All levels and arms as a table",
    )


def _why_no_chart(arms: list[Any], example: Example) -> str:
    if not example.target:
        return "Nobody knows the true answer to this request, so there is no distance to draw."
    if any(arm.status in {Status.WAITING, Status.SCORING} for arm in arms):
        return "Not computed yet."
    return "There are no scores to draw: this model gives no log-probabilities, or every row failed."


def _level(services: Services, levels: Levels, rows: Mapping[Level, ColumnRow], level: Level) -> None:
    """The level that the slider shows: what it may see, its answer by arm, and its evidence."""
    row, plan = rows.get(level), levels.plan
    st.html(f'<div style="font-size:1.05rem">{badges.level(level.value)}</div>')
    if row is None:
        st.caption("No method of this level runs here.")
        return
    task, example = plan.bench.task, plan.example
    said = f"{shapes.may_see(levels.sights[level], row.info)} {shapes.in_prompt(row.main)}"
    st.markdown(f"**May see.** {safe.markdown(said)}")
    barred = bool(example.target) and any(arm.output and arm.output.labels for arm in row.arms)
    if task.kind is TaskKind.RATE and not barred and row.main.output is not None:
        st.html("".join(f"<div>{safe.html(arm.label)}</div>{rating(arm, task, level=row.level)}" for arm in row.arms))
    elif task.kind.ranks and not example.target:
        st.html(f"<b>{safe.html(shapes.says(row.main, task, example))}</b>")
    else:
        columns.answer(row, task, example)
    columns.arms_table(row, task)
    if not example.target:
        st.caption("There is no true answer to this request, so no distance is shown.")
    why.popover(row, None, person=example.user, task=task, names=_names(services, row))


def _names(services: Services, row: ColumnRow) -> dict[str, str]:
    """The names of the catalog entries that a method follows."""
    found = {}
    for each in row.info.follows:
        try:
            found[each.entry] = services.catalog.entry("method", each.entry).name
        except UnknownEntryError:
            found[each.entry] = each.entry
    return found


def _below(levels: Levels) -> None:
    bench = levels.plan.bench
    shown = [badges.origin(Origin.MEASURED), badges.plain(bench.model.name), badges.plain(bench.model.precision)]
    badges.draw(shown)
