"""One answer as a cell of a matrix or of a level: its state, its distance from the truth, and whether two differ."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from dashboard import safe, state
from dashboard.parts.playground_rows import ArmRow, distance, place_of, says_of, yardstick
from data.records import TaskKind
from engines.errors import FailureKind
from engines.live import Status
from engines.matrix import TEXT
from engines.metrics import metrics_for
from engines.types import Arm

if TYPE_CHECKING:
    from data.records import Example, Task
    from engines.metrics import Score
    from engines.outputs import Output
    from engines.runs.cells import Outcome

DIFFER = state.flag("pg_differ")
RISKY = ("=", "+", "-", "@")
CAUTION = "One request is not evidence."


def cell_row(outcome: Outcome | None, *, label: str, text: str, task: Task, example: Example) -> ArmRow:
    """One cell; only what was computed from an example with its target has a distance from the truth."""
    arm = outcome.cell.arm if outcome else Arm.RIGHT
    if outcome is None:
        return ArmRow(arm, label, Status.WAITING)
    output, failure = outcome.output, outcome.failure
    written = output.generation.text if output and output.generation else text
    said = f"{failure.kind.value}: {failure.message}" if failure else ""
    status = _status(outcome, task)
    if output is None:
        return ArmRow(arm, label, status, text=written, failure=said, outcome=outcome)
    scores = scores_of(output, task, example) if outcome.cell.example.target else {}
    values = {
        metric: "\u2013" if (found := scores.get(metric)) is None or found.value is None else f"{found.value:.2f}"
        for metric in yardstick(task.kind).shown
    }
    loss = distance(task.kind, output, scores=scores, example=example) if scores else None
    return ArmRow(arm, label, status, says_of(task.kind, output, example), values, loss, written, said, outcome)


def scores_of(output: Output, task: Task, example: Example) -> dict[str, Score]:
    """All metrics of an output; none where nobody knows the truth."""
    if not example.target:
        return {}
    return {metric.info.id: metric.score(output, example) for metric in metrics_for(task.kind)}


def _status(outcome: Outcome, task: Task) -> Status:
    if outcome.failure:
        return Status.STOPPED if outcome.failure.kind is FailureKind.STOPPED else Status.FAILED
    if outcome.output is None:
        return Status.SCORING
    if task.kind in TEXT:
        made = outcome.output.generation
        return Status.WRITING if made is None else Status.STOPPED if made.stopped else Status.DONE
    return Status.DONE


def spread(cells: Sequence[ArmRow], kind: TaskKind, example: Example) -> float | None:
    """How far the answers of one method lie apart between users; None with fewer than two answers.

    The range of the expected ratings or of the true film's places; for texts the mean over pairs of users of
    1 - 2 m / (n1 + n2), where m of the n1 and n2 words are aligned.
    """
    if kind in TEXT:
        texts = [cell.text.split() for cell in cells if cell.status is Status.DONE]
        pairs = [1 - difflib.SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in combinations(texts, 2)]
        return sum(pairs) / len(pairs) if pairs else None
    outputs = [cell.output for cell in cells if cell.output]
    if kind is TaskKind.RATE:
        found = [output.rating for output in outputs]
    else:
        found = [place_of(output.candidates, example.target) for output in outputs]
    known = [value for value in found if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def same_answer(one: ArmRow, other: ArmRow, kind: TaskKind) -> bool:
    """Whether two answers would read the same: ratings within the yardstick, equal orders, equal texts."""
    if kind in TEXT:
        return one.text.split() == other.text.split()
    first, second = one.output, other.output
    if first is None or second is None:
        return False
    if kind is TaskKind.RATE:
        apart = None if first.rating is None or second.rating is None else abs(first.rating - second.rating)
        return apart is not None and apart <= yardstick(kind).same
    return _order(first.candidates) == _order(second.candidates) and one.says == other.says


def _order(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda key: -scores[key])


def as_cell(text: str) -> str:
    """Text for a table that may be opened as a spreadsheet: what would be read as a formula is quoted."""
    return f"'{text}" if text.lstrip().startswith(RISKY) else text


def used_count(cell: ArmRow) -> int:
    """How many items stand in the prompt."""
    made = cell.outcome.conditioning if cell.outcome else None
    return len(made.evidence.used) if made else 0


def tokens(cell: ArmRow) -> int:
    """Prompt tokens, 0 where nothing was prompted yet."""
    if cell.outcome is None:
        return 0
    written = cell.output.generation if cell.output else None
    return cell.outcome.prompt_tokens or (written.prompt_tokens if written else 0)


def noticed(sentences: Sequence[str], more: str = "") -> str:
    """What to notice as HTML: the first sentence large, then the others, the caution and what it cost."""
    first, *rest = [sentence for sentence in sentences if sentence] or ["Nothing was answered."]
    soft = safe.html(" ".join(filter(None, (CAUTION, more))))
    return (
        '<div role="status" style="line-height:1.5"><div style="opacity:.78;font-size:.8rem">What to notice</div>'
        f'<div style="font-size:1.2rem;font-weight:600;line-height:1.4">{safe.html(first)}</div>'
        f'<div style="margin-top:.25em">{safe.html(" ".join(rest))} <span style="opacity:.78">{soft}</span></div></div>'
    )


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
