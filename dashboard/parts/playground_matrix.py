"""What the matrix of methods by users shows, shaped without Streamlit: rows, how much they differ, what to notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import state
from dashboard.parts.playground_cells import as_cell, cell_row, listed, same_answer, spread, tokens, used_count
from dashboard.parts.playground_rows import ArmRow, thing_of, top_candidates, true_one, yardstick
from data.records import TaskKind
from engines.live import Status
from engines.matrix import EVERYBODY, FEWEST, MOST, TEXT, given_to, is_shared, profile_mean
from engines.methods import methods

if TYPE_CHECKING:
    from dashboard.state import Field
    from data.records import Dataset, Task
    from engines.matrix import Grid, Plan
    from engines.types import MethodInfo

MARKS = state.flag("pg_mx_marks", default=True)


def users_field(dataset: Dataset, default: Sequence[str]) -> Field[tuple[str, ...]]:
    """Which users stand side by side."""
    return state.choices("pg_mx_users", tuple(default), accepted=dataset.by_id, most=MOST)


@dataclass(frozen=True)
class Person:
    """The head of a column.

    Attributes:
        own: whether the request, and so the truth, is this person's.
        given: what may be seen of this person, in words.
    """

    id: str
    name: str
    traits: str
    given: str
    own: bool


@dataclass(frozen=True)
class MatrixRow:
    """One method: a cell for each user, or one for everybody.

    Attributes:
        spread: how far the answers lie apart: stars, places, or the share of differing words; None if unknown.
        differ: the same in words.
        same: whether all cells say the same; False while one is missing.
    """

    place: int
    method: str
    info: MethodInfo
    shared: bool
    cells: tuple[ArmRow, ...]
    spread: float | None
    differ: str
    same: bool

    @property
    def level(self) -> str | None:
        """The level's key, None for a baseline."""
        return self.info.level.value if self.info.level else None


def persons(plan: Plan) -> list[Person]:
    """The columns' heads, with what each person's data before the cuts holds."""
    case, found = plan.bench.case(plan.example), []
    for key in plan.users:
        user = given_to(case, key).user
        given = f"{len(user.items)} items" + _taste(*profile_mean(user.items, plan.bench.task))
        traits = ", ".join(user.persona.traits.values())
        found.append(Person(key, user.name, traits, given, key == plan.example.user))
    return found


def _taste(mean: float, what: str) -> str:
    """The mean rating, or the mean length of what was written; nothing for an empty profile."""
    if not what:
        return ""
    return f", mean rating {mean:.1f}" if what == "mean rating" else f", {mean:.0f} {what}"


def matrix_rows(grid: Grid) -> list[MatrixRow]:
    """The rows as they stand."""
    return [_row(grid, place) for place in range(len(grid.plan.rows))]


def _row(grid: Grid, place: int) -> MatrixRow:
    plan, method = grid.plan, grid.plan.rows[place].method
    shared = is_shared(method)
    keys = [(place, user) for user in ((EVERYBODY,) if shared else plan.users)]
    people = plan.bench.dataset.by_id
    cells = tuple(
        cell_row(
            grid.outcomes.get(key),
            label=people[key[1]].name if key[1] else "everybody",
            text=grid.texts.get(key, ""),
            task=plan.bench.task,
            example=plan.example,
        )
        for key in keys
    )
    apart = None if shared else spread(cells, plan.bench.task.kind, plan.example)
    equal = _same(cells, plan.bench.task.kind)
    return MatrixRow(
        place, method, methods[method].info, shared, cells, apart, _differ(apart, shared, plan.bench.task), equal
    )


def _differ(apart: float | None, shared: bool, task: Task) -> str:
    if shared:
        return "the same for everybody"
    if apart is None:
        return ""
    if task.kind in TEXT:
        return f"{apart:.0%} of the words differ between users"
    ruler = yardstick(task.kind)
    return "the same for all" if apart <= ruler.same else f"{ruler.say(apart)} between users"


def _same(cells: Sequence[ArmRow], kind: TaskKind) -> bool:
    """Whether every cell is there and says the same."""
    if any(cell.status is not Status.DONE for cell in cells):
        return False
    return all(same_answer(cells[0], other, kind) for other in cells[1:])


def notice(rows: Sequence[MatrixRow], plan: Plan) -> list[str]:
    """What to notice: which methods answer differently by user, which do not, and who is near the known truth."""
    kind, own = plan.bench.task.kind, plan.bench.dataset.by_id[plan.example.user]
    parts = [_outage(rows)]
    apart = [row for row in rows if row.spread is not None and not row.same]
    apart.sort(key=lambda row: -(row.spread or 0.0))
    if apart:
        said = apart[0].differ.replace("between users", f"between {len(plan.users)} users")
        parts.append(f"{apart[0].info.name} depends most on whose data it is given: {said}.")
        if kind not in TEXT and (ends := _ends(apart[0], kind)):
            parts.append(ends)
    alike = [row.info.name for row in rows if row.same and not row.shared]
    parts.append(f"{listed(alike)}: the same answer for all these users." if alike else "")
    fixed = [row.info.name for row in rows if row.shared]
    parts.append(f"{listed(fixed)}: one answer for everybody, because no user's data is used." if fixed else "")
    parts.append(_nearest(rows, plan, own.name))
    return [part for part in parts if part]


def _ends(row: MatrixRow, kind: TaskKind) -> str:
    """The two users between whom a method's answers lie farthest apart."""
    said = sorted((float(cell.says), cell.label, cell.says) for cell in row.cells if cell.says)
    if len(said) < FEWEST:
        return ""
    verb = f"It puts the {thing_of(kind)} at place" if kind.ranks else "It says"
    return f"{verb} {said[0][2]} for {said[0][1]} and {said[-1][2]} for {said[-1][1]}."


def _nearest(rows: Sequence[MatrixRow], plan: Plan, name: str) -> str:
    if not plan.example.target:
        return "Nobody knows the true answer to this request, so nothing is said about who is right."
    losses = [(cell.loss, row.info.name) for row in rows for cell in row.cells if cell.loss is not None]
    if not losses:
        return ""
    loss, method = min(losses)
    ruler = yardstick(plan.bench.task.kind)
    said = f"place {loss:g}" if ruler.unit == "places" else ruler.say(loss) + (" off" if ruler.unit == "stars" else "")
    return f"The truth is known for {name} alone: {method} comes nearest to it ({said})."


def _outage(rows: Sequence[MatrixRow]) -> str:
    failed = [row.info.name for row in rows if any(cell.status is Status.FAILED for cell in row.cells)]
    stopped = any(cell.status is Status.STOPPED for row in rows for cell in row.cells)
    parts = ["The matrix was stopped; this is what was done by then."] if stopped else []
    return " ".join([*parts, *([f"{listed(failed)} failed, at least in part."] if failed else [])])


def numbers(rows: Sequence[MatrixRow], grid: Grid) -> list[dict[str, object]]:
    """Every cell as a row of one table: the twin of the matrix and its CSV."""
    own = grid.plan.bench.dataset.by_id[grid.plan.example.user].name
    return [_number(row, cell, grid.plan, own) for row in rows for cell in row.cells]


def _number(row: MatrixRow, cell: ArmRow, plan: Plan, own: str) -> dict[str, object]:
    task, ruler, output = plan.bench.task, yardstick(plan.bench.task.kind), cell.output
    made: dict[str, object] = {
        "method": row.info.name,
        "level": row.level or "baseline",
        "user": as_cell(cell.label),
        "status": cell.status.value,
    }
    if task.kind is TaskKind.RATE:
        made["rating"] = cell.says
        made |= {
            f"P({label})": f"{output.labels[label]:.3f}" if output and output.labels else "" for label in task.labels
        }
    elif task.kind.ranks:
        made[f"place of the {true_one(task.kind)}"] = cell.says
        tops = top_candidates(output, plan.example) if output else []
        made["first"] = as_cell(tops[0][1]) if tops else ""
    else:
        made["text"] = as_cell(cell.text)
    made[f"{ruler.unit} from the truth of {as_cell(own)}"] = "" if cell.loss is None else round(cell.loss, 3)
    made |= {"differs": row.differ, "items used": used_count(cell), "prompt tokens": tokens(cell) or ""}
    return made | {"seconds": round(cell.outcome.seconds, 2) if cell.outcome else "", "failure": as_cell(cell.failure)}
