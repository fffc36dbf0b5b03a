"""Narrowing the published numbers: by dataset, then source, task, split, backbone and metric, each with its counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from taxonomy.catalog import Catalog

PARTS = ("source", "task", "split", "backbone", "metric")
NO_BACKBONE = "-"


@dataclass(frozen=True)
class Choice:
    """A value that numbers can be narrowed by, with how many numbers of how many sources it leaves."""

    value: str
    label: str
    numbers: int
    sources: int


@dataclass(frozen=True)
class Slice:
    """A part of the published numbers; an empty text or tuple is no choice, `NO_BACKBONE` a number without one.

    Attributes:
        metric: with the k filled in, as `ndcg@10`.
        ids: of single numbers.
        methods: keys of catalog methods.
    """

    dataset: str = ""
    source: str = ""
    task: str = ""
    split: str = ""
    backbone: str = ""
    metric: str = ""
    ids: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


def datasets(catalog: Catalog) -> tuple[Choice, ...]:
    """The datasets with published numbers, those of most sources first."""
    return tuple(Choice(**row) for row in catalog.store.query("results_datasets"))


@dataclass(frozen=True)
class Combination:
    """How many numbers of a dataset agree in all of `PARTS`."""

    source: str
    source_title: str
    task: str
    split: str
    backbone: str
    metric: str
    metric_name: str
    numbers: int

    def label(self, part: str) -> str:
        """The value of a part in words."""
        return str(getattr(self, {"source": "source_title", "metric": "metric_name"}.get(part, part)))


def combinations(catalog: Catalog, dataset: str) -> tuple[Combination, ...]:
    """What the numbers of a dataset can be narrowed by, as `choices` takes it."""
    return tuple(Combination(**row) for row in catalog.store.query("results_combinations", dataset=dataset))


def choices(among: Iterable[Combination], part: str, chosen: Slice) -> tuple[Choice, ...]:
    """The values of a part that the choices of the parts before it leave, those of most sources first."""
    before = PARTS[: PARTS.index(part)]
    left: dict[str, list[Combination]] = {}
    for each in among:
        if all(getattr(chosen, name) in ("", getattr(each, name)) for name in before):
            left.setdefault(getattr(each, part), []).append(each)
    found = [
        Choice(value, some[0].label(part), sum(each.numbers for each in some), len({each.source for each in some}))
        for value, some in left.items()
    ]
    return tuple(sorted(found, key=lambda choice: (-choice.sources, -choice.numbers, choice.value)))
