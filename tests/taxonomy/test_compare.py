"""Entries side by side: what differs, what is shared, and numbers compared only on the very same axis."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from taxonomy import compare
from taxonomy.catalog import Catalog
from taxonomy.compare import Value, attribute
from taxonomy.load import FACTS
from taxonomy.model import UnknownEntryError
from taxonomy.vocab import Kind

METHODS = ("pplug", "lamp", "oppu")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_an_example_of_known_entries(kind: Kind, catalog: Catalog) -> None:
    keys = compare.example(catalog, kind)
    assert compare.FEWEST <= len(keys) <= compare.MOST
    assert compare.known_keys(catalog, kind, ",".join(keys)) == (keys, ())
    found = compare.compare(catalog, kind, keys)
    assert [entry.key for entry in found.entries] == list(keys)
    assert any(row.differs for row in found.attributes)
    assert all(len(row.values) == len(keys) for row in found.attributes)


def test_a_row_differs_by_its_values_and_not_by_their_order_or_source() -> None:
    one, two = Value("a", "x"), Value("b", "x")
    same = attribute("g", "l", [[one, two], [two, Value("a", "another source")]])
    assert not same.differs
    assert all(value.shared for cell in same.values for value in cell)
    other = attribute("g", "l", [[one, two], [one]])
    assert other.differs
    assert [value.text for value in other.values[0]] == ["b", "a"], "what not every entry has comes first"
    assert attribute("g", "l", [[one], []]).differs


def test_attributes_hold_every_fact_with_its_source(catalog: Catalog) -> None:
    found = compare.compare(catalog, Kind.METHOD, METHODS)
    rows = {(row.group, row.label): row for row in found.attributes}
    for place, entry in enumerate(found.entries):
        for fact in entry.facts:
            assert Value(fact.value, fact.source, fact.url) in [
                Value(v.text, v.source, v.url) for v in rows[compare.FACTS, fact.label].values[place]
            ]
    assert [[v.text for v in cell] for cell in rows[compare.CLASSES, "Level"].values] == [["User level"]] * 3
    assert all(value.source for row in found.attributes for cell in row.values for value in cell)


def test_shared_things_are_beside_the_entries(catalog: Catalog) -> None:
    found = compare.compare(catalog, Kind.DATASET, ("lamp-4", "lamp-5", "movielens-1m"))
    own = {"lamp-4", "lamp-5", "movielens-1m"}
    assert found.shared
    assert not [each for each in found.shared if each.ref.kind is Kind.DATASET and each.ref.key in own]
    rouge = next(each for each in found.shared if each.ref.key == "rouge-1")
    assert rouge.among == {0, 1}


def test_numbers_are_compared_on_one_axis_only(catalog: Catalog) -> None:
    """Recounted from the files: the axes where two of the methods stand, and which is best there."""
    with (FACTS / "result_methods.csv").open(encoding="utf-8", newline="") as stream:
        entry = {row["key"]: row["method"] for row in csv.DictReader(stream)}
    axes: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    higher: dict[tuple[str, ...], bool] = {}
    names = ("table", "dataset", "task", "split", "backbone", "metric")
    for path in sorted((FACTS / "results").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if entry[row["method"]] in METHODS:
                    axis = (path.stem, *(row[name] for name in names))
                    axes[axis][entry[row["method"]]].append(float(row["value"]))
                    higher[axis] = row["direction"] == "higher"
    expected = {}
    for axis, found in axes.items():
        if len(found) > 1:
            tops = {method: (max if higher[axis] else min)(values) for method, values in found.items()}
            best = (max if higher[axis] else min)(tops.values())
            expected[axis] = (tops, {method for method, value in tops.items() if value == best})
    duels = compare.duels(catalog, METHODS)
    shown = {}
    for duel in duels:
        r = duel.first.result
        metric = duel.first.metric
        tops = {METHODS[place]: cell[0].result.value for place, cell in enumerate(duel.numbers) if cell}
        best_names = {METHODS[place] for place in duel.best}
        shown[r.source, r.table, r.dataset, r.task, r.split, r.backbone, metric] = (tops, best_names)
    assert len(duels) == len(expected) > 20
    assert shown == expected
    assert not all(higher[axis] for axis in expected), "also metrics where lower is better"


def test_wins_are_counted_alone(catalog: Catalog) -> None:
    duels = compare.duels(catalog, METHODS)
    for place, (won, stood) in enumerate(compare.wins(duels, 3)):
        assert stood == sum(bool(duel.numbers[place]) for duel in duels)
        assert won == sum(duel.best == frozenset({place}) for duel in duels)


def test_unknown_keys_are_noted_and_left_out(catalog: Catalog) -> None:
    keys, notes = compare.known_keys(catalog, Kind.METHOD, "oppu,oppuu,, oppu ,pplug")
    assert keys == ("oppu", "pplug")
    assert len(notes) == 1
    assert "no method 'oppuu'; nearest: oppu" in notes[0]
    many = [row.ref.key for row in catalog.browse().rows if row.ref.kind is Kind.METHOD][:8]
    keys, notes = compare.known_keys(catalog, Kind.METHOD, ",".join(many))
    assert keys == tuple(many[:6])
    assert "At most 6" in notes[0]
    with pytest.raises(UnknownEntryError):
        compare.compare(catalog, Kind.METHOD, ["nothing"])


def test_neighbours_are_of_the_kind_and_not_chosen(catalog: Catalog) -> None:
    near = compare.neighbours(catalog, Kind.METHOD, ["pplug"])
    chosen = ["pplug", next(iter(near))]
    assert set(compare.neighbours(catalog, Kind.METHOD, chosen)) == set(near) - set(chosen)
    assert all(catalog.entry(Kind.METHOD, key).name == name for key, name in near.items())
    assert compare.neighbours(catalog, Kind.METHOD, []) == {}
