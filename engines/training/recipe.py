"""What is to be learnt and from what: plain values, whose digest names the trained state.

The seam for another objective is small. A sample is one prompt with its answers: one answer for cross-entropy, the
chosen and then the rejected one for preference pairs. A loss (`engines.models.flat.losses`) is a function of the
log-probabilities of the answers' tokens, and of the same under the model as it was before, where it asks for those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from data.digest import digest
from engines.rows import Message

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Learns(StrEnum):
    """What is learnt."""

    LORA = "lora"
    SOFT_PROMPT = "soft-prompt"
    WEIGHTS = "weights"
    PROJECTOR = "projector"
    GATES = "gates"


class Objective(StrEnum):
    """The loss: `cross-entropy` of answers, or `dpo` (arXiv 2305.18290) over chosen and rejected answers."""

    CROSS_ENTROPY = "cross-entropy"
    DPO = "dpo"


@dataclass(frozen=True)
class Recipe:
    """How something is learnt.

    Attributes:
        layers: how many of the uppermost decoder layers are learnt in; 0 means all. What lies below is read once.
        modules: which linear layers of those, by the end of their names.
        rank: of low-rank factors (LoRA, arXiv 2106.09685); their scale is alpha / rank.
        epochs: how often each sample is learnt from; steps are epochs * samples / batch, rounded up by epoch.
        rate: learning rate of AdamW without weight decay, falling linearly to 0.
        tokens: embeddings of a soft prompt, or of a projected profile.
        beta: how strongly DPO holds on to the model as it was.
        precision: of the frozen model while it is trained; what is learnt is float32.
    """

    learns: Learns = Learns.LORA
    objective: Objective = Objective.CROSS_ENTROPY
    layers: int = 12
    modules: tuple[str, ...] = LINEAR
    rank: int = 8
    alpha: float = 16.0
    epochs: int = 3
    batch: int = 8
    rate: float = 1e-3
    tokens: int = 8
    beta: float = 0.1
    seed: int = 7
    precision: str = "float32"

    @property
    def per(self) -> str:
        """What a loss is a mean over: answer tokens, or pairs of answers."""
        return "pair" if self.objective is Objective.DPO else "token"

    def steps(self, samples: int) -> int:
        """Optimizer steps over a number of samples."""
        return self.epochs * -(-samples // self.batch) if samples else 0


@dataclass(frozen=True)
class Sample:
    """One thing to learn from: a prompt and its answers.

    Attributes:
        answers: continuations of the prompt; of preference pairs the chosen one first.
        owner, item, item_digest: whose item it was made of, which, and with what content.
        profile: the vector that stands for the user, for a projector.
        made_of: a digest of the texts of which that vector was made; it names the state in place of the vector, whose
            last digits differ from run to run.
    """

    messages: tuple[Message, ...]
    answers: tuple[str, ...]
    owner: str
    item: str
    item_digest: str
    profile: tuple[float, ...] = ()
    made_of: str = ""


@dataclass(frozen=True)
class Training:
    """All that determines a trained state.

    Attributes:
        method: id and version of the method that asks for it.
        model: digest of the model.
        base: a state that is merged into the model first, and stays as it is.
        dataset: the id of the data set that the samples are of.
        passing: whether the samples are a browser session's alone; the process that learns keeps nothing of them then.
    """

    method: str
    version: int
    model: str
    recipe: Recipe
    samples: tuple[Sample, ...]
    base: Trained | None = None
    dataset: str = ""
    passing: bool = False

    @property
    def digest(self) -> str:
        """The name of the state."""
        return digest(self.inputs)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the name is made of, as it is written beside the state: no text of anybody's, but ids and digests."""
        own: dict[str, dict[str, str]] = {}
        for sample in self.samples:
            own.setdefault(sample.owner, {})[sample.item] = sample.item_digest
        prompts = [
            [[m.role, m.text] for m in s.messages] + [list(s.answers), s.made_of or list(s.profile)]
            for s in self.samples
        ]
        return {
            "method": self.method,
            "dataset": self.dataset,
            "version": self.version,
            "model": self.model,
            "recipe": self.recipe,
            "users": own,
            "prompts": digest(prompts),
            "base": self.base.digest if self.base else "",
        }

    @property
    def owners(self) -> frozenset[str]:
        """Everyone whose data went in, by the base too."""
        return frozenset(sample.owner for sample in self.samples) | (self.base.owners if self.base else frozenset())


@dataclass(frozen=True, eq=False)
class Trained:
    """What was learnt.

    Attributes:
        digest: names it, and everything that determined it.
        arrays: of adapters `a:MODULE` and `b:MODULE`, of a soft prompt `prefix`, of changed weights `w:MODULE`.
        losses: mean loss of each step, in nats.
        seconds: that learning took when it was made, without waiting; 0 where nothing was learnt, None if not known.
        bytes: of the state on disk.
        kept: whether it was there already.
        peak: the most bytes of memory that learning took, the model among them; None where unknown.
    """

    digest: str
    arrays: Mapping[str, Floats]
    owners: frozenset[str] = frozenset()
    losses: tuple[float, ...] = ()
    seconds: float | None = 0.0
    bytes: int = 0
    kept: bool = False
    peak: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Of the arrays, wherever they are."""
        return sum(array.nbytes for array in self.arrays.values())

    def as_kept(self) -> Trained:
        """The same, found again."""
        return replace(self, kept=True)
