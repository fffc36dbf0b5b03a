"""What is to be computed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.records import Example
from engines.choosing import Chooser
from engines.costs import Cost
from engines.kept import UNKNOWN, Kept
from engines.outputs import Output
from engines.types import Arm, Conditioning, Config, Failure


@dataclass(frozen=True)
class Cell:
    """What is to be computed: a method with its settings, on an example, in an arm."""

    method: str
    arm: Arm
    example: Example
    config: Config = Config()
    draw: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a cell; either a failure or a conditioning with its output.

    Attributes:
        owner: the id of the person whose data was given; empty for nobody.
        seconds: of preparing, scoring and generating; what was computed for several cells at once is shared evenly.
        prepare_seconds: of preparing the user, without trainings and without waiting for them.
        prompt_tokens: 0 where nothing was prompted.
        prompted: whether a prompt is read for the output; False where the method's rewards alone judge.
        kept: what the prepared state keeps, and what its trainings took.
        chooser: of a method that chooses among drafts.
        past: what it cost, where it was computed by an earlier run and its conditioning is not there any more.
    """

    cell: Cell
    owner: str = ""
    note: str = ""
    conditioning: Conditioning | None = None
    output: Output | None = None
    failure: Failure | None = None
    seconds: float = 0.0
    prepare_seconds: float = 0.0
    prompt_tokens: int = 0
    prompted: bool = True
    kept: Kept = UNKNOWN
    chooser: Chooser | None = field(default=None, repr=False, compare=False)
    past: Cost | None = None
