"""What the Results page narrows by: dataset, source, task, split, backbone and metric, each with its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import safe, state
from dashboard.state import Field, Values
from taxonomy.catalog import Catalog
from taxonomy.narrowing import NO_BACKBONE, PARTS, Choice, Slice, combinations, datasets
from taxonomy.narrowing import choices as choices_of

LABEL = {"source": "Source", "task": "Task", "split": "Split", "backbone": "Backbone", "metric": "Metric"}
ALL = {"source": "All sources", "task": "All tasks", "split": "All splits", "backbone": "All backbones"}
ROW = "rs_row"
LONGEST_OPTION = 60


@dataclass(frozen=True)
class Narrowing:
    """The choices of an address, each with the values that the choices before it leave.

    Attributes:
        options: for `dataset` and each of `PARTS`, the values to choose from.
        fields: the field of the address of each.
        chosen: what is shown.
        notes: on values of the address that could not be used.
    """

    options: Mapping[str, Sequence[Choice]]
    fields: Mapping[str, Field[str]]
    chosen: Slice
    notes: tuple[str, ...]


def read(catalog: Catalog, query: Mapping[str, str]) -> Narrowing:
    """The choices of an address; the dataset and the metric of most sources unless it says otherwise."""
    options: dict[str, Sequence[Choice]] = {"dataset": datasets(catalog)}
    known = [choice.value for choice in options["dataset"]]
    fields = {"dataset": state.choice("rs_dataset", known[0], accepted=known)}
    seen = state.read(query, fields["dataset"])
    chosen, notes = {"dataset": seen[fields["dataset"]]}, list(seen.notes)
    among = combinations(catalog, chosen["dataset"])
    for part in PARTS:
        options[part] = choices_of(among, part, Slice(**chosen))
        fields[part] = _field(part, options[part])
        seen = state.read(query, fields[part])
        chosen[part] = seen[fields[part]]
        notes += seen.notes
    return Narrowing(options, fields, Slice(**chosen), tuple(notes))


def _field(part: str, options: Sequence[Choice]) -> Field[str]:
    known = [choice.value for choice in options]
    if part == "metric":
        return _metric_field(known)
    return state.choice(f"rs_{part}", "", accepted=["", *known])


def _metric_field(known: Sequence[str]) -> Field[str]:
    """A metric with its k filled in; the catalog's key of it, such as `ndcg@k`, gives the first with a k."""
    exact = state.choice("rs_metric", known[0], accepted=known)
    stems = {metric.partition("@")[0]: metric for metric in reversed(known)}
    return replace(exact, parse=lambda given: exact.parse(given if given in known else stems.get(_stem(given), given)))


def _stem(metric: str) -> str:
    return metric.removesuffix("@k")


def draw(narrowing: Narrowing) -> None:
    """The select boxes; choosing in one puts those after it back to all that is left."""
    state.show_notes(Values({}, narrowing.notes))
    order = list(narrowing.fields)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for place, part in enumerate(order):
            field = narrowing.fields[part]
            later = [narrowing.fields[other] for other in order[place + 1 :]]
            choices = {choice.value: choice for choice in narrowing.options[part]}
            st.selectbox(
                LABEL.get(part, "Dataset"),
                [*(("",) if part in ALL else ()), *choices],
                format_func=lambda value, part=part, choices=choices: option(part, choices.get(value), len(choices)),
                width=310,
                **state.bound(field, getattr(narrowing.chosen, part), *later, state.text(ROW)),
            )


def option(part: str, choice: Choice | None, among: int) -> str:
    """A value in a select box: its name and how many numbers it leaves."""
    if choice is None:
        return f"{ALL[part]} ({among})"
    name = "not stated" if part == "backbone" and choice.value == NO_BACKBONE else choice.label
    of = f", {choice.sources} sources" if part in {"dataset", "metric"} and choice.sources > 1 else ""
    return f"{safe.plain(name, LONGEST_OPTION)} ({choice.numbers:,}{of})"
