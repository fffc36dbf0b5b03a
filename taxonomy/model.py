"""What the catalog answers with: frozen records, each value with its source and each node with its mark."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import AttuneError
from taxonomy.vocab import Direction, Facet, Kind, Mark, ResultKind


@dataclass(frozen=True)
class EntryRef:
    """The name and address of an entry."""

    kind: Kind
    key: str
    name: str


@dataclass(frozen=True)
class NodeRef:
    """A node of the taxonomy wherever it is named, with its mark."""

    key: str
    name: str
    facet: Facet
    mark: Mark


@dataclass(frozen=True)
class Node:
    """A node of the taxonomy in full.

    Attributes:
        formula: LaTeX without delimiters, empty where there is none.
        section: the survey's section number, empty for nodes that have none.
        section_mark: how sure the number is; None without one.
        mark_note: why the node has its mark, empty where it needs no reason.
        parent: None at the root of a facet.
        depth: 0 at the root of a facet.
    """

    key: str
    name: str
    facet: Facet
    mark: Mark
    parent: NodeRef | None
    children: tuple[NodeRef, ...]
    depth: int
    definition: str
    formula: str
    section: str
    section_mark: Mark | None
    mark_note: str
    aliases: tuple[str, ...]

    @property
    def ref(self) -> NodeRef:
        """The short form of the node."""
        return NodeRef(self.key, self.name, self.facet, self.mark)


@dataclass(frozen=True)
class NodeSummary:
    """A row of a tree: a node, how deep it stands, and how many distinct entries it and its descendants have."""

    node: NodeRef
    parent: str | None
    depth: int
    definition: str
    methods: int
    datasets: int
    metrics: int


@dataclass(frozen=True)
class Fact:
    """One labelled value of an entry, with where it was read."""

    label: str
    value: str
    source: str
    url: str | None = None


@dataclass(frozen=True)
class Link:
    """A relation of an entry to another; `key` is None for a thing that is named but not in the catalog."""

    relation: str
    kind: Kind
    key: str | None
    name: str
    note: str = ""


@dataclass(frozen=True)
class Citation:
    """A paper as it is cited; absent parts are empty or None."""

    paper: str
    title: str
    authors: str
    year: int | None
    venue: str
    arxiv_id: str | None
    url: str | None


@dataclass(frozen=True)
class Entry:
    """Everything that the catalog knows about one thing.

    Attributes:
        name: what it is called; the title for a paper.
        title: the title of its paper, empty for nodes and metrics.
        summary: one or two sentences; the definition for a node.
        formula: LaTeX without delimiters, empty where there is none.
        mark: of a node; None for other kinds.
        sources: where the entry as a whole was read.
        asked_as: what people ask for when they mean it, in everyday words; no source says so, it was made up here.
    """

    kind: Kind
    key: str
    name: str
    title: str
    summary: str
    formula: str
    caveat: str
    mark: Mark | None
    facts: tuple[Fact, ...]
    nodes: tuple[NodeRef, ...]
    links: tuple[Link, ...]
    citations: tuple[Citation, ...]
    sources: tuple[str, ...]
    asked_as: tuple[str, ...] = ()

    @property
    def ref(self) -> EntryRef:
        """The short form of the entry."""
        return EntryRef(self.kind, self.key, self.name)


@dataclass(frozen=True)
class Related:
    """Another entry and why it is near, in words."""

    ref: EntryRef
    reason: str


@dataclass(frozen=True)
class PublishedResult:
    """A number as printed in a paper or on a leaderboard; never measured here.

    Attributes:
        dataset_name: as the catalog calls it.
        method: the key of the published row, one for each label and setting.
        method_label: the row as printed.
        method_entry: the catalog method that the row is or varies, None where there is none.
        metric: the catalog metric; the printed `ndcg@10` is `ndcg@k` with k = 10.
        metric_name: with the k filled in.
        value: the number; `printed` is its text.
        source_arxiv_id: None for sources without one, such as leaderboards.
    """

    dataset: str
    dataset_name: str
    task: str
    split: str
    method: str
    method_label: str
    method_kind: ResultKind
    method_entry: str | None
    backbone: str
    metric: str
    metric_name: str
    k: int | None
    direction: Direction
    value: float
    printed: str
    source: str
    source_title: str
    source_arxiv_id: str | None
    table: str
    verified_by: str
    notes: str


class UnknownEntryError(AttuneError):
    """The catalog has no such entry; `nearest` holds the keys that look most like it."""

    def __init__(self, kind: str, key: str, nearest: tuple[str, ...] = ()) -> None:
        self.kind, self.key, self.nearest = kind, key, nearest
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"the catalog has no {kind} {key!r}{hint}")


class CatalogError(AttuneError):
    """The catalog cannot be built or opened; the text says what to do."""
