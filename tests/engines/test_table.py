"""The table of all methods: what was measured, in its place, and nothing where nothing was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engines.costs import Cost
from engines.runs.compare import Row
from engines.runs.journal import Journal
from engines.runs.stats import Estimate
from tests.benchmarks.table import computed, counted, lines, timed
from tests.engines import people
from tests.engines.people import RATE


def test_a_line_a_method_with_means_gaps_and_costs() -> None:
    bench = people.bench(people.dataset(people.crowd()), RATE)
    found = computed(bench, 4, ["none", "recent-history"], Journal())
    head, _, none, history, *baselines = list(lines(found, "mae"))
    name, right, wrong, nobody, *gaps = [cell.strip() for cell in none.split("|")][1:7]
    assert (name, right, wrong, gaps) == ("`none`", "", "", ["", ""])
    mean, low, high = (float(part.strip("[],")) for part in nobody.split())
    assert 0 < low <= mean <= high < 4
    own, foreign = (float(history.split("|")[place].split("[")[0]) for place in (2, 3))
    gap = history.split("|")[5]
    assert float(gap.split("[")[0]) == pytest.approx(own - foreign, abs=0.0011)
    assert "[" in gap
    assert len({line.count("|") for line in (head, none, history, *baselines)}) == 1
    costs = [cell.strip() for cell in history.split("|")][7:-1]
    assert costs[1:4] == ["4.0", "0 bytes", "0 bytes"]
    assert float(costs[0]) > 20
    plain = next(line for line in baselines if "`user-mean`" in line)
    assert [cell.strip() for cell in plain.split("|")][7:-1] == ["0", "0.0", "", "", "", ""]


def test_a_gap_that_holds_zero_is_a_tie_and_what_failed_is_no_zero() -> None:
    made = Estimate(0.1, -0.2, 0.4, users=3, n=9, unscored=0)
    row = Row("gap", "rag-bm25", "right-wrong", "mae", made, 0.0)
    score = Row(
        "score",
        "rag-bm25",
        "right",
        "mae",
        replace(made, mean=None),
        0.0,
        Cost(private_bytes=64.0, shared_bytes=3_924_408.0),
    )
    (line,) = list(lines([score, row], "mae"))[2:]
    cells = [cell.strip() for cell in line.split("|")]
    assert cells[2:6] == ["", "", "", "+0.100 [-0.200, +0.400] tie"]
    assert cells[7:11] == ["", "", "64 bytes", "3.9 MB"]
    some = replace(score, estimate=made)
    assert counted([score], "mae") == "nothing scored"
    assert counted([some, replace(some, estimate=replace(made, n=8))], "mae") == "3 people, 8 to 9 examples"


def test_seconds_add_up_over_runs_also_where_one_was_stopped(tmp_path: Path) -> None:
    spent = {"movie-rating": 5.0}
    with pytest.raises(KeyboardInterrupt), timed(spent, "movie-rating", tmp_path / "seconds.json"):
        raise KeyboardInterrupt
    assert 5.0 < spent["movie-rating"] < 6.0
    assert "movie-rating" in (tmp_path / "seconds.json").read_text()
