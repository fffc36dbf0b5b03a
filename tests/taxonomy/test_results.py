"""Improvements over non-personalized rows: by hand in both directions, absent with a reason, recounted in full."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from taxonomy import narrowing, results
from taxonomy.catalog import Catalog
from taxonomy.load import FACTS
from taxonomy.narrowing import Slice
from taxonomy.results import Number, places_of
from taxonomy.vocab import Direction, Role

AXIS = ("source", "table", "dataset", "task", "split", "backbone", "metric")


@pytest.fixture(scope="module")
def everything(catalog: Catalog) -> tuple[Number, ...]:
    return results.numbers(catalog, Slice())


def only(catalog: Catalog, chosen: Slice, method: str, **more: str) -> Number:
    """The one number of a slice that a published row has, by further fields of the result."""
    found = [n for n in results.numbers(catalog, chosen) if n.result.method == method]
    found = [n for n in found if all(getattr(n.result, name) == value for name, value in more.items())]
    assert len(found) == 1
    return found[0]


def printed() -> Iterator[dict[str, str]]:
    """The numbers as the files of the facts have them, each with its source."""
    for path in sorted((FACTS / "results").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            yield from ({**row, "source": path.stem} for row in csv.DictReader(stream))


def baseline_rows() -> set[tuple[str, str, str]]:
    with (FACTS / "result_roles.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["role"] == "non-personalized"]
    return {(row["source"], row["table"], row["method"]) for row in rows}


def test_higher_is_better_by_hand(catalog: Catalog) -> None:
    chosen = Slice("lamp-1", source="pplug", split="time-based/dev", metric="accuracy")
    number = only(catalog, chosen, "pplug", table="Table 1")
    assert (number.result.printed, number.baseline and number.baseline.printed) == ("0.68", "0.498")
    assert number.gain == pytest.approx(0.182)
    assert number.gain_percent == pytest.approx(100 * 0.182 / 0.498)
    assert number.absent == ""


def test_lower_is_better_by_hand(catalog: Catalog) -> None:
    chosen = Slice("lamp-3", source="ropg", split="time-based/test", metric="mae")
    rows = {n.result.method: n for n in results.numbers(catalog, chosen)}
    nobody, best = rows["non-personalized"].result.value, rows["rspg-post"].result.value
    assert best < nobody
    assert rows["rspg-post"].gain == pytest.approx(nobody - best)
    assert rows["rspg-post"].gain_percent == pytest.approx(100 * (nobody - best) / nobody)
    worse = only(catalog, Slice("lamp-3", source="mof", metric="mae"), "icl-random-k1", table="Table 1")
    assert (worse.result.value, worse.baseline and worse.baseline.value) == (0.727, 0.5)
    assert worse.gain_percent == pytest.approx(-45.4)


REASONS = {
    "itself": (
        Slice("lamp-1", source="ropg", metric="accuracy"),
        "non-personalized",
        "This is the non-personalized row",
    ),
    "table": (Slice("lamp-1", source="pplug", metric="accuracy"), "pplug-selection", "in Table 1, not in Table 4 with"),
    "split": (
        Slice("lamp-1", source="pplug", split="time-based/test", metric="accuracy"),
        "pplug",
        "Table 1 prints a non-personalized row only for another split: time-based/dev.",
    ),
    "doubt": (
        Slice("lamp-1", source="matryoshka", backbone="gpt-3.5-turbo", metric="accuracy"),
        "m-pilot",
        "not certain that gpt-3.5-turbo baseline, the baseline of Table 2 with gpt-3.5-turbo, is non-personalized.",
    ),
    "nowhere": (
        Slice("mind", metric="auc"),
        "miner",
        "prints no row for this task and metric that is known to be non-p",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_an_absent_improvement_says_why(name: str, catalog: Catalog) -> None:
    chosen, method, said = REASONS[name]
    number = only(catalog, chosen, method)
    assert number.gain_percent is None
    assert said in number.absent


def test_reasons_that_no_number_has_yet(everything: tuple[Number, ...]) -> None:
    result = replace(everything[0].result, table="Table 5", backbone="small")
    row = {"role": None, "baseline_id": None, "doubtful": [], "other_splits": [], "other_tables": []}
    said = results.why_absent(result, {**row, "other_backbones": ["big", ""]})
    assert said == "Table 5 prints a non-personalized row only for another backbone: big, no backbone."
    assert "prints 0, of which" in results.why_absent(result, {**row, "baseline_id": "x"})


def test_zero_shot_of_a_preference_benchmark_is_no_baseline(everything: tuple[Number, ...]) -> None:
    rows = [n for n in everything if n.result.source == "prefeval"]
    assert {n.role for n in rows} == {Role.OWN}
    assert not [n for n in rows if n.gain is not None]


def test_wrong_users_are_told_from_random_own_items(everything: tuple[Number, ...]) -> None:
    wrong = {(n.result.source, n.result.method) for n in everything if n.is_wrong_user}
    assert wrong == {("lamp", "rag-random-all-users"), ("pgraphrag", "rag-random")}


def test_every_improvement_has_its_baseline_and_none_is_missed(everything: tuple[Number, ...]) -> None:
    """Recounted from the files alone: the baseline on the very axis, its value, and the sign by the direction."""
    baselines, known = baseline_rows(), defaultdict[tuple[str, ...], list[float]](list)
    rows = list(printed())
    for row in rows:
        if (row["source"], row["table"], row["method"]) in baselines:
            known[tuple(row[name] for name in AXIS)].append(float(row["value"]))
    assert {len(values) for values in known.values()} == {1}
    expected: Counter[tuple[str, str, str, float, float]] = Counter()
    for row in rows:
        base = known.get(tuple(row[name] for name in AXIS))
        if base is None or (row["source"], row["table"], row["method"]) in baselines:
            continue
        sign = 1 if row["direction"] == "higher" else -1
        gain = sign * (float(row["value"]) - base[0])
        expected[row["source"], row["dataset"], row["method"], base[0], round(gain, 9)] += 1
    found = Counter(
        (n.result.source, n.result.dataset, n.result.method, n.baseline.value, round(n.gain or 0.0, 9))
        for n in everything
        if n.baseline is not None
    )
    assert found == expected
    assert (found.total(), len(everything)) == (1060, 1841)
    assert all((n.gain_percent is None) == bool(n.absent) for n in everything)


def test_each_baseline_shares_the_axis_of_its_number(everything: tuple[Number, ...]) -> None:
    by_id = {number.id: number for number in everything}
    assert len(by_id) == len(everything)
    for number in everything:
        if number.baseline is not None:
            other = by_id[number.baseline.id]
            assert other.role is Role.NOBODY
            assert other.metric == number.metric
            for name in ("source", "table", "dataset", "task", "split", "backbone", "metric", "k"):
                assert getattr(other.result, name) == getattr(number.result, name)


def test_the_best_is_on_top_of_every_panel(everything: tuple[Number, ...]) -> None:
    mixed = list(everything)
    random.Random(4).shuffle(mixed)  # noqa: S311
    panels = results.panels(mixed)
    assert sum(len(panel.numbers) for panel in panels) == len(everything)
    for panel in panels:
        values = [n.result.value for n in panel.numbers]
        assert values == sorted(values, reverse=panel.first.direction is Direction.HIGHER)
        assert len({n.result.source for n in panel.numbers}) == 1, "one source an axis"
        assert len({(n.result.dataset, n.result.task, n.result.split, n.metric) for n in panel.numbers}) == 1
    assert {panel.first.direction for panel in panels} == set(Direction)


def test_equal_values_share_a_place() -> None:
    assert places_of([0.9, 0.8, 0.8, 0.7]) == (1, 2, 2, 4)


def test_choices_narrow_with_true_counts(catalog: Catalog) -> None:
    rows = list(printed())
    listed = {choice.value: (choice.numbers, choice.sources) for choice in narrowing.datasets(catalog)}
    per = {d: [r for r in rows if r["dataset"] == d] for d in {r["dataset"] for r in rows}}
    assert listed == {d: (len(found), len({r["source"] for r in found})) for d, found in per.items()}
    chosen = Slice("lamp-4", source="pplug", split="time-based/dev")
    kept: list[Mapping[str, str]] = [r for r in per["lamp-4"] if r["source"] == "pplug"]
    among = narrowing.combinations(catalog, "lamp-4")
    offered = {part: narrowing.choices(among, part, chosen) for part in narrowing.PARTS}
    assert {c.value: c.numbers for c in offered["source"]} == Counter(r["source"] for r in per["lamp-4"])
    assert {c.value: c.numbers for c in offered["split"]} == Counter(r["split"] for r in kept)
    kept = [r for r in kept if r["split"] == "time-based/dev"]
    assert {c.value: c.numbers for c in offered["backbone"]} == Counter(r["backbone"] for r in kept)
    assert {c.value: c.numbers for c in offered["metric"]} == Counter(r["metric"] for r in kept)
    among = narrowing.combinations(catalog, "movielens-1m")
    assert [c.value for c in narrowing.choices(among, "backbone", Slice())] == [narrowing.NO_BACKBONE]
    assert {c.value for c in narrowing.choices(among, "metric", Slice())} >= {"ndcg@10", "mrr@10"}


def test_cells_hold_every_improvement_once(catalog: Catalog, everything: tuple[Number, ...]) -> None:
    cells = results.improvement_cells(catalog)
    behind = Counter(number for cell in cells for number in cell.ids)
    percents = {n.id: n.gain_percent for n in everything if n.gain_percent is not None}
    assert behind == Counter(percents.keys())
    for cell in cells:
        values = sorted(percents[number] or 0.0 for number in cell.ids)
        middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        assert (cell.low, cell.middle, cell.high) == pytest.approx((values[0], middle, values[-1]))
        assert cell.comparisons == len(values)
    one = results.improvement_cells(catalog, "mof")
    assert {source for cell in one for source, _ in cell.sources} == {"mof"}
    assert len(one) < len(cells)
