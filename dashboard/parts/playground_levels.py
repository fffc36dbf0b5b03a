"""What the level slider shows, shaped without Streamlit: answers by level and arm, what each level may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard import state, theme
from dashboard.parts.playground_cells import as_cell, cell_row, listed, same_answer, tokens, used_count
from dashboard.parts.playground_rows import (
    ARM_NAME,
    ARM_ORDER,
    ArmRow,
    ColumnRow,
    Yardstick,
    cost,
    gaps,
    true_one,
    yardstick,
)
from dashboard.parts.playground_settings import takes_items
from data.records import TaskKind
from engines.levels import ORDER, methods_of
from engines.live import Status
from engines.matrix import TEXT
from engines.methods import methods
from engines.types import Arm, Level, MethodInfo, Reach

if TYPE_CHECKING:
    from dashboard.state import Field
    from data.records import Example, Task
    from engines.levels import Levels, Sight

LEVEL = state.choice("pg_level", Level.GLOBAL.value, accepted=[level.value for level in ORDER])
ROW = 62
ROOM = 78


def methods_field(asked: Sequence[str]) -> Field[tuple[str, ...]]:
    """Which method stands for each level: of those asked for where there is one, else the usual one."""
    accepted = [method for level in ORDER for method in methods_of(level)]
    return state.choices("pg_level_methods", standing((), asked), accepted=accepted, most=len(ORDER))


def standing(chosen: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """One method for each level that has one here: chosen, else asked for, else the usual one."""
    return tuple(
        next((one for one in (*chosen, *asked) if one in known), known[0])
        for level in ORDER
        if (known := methods_of(level))
    )


def level_rows(levels: Levels) -> dict[Level, ColumnRow]:
    """The levels as they stand, from global to user."""
    plan = levels.plan
    task, example, found = plan.bench.task, plan.example, {}
    for place, (level, column) in enumerate(plan.methods.items()):
        info: MethodInfo = methods[column.method].info
        arms = tuple(
            cell_row(
                levels.outcomes.get((level, arm)),
                label="everyone's" if info.shared else ARM_NAME[arm],
                text=levels.texts.get((level, arm), ""),
                task=task,
                example=example,
            )
            for arm in ARM_ORDER
            if (level, arm) in plan.places()
        )
        found[level] = ColumnRow(place, column.method, info, arms, gaps(arms, yardstick(task.kind)), cost(arms))
    return found


def may_see(sight: Sight, info: MethodInfo) -> str:
    """What a level may see for this request, in words, with the counts that the world gives."""
    if sight.reach is Reach.EVERYONE and info.personal:
        return f"This user and everyone: {sight.items:,} items of {sight.people:,} people, before the cut."
    if sight.reach is Reach.EVERYONE:
        return (
            f"Everyone: {sight.items:,} items of {sight.people:,} other people, early in the data and before "
            "the cut. They are the same for all users; none is this user's own."
        )
    if sight.reach is Reach.PERSONA:
        wider = " Nobody else has the whole persona, so the group was widened." if sight.widened else ""
        who = f"share the persona ({sight.group})" if sight.group else "share a trait (there is nobody)"
        return f"Others who {who}: {sight.items:,} items of {sight.people:,} people, before the cut.{wider}"
    if sight.reach is Reach.OWN and not takes_items(info):
        return (
            f"This user's own data; it reads the {sight.traits} declared traits alone, not the {sight.items:,} items."
        )
    if sight.reach is Reach.OWN:
        return f"This user alone: {sight.items:,} own items before the cut, and nobody else's."
    return "Nothing of anybody."


def in_prompt(row: ArmRow) -> str:
    """What of it stands in the prompt, and what that costs."""
    if not tokens(row):
        return ""
    used = used_count(row)
    return f"In the prompt: {used or 'no'} {'item' if used == 1 else 'items'}, {tokens(row):,} tokens."


def says(row: ArmRow, task: Task, example: Example) -> str:
    """The answer in a word or two; texts stand for themselves."""
    if row.output is None:
        return row.status.value if row.status in {Status.FAILED, Status.STOPPED} else f"{row.status.value}\u2026"
    if task.kind in TEXT:
        return row.text.strip()
    if row.output.reason:
        return f"no answer: {row.output.reason}"
    if task.kind is TaskKind.RATE:
        return f"{row.says} stars"
    if row.says:
        return f"place {row.says} of {len(example.candidates)}"
    order = sorted(row.output.candidates, key=lambda key: -row.output.candidates[key] if row.output else 0.0)
    return f"first: {example.candidates.get(order[0], order[0])}" if order else "no order"


def off(row: ArmRow, ruler: Yardstick) -> str:
    """The distance from the truth in words; a place says it already."""
    if row.loss is None or ruler.unit == "places":
        return ""
    return f"{ruler.say(row.loss)} off" if ruler.unit == "stars" else ruler.say(row.loss)


def repeats(rows: Mapping[Level, ColumnRow], kind: TaskKind) -> dict[Level, Level]:
    """The levels that say the same as the one before them, with that one."""
    order = list(rows)
    return {
        level: before
        for before, level in pairwise(order)
        if rows[level].main.status is Status.DONE
        and rows[before].main.status is Status.DONE
        and same_answer(rows[before].main, rows[level].main, kind)
    }


def notice(rows: Mapping[Level, ColumnRow], task: Task, example: Example) -> list[str]:
    """What to notice: whether the answer comes nearer to the truth towards the user, and through whose data."""
    ruler = yardstick(task.kind)
    failed = [level.value for level, row in rows.items() if row.main.status is Status.FAILED]
    stopped = any(arm.status is Status.STOPPED for row in rows.values() for arm in row.arms)
    parts = ["It was stopped; this is what was done by then."] if stopped else []
    parts += [f"At {listed(failed)} it failed."] if failed else []
    if not example.target:
        return [*parts, _unknown(rows, task)]
    known = {level: row.main.loss for level, row in rows.items() if row.main.loss is not None}
    first, last = known.get(Level.GLOBAL), known.get(Level.USER)
    if last is None or first is None:
        return [*parts, "There are no scores at both ends, global and user, to compare."]
    told = ", ".join(f"{level.value} {_loss(value, ruler)}" for level, value in known.items())
    sentence = f"{_moved(first, last, ruler)}{_whose(rows.get(Level.USER), first - last, ruler)}."
    persona = _whose(rows.get(Level.PERSONA), 0.0, ruler).removeprefix(", and ").removeprefix(", but ")
    parts += [sentence, f"Distances from the truth: {told}."]
    return [*parts, f"At the persona level {persona}."] if persona else parts


def _moved(first: float, last: float, ruler: Yardstick) -> str:
    gained = first - last
    if abs(gained) <= ruler.same:
        return "The user level is as far from the truth as the global one"
    if gained < 0:
        return f"The user level is {ruler.say(-gained)} further from the truth than the global one"
    return f"From global to user the answer moved {ruler.say(gained)} towards the truth"


def _whose(row: ColumnRow | None, gained: float, ruler: Yardstick) -> str:
    """Whether a wrong user's data does the same at a level; `gained` is what the right user's data brought."""
    right, wrong = (row.arm(arm) if row else None for arm in (Arm.RIGHT, Arm.WRONG))
    if not (right and wrong) or right.loss is None or wrong.loss is None:
        return ""
    if wrong.loss - right.loss > ruler.same:
        return f", and a wrong user's data is {ruler.say(wrong.loss - right.loss)} worse"
    if right.loss - wrong.loss > ruler.same:
        return (
            f", and a wrong user's data comes {ruler.say(right.loss - wrong.loss)} nearer: this is not personalization"
        )
    if gained > ruler.same:
        return ", but a wrong user's data does as well: this is not personalization"
    return ", and a wrong user's data does as well"


def _unknown(rows: Mapping[Level, ColumnRow], task: Task) -> str:
    ends = [rows[level].main.says for level in (Level.GLOBAL, Level.USER) if level in rows and rows[level].main.says]
    if task.kind is TaskKind.RATE and len(ends) > 1:
        return f"From global to user the rating goes from {ends[0]} to {ends[1]}; nobody knows the true one."
    same = repeats(rows, task.kind)
    alike = "; two neighbouring levels answer the same" if same else ""
    return f"Nobody knows the true answer to this request, so no distance is shown{alike}."


def _loss(value: float, ruler: Yardstick) -> str:
    return f"place {value:g}" if ruler.unit == "places" else ruler.say(value)


def point(row: ArmRow, task: Task) -> float | None:
    """Where an answer stands on the chart: the rating, the place of the true film, or bits per byte."""
    if task.kind in TEXT:
        return row.loss
    return float(row.says) if row.says else None


def axis(task: Task) -> str:
    """What the chart measures."""
    named = {TaskKind.RATE: "expected rating, stars"}
    if task.kind.ranks:
        return f"place of the {true_one(task.kind)}, 1 is best"
    return named.get(task.kind, "bits per byte of the true text, lower is better")


def figure(rows: Mapping[Level, ColumnRow], task: Task, example: Example) -> Any:
    """The answers by level, from global on top to user; the truth is a dashed line."""
    import plotly.graph_objects as go

    made = go.Figure()
    order = list(rows)
    for height, level in enumerate(order):
        for arm in reversed(rows[level].arms):
            value = point(arm, task)
            if value is None:
                continue
            fill = Arm.RIGHT.value if arm.label == "everyone's" else arm.arm.value
            made.add_scatter(
                x=[value],
                y=[height],
                mode="markers",
                marker=theme.point_style(level.value, fill, size=14),
                hovertext=[f"{level.value}, {arm.label}: {value:.2f}"],
                hoverinfo="text",
                cliponaxis=False,
            )
    truth = example.target if task.kind is TaskKind.RATE else "1" if task.kind.ranks and example.target else ""
    if truth:
        made.add_vline(x=float(truth), line={"dash": "dash", "width": 2, "color": theme.GREY}, annotation_text="true")
    if task.kind is TaskKind.RATE:
        low, high = float(task.labels[0]), float(task.labels[-1])
        made.update_xaxes(range=[low - 0.15, high + 0.15], tickvals=[float(label) for label in task.labels])
    elif task.kind.ranks:
        made.update_xaxes(range=[0.4, len(example.candidates) + 0.6])
    looks = [theme.level_look(level.value) for level in order]
    names = [f'<span style="color:{look.colour}">{look.glyph}</span> {look.label}' for look in looks]
    made.update_yaxes(tickvals=list(range(len(order))), ticktext=names, range=[len(order) - 0.5, -0.7])
    made.update_xaxes(title=axis(task))
    made.update_layout(height=ROOM + ROW * len(order), showlegend=False, dragmode=False)
    return made


def chart_message(rows: Mapping[Level, ColumnRow], task: Task, example: Example) -> str:
    """The message of the chart in a sentence."""
    said = []
    for level, row in rows.items():
        known = [(arm.label, value) for arm in row.arms if (value := point(arm, task)) is not None]
        said.append(f"{level.value}: {', '.join(f'{label} {value:.2f}' for label, value in known) or 'nothing yet'}")
    truth = f"; true {example.target}" if task.kind is TaskKind.RATE and example.target else ""
    return f"{axis(task).capitalize()}, by level: {'; '.join(said)}{truth}."


def numbers(rows: Mapping[Level, ColumnRow], task: Task) -> list[dict[str, object]]:
    """Every arm of every level as a row of one table: the twin of the chart."""
    ruler = yardstick(task.kind)
    return [
        {
            "level": level.value,
            "method": row.info.name,
            "data given": arm.label,
            "status": arm.status.value,
            "text" if task.kind in TEXT else axis(task): as_cell(arm.text) if task.kind in TEXT else arm.says,
            f"from the truth, {ruler.unit}": "" if arm.loss is None else round(arm.loss, 3),
            "items used": used_count(arm),
            "prompt tokens": tokens(arm) or "",
            "seconds": round(arm.outcome.seconds, 2) if arm.outcome else "",
            "failure": as_cell(arm.failure),
        }
        for level, row in rows.items()
        for arm in row.arms
    ]
