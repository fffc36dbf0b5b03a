"""What a row does from its first token to its last, as a generator that asks the engine for passes of the model.

A row is one prompt, or two for a contrast. It asks for tokens to be read (`Want`), a next token to be chosen (`Draw`)
or the log-probabilities of tokens (`Pick`); the engine answers what many rows ask with one pass of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from engines.models.flat.above import Below
from engines.models.flat.caches import Slot
from engines.models.flat.packing import Pack, Tokens, pack, plan
from engines.models.flat.prefixes import Ids

PACK_TOKENS = 384


@dataclass(frozen=True)
class Change:
    """What a row changes in the model while its tokens pass through; tensors lie on the model's device.

    Attributes:
        key: names it; rows with equal keys share what they read.
        prefix: embeddings [n, width] in the place of the tokens -1 to -n, which begin the prompt.
        factors: module name to low-rank factors (A [rank, inner], B [outer, rank]), the scale in the second.
        steer: (layer, vector [width]), the strength in the vector.
        lowest: the layers below this one make of tokens what they make of them in the model as it is.
    """

    key: str = ""
    prefix: Tensor | None = None
    factors: dict[str, tuple[Tensor, Tensor]] | None = None
    steer: tuple[int, Tensor] | None = None
    lowest: int = 0


@dataclass(eq=False)
class Half:
    """One prompt of a row, with its slot while it runs."""

    prompt: Ids
    change: Change
    slot: Slot | None = None

    @property
    def length(self) -> int:
        """How many tokens its slot holds."""
        return self.slot.length if self.slot else 0


@dataclass(eq=False)
class Want:
    """Tokens of a half to be read behind what its slot holds.

    Attributes:
        mask: what the tokens see of each other; such tokens are read in one pass and not kept. None: causal, kept.
        got: the states [n, width] of what was read, pass by pass: the last, or those behind a layer.
        begins: the layer that the tokens begin at, with `given` [tokens, width] as they enter it.
        watched: a layer before which the states are put into `below`, pass by pass; 0 is none.
    """

    half: Half
    tokens: list[int]
    positions: list[int]
    mask: Tensor | None = None
    got: list[Tensor] = field(default_factory=list)
    layer: int | None = None
    begins: int = 0
    given: Tensor | None = None
    watched: int = 0
    below: list[Tensor] = field(default_factory=list)

    def states(self) -> Tensor:
        """All hidden states [tokens, width]."""
        return torch.cat(self.got) if len(self.got) != 1 else self.got[0]


@dataclass(eq=False)
class Draw:
    """The next token, from the last hidden state [1, width] of each half."""

    hidden: list[Tensor]


@dataclass(eq=False)
class Pick:
    """The log-probabilities of tokens, from the hidden states [n, width] of each half before them."""

    hidden: list[Tensor]
    tokens: list[int]


Asked = list[Want] | Draw | Pick
Script = Generator[Asked, Any, None]


@dataclass(eq=False)
class Run:
    """One row in the engine: a prompt to continue (`new` > 0), continuations to score (`tails`), or one to look into.

    Attributes:
        halves: the row's prompt, and that of its contrast.
        caller: who asked; callers are served evenly.
        finish: called once, when the row has ended; never for one that was dropped.
        tell: is given the tokens so far and says whether to go on.
        weight: of the contrast, whose log-probabilities are subtracted.
        tokens: what was written.
        logprobs: of each tail's tokens, when it has ended.
        layer: whose output is asked for, of a row with one tail; `states` [width] is its mean over the tail.
        asks: what the script waits for.
        below: what it has of the layers that its adapter leaves as they are (`above.py`).
    """

    halves: list[Half]
    caller: Hashable
    finish: Callable[[Run], None]
    new: int = 0
    tails: tuple[Tokens, ...] = ()
    ends: frozenset[int] = frozenset()
    temperature: float = 0.0
    seed: int = 0
    tell: Callable[[Sequence[int]], bool] = lambda _tokens: True
    weight: float = 0.0
    layer: int | None = None
    states: Tensor | None = None
    tokens: list[int] = field(default_factory=list)
    logprobs: list[tuple[float, ...]] = field(default_factory=list)
    draws: torch.Generator | None = None
    script: Script | None = None
    asks: Asked | None = None
    waits_for: Run | None = None
    keep: Callable[[Half], None] = lambda _half: None
    below: Below = field(default_factory=Below)

    def __post_init__(self) -> None:
        self.packs: list[Pack] = []
        if len(self.tails) > 1:
            ends = [tail[:-1] for tail in self.tails]
            self.packs = [pack(ends, group) for group in plan(ends, PACK_TOKENS)]

    @property
    def chain(self) -> Tokens:
        """What a single tail adds to the prompt: it is read like more of it."""
        if self.layer is not None:
            return self.tails[0]
        return self.tails[0][:-1] if len(self.tails) == 1 else ()

    def size(self, half: Half) -> int:
        """The most tokens that a half's slot must hold."""
        packed = max((len(one.tokens) for one in self.packs), default=0)
        return len(half.prompt) + max(self.new, len(self.chain), packed)

    @property
    def reading(self) -> bool:
        """Whether its prompt is not read yet."""
        return any(half.length < len(half.prompt) for half in self.halves)

    @property
    def unread(self) -> int:
        """Tokens of its prompts that are still to be read."""
        return sum(max(0, len(half.prompt) + len(self.chain) - half.length) for half in self.halves)

    def begin(self) -> None:
        """Start from the first token; the halves have slots, which may hold a beginning."""
        self.tokens, self.logprobs, self.waits_for = [], [], None
        self.draws = torch.Generator().manual_seed(self.seed)
        self.script = _look(self) if self.layer is not None else _score(self) if self.tails else _write(self)
        self.asks = next(self.script)

    def answer(self, given: Any) -> bool:
        """Give what was asked for; whether the row goes on."""
        assert self.script is not None  # noqa: S101 - it has begun
        try:
            self.asks = self.script.send(given)
        except StopIteration:
            self.asks = None
            return False
        return True


def _more(half: Half, tokens: Sequence[int]) -> Want:
    """Tokens behind what the slot holds."""
    return Want(half, list(tokens), list(range(half.length, half.length + len(tokens))))


def _read(run: Run) -> Generator[Asked, Any, list[Tensor]]:
    """Read the prompts; the hidden states of the prompt's last token and of the chain [1 + chain, width] by half."""
    wants = [_more(half, [*half.prompt[half.length :].tolist(), *run.chain]) for half in run.halves]
    run.below.read(wants[0])
    states = yield wants
    run.below.was_read(wants[0])
    if not run.below.begins:
        run.keep(run.halves[0])  # a contrast's prompt is short, and many of them would push out the long ones
    return [one[-1 - len(run.chain) :] for one in states]


def _write(run: Run) -> Script:
    hidden = yield from _read(run)
    while len(run.tokens) < run.new:
        token = yield Draw([one[-1:] for one in hidden])
        if token in run.ends:
            return
        run.tokens.append(token)
        if not run.tell(run.tokens) or len(run.tokens) >= run.new:
            return
        hidden = yield [_more(half, [token]) for half in run.halves]


def _look(run: Run) -> Script:
    half = run.halves[0]
    want = _more(half, [*half.prompt[half.length :].tolist(), *run.chain])
    want.layer = run.layer
    states = yield [want]
    run.keep(half)
    run.states = states[0][-len(run.chain) :].float().mean(0)


def _score(run: Run) -> Script:
    last = yield from _read(run)
    if not run.packs:
        run.logprobs = [tuple((yield Pick(last, list(run.tails[0]))))]
        return
    found: dict[int, tuple[float, ...]] = {}
    for place, one in enumerate(run.packs):
        states = [part[:0] for part in last]
        if len(one.tokens):
            mask = torch.from_numpy(one.mask)
            wants = [
                Want(half, one.tokens.tolist(), (one.positions + len(half.prompt)).tolist(), mask)
                for half in run.halves
            ]
            run.below.packed(wants[0], run, place)
            states = yield wants
            run.below.was_packed(wants[0], run, place)
        hidden = [torch.cat([part, more]) for part, more in zip(last, states, strict=True)]
        places = [place for path in one.paths.values() for place in (0, *(path + 1).tolist())]
        tokens = [token for index in one.paths for token in run.tails[index]]
        values = yield Pick([part[places] for part in hidden], tokens)
        start = 0
        for index in one.paths:
            end = start + len(run.tails[index])
            found[index] = tuple(values[start:end])
            start = end
    run.logprobs = [found[index] for index in range(len(run.tails))]
