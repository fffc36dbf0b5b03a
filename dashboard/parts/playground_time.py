"""How long a run will take, roughly, before it is started, and where it stands in the model's queue while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import AttuneError
from data.records import TaskKind
from engines.methods import methods
from engines.runs.ahead import Blank, Group, learning
from engines.runs.cells import Bench, Cell, arms_of
from engines.types import Arm, Config, MethodInfo, Pace, Place, Reach

if TYPE_CHECKING:
    from dashboard.parts.cold_start_controls import Asked as ColdStart
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from data.records import Example, Task

# What the embedded model does on two cores in float32, until it was measured here.
USUAL = Pace(read=900.0, write=150.0)
HELP = (
    "Estimated from the number of methods and arms, their items and budgets, the mean length of this user's items, and "
    "how fast the model has been lately; before anything was measured, from its usual pace on two processor cores. "
    "Trainings are estimated from the words that they learn from and the pace of the last one on this machine; what is "
    "kept from earlier ones takes no time. Others who run at the same moment make it longer."
)
LETTERS = 4.0  # of a token, roughly, in English
FRAME = 60  # tokens of the template around a request
WRITTEN = 0.7  # of the longest answer, since most texts end before it
SUMMARIES, SUMMARY_TOKENS = 4, 64
LOOKED_AT = 32
TRIES = 5.0  # prompts for each earlier request, where a method does not say


@dataclass(frozen=True)
class Work:
    """Tokens that the model reads and writes."""

    read: float
    write: float

    def seconds(self, pace: Pace) -> float:
        """The time at a pace."""
        return self.read / max(pace.read, 1.0) + self.write / max(pace.write, 1.0)


def work(asked: Asked) -> Work:
    """About what a run makes the model do: its columns by arms, with k, budget and the mean length of the items."""
    item, bare = item_tokens(asked), request_tokens(asked.task, asked.example)
    answers, written = answer_tokens(asked.task, asked.example)
    read = write = 0.0
    for column in asked.columns():
        info = methods[column.method].info
        for arm in arms_of(column.method, asked.arms):
            empty = info.uses is Reach.NOTHING or (arm is Arm.NOBODY and not info.shared)
            read += prompt_tokens(column.config, bare, 0.0 if empty else item) + answers
            write += written
            if info.technique == "prompt.profile" and not empty:
                read += SUMMARIES * prompt_tokens(column.config, bare, item)
                write += SUMMARIES * SUMMARY_TOKENS
            read += 0.0 if empty else tried_tokens(info, column.config, bare=bare, item=item)
    return Work(read, write)


def prompt_tokens(config: Config, bare: float, item: float) -> float:
    """The tokens of one prompt: the request with k items, at most the budget."""
    return max(bare, min(float(config.budget), bare + config.k * item))


def tried_tokens(info: MethodInfo, config: Config, *, bare: float, item: float) -> float:
    """What a method reads to prepare a user whose earlier items it asks again, by its own options."""
    chosen = {option.name: config.option(option) for option in info.options}
    tried = chosen.get("rehearsals", 0.0) * chosen.get("tries", TRIES) * prompt_tokens(config, bare, item / 2)
    return tried + 2 * chosen.get("texts", 0.0) * (bare + item)


def item_tokens(asked: Asked) -> float:
    """The mean length of the user's last items as they are written, in tokens."""
    own = [item for item in asked.user.items if item.kind == asked.task.reads and item.at < asked.example.at]
    written = [len(asked.task.write_item(item)) for item in own[-LOOKED_AT:]]
    return sum(written) / len(written) / LETTERS if written else 0.0


def request_tokens(task: Task, example: Example) -> float:
    """The length of a request without any profile, in tokens."""
    return FRAME + (len(task.instruction) + len(example.input)) / LETTERS


def answer_tokens(task: Task, example: Example) -> tuple[float, float]:
    """The tokens of the answers that are scored, and those that are written."""
    if task.kind is TaskKind.RATE:
        return float(len(task.labels)), 0.0
    if task.kind.ranks:
        return sum(map(len, example.candidates.values())) / LETTERS, 0.0
    return len(example.target) / LETTERS, WRITTEN * task.max_new_tokens


def pace_of(services: Services) -> Pace | None:
    """How fast the model has been; None if nobody knows, or there is no model."""
    try:
        return services.model.pace()
    except AttuneError:
        return None


def before(services: Services, asked: Asked) -> str:
    """The expected time of a run that is not started, in words; empty if it cannot be run."""
    if asked.problem():
        return ""
    pace = pace_of(services)
    said = about(work(asked).seconds(pace or USUAL))
    groups = [
        Group((Cell(column.method, arm, asked.example, column.config),))
        for column in asked.columns()
        for arm in arms_of(column.method, asked.arms)
    ]
    return f"{said}{'' if pace else ' once the model is loaded'}{trainings(services, asked, groups)}"


def trainings(services: Services, asked: Asked | ColdStart, groups: Sequence[Group]) -> str:
    """About how long what a run has to train takes, in words behind its own time; empty where nothing is learnt."""
    try:
        bench = Bench(asked.dataset, asked.task, services.model, Blank(), asked.seed)
        found = learning(bench, groups, remember=not asked.private)
    except AttuneError:
        return ""  # there is no model, or a setting is not accepted; the run says so
    if not found.trainings:
        return "; what it learns is kept from before" if found.kept else ""
    what = "1 training" if found.trainings == 1 else f"{found.trainings} trainings"
    return f", and {'' if found.certain else 'at most '}{about(found.seconds)} for {what}"


def about(seconds: float) -> str:
    """A time that is not promised."""
    if seconds < 1.5:
        return "about 1 s"
    if seconds < 20:
        return f"about {seconds:.0f} s"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s"
    return f"about {seconds / 60:.0f} min"


def queue(place: Place | None) -> str:
    """Where a run stands in the model's queue, in a sentence; empty if that is not known."""
    if place is None:
        return ""
    left = f"; {about(place.seconds)}" if place.seconds is not None else ""
    if place.ahead:
        others = "1 answer of others is" if place.ahead == 1 else f"{place.ahead} answers of others are"
        return f"{others} before yours{left}."
    return f"Your answers are being computed{left}."
