"""Checked facts become the rows of `schema.sql`, one mapping of column to value for each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from taxonomy.load import Facts, Record
from taxonomy.phrases import phrases_of
from taxonomy.resolve import aliases, ancestors, metric_name, metric_of, papers
from taxonomy.vocab import Facet, Usage

Row = Mapping[str, Any]
Tables = dict[str, list[Row]]

_WORK = ("key", "name", "title", "authors", "year", "venue", "arxiv_id", "url", "code_url", "usage", "summary")
_METHOD = (*_WORK, "in_survey", "caveat")
_DATASET = (
    *_WORK,
    *("in_survey", "caveat", "data_url", "has_user_text", "text_length", "domain"),
    *("n_users", "n_instances", "license", "access", "access_license"),
)
_METRIC = ("key", "name", "family", "direction", "range", "formula", "reference", "in_survey", "caveat")
_MAY_BE_ABSENT = frozenset(
    {"arxiv_id", "url", "code_url", "data_url", "year", "n_users", "n_instances", "parent", "section_mark", "method"}
)


def base_rows(facts: Facts) -> Tables:
    """The rows of every table that states facts; `index.py` adds those that only serve browsing."""
    tables: Tables = {}
    tables.update(_nodes(facts))
    tables.update(_papers(facts))
    tables.update(_methods(facts))
    tables.update(_datasets(facts))
    tables.update(_metrics(facts))
    tables.update(_results(facts))
    tables.update(_documents(facts))
    tables["entry_source"] = [
        {"kind": kind, "key": record.text("key"), "position": position, "source": source}
        for kind in ("method", "dataset", "metric")
        for record in facts.tables[kind]
        for position, source in enumerate(record.items("sources"))
    ]
    return tables


def _pick(record: Record, columns: tuple[str, ...]) -> dict[str, Any]:
    empty = {name: None if name in _MAY_BE_ABSENT else "" for name in columns}
    return {name: record.values.get(name, empty[name]) for name in columns}


def usage_nodes(usage: str) -> tuple[str, ...]:
    """The usage nodes of an entry's usage: `both` is the two of them."""
    return (Usage.DIRECT.value, Usage.DOWNSTREAM.value) if usage == Usage.BOTH else (usage,)


def _walk(facts: Facts) -> Iterator[Record]:
    """All nodes, parents before children, facets in the order of the vocabulary, siblings by order and key."""
    by_parent: dict[str, list[Record]] = {}
    for node in facts.tables["node"]:
        by_parent.setdefault(node.text("parent"), []).append(node)
    places = [facet.value for facet in Facet]

    def below(parent: str) -> Iterator[Record]:
        for node in sorted(
            by_parent.get(parent, ()),
            key=lambda n: (places.index(n.text("facet")), n.values.get("order", 0), n.text("key")),
        ):
            yield node
            yield from below(node.text("key"))

    return below("")


def _nodes(facts: Facts) -> Tables:
    nodes = facts.keyed("node")
    columns = (
        "key",
        "facet",
        "parent",
        "name",
        "definition",
        "formula",
        "section",
        "section_mark",
        "mark",
        "mark_note",
    )
    rows: list[Row] = []
    for position, node in enumerate(_walk(facts)):
        depth = len(ancestors(node.text("key"), nodes)) - 1
        rows.append({**_pick(node, columns), "depth": depth, "position": position})
    return {
        "node": rows,
        "node_alias": [{"node": k, "alias": alias} for k, n in nodes.items() for alias in n.items("aliases")],
        "node_ancestor": [{"node": k, "ancestor": above} for k in nodes for above in ancestors(k, nodes)],
        "application": [
            _pick(node, ("key", "name", "definition", "mark"))
            for node in nodes.values()
            if node.text("facet") == Facet.APPLICATION
        ],
    }


def _papers(facts: Facts) -> Tables:
    found = papers(facts)
    columns = ("key", "title", "authors", "year", "venue", "arxiv_id", "url")
    return {
        "paper": [{name: getattr(paper, name) for name in columns} for paper in found],
        "entry_paper": [
            {"kind": table, "key": key, "paper": paper.key}
            for paper in found
            for table, key in paper.named_by
            if table in {"method", "dataset"}
        ],
    }


def _methods(facts: Facts) -> Tables:
    known = aliases(facts)
    nodes: list[Row] = []
    datasets: list[Row] = []
    for method in facts.tables["method"]:
        key = method.text("key")
        tags = (
            *method.items("levels"),
            *method.items("techniques"),
            *method.items("applications"),
            *usage_nodes(method.text("usage")),
        )
        nodes += [{"method": key, "node": node} for node in tags]
        for name in method.items("datasets"):
            keys, note = known[name]
            datasets += [{"method": key, "name": name, "dataset": k, "note": note} for k in keys or (None,)]
    return {
        "method": [_pick(method, _METHOD) for method in facts.tables["method"]],
        "method_node": nodes,
        "method_dataset": datasets,
    }


def _datasets(facts: Facts) -> Tables:
    records = facts.tables["dataset"]
    nodes = facts.keyed("node")
    return {
        "dataset": [_pick(record, _DATASET) for record in records],
        "dataset_node": [
            {"dataset": record.text("key"), "node": node}
            for record in records
            for node in (*record.items("levels"), *usage_nodes(record.text("usage")), *_data_nodes(record, nodes))
        ],
        "dataset_task": _tags(records, "dataset", "tasks", "task"),
        "dataset_metric": _tags(records, "dataset", "metrics", "metric"),
    }


def _data_nodes(dataset: Record, known: Mapping[str, Record]) -> tuple[str, ...]:
    """The deepest data node that a dataset's own fields put it in: with user text (short, long) or without."""
    kind = "data.with_user_text" if dataset.values["has_user_text"] else "data.without_user_text"
    deepest = f"{kind}.{dataset.text('text_length')}"
    return next(((node,) for node in (deepest, kind) if node in known), ())


def _tags(records: tuple[Record, ...], owner: str, field: str, column: str) -> list[Row]:
    return [{owner: record.text("key"), column: value} for record in records for value in record.items(field)]


def _metrics(facts: Facts) -> Tables:
    records = facts.tables["metric"]
    return {
        "metric": [_pick(record, _METRIC) for record in records],
        "metric_node": [{"metric": record.text("key"), "node": record.text("family")} for record in records],
        "metric_need": _tags(records, "metric", "needs", "need"),
        "metric_library": _tags(records, "metric", "libraries", "library"),
    }


_RESULT = ("source", "dataset", "task", "split", "method", "backbone", "direction", "verified_by", "notes")


def _results(facts: Facts) -> Tables:
    of_source = {key: paper.key for paper in papers(facts) for table, key in paper.named_by if table == "source"}
    metrics, methods = facts.keyed("metric"), facts.keyed("result_method")
    return {
        "result": [_result(record, metrics, methods[record.text("method")]) for record in facts.tables["result"]],
        "result_source": [
            {**_pick(s, ("key", "title", "arxiv_id", "verified_by", "note")), "paper": of_source[s.text("key")]}
            for s in facts.tables["source"]
        ],
        "result_role": [
            {**_pick(r, ("source", "method", "role", "reason")), "source_table": r.text("table")}
            for r in facts.tables["result_role"]
        ],
        "result_method": [_pick(r, ("key", "label", "kind", "method")) for r in facts.tables["result_method"]],
    }


def _result(record: Record, metrics: Mapping[str, Record], method: Record) -> Row:
    found = metric_of(record.text("metric"), metrics)
    if found is None:
        raise ValueError(f"{record.place('metric')}: rows are made of checked facts")
    key, k = found
    return {
        **_pick(record, _RESULT),
        "method_label": method.text("label"),
        "method_kind": method.text("kind"),
        "method_entry": method.text("method") or None,
        "source_table": record.text("table"),
        "metric": key,
        "metric_name": metric_name(metrics[key].text("name"), k),
        "k": k,
        "value": float(record.text("value")),
        "printed": record.text("value"),
    }


def _documents(facts: Facts) -> Tables:
    survey = facts.tables["survey"][0]
    challenges = facts.tables["challenge"]
    tradeoffs = enumerate(facts.tables["tradeoff"])
    return {
        "survey": [_pick(survey, ("title", "arxiv_id", "venue", "year", "url", "note"))],
        "survey_author": [{"position": i, "name": name} for i, name in enumerate(survey.items("authors"))],
        "survey_section": [
            {
                "position": i,
                **{name: str(section.get(name, "")) for name in ("section", "subject", "mark", "mark_note")},
            }
            for i, section in enumerate(survey.values["sections"])
        ],
        "challenge": [_pick(c, ("key", "name", "definition", "section", "mark")) for c in challenges],
        "challenge_method": _tags(challenges, "challenge", "methods", "method"),
        "tradeoff": [
            {
                "position": i,
                "aspect": t.text("aspect"),
                **{f"{w}_level": t.text(w) for w in ("user", "persona", "global")},
            }
            for i, t in tradeoffs
        ],
        "strategy": [
            {"node": s.text("key"), "strategy": s.text("strategy") or None, "reason": s.text("reason")}
            for s in facts.tables["strategy"]
        ],
        "uncertainty": [{"position": i, "text": u.text("text")} for i, u in enumerate(facts.tables["uncertain"])],
        "asked_as": [row for record in facts.tables["asked_as"] for row in phrases_of(record)],
        "synonym": [
            {"term": s.text("term"), "kind": s.text("kind"), "meaning": meaning}
            for s in facts.tables["synonym"]
            for meaning in s.items("means")
        ],
    }
