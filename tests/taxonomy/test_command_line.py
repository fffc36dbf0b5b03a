"""python -m taxonomy: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

from taxonomy.load import FACTS
from taxonomy.manifest import Snapshot
from tests.taxonomy.conftest import Runner
from tests.taxonomy.test_checks import FAULTS, apply


def test_check_says_ok_with_counts(python: Runner) -> None:
    done = python("-m", "taxonomy", "check", "--facts", str(FACTS))
    assert done.returncode == 0
    assert done.stdout.startswith("ok: ")
    assert "305 method, 102 dataset, 68 metric" in done.stdout
    assert "1841 result" in done.stdout


def test_check_prints_all_problems_and_exits_1(python: Runner, facts_copy: Path) -> None:
    for name in ("unknown field", "value", "facet"):
        apply(FAULTS[name], facts_copy)
    done = python("-m", "taxonomy", "check", "--facts", str(facts_copy))
    assert done.returncode == 1
    for name in ("unknown field", "value", "facet"):
        assert FAULTS[name].said in done.stdout
    assert "Traceback" not in done.stderr


def test_stats_json_is_all_that_is_printed(python: Runner, built: Snapshot) -> None:
    home = str(built.path.parent)
    done = python("-m", "taxonomy", "stats", "--json", "--facts", str(FACTS), ATTUNE_HOME=home)
    answer = json.loads(done.stdout)
    assert set(answer) == {"tables", "arxiv_ids", "digest"}
    assert answer["digest"] == built.manifest.digest
    wanted = {"method": 305, "dataset": 102, "metric": 68, "result": 1841, "result_method": 166}
    assert wanted.items() <= answer["tables"].items()
    assert answer["arxiv_ids"] > 297
    table = python("-m", "taxonomy", "stats", "--facts", str(FACTS), ATTUNE_HOME=home)
    assert "305" in table.stdout


def test_build_of_bad_facts_names_the_problems_without_a_trace(
    python: Runner, facts_copy: Path, tmp_path: Path
) -> None:
    apply(FAULTS["year"], facts_copy)
    done = python("-m", "taxonomy", "build", "--facts", str(facts_copy), ATTUNE_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert "a year from 1950" in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_does_nothing(python: Runner, tmp_path: Path) -> None:
    code = (
        "import sys, threading, taxonomy.catalog, taxonomy.__main__\n"
        "print('torch' in sys.modules, threading.active_count())"
    )
    home = tmp_path / "home"
    done = python("-c", code, ATTUNE_HOME=str(home))
    assert done.stdout.split() == ["False", "1"], done.stderr
    assert not home.exists()


def test_search_prints_json_with_hits(python: Runner, built: Snapshot) -> None:
    home = str(built.path.parent)
    done = python("-m", "taxonomy", "search", "MRR", "--mode", "bm25", "--json", "--limit", "3", ATTUNE_HOME=home)
    answer = json.loads(done.stdout)
    assert answer["mode"] == "bm25"
    assert answer["hits"][0]["key"] == "mrr"
    assert all({"kind", "key", "title", "score"} <= set(hit) for hit in answer["hits"])
    assert len(answer["hits"]) <= 3
    table = python("-m", "taxonomy", "search", "mean", "reciprocal", "rank", "--mode", "bm25", ATTUNE_HOME=home)
    assert "Mean reciprocal" in table.stdout


def test_search_refuses_unknown_modes_and_answers_nonsense_with_nothing(python: Runner, built: Snapshot) -> None:
    home = str(built.path.parent)
    wrong = python("-m", "taxonomy", "search", "x", "--mode", "magic", ATTUNE_HOME=home)
    assert wrong.returncode == 2
    assert "hybrid" in wrong.stderr
    nothing = python("-m", "taxonomy", "search", "qqqqzzzz", "--mode", "bm25", "--json", ATTUNE_HOME=home)
    assert json.loads(nothing.stdout)["hits"] == []
