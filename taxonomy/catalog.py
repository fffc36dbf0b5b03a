"""The typed questions that pages ask of a catalog snapshot."""

from __future__ import annotations

import difflib
from functools import lru_cache
from pathlib import Path
from typing import Any

from taxonomy.browse import Browser, Ranking
from taxonomy.browse_index import LiveFacets
from taxonomy.entry_facts import SURVEY_SOURCE, facts_of, node_facts
from taxonomy.manifest import Manifest, Snapshot
from taxonomy.model import (
    Citation,
    Entry,
    EntryRef,
    Link,
    Node,
    NodeRef,
    NodeSummary,
    PublishedResult,
    Related,
    UnknownEntryError,
)
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.snapshot import ensure_catalog, verify
from taxonomy.store import Store
from taxonomy.survey import Survey, SurveySection, Tradeoff
from taxonomy.vocab import Direction, Facet, Kind, Mark, ResultKind

ENTRIES = 1024  # that are kept once they were read


class Catalog:
    """An open snapshot; may be shared by threads.

    Attributes:
        manifest: what the snapshot is.
        notices: what a visitor should be told, such as that the catalog was rebuilt.
        store: the snapshot itself, for the questions of other modules of this layer.
        path: the snapshot's file.
        browser: what finds entries by facets and words, for those who need more than a page of them.

    Args:
        snapshot: the verified snapshot.
        live: called once, at the first question to `browser`, for the facets that no snapshot can know.
    """

    def __init__(self, snapshot: Snapshot, live: LiveFacets | None = None) -> None:
        self.manifest: Manifest = snapshot.manifest
        self.notices: tuple[str, ...] = snapshot.notices
        self.store, self.path = Store(snapshot.path), snapshot.path
        self.browser = Browser(self.store, live)
        self._entry = lru_cache(ENTRIES)(self._read_entry)  # a snapshot never changes, and pages ask again and again

    @classmethod
    def open(cls, path: Path) -> Catalog:
        """Open a snapshot file after verifying it.

        Raises:
            DamagedError: the file is not what its manifest says.
        """
        return cls(Snapshot(path, verify(path)))

    def close(self) -> None:
        """Close the snapshot; questions after it fail."""
        self.store.close()

    @property
    def digest(self) -> str:
        """The digest of the content, 16 hex digits."""
        return self.manifest.digest

    def counts(self) -> dict[Kind, int]:
        """How many entries of each kind there are."""
        return {kind: self.manifest.tables[kind] for kind in Kind}

    def entry(self, kind: Kind | str, key: str) -> Entry:
        """Everything about one thing.

        Raises:
            UnknownEntryError: there is no such kind or key; it names the nearest keys.
        """
        return self._entry(self._kind(kind, key), key)

    def node(self, key: str) -> Node:
        """A node of the taxonomy with its parent and children.

        Raises:
            UnknownEntryError: there is none; it names the nearest keys.
        """
        row = self._row(Kind.NODE, key)
        mark = row["section_mark"]
        parent = {name: row[f"parent_{name}"] for name in ("name", "facet", "mark")} | {"key": row["parent"]}
        return Node(
            key=key,
            name=row["name"],
            facet=Facet(row["facet"]),
            mark=Mark(row["mark"]),
            parent=node_ref(parent) if row["parent"] else None,
            children=tuple(node_ref(child) for child in self.store.query("node_children", key=key)),
            depth=row["depth"],
            definition=row["definition"],
            formula=row["formula"],
            section=row["section"],
            section_mark=Mark(mark) if mark else None,
            mark_note=row["mark_note"],
            aliases=self._column("node_aliases", key=key),
        )

    def leaf_name(self, key: str) -> str:
        """The name of a node.

        Raises:
            UnknownEntryError: there is none; it names the nearest keys.
        """
        return str(self._row(Kind.NODE, key)["name"])

    def tree(self, facet: Facet | str) -> tuple[NodeSummary, ...]:
        """The nodes of a facet, parents before children, with how many entries stand at or below each.

        Raises:
            ValueError: there is no such facet.
        """
        return tuple(
            NodeSummary(
                node_ref(row),
                row["parent"],
                row["depth"],
                row["definition"],
                row["methods"],
                row["datasets"],
                row["metrics"],
            )
            for row in self.store.query("tree", facet=Facet(facet).value)
        )

    def browse(self, query: BrowseQuery | None = None, ranking: Ranking | None = None) -> BrowsePage:
        """The entries that fit a question, a page of them, with the counts of every facet value."""
        return self.browser.page(query or BrowseQuery(), ranking)

    def related(self, kind: Kind | str, key: str, limit: int = 8) -> tuple[Related, ...]:
        """Other entries near to one, nearest first, each with the reasons in words.

        Raises:
            UnknownEntryError: there is no such entry; it names the nearest keys.
        """
        found = self._kind(kind, key)
        self._row(found, key)
        rows = self.store.query("related", kind=found.value, key=key, limit=max(0, limit))
        return tuple(Related(EntryRef(Kind(row["kind"]), row["key"], row["name"]), row["reason"]) for row in rows)

    def results_of(self, dataset: str) -> tuple[PublishedResult, ...]:
        """The published numbers of a dataset, by source, table, task, split, backbone and metric, best first.

        Raises:
            UnknownEntryError: there is no such dataset; it names the nearest keys.
        """
        self._row(Kind.DATASET, dataset)
        return self._results(dataset=dataset, method="")

    def results_for(self, method: str) -> tuple[PublishedResult, ...]:
        """The published numbers of a method and of its variants.

        Raises:
            UnknownEntryError: there is no such method; it names the nearest keys.
        """
        self._row(Kind.METHOD, method)
        return self._results(dataset="", method=method)

    def survey(self) -> Survey:
        """The survey whose taxonomy this is, with its sections."""
        row = self.store.query("survey")[0]
        sections = tuple(
            SurveySection(s["section"], s["subject"], Mark(s["mark"]), s["mark_note"])
            for s in self.store.query("survey_sections")
        )
        return Survey(**row, authors=self._column("survey_authors"), sections=sections)

    def tradeoffs(self) -> tuple[Tradeoff, ...]:
        """How the three levels differ, aspect by aspect."""
        return tuple(Tradeoff(*row.values()) for row in self.store.query("tradeoffs"))

    def uncertainties(self) -> tuple[str, ...]:
        """What is uncertain about the catalog, one sentence each."""
        return self._column("uncertainties")

    def _read_entry(self, kind: Kind, key: str) -> Entry:
        return self._node_entry(key) if kind is Kind.NODE else self._work_entry(kind, key)

    def _kind(self, kind: str, key: str) -> Kind:
        try:
            return Kind(kind)
        except ValueError:
            raise UnknownEntryError(str(kind), key, tuple(Kind)) from None

    def _row(self, kind: Kind, key: str) -> dict[str, Any]:
        rows = self.store.query(kind.value, key=key)
        if not rows:
            raise UnknownEntryError(kind.value, key, self._nearest(kind, key))
        return rows[0]

    def _nearest(self, kind: Kind, key: str) -> tuple[str, ...]:
        wanted = key.casefold()[:100]
        known: dict[str, str] = {}
        for row in self.store.query("keys", kind=kind.value):
            known.setdefault(row["name"].casefold(), row["key"])
            known[row["key"].casefold()] = row["key"]
        close = difflib.get_close_matches(wanted, known, n=6, cutoff=0.5)
        return tuple(dict.fromkeys(known[name] for name in close))[:3]

    def _column(self, query: str, **params: Any) -> tuple[str, ...]:
        return tuple(str(next(iter(row.values()))) for row in self.store.query(query, **params))

    def _node_entry(self, key: str) -> Entry:
        node = self.node(key)
        above = (node.parent,) if node.parent else ()
        return Entry(
            kind=Kind.NODE,
            key=key,
            name=node.name,
            title="",
            summary=node.definition,
            formula=node.formula,
            caveat="",
            mark=node.mark,
            facts=node_facts(node),
            nodes=(*above, *node.children),
            links=self._links(Kind.NODE, key),
            citations=(),
            sources=(SURVEY_SOURCE[node.mark],),
            asked_as=self._column("asked_as", kind=Kind.NODE.value, key=key),
        )

    def _work_entry(self, kind: Kind, key: str) -> Entry:
        row = self._row(kind, key)
        sources = self._column("entry_sources", kind=kind.value, key=key)
        tags = {
            "tasks": self._column("dataset_tasks", key=key) if kind is Kind.DATASET else (),
            "needs": self._column("metric_needs", key=key) if kind is Kind.METRIC else (),
            "libraries": self._column("metric_libraries", key=key) if kind is Kind.METRIC else (),
        }
        citations = self.store.query("entry_citations", kind=kind.value, key=key)
        return Entry(
            kind=kind,
            key=key,
            name=row.get("name") or row["title"],
            title=row.get("title", ""),
            summary=row.get("summary", ""),
            formula=row.get("formula", ""),
            caveat=row.get("caveat", ""),
            mark=None,
            facts=facts_of(kind, row, "; ".join(sources), tags),
            nodes=tuple(node_ref(n) for n in self.store.query("entry_nodes", kinds=[kind.value], keys=[key])),
            links=self._links(kind, key),
            citations=tuple(Citation(**citation) for citation in citations),
            sources=sources,
            asked_as=self._column("asked_as", kind=kind.value, key=key),
        )

    def _links(self, kind: Kind, key: str) -> tuple[Link, ...]:
        rows = self.store.query("entry_links", kind=kind.value, key=key)
        return tuple(Link(r["relation"], Kind(r["kind"]), r["key"], r["name"], r["note"]) for r in rows)

    def _results(self, **which: str) -> tuple[PublishedResult, ...]:
        return tuple(
            PublishedResult(
                **{
                    **row,
                    "method_kind": ResultKind(row["method_kind"]),
                    "direction": Direction(row["direction"]),
                }
            )
            for row in self.store.query("results", **which)
        )


def node_ref(row: dict[str, Any]) -> NodeRef:
    """The short form of a node from a row with key, name, facet and mark."""
    return NodeRef(row["key"], row["name"], Facet(row["facet"]), Mark(row["mark"]))


def open_catalog(live: LiveFacets | None = None) -> Catalog:
    """Open the catalog of the project's facts; it is built, or repaired, when it has to be.

    Args:
        live: gives the facets that no snapshot can know, as `Catalog` says.

    Raises:
        FactsError: the facts have problems.
        CatalogError: the catalog cannot be written.
    """
    return Catalog(ensure_catalog(), live)
