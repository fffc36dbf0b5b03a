"""A language model that has no steps, behind the interface of one that has: one row a step, computed as a whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from engines.rows import Activation, ActivationRow, GenerateRow, Generation, LanguageModel, Scored, ScoreRow

Row = GenerateRow | ScoreRow | ActivationRow
Tell = Callable[[str], bool]


@dataclass(frozen=True)
class Prepared:
    """A row with what determines its answer."""

    row: Row
    prompts: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def key(self) -> Hashable:
        """Texts, settings and modifiers."""
        row, contrast = self.row, self.row.modifiers.contrast
        asked = self.row.modifiers.digest, contrast.weight if contrast else 0.0
        if isinstance(row, ScoreRow):
            return self.prompts, row.continuations, asked
        if isinstance(row, ActivationRow):
            return self.prompts, row.answer.text, row.depth, asked
        return self.prompts, row.max_new_tokens, row.temperature, row.seed, row.until, row.ignore_end, asked

    @property
    def tokens(self) -> int:
        """A measure of the work: words."""
        return sum(len(text.split()) for prompt in self.prompts for _, text in prompt)


@dataclass(eq=False)
class Run:
    """A row in the queue."""

    prepared: Prepared
    finish: Callable[[Run], None]
    tell: Tell | None
    asks: str | None = None
    tokens: list[str] = field(default_factory=list)
    result: Generation | Scored | Activation | None = None


class Rows:
    """The rows that wait, in order; each step computes one."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.waiting: list[Run] = []
        self.running: list[Run] = []

    def add(self, run: Run) -> None:
        """A row that waits for its turn."""
        self.waiting.append(run)

    def drop(self, run: Run) -> None:
        """Take a row out."""
        for rows in (self.waiting, self.running):
            if run in rows:
                rows.remove(run)

    def recover(self) -> list[Run]:
        """The row whose computation failed."""
        guilty, self.running = self.running, []
        return guilty

    def step(self) -> bool:
        """Compute the first row; whether there was one."""
        if not self.waiting:
            return False
        run = self.waiting.pop(0)
        self.running, run.asks = [run], "the whole"
        row, tell = run.prepared.row, run.tell
        gone = False

        def listen(_place: int, text: str) -> bool:
            nonlocal gone
            run.tokens = text.split()
            gone = gone or (tell is not None and not tell(text))
            return not gone

        if isinstance(row, ScoreRow):
            run.result = self._model.score([row])[0]
        elif isinstance(row, ActivationRow):
            run.result = self._model.activations([row])[0]
        else:
            run.result = self._model.generate([row], listen=listen, stop=lambda: gone)[0]
        self.running = []
        run.finish(run)
        return True


class Whole:
    """See the module; wraps one model."""

    def __init__(self, model: LanguageModel) -> None:
        self.engine = Rows(model)
        self._model = model

    def prepare(self, row: Row) -> Prepared:
        """A row as its texts."""
        contrast = row.modifiers.contrast
        groups = (row.messages, contrast.messages) if contrast else (row.messages,)
        return Prepared(row, tuple(tuple((m.role, m.text) for m in group) for group in groups))

    def open(
        self, prepared: Prepared, caller: Hashable, *, finish: Callable[[Any], None], tell: Tell | None = None
    ) -> Run:
        """A row for the queue; they are computed in the order in which they came."""
        del caller
        return Run(prepared, finish, tell)

    def result(self, prepared: Prepared, run: Run, seconds: float, *, stopped: bool = False) -> Any:
        """What came out of a row."""
        del prepared, seconds, stopped
        return run.result
