"""What an answer costs beside its gain: tokens, seconds, what is kept of a user, and private items in the prompt.

What is not known is None, never 0: a column of a table is empty then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.runs.cells import Outcome
    from engines.types import Conditioning


@dataclass(frozen=True)
class Cost:
    """Of one answer, or the mean of several.

    Attributes:
        prompt_tokens: read for the answer, a contrast's prompt not among them; 0 where rewards alone judge.
        seconds: of preparing, scoring and writing as the clock ran, waiting for other trainings among them.
        user_seconds: of preparing the user, once for all requests, without waiting; what was learnt for the user
            alone counts with the seconds that it took when it was made, also where it is found again.
        shared_seconds: of learning what serves others too, once for all of them, when it was made.
        private_items: items of people in the prompt, and texts made of a person's data.
        private_bytes: kept of this user alone beside the items: vectors, weights, adapters, and texts that were made.
        shared_bytes: kept for a group, a fold or everyone.
    """

    prompt_tokens: float | None = None
    seconds: float | None = None
    user_seconds: float | None = None
    shared_seconds: float | None = None
    private_items: float | None = None
    private_bytes: float | None = None
    shared_bytes: float | None = None

    def said(self) -> str:
        """In words, each number with its unit; what is unknown is said, what is shared only where there is any."""
        seconds = [f"{self.user_seconds:.1f} s for the user"] if self.user_seconds is not None else []
        seconds += [f"{self.shared_seconds:.1f} s for all who share"] if self.shared_seconds else []
        parts = [", ".join(seconds)] if seconds else []
        if self.private_items is not None:
            parts += [f"{self.private_items:g} private {'item' if self.private_items == 1 else 'items'} in the prompt"]
        if self.private_bytes is None:
            kept = "bytes not known"
        else:
            kept = f"{size(self.private_bytes) if self.private_bytes else 'nothing'} kept of the user"
        return "; ".join([*parts, kept + (f", {size(self.shared_bytes)} shared" if self.shared_bytes else "")])

    def rounded(self) -> dict[str, float | None]:
        """As plain values for JSON."""
        return {name: None if value is None else round(value, 3) for name, value in asdict(self).items()}


# A prediction without a language model reads nothing; its time is not measured.
FREE = Cost(prompt_tokens=0.0, private_items=0.0)
NAMES = tuple(one.name for one in fields(Cost))


def read_cost(told: Mapping[str, Any]) -> Cost:
    """A cost as it was written down; what an earlier version did not measure so is absent."""
    return Cost(**{name: told[name] for name in NAMES if name in told})


def cost_of(outcome: Outcome) -> Cost:
    """The cost of one outcome; all absent where nothing was computed."""
    made, kept = outcome.conditioning, outcome.kept
    if made is None:
        return outcome.past or Cost()
    unread = outcome.prompted and not outcome.prompt_tokens
    own, learnt = outcome.prepare_seconds, kept.own_seconds
    return Cost(
        prompt_tokens=None if unread else float(outcome.prompt_tokens),
        seconds=outcome.seconds,
        user_seconds=None if learnt is None else own + learnt,
        shared_seconds=kept.shared_seconds,
        private_items=float(len(set(_private(made)))),
        private_bytes=None if kept.own is None else float(kept.own),
        shared_bytes=None if kept.shared is None else float(kept.shared),
    )


def mean_cost(outcomes: Sequence[Outcome]) -> Cost:
    """The mean cost of what was computed; of each number over those of which it is known."""
    costs = [cost_of(one) for one in outcomes if one.conditioning or one.past]
    known = {name: [found for one in costs if (found := getattr(one, name)) is not None] for name in NAMES}
    return Cost(**{name: fmean(values) for name, values in known.items() if values})


def _private(made: Conditioning) -> Iterator[tuple[str, str]]:
    """Owner and item of every part that is of somebody; a text made of somebody's data is named by itself."""
    contrast = made.modifiers.contrast
    for message in (*made.messages, *(contrast.messages if contrast else ())):
        yield from ((part.owner, part.item or part.text) for part in message.parts if part.owner)


def size(count: float) -> str:
    """Bytes as a reader takes them in."""
    if count < 1000:
        return f"{count:.0f} bytes"
    return f"{count / 1000:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
