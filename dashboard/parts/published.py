"""Published numbers: which of them may stand on one axis, and how they are shown beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import badges, charts
from dashboard.parts.charts import Dot
from dashboard.theme import Origin
from taxonomy.entry_results import EntryResults
from taxonomy.model import PublishedResult
from taxonomy.vocab import Direction

if TYPE_CHECKING:
    import pandas as pd

ARROW = {Direction.HIGHER: "↑ higher is better", Direction.LOWER: "↓ lower is better"}
MOST_ROWS = 40


@dataclass(frozen=True)
class Axis:
    """What numbers must share to be compared: source, table, dataset, task, split and metric."""

    source: str
    table: str
    dataset: str
    task: str
    split: str
    metric: str

    @property
    def id(self) -> str:
        """A short name for addresses."""
        return "~".join((self.source, self.table, self.dataset, self.task, self.split, self.metric))


@dataclass(frozen=True)
class Group:
    """The numbers of one axis, the best first."""

    axis: Axis
    rows: tuple[PublishedResult, ...]

    @property
    def title(self) -> str:
        """The axis in words."""
        first = self.rows[0]
        task = "" if first.task.casefold() in first.dataset_name.casefold() else f", {first.task}"
        return f"{first.dataset_name}{task}: {first.metric_name} ({first.source_title}, {first.table}, {first.split})"


def axis_of(result: PublishedResult) -> Axis:
    """The axis that a number stands on."""
    metric = f"{result.metric}@{result.k}" if result.k else result.metric
    return Axis(result.source, result.table, result.dataset, result.task, result.split, metric)


def groups_of(results: Iterable[PublishedResult]) -> list[Group]:
    """Numbers by axis, the axes with most rows first, the best number of an axis on top whatever its direction."""
    rows: dict[Axis, list[PublishedResult]] = {}
    for result in results:
        rows.setdefault(axis_of(result), []).append(result)
    groups = [Group(axis, tuple(sorted(members, key=_badness))) for axis, members in rows.items()]
    return sorted(groups, key=lambda group: (-len(group.rows), group.title))


def table_of(group: Group) -> pd.DataFrame:
    """The numbers of an axis as a table, the best on top."""
    import pandas as pd

    metric = f"{group.rows[0].metric_name} ({ARROW[group.rows[0].direction]})"
    table = pd.DataFrame(
        [
            {
                "row as printed": safe.plain(row.method_label),
                metric: row.value,
                "backbone": safe.plain(row.backbone),
                "kind": row.method_kind.value,
                "notes": safe.plain(row.notes),
            }
            for row in group.rows
        ]
    )
    return table.loc[:, [any(value != "" for value in table[column]) for column in table.columns]]


def rows_table(rows: Iterable[PublishedResult]) -> pd.DataFrame:
    """Numbers of any axes as a table, each with its axis and its source."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "dataset": safe.plain(row.dataset_name),
                "task": safe.plain(row.task),
                "split": safe.plain(row.split),
                "metric": safe.plain(row.metric_name),
                "better": row.direction.value,
                "row as printed": safe.plain(row.method_label),
                "backbone": safe.plain(row.backbone),
                "value": row.value,
                "printed": safe.plain(row.printed),
                "kind": row.method_kind.value,
                "source": safe.plain(row.source_title),
                "table": safe.plain(row.table),
                "notes": safe.plain(row.notes),
            }
            for row in rows
        ]
    )


def extent_of(found: EntryResults) -> str:
    """How many numbers there are, from where, and of which datasets, in one sentence."""
    datasets = {row.dataset for row in found.rows}
    said = (
        f"{len(found.rows):,} {_plural('number', len(found.rows))} on {len(datasets)} "
        f"{_plural('dataset', len(datasets))}, from {found.sources} {_plural('source', found.sources)}"
    )
    if found.parts:
        said += f". Numbers of its parts: {', '.join(part.name for part in found.parts)}"
    return f"{said}."


def dots_of(group: Group, entry: str, level: str | None) -> list[Dot]:
    """The rows of a dot plot; those of the entry are emphasized in the colour of its level."""
    return [
        Dot(
            label=row.method_label,
            detail=row.backbone,
            value=row.value,
            shown=row.printed,
            emphasized=row.method_entry == entry,
            level=level,
        )
        for row in group.rows[:MOST_ROWS]
    ]


def message_of(group: Group, entry: str) -> str:
    """The message of an axis in one sentence: the best row, and where the entry stands."""
    best = group.rows[0]
    places = [place for place, row in enumerate(group.rows, start=1) if row.method_entry == entry]
    own = f"; the rows of this entry are at place {', '.join(map(str, places))} of {len(group.rows)}" if places else ""
    return f"{best.metric_name} on {best.dataset_name}: best is {best.method_label} with {best.printed}{own}"


def draw(group: Group, *, entry: str, level: str | None) -> None:
    """One axis: where the numbers were printed, the dot plot, its message and its table."""
    first = group.rows[0]
    address = f"https://arxiv.org/abs/{first.source_arxiv_id}" if first.source_arxiv_id else None
    badges.draw([badges.origin(Origin.PUBLISHED), badges.plain(f"{len(group.rows)} rows")])
    st.markdown(
        f"{safe.link(first.source_title, address)}, {safe.markdown(first.table)}, "
        f"split: {safe.markdown(first.split)}. {ARROW[first.direction].capitalize()}."
    )
    message = message_of(group, entry)
    figure = charts.dot_plot(dots_of(group, entry, level), f"{first.metric_name} {ARROW[first.direction][0]}")
    charts.show(figure, alt=message, table=table_of(group), key="en_published")
    st.caption(safe.markdown(f"{message}. Read in: {first.verified_by}."))


def level_of(keys: Sequence[str]) -> str | None:
    """The level of an entry that has exactly one, for its colour."""
    levels = [key for key in keys if key in theme.LEVELS]
    return levels[0] if len(levels) == 1 else None


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _badness(row: PublishedResult) -> tuple[float, str]:
    return (-row.value if row.direction is Direction.HIGHER else row.value, row.method_label)
