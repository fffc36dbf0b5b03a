"""A comparison's finished groups in a file of the reader's choice, so that a run that was stopped goes on from there.

A line a group of cells (one method, arm, draw and user), written when the whole group is done and none of it failed.
Its name is a digest of all that its outcomes follow from, so a file may hold several comparisons, and a changed
setting, model or data set only makes new lines. Prompts are not kept: a line holds outputs and costs, and names the
data set and the people.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.digest import digest
from data.errors import DataError, Place
from engines.costs import cost_of, read_cost
from engines.methods import methods
from engines.outputs import Output
from engines.outside_preview import calls_out
from engines.rows import Generation
from engines.runs.cells import Bench, Cell, Outcome
from engines.training.loading import training_precision

HEAD = {"attune": "finished parts of comparisons", "version": 1}
ACCEPTED = "a new file, or one that an earlier comparison wrote"


class Journal:
    """The finished groups of comparisons; safe to share between threads.

    Args:
        path: the file; made where it is not there. None keeps nothing.

    Raises:
        DataError: the file is something else, or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._found: dict[str, list[dict[str, Any]]] = {}
        if path is None:
            return
        try:
            new = not path.exists() or not path.stat().st_size
            if not new:
                self._read(path)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(HEAD) + "\n" if new else "")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
            raise DataError(Place(path.name), f"cannot be used: {why}", ACCEPTED, "name another file") from error

    def __len__(self) -> int:
        return len(self._found)

    def find(self, bench: Bench, cells: Sequence[Cell], *, texts: bool) -> list[Outcome] | None:
        """The outcomes of a group that was done before, as far as rows are made of them; None if it is not there."""
        made = self._found.get(_name(bench, cells, texts=texts)) if self._found else None
        if made is None or len(made) != len(cells):
            return None
        with suppress(KeyError, TypeError):  # a damaged line is computed again
            return [_outcome(cell, one) for cell, one in zip(cells, made, strict=True)]
        return None

    def keep(self, bench: Bench, cells: Sequence[Cell], outcomes: Sequence[Outcome], *, texts: bool) -> None:
        """Write a finished group down; one with a failure is tried again the next time.

        Nothing is written of people who were deleted meanwhile. A line names data set and people, so that a file under
        the run-time folder loses it when they are deleted.

        Raises:
            DataError: the file cannot be written any more.
        """
        if self.path is None or any(one.failure or one.output is None for one in outcomes):
            return
        user, people = cells[0].example.user, {one.owner for one in outcomes} - {""}
        named = {"group": _name(bench, cells, texts=texts), "data": bench.dataset.info.id, "user": user}
        line = named | {"cells": [_told(one) for one in outcomes]}
        try:
            with bench.dataset.holding(frozenset(people | {user})) as there, self._lock:
                if there:
                    with self.path.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise DataError(Place(self.path.name), f"cannot be written: {error.strerror}", ACCEPTED) from error

    def _read(self, path: Path) -> None:
        with path.open(encoding="utf-8") as stream:
            if _parsed(stream.readline()) != HEAD:
                raise DataError(Place(path.name, 1), "not the head of such a file", ACCEPTED, "name another file")
            lines = stream.read().split("\n")
        for line in lines:
            one = _parsed(line)
            if isinstance(one, dict) and isinstance(one.get("cells"), list):
                self._found[str(one.get("group"))] = one["cells"]
        if lines[-1]:  # cut off while it was written: the next line starts anew
            with path.open("a", encoding="utf-8") as stream:
                stream.write("\n")


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _name(bench: Bench, cells: Sequence[Cell], *, texts: bool) -> str:
    """A digest of all that the outcomes of a group follow from."""
    first = cells[0]
    return digest(
        {
            "model": [bench.model.digest, bench.model.precision, training_precision()],
            "encoder": getattr(bench.encoder, "name", ""),
            "data": [bench.dataset.digest, bench.task.id, bench.seed],
            "method": [first.method, methods[first.method].info.version, calls_out([first.method])],
            "config": first.config,
            "arm": [first.arm, first.draw],
            "examples": [cell.example.id for cell in cells],
            "texts": texts,
            "others": "outside the fold",
        }
    )


def _told(one: Outcome) -> dict[str, Any]:
    output = {name: value for name, value in asdict(one.output).items() if value} if one.output else {}
    return {
        "owner": one.owner,
        "note": one.note,
        "output": output,
        "cost": asdict(cost_of(one)),
        "seconds": one.seconds,
    }


def _outcome(cell: Cell, told: Mapping[str, Any]) -> Outcome:
    given = dict(told["output"])
    if written := given.get("generation"):
        given["generation"] = Generation(**written)
    past = read_cost(told["cost"])
    return Outcome(cell, told["owner"], told["note"], output=Output(**given), seconds=told["seconds"], past=past)
