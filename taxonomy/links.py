"""Checks between records: every name resolves, no tree has a loop, every number agrees with its metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from data.errors import Place
from taxonomy.load import LISTS, Facts, Record
from taxonomy.phrases import phrase_problems
from taxonomy.problems import Problem, nearest
from taxonomy.resolve import ancestors, dataset_keys, metric_of
from taxonomy.roles import role_problems
from taxonomy.vocab import Facet, Level, Usage


@dataclass(frozen=True)
class Reference:
    """A field that names keys of another table; of nodes, only those of one facet below its root, which holds all."""

    table: str
    field: str
    target: str
    facet: Facet | None = None


REFERENCES = (
    Reference("node", "parent", "node"),
    Reference("method", "techniques", "node", Facet.TECHNIQUE),
    Reference("method", "applications", "node", Facet.APPLICATION),
    Reference("dataset", "metrics", "metric"),
    Reference("metric", "family", "node", Facet.EVALUATION),
    Reference("result_method", "method", "method"),
    Reference("result_role", "source", "source"),
    Reference("result_role", "method", "result_method"),
    Reference("result", "source", "source"),
    Reference("result", "dataset", "dataset"),
    Reference("result", "method", "result_method"),
    Reference("challenge", "methods", "method"),
    Reference("strategy", "key", "node", Facet.TECHNIQUE),
)


def link_problems(facts: Facts) -> Iterator[Problem]:
    """Everything that names something which is not there, is named by nothing, or contradicts it.

    A table without a single record is a file that could not be read, which is a problem of its own; what names
    its entries is not reported one by one.
    """
    checks: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
        _references,
        _vocabulary_nodes,
        _trees,
        _dataset_names,
        _aliases,
        _printed_metrics,
        _strategies,
        _unused,
        role_problems,
        phrase_problems,
    )
    for check in checks:
        yield from check(facts)


def _references(facts: Facts) -> Iterator[Problem]:
    for reference in REFERENCES:
        if not facts.tables[reference.target]:
            continue
        known = {
            key: record
            for key, record in facts.keyed(reference.target).items()
            if reference.facet is None or (record.text("facet") == reference.facet and record.text("parent"))
        }
        what = f"{reference.facet} node below its root" if reference.facet else reference.target.replace("_", " ")
        for record in facts.tables[reference.table]:
            value = record.values.get(reference.field)
            for key in record.items(reference.field) if isinstance(value, list) else [record.text(reference.field)]:
                if key and key not in known:
                    yield _unknown(record, reference.field, key, (what, known))


def _unknown(record: Record, field: str, key: str, target: tuple[str, Mapping[str, Record]]) -> Problem:
    what, known = target
    found = f"{key!r} is no key of a {what}"
    return Problem(record.place(field), found, f"one of {len(known)} keys", nearest(key, known))


def _vocabulary_nodes(facts: Facts) -> Iterator[Problem]:
    """The levels and usages are closed words and nodes as well: each word needs its node."""
    nodes = facts.keyed("node")
    if not nodes:
        return
    wanted = {Facet.LEVEL: [*Level], Facet.USAGE: [Usage.DIRECT, Usage.DOWNSTREAM]}
    for facet, words in wanted.items():
        for word in words:
            if word not in nodes or nodes[word].text("facet") != facet:
                yield Problem(Place(LISTS["node"]), f"the {facet} {word.value!r} has no node", "a node with this key")


def _trees(facts: Facts) -> Iterator[Problem]:
    nodes = facts.keyed("node")
    for key, node in nodes.items():
        parent = nodes.get(node.text("parent"))
        if parent is None:
            continue
        above = ancestors(key, nodes)
        if nodes[above[-1]].text("parent") in nodes:
            yield Problem(node.place("parent"), f"a loop: {' -> '.join(above)} -> {nodes[above[-1]].text('parent')}")
        if parent.text("facet") != node.text("facet"):
            found = f"the parent {parent.text('key')!r} is of facet {parent.text('facet')}"
            yield Problem(node.place("parent"), found, f"a node of facet {node.text('facet')}")


def _dataset_names(facts: Facts) -> Iterator[Problem]:
    known = {row.text("name") for row in facts.tables["alias"]}
    if not known:
        return
    for method in facts.tables["method"]:
        for name in method.items("datasets"):
            if name not in known:
                found = f"the dataset name {name!r} is not in dataset_aliases.csv"
                remedy = "a row there, with an empty dataset where the catalog has none"
                yield Problem(method.place("datasets"), found, remedy, nearest(name, known))


def _aliases(facts: Facts) -> Iterator[Problem]:
    datasets = facts.keyed("dataset")
    used = {name for method in facts.tables["method"] for name in method.items("datasets")}
    for row in facts.tables["alias"]:
        for key in dataset_keys(row):
            if datasets and key not in datasets:
                yield _unknown(row, "dataset", key, ("dataset", datasets))
        if used and row.text("name") not in used:
            yield Problem(row.place("name"), f"no method names the dataset {row.text('name')!r}", "only names in use")


def _printed_metrics(facts: Facts) -> Iterator[Problem]:
    metrics = facts.keyed("metric")
    for record in facts.tables["result"]:
        printed = record.text("metric")
        if not printed or not metrics:
            continue
        found = metric_of(printed, metrics)
        if found is None:
            yield _unknown(record, "metric", printed, ("metric", metrics))
            continue
        direction, right = record.text("direction"), metrics[found[0]].text("direction")
        if direction and right and direction != right:
            yield Problem(record.place("direction"), f"{direction!r} for {printed}", f"{right} as in metrics.yaml")


def _strategies(facts: Facts) -> Iterator[Problem]:
    """The cut by strategy holds each technique without parts of its own, and nothing else."""
    nodes, rows = facts.keyed("node"), facts.keyed("strategy")
    if not nodes or not rows:
        return
    above = {node.text("parent") for node in nodes.values()}
    for key, node in nodes.items():
        if node.text("facet") == Facet.TECHNIQUE and key not in above and key not in rows:
            yield Problem(Place(LISTS["strategy"]), f"the technique {key!r} has no strategy", "a row with this key")
    for key, row in rows.items():
        if key in above and key in nodes:
            yield Problem(row.place("key"), f"{key!r} has classes below it", "a technique without classes below it")


def _unused(facts: Facts) -> Iterator[Problem]:
    for table, field in (("source", "source"), ("result_method", "method")):
        used = {record.text(field) for record in facts.tables["result"]}
        for record in facts.tables[table]:
            if used and record.text("key") and record.text("key") not in used:
                yield Problem(record.place("key"), f"no result uses {record.text('key')!r}", "only keys in use")
