"""The table of all methods: what was measured, in its place, and nothing where nothing was."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engines.costs import Cost
from engines.runs.compare import Plan, Row
from engines.runs.journal import Journal
from engines.runs.stats import Estimate
from engines.types import Arm, Config
from tests.benchmarks.table import Clock, computed, counted, lines
from tests.engines import people
from tests.engines.people import RATE


def test_a_line_a_method_with_means_gaps_and_costs(tmp_path: Path) -> None:
    bench, clock = people.bench(people.dataset(people.crowd()), RATE), Clock(tmp_path / "seconds.json")
    with clock.running("rate"):
        plan = Plan(("none", "recent-history"), tuple(Arm), 4, Config(k=4), texts=False)
        found = computed(bench, plan, Journal(), clock=clock)
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
    path = tmp_path / "seconds.json"
    path.write_text('{"movie-rating": 5.0, "preference": 7.0}')
    with pytest.raises(KeyboardInterrupt), Clock(path).running("movie-rating"):
        raise KeyboardInterrupt
    spent = json.loads(path.read_text())
    assert 5.0 < spent["movie-rating"] < 6.0
    assert spent["preference"] == 7.0


def test_one_that_is_killed_keeps_what_it_had_added(tmp_path: Path) -> None:
    path = tmp_path / "seconds.json"
    clock = Clock(path)
    with clock.running("movie-rating"):
        time.sleep(0.02)
        clock.add()
        written = json.loads(path.read_text())["movie-rating"]
        clock.add()
    assert written >= 0.02
    assert written < clock.spent["movie-rating"] < 1.0, "no time counts twice"
    assert Clock(path).spent == clock.spent
