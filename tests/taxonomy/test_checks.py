"""The project's facts are sound, and every check finds a fault that is put into a copy, with its file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from taxonomy.checks import manifest_of, problems_of
from taxonomy.load import FACTS, read_facts
from taxonomy.problems import FactsError, Problem


class Fault(NamedTuple):
    """An edit: after `anchor` in `file`, `old` (a pattern) becomes `new`; found on that line, or `below` it."""

    file: str
    anchor: str
    old: str
    new: str
    said: str
    below: int = 0


FAULTS = {
    "unknown field": Fault("methods.yaml", "key: oppu\n", "  summary:", "  sumary:", "the unknown field sumary"),
    "nearest field": Fault("methods.yaml", "key: oppu\n", "  summary:", "  sumary:", "nearest: summary"),
    "missing field": Fault("methods.yaml", "- key: oppu", r"  name: .*\n", "", "the field name is missing", -1),
    "empty field": Fault("methods.yaml", "- key: oppu", "  name: .*", "  name: ''", "accepted: text"),
    "level": Fault("methods.yaml", "key: oppu\n", r"levels: \[user", "levels: [usr", "'usr'"),
    "level nearest": Fault("methods.yaml", "key: oppu\n", r"levels: \[user", "levels: [usr", "nearest: user"),
    "usage": Fault("methods.yaml", "key: oppu\n", "usage: direct", "usage: directly", "accepted: both, direct, down"),
    "in survey": Fault("methods.yaml", "key: oppu\n", "in_survey: .*", "in_survey: maybe", "'maybe'"),
    "in survey no": Fault("methods.yaml", "key: a-mem\n", "in_survey: .*", "in_survey: no", "the flag no/false"),
    "text length": Fault("datasets.yaml", "key: lamp\n", "text_length: .*", "text_length: tiny", "accepted: long, na"),
    "flag": Fault("datasets.yaml", "key: lamp\n", "has_user_text: .*", "has_user_text: 'yes'", "true or false"),
    "count": Fault("datasets.yaml", "key: lamp-1\n", "n_instances: .*", "n_instances: -4", "the number -4"),
    "count too large": Fault(
        "datasets.yaml", "key: lamp-1\n", "n_instances: .*", "n_instances: 10000000000000000", "from 0 to 10^15"
    ),
    "mark": Fault("nodes.yaml", "key: rag\n", "  mark: .*", "  mark: sure", "accepted: confirmed, ours, recalled"),
    "facet": Fault("nodes.yaml", "- key: rag\n", "facet: .*", "facet: technik", "nearest: technique"),
    "direction": Fault("metrics.yaml", "key: mae\n", "direction: .*", "direction: down", "accepted: higher, lower"),
    "no direction": Fault("metrics.yaml", "key: mae\n", "  direction: .*\n", "", "field direction is missing", -3),
    "need": Fault("metrics.yaml", "key: mae\n", r"needs: \[labels", "needs: [label", "nearest: labels"),
    "result kind": Fault("result_methods.csv", "\nals,", "recommender", "recommendor", "nearest: recommender"),
    "twice a field": Fault("methods.yaml", "key: oppu\n", "  usage: .*", "  usage: both\n  usage: both", "twice in", 1),
    "twice a key": Fault("methods.yaml", "", "- key: pplug\n", "- key: oppu\n", "the key 'oppu' stands twice"),
    "twice an item": Fault(
        "methods.yaml", "key: oppu\n", "levels: .*", "levels: [user, user]", "the list ['user', 'user']"
    ),
    "not a list": Fault("methods.yaml", "key: oppu\n", "levels: .*", "levels: user", "the text 'user'"),
    "key form": Fault("metrics.yaml", "- key: ma", "e\n", "E x\n", "accepted: a key of lower-case"),
    "arxiv form": Fault("methods.yaml", "key: oppu\n", "arxiv_id: .*", "arxiv_id: '2402.440'", "accepted: an arXiv id"),
    "arxiv month": Fault("methods.yaml", "key: oppu\n", "arxiv_id: .*", "arxiv_id: '2413.04401'", "an arXiv id"),
    "arxiv number": Fault("methods.yaml", "key: oppu\n", "arxiv_id: .*", "arxiv_id: 2402.04401", "the number 2402"),
    "one title an id": Fault(
        "methods.yaml", "key: ropg\n", "arxiv_id: .*", "arxiv_id: '2304.11406'", "arXiv 2304.11406 has another title"
    ),
    "one id a title": Fault("datasets.yaml", "key: lamp-4\n", "arxiv_id: .*", "arxiv_id: '2304.11407'", "same title"),
    "url": Fault("methods.yaml", "key: oppu\n", "code_url: .*", "code_url: ftp://a.b/c", "http:// or https://"),
    "year": Fault("methods.yaml", "key: oppu\n", "year: .*", "year: 20244", "a year from 1950"),
    "technique": Fault("methods.yaml", "key: oppu\n", "repr.peft", "repr.pefd", "nearest: repr.peft"),
    "technique facet": Fault("methods.yaml", "key: oppu\n", "repr.peft", "dialogue", "no key of a technique node"),
    "application": Fault("methods.yaml", "key: oppu\n", r"applications: .*", "applications: [fun]", "application node"),
    "family": Fault("metrics.yaml", "key: mae\n", "family: .*", "family: rating", "'rating' is no key"),
    "dataset metric": Fault("datasets.yaml", "key: lamp-3\n", r"metrics: \[mae", "metrics: [maee", "nearest: mae"),
    "parent": Fault("nodes.yaml", "key: rag.dense\n", "parent: .*", "parent: rug", "'rug' is no key of a node"),
    "loop": Fault("nodes.yaml", "- key: rag\n", "parent: .*", "parent: rag.dense", "a loop: rag -> rag.dense -> rag"),
    "parent facet": Fault("nodes.yaml", "- key: rag\n", "parent: .*", "parent: user", "is of facet level"),
    "dataset name": Fault("methods.yaml", "key: oppu\n", r"datasets: \[LaMP", "datasets: [LaMPP", "_aliases.csv"),
    "alias key": Fault("dataset_aliases.csv", "\nLongLaMP,", "[^,]*", "longlump", "'longlump' is no key of a dataset"),
    "alias unused": Fault("dataset_aliases.csv", "name,dataset,note\n", "", "Nobody,,\n", "names the dataset 'Nobody'"),
    "metric": Fault("results/recbole-gnn.csv", "", "ndcg@10", "ndgc@10", "'ndgc@10' is no key of a metric"),
    "result direction": Fault("results/ropg.csv", "", r",mae,([^,]*),lower", r",mae,\1,higher", "lower as in metrics"),
    "value": Fault("results/ropg.csv", "", "0.502", "0.5O2", "accepted: a finite number"),
    "nan": Fault("results/ropg.csv", "", "0.502", "nan", "accepted: a finite number"),
    "infinite": Fault("results/ropg.csv", "", "0.502", "1e999", "accepted: a finite number"),
    "result dataset": Fault("results/ropg.csv", "", "lamp-1,", "lump-1,", "nearest: lamp-1"),
    "result method": Fault("results/ropg.csv", "", "lamp-bm25", "lamp-bm26", "nearest: lamp-bm25"),
    "cells": Fault("results/ropg.csv", "notes\n", "higher,", "", "a row of 10 cells"),
    "mapped method": Fault("result_methods.csv", "\npplug,", "pplug", "pplugg", "'pplugg' is no key of a method"),
    "role": Fault(
        "result_roles.csv", "\npplug,", "d,non-personalized,The", "d,nobody,The", "accepted: non-personalized"
    ),
    "role method": Fault("result_roles.csv", "\npplug,Table 1,", "non-p", "no-p", "nearest: non-personalized"),
    "role twice": Fault("result_roles.csv", "\nlamp,", "Table 3", "Table 2", "the same result role stands twice"),
    "challenge": Fault("challenges.yaml", "", "maxmin-rlhf", "maxmin", "'maxmin' is no key of a method"),
    "strategy": Fault("strategies.yaml", "key: rag.dense\n", "prompting", "promting", "nearest: prompting"),
    "strategy of no leaf": Fault("strategies.yaml", "", "- key: rag.dense", "- key: rag", "has classes below it"),
    "strategy of no technique": Fault("strategies.yaml", "", "- key: rag.dense", "- key: search", "no key of a tech"),
    "strategy reason": Fault("strategies.yaml", "- key: repr.peft", r"  reason: .*\n", "", "field reason is miss", -2),
    "phrase of no entry": Fault("asked_as.yaml", "", "entry: method:a-mem", "entry: method:a-men", "is no entry"),
    "one phrase": Fault("asked_as.yaml", "method:agentcf\n  asked:\n", r"(    - .*\n){16}", "", "a list of 1", -1),
    "short phrase": Fault("asked_as.yaml", "method:agentcf\n  asked", "    - .*", "    - buyers", "of 6 char", -1),
    "twice a phrase": Fault(
        "asked_as.yaml", "method:a-mem\n", "    - .*", "    - short topic line, for a mail from its body", "twice", -1
    ),
    "twice an entry": Fault("asked_as.yaml", "", "- entry: method:agentcf", "- entry: method:a-mem", "stands twice"),
    "yaml": Fault("metrics.yaml", "key: mae\n", "  name: .*", "  name: [", "not YAML", 2),
    "section mark": Fault("survey.yaml", "sections:", "mark: confirmed", "mark: sure", "'sure'", -3),
    "manifest count": Fault("manifest.json", '"counts"', '"methods": 305', '"methods": 306', "the files give 305"),
    "manifest sum": Fault("manifest.json", "", '"results_value_sum": 2', '"results_value_sum": 3', "the files give 2"),
    "manifest unknown": Fault("manifest.json", "{", "", '\n  "count": {},', "nearest: counts", 1),
}


def apply(fault: Fault, folder: Path) -> int:
    """Edit the copy; the line on which the fault now stands."""
    path = folder / fault.file
    text = path.read_bytes().decode()
    start = text.index(fault.anchor) + len(fault.anchor)
    match = re.compile(fault.old).search(text, start)
    assert match, f"{fault.old} is not in {fault.file}"
    path.write_bytes((text[: match.start()] + match.expand(fault.new) + text[match.end() :]).encode())
    return text[: match.start()].count("\n") + 1 + fault.below


def found_in(folder: Path) -> tuple[Problem, ...]:
    return problems_of(read_facts(folder))


def test_project_facts_have_no_problem() -> None:
    assert [str(problem) for problem in found_in(FACTS)] == []


def test_counts_are_those_of_the_import() -> None:
    facts = read_facts(FACTS)
    counts = manifest_of(facts)["counts"]
    assert (counts["methods"], counts["datasets"], counts["metrics"], counts["results"]) == (305, 102, 68, 1841)
    assert manifest_of(facts) == json.loads((FACTS / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found_with_file_and_line(name: str, facts_copy: Path) -> None:
    fault = FAULTS[name]
    line = apply(fault, facts_copy)
    hits = [p for p in found_in(facts_copy) if fault.said in str(p)]
    assert [(p.place.file, p.place.line) for p in hits] == [(fault.file, line)]


def test_all_faults_are_reported_at_once(facts_copy: Path) -> None:
    names = ["unknown field", "text length", "facet", "direction", "result kind", "value", "alias unused", "challenge"]
    for name in names:
        apply(FAULTS[name], facts_copy)
    found = [str(problem) for problem in found_in(facts_copy)]
    assert [name for name in names if not any(FAULTS[name].said in text for text in found)] == []


def test_missing_manifest_is_a_problem(facts_copy: Path) -> None:
    (facts_copy / "manifest.json").unlink()
    assert [p.place.file for p in found_in(facts_copy)] == ["manifest.json"]


@pytest.mark.parametrize("name", ["nodes.yaml", "results/ropg.csv", "dataset_aliases.csv", "survey.yaml"])
def test_missing_file_is_reported_and_the_rest_is_still_checked(name: str, facts_copy: Path) -> None:
    (facts_copy / name).unlink()
    apply(FAULTS["year"], facts_copy)
    found = found_in(facts_copy)
    assert any(p.place.file in {name, "manifest.json"} for p in found)
    assert any("a year from 1950" in str(p) for p in found)


def test_unreadable_file_is_one_problem_and_not_hundreds(facts_copy: Path) -> None:
    (facts_copy / "methods.yaml").write_text("{", encoding="utf-8")
    found = found_in(facts_copy)
    assert ("methods.yaml", 2) in {(p.place.file, p.place.line) for p in found}
    assert {p.place.file for p in found} == {"methods.yaml", "manifest.json"}


def test_repeated_and_lost_results_are_found(facts_copy: Path) -> None:
    path = facts_copy / "results" / "ropg.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[3]]), encoding="utf-8")
    twice = [p for p in found_in(facts_copy) if "the same result stands twice" in p.found]
    assert [(p.place.file, p.place.line) for p in twice] == [("results/ropg.csv", len(lines) + 1)]
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    assert any(p.place.field == "results_per_source.ropg" for p in found_in(facts_copy))


def test_altered_number_is_found(facts_copy: Path) -> None:
    apply(Fault("results/ropg.csv", "", "0.502", "0.503", ""), facts_copy)
    assert [p.place.field for p in found_in(facts_copy)] == ["results_value_sum"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"- key: a\n- key: \xe9\n", "not UTF-8"),
        (b"", "not a list of entries"),
        (b"just text", "not a list of entries"),
        (b"- [1, 2]\n- text\n", "the field key is missing"),
        (b"- &a [*a]\n", "nested too deep"),
        (b"- key: \x00\n", "not YAML"),
        (b"- ? {a: b}\n  : c\n", "unknown field"),
    ],
)
def test_broken_yaml_is_a_problem_and_no_crash(content: bytes, said: str, facts_copy: Path) -> None:
    (facts_copy / "metrics.yaml").write_bytes(content)
    assert any(said in str(p) for p in found_in(facts_copy) if p.place.file == "metrics.yaml")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"counts": 3}', b"null", b"\xff", b"[" * 100_000])
def test_broken_manifest_is_a_problem_and_no_crash(content: bytes, facts_copy: Path) -> None:
    (facts_copy / "manifest.json").write_bytes(content)
    assert any(p.place.file == "manifest.json" for p in found_in(facts_copy))


def test_error_names_the_first_problems_and_counts_the_rest() -> None:
    problem = Problem(read_facts(FACTS).tables["method"][0].place("key"), "x")
    text = str(FactsError((problem,) * 25))
    assert text.count(str(problem)) == 20
    assert "25 problems" in text
    assert "and 5 more" in text


def test_unused_and_unclosed_things_are_found(facts_copy: Path) -> None:
    sources = facts_copy / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text + "\n- key: zzz\n  title: Zzz\n  verified_by: nobody\n", encoding="utf-8")
    methods = facts_copy / "result_methods.csv"
    rows = methods.read_text(encoding="utf-8")
    methods.write_text(rows + 'zzz,,Zzz,method\nyyy,,"Yyy,method\n', encoding="utf-8")
    nodes = facts_copy / "nodes.yaml"
    nodes.write_text(nodes.read_text(encoding="utf-8").replace("- key: user\n", "- key: usr\n"), encoding="utf-8")
    found = {(p.place.file, p.place.line): str(p) for p in found_in(facts_copy)}
    assert "no result uses 'zzz'" in found["sources.yaml", text.count("\n") + 2]
    assert "no result uses 'zzz'" in found["result_methods.csv", rows.count("\n") + 1]
    assert "not CSV" in found["result_methods.csv", rows.count("\n") + 2]
    assert "the level 'user' has no node" in found["nodes.yaml", 0]


def test_repeated_column_is_found(facts_copy: Path) -> None:
    path = facts_copy / "dataset_aliases.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("name,dataset,note", "name,dataset,name"), encoding="utf-8"
    )
    assert any("a column stands twice" in str(p) and p.place.line == 1 for p in found_in(facts_copy))
