"""What an answer costs beside its gain: tokens, seconds, bytes kept of a user, and private items in the prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from engines.modifiers import Modifiers

if TYPE_CHECKING:
    from engines.runs.cells import Outcome
    from engines.types import Conditioning


@dataclass(frozen=True)
class Cost:
    """Of one answer, or the mean of several.

    Attributes:
        prompt_tokens: read for the answer, a contrast's prompt not among them.
        seconds: of preparing, scoring and writing.
        prepare_seconds: of them, to prepare the user; once for all of a user's requests.
        private_items: items of people in the prompt, and texts made of a person's data.
        kept_bytes: what is kept of a user beside the items: vectors and adapters, and texts that the method made.
    """

    prompt_tokens: float = 0.0
    seconds: float = 0.0
    prepare_seconds: float = 0.0
    private_items: float = 0.0
    kept_bytes: float = 0.0

    def said(self) -> str:
        """In words, what is zero left out."""
        parts = [f"{self.prepare_seconds:.1f} s to prepare the user"] if self.prepare_seconds >= 0.05 else []
        parts += [f"{self.private_items:g} private {'item' if self.private_items == 1 else 'items'} in the prompt"]
        parts += [f"{size(self.kept_bytes)} kept beside the items"] if self.kept_bytes else []
        return "; ".join(parts)


FREE = Cost()


def cost_of(outcome: Outcome) -> Cost:
    """The cost of one outcome; zeros where nothing was computed."""
    made = outcome.conditioning
    if made is None:
        return outcome.past or FREE
    return Cost(
        outcome.prompt_tokens, outcome.seconds, outcome.prepare_seconds, len(set(_private(made))), float(kept(made))
    )


def mean_cost(outcomes: Sequence[Outcome]) -> Cost:
    """The mean cost of what was computed."""
    costs = [cost_of(one) for one in outcomes if one.conditioning or one.past]
    if not costs:
        return FREE
    names = ("prompt_tokens", "seconds", "prepare_seconds", "private_items", "kept_bytes")
    return Cost(**{name: fmean(getattr(one, name) for one in costs) for name in names})


def _private(made: Conditioning) -> Iterator[tuple[str, str]]:
    """Owner and item of every part that is of somebody; a text made of somebody's data is named by itself."""
    contrast = made.modifiers.contrast
    for message in (*made.messages, *(contrast.messages if contrast else ())):
        yield from ((part.owner, part.item or part.text) for part in message.parts if part.owner)


def kept(made: Conditioning) -> int:
    """Bytes of what the method keeps for this user: its arrays, and the texts that it chose."""
    return nbytes(made.modifiers) + sum(len(one.text.encode()) for one in made.evidence.texts if one.chosen)


def nbytes(modifiers: Modifiers) -> int:
    """Bytes of the arrays that a row carries."""
    found = sum(a.nbytes + b.nbytes for a, b in modifiers.adapter.factors.values()) if modifiers.adapter else 0
    found += modifiers.prefix.embeddings.nbytes if modifiers.prefix else 0
    return int(found + (modifiers.steer.vector.nbytes if modifiers.steer else 0))


def size(count: float) -> str:
    """Bytes as a reader takes them in."""
    if count < 1000:
        return f"{count:.0f} bytes"
    return f"{count / 1000:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
