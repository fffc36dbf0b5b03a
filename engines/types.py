"""The types at the seam: what a method may see, what it may change, and what comes out (DESIGN of the product)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from data.digest import SILENT
from data.records import ProfileItem, Task, TaskKind, User
from engines.errors import FailureKind
from engines.material import Material as Material  # noqa: PLC0414 - methods take it from here
from engines.modifiers import PLAIN, Modifiers
from engines.options import Chosen
from engines.options import Option as Option  # noqa: PLC0414
from engines.rows import Activation as Activation  # noqa: PLC0414
from engines.rows import ActivationRow as ActivationRow  # noqa: PLC0414
from engines.rows import Capability as Capability  # noqa: PLC0414
from engines.rows import GenerateRow as GenerateRow  # noqa: PLC0414
from engines.rows import Generation as Generation  # noqa: PLC0414
from engines.rows import LanguageModel as LanguageModel  # noqa: PLC0414
from engines.rows import Listener as Listener  # noqa: PLC0414
from engines.rows import Message as Message  # noqa: PLC0414
from engines.rows import Pace as Pace  # noqa: PLC0414
from engines.rows import Part as Part  # noqa: PLC0414
from engines.rows import Place as Place  # noqa: PLC0414
from engines.rows import Scored as Scored  # noqa: PLC0414
from engines.rows import ScoreRow as ScoreRow  # noqa: PLC0414
from engines.rows import Stop as Stop  # noqa: PLC0414
from engines.rows import never as never  # noqa: PLC0414
from taxonomy.vocab import Level as Level  # noqa: PLC0414 - methods take it from here


class Arm(StrEnum):
    """Whose data the method is given."""

    RIGHT = "right"
    WRONG = "wrong"
    NOBODY = "nobody"


class Reach(StrEnum):
    """Whose items a method may use.

    `OWN` are those of the user that the arm gives, `PERSONA` those of others of the same persona (`World.mates`), and
    `EVERYONE` those of all people but the target (`World.everyone`, `World.others`). A method that declares everyone
    may use the items of the user that it is given as well, since it may use anybody's; whether it has arms of its own
    for right and wrong is then said by its level (`MethodInfo.personal`).
    """

    NOTHING = "nothing"
    OWN = "own"
    PERSONA = "persona"
    EVERYONE = "everyone"


@dataclass(frozen=True)
class Request:
    """An example as a method sees it: without its target."""

    id: str
    task: Task
    user: str
    input: str
    fields: Mapping[str, str] = field(hash=False)
    at: datetime
    candidates: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """What a retriever searches with: the request's own words, or its candidates'."""
        return self.task.query_template.format_map(self.fields) if self.fields else " ".join(self.candidates.values())


@dataclass(frozen=True)
class Used:
    """One profile item in the prompt, with why it was chosen."""

    item: ProfileItem
    score: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Dropped:
    """One thing that the token budget left out."""

    what: str
    tokens: int
    why: str


@dataclass(frozen=True)
class Evidence:
    """What a method used: items, texts that it made (summaries with their scores), and words for the reader."""

    used: tuple[Used, ...] = ()
    texts: tuple[ScoredText, ...] = ()
    notes: tuple[str, ...] = ()


LATER = "mean log-likelihood of the user's later items, nats"


@dataclass(frozen=True)
class ScoredText:
    """A text that was judged, and how; `unsupported` are words that nothing in the history holds.

    Attributes:
        score: None where there was nothing to judge it by.
        measure: what the score is, with its unit.
    """

    text: str
    score: float | None
    chosen: bool
    unsupported: tuple[str, ...] = ()
    measure: str = LATER


@dataclass(frozen=True)
class Conditioning:
    """All that a method may change about the model's next-token distribution; one row of a batch."""

    messages: tuple[Message, ...]
    evidence: Evidence = Evidence()
    dropped: tuple[Dropped, ...] = ()
    modifiers: Modifiers = PLAIN


@dataclass(frozen=True)
class Follows:
    """A catalog entry that a method follows: how (reproduces, simplifies, illustrates) and what differs."""

    entry: str
    how: str
    differs: str


@dataclass(frozen=True)
class Unfit:
    """Kinds of tasks to which a method has nothing to say, and why, in a sentence."""

    kinds: tuple[TaskKind, ...]
    why: str


@dataclass(frozen=True)
class MethodInfo:
    """What is said about a method wherever it appears.

    Attributes:
        level: None for baselines.
        technique: the key of the taxonomy leaf; empty for baselines.
        reads: the kind of task whose items it is given, such as choices whatever is asked; None means the task's own.
        caveat: shown beside the method's name.
        needs: what the model must be able to compute, beyond what the runner itself asks of it.
        options: numbers of the method's own that its caller may set.
        unfit: the kinds of tasks that it does not run on, each with the reason; it runs on all others.
        material: what it needs of a data set's items; None is nothing beyond the items.
        builds: whether the model works on a person's items before anything is asked, and what comes of it is kept.
    """

    name: str
    summary: str
    level: Level | None
    technique: str
    uses: Reach
    follows: tuple[Follows, ...]
    version: int = 1
    caveat: str = ""
    needs: frozenset[Capability] = frozenset()
    options: tuple[Option, ...] = ()
    unfit: tuple[Unfit, ...] = ()
    reads: TaskKind | None = None
    material: Material | None = None
    builds: bool = False

    def why_unfit(self, kind: TaskKind) -> str:
        """Why it does not run on tasks of a kind; empty where it does."""
        return next((one.why for one in self.unfit if kind in one.kinds), "")

    @property
    def learns(self) -> bool:
        """Whether a state is learnt of a person, so that a wrong user's is the one that is that user's right one."""
        return self.builds or Capability.ADAPTERS in self.needs

    @property
    def personal(self) -> bool:
        """Whether the answer depends on whose data is given, so that right and wrong are arms of their own."""
        return self.uses in {Reach.OWN, Reach.PERSONA} or (
            self.uses is Reach.EVERYONE and self.level is not Level.GLOBAL
        )

    @property
    def shared(self) -> bool:
        """Whether it is made of everyone's items and is the same for all users."""
        return self.uses is Reach.EVERYONE and not self.personal


@dataclass(frozen=True)
class Config:
    """The settings that every method understands.

    Attributes:
        k: how many profile items may enter the prompt.
        budget: prompt tokens in all.
        template: fenced or plain; how the profile block is written.
        options: values of the method's own options that are not the usual ones, by name.
    """

    k: int = 8
    budget: int = 1536
    template: str = "fenced"
    seed: int = 7
    options: Mapping[str, float] = field(default=Chosen(), metadata=SILENT)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", Chosen(self.options))

    def option(self, option: Option) -> float:
        """The value of a method's option: the chosen one, or else the usual one."""
        return self.options.get(option.name, option.default)


class Encoder(Protocol):
    """Sentences to unit vectors, float32 [n, d]."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Unit vectors, one row a text."""
        ...


class Method(Protocol):
    """A way to personalize: it prepares a state from a user's data and conditions the model with it."""

    info: MethodInfo

    def prepare(self, user: User, world: Any) -> Any:
        """The state for a user, from items before the cut; empty where the user has none.

        Its attribute `kept` says what is kept beside the items (`engines.kept`).
        """
        ...

    def condition(self, state: Any, request: Request) -> Conditioning:
        """How the model is conditioned for one request."""
        ...


@dataclass(frozen=True)
class Failure:
    """Why there is no output, in words for the reader."""

    kind: FailureKind
    message: str
