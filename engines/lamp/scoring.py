"""Predictions in LaMP's format scored against its gold outputs, as its evaluation does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import DataError, Place
from data.importers.lamp import plain, read_outputs
from data.importers.lamp_tasks import CATEGORIES, LAMP, Kind
from data.records import TaskKind
from engines.lamp.classification import accuracy, macro_f1
from engines.lamp.ratings import mae, rmse
from engines.lamp.rouge import rouge

FEW = 3


@dataclass(frozen=True)
class Scores:
    """The measures of one task by name, over n questions."""

    task: str
    n: int
    values: Mapping[str, float]


def score_files(golds: Path, predictions: Path, task: str = "") -> Scores:
    """The scores of a file of predictions; both files are `{"task", "golds": [{"id", "output"}]}`.

    Args:
        golds: a `*_outputs.json`.
        predictions: as LaMP's evaluation takes them.
        task: lamp-1 to lamp-7 or lamp-2n; else what the golds name, and for LaMP-2 the edition whose labels they are.

    Raises:
        DataError: a file is not of this form, the tasks or ids differ, or a gold is no label or rating of the task.
    """
    known, named = read_outputs(golds)
    said, claimed = read_outputs(predictions)
    if named and claimed and plain(named) != plain(claimed):
        place = Place(predictions.name, 1, "task")
        raise DataError(place, repr(claimed[:40]), f"{named[:40]!r}, as in {golds.name}")
    kind = _kind(task or named, known, golds.name)
    _same_ids(known, said, predictions.name)
    for number, gold in enumerate(known.values()):
        _sound(kind, gold, Place(golds.name, 1, f"golds[{number}].output"))
    pairs = [(said[name], gold) for name, gold in known.items()]
    return Scores(kind.task.id, len(pairs), measured(kind, pairs))


def measured(kind: Kind, pairs: list[tuple[str, str]]) -> dict[str, float]:
    """The measures that LaMP reports for a task, over (prediction, gold)."""
    if kind.task.kind is TaskKind.RANK:
        return {"accuracy": accuracy(pairs), "f1": macro_f1(pairs, kind.task.labels)}
    if kind.task.kind is TaskKind.RATE:
        return {"mae": mae(pairs), "rmse": rmse(pairs)}
    return {"rouge-1": rouge(pairs, "rouge1"), "rouge-L": rouge(pairs, "rougeL")}


def _kind(named: str, golds: Mapping[str, str], file: str) -> Kind:
    fit = [kind for kind in LAMP if plain(named) in {plain(kind.file), plain(kind.task.id)}]
    if len(fit) > 1:  # both editions of LaMP-2 have one name
        newer = sum(gold.strip() in CATEGORIES for gold in golds.values()) * 2 <= len(golds)
        return next(kind for kind in fit if (kind.task.labels != CATEGORIES) == newer)
    if not fit:
        accepted = ", ".join(kind.task.id for kind in LAMP)
        raise DataError(Place(file, 1, "task"), repr(named[:40]), accepted, "name it with --task")
    return fit[0]


def _same_ids(golds: Mapping[str, str], said: Mapping[str, str], file: str) -> None:
    if not golds:
        raise DataError(Place(file), "there is no gold output", "at least one")
    lacking = [name for name in golds if name not in said]
    extra = [name for name in said if name not in golds]
    for wrong, words in ((lacking, "lacks"), (extra, "holds besides")):
        if wrong:
            some = ", ".join(name[:40] for name in wrong[:FEW])
            raise DataError(
                Place(file, 1, "golds"), f"{words} {len(wrong):,} ids, first {some}", "the ids of the golds"
            )


def _sound(kind: Kind, gold: str, place: Place) -> None:
    labels = kind.task.labels
    if labels and gold.strip() not in labels:
        raise DataError(place, repr(gold[:40]), f"one of {', '.join(labels)}")
