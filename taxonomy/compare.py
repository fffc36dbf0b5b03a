"""Two to six entries of a kind side by side: their attributes, what they share, and numbers that may be compared.

Two published numbers are compared only where source, table, dataset, task, split, backbone and metric are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from taxonomy import results
from taxonomy.catalog import Catalog
from taxonomy.model import Entry, EntryRef, NodeRef, UnknownEntryError
from taxonomy.narrowing import Slice
from taxonomy.question import BrowseQuery
from taxonomy.results import Number
from taxonomy.vocab import Direction, Facet, Kind, Sort

FEWEST, MOST = 2, 6
TEXT, FACTS, CLASSES, RELATIONS, NUMBERS, LIVE = (
    "What it is",
    "Facts",
    "Classes",
    "Relations",
    "Published numbers",
    "Runs here",
)
FORMULA = "Formula"
CLASS_LABEL = {
    Facet.LEVEL: "Level",
    Facet.TECHNIQUE: "Technique",
    Facet.USAGE: "Usage",
    Facet.APPLICATION: "Application",
    Facet.EVALUATION: "Metric family",
    Facet.DATA: "Kind of data",
}


@dataclass(frozen=True)
class Value:
    """One value of an attribute, with where it was read; `shared` if every compared entry has it."""

    text: str
    source: str
    url: str | None = None
    shared: bool = False


@dataclass(frozen=True)
class Attribute:
    """A row of the comparison: for each entry its values; `nothing` says what it means to have none."""

    group: str
    label: str
    values: tuple[tuple[Value, ...], ...]
    nothing: str = "not known"

    @property
    def differs(self) -> bool:
        """Whether the entries do not all have the same values."""
        return len({frozenset(value.text for value in cell) for cell in self.values}) > 1


@dataclass(frozen=True)
class Duel:
    """Numbers of one source, table, dataset, task, split, backbone and metric.

    Attributes:
        numbers: for each entry its numbers there, the best first; empty where it has none. At least two have some.
        best: the positions of the entries whose best number is the best of all; several in a tie.
    """

    numbers: tuple[tuple[Number, ...], ...]
    best: frozenset[int]

    @property
    def first(self) -> Number:
        """A number of it, for what all share."""
        return next(found[0] for found in self.numbers if found)


@dataclass(frozen=True)
class Shared:
    """A thing beside the entries that several of them are related to."""

    relation: str
    ref: EntryRef
    among: frozenset[int]


@dataclass(frozen=True)
class Comparison:
    """The entries in the reader's order, and all that is set side by side."""

    kind: Kind
    entries: tuple[Entry, ...]
    attributes: tuple[Attribute, ...]
    shared: tuple[Shared, ...]
    duels: tuple[Duel, ...]

    @property
    def refs(self) -> tuple[EntryRef, ...]:
        """The short forms of the entries."""
        return tuple(entry.ref for entry in self.entries)


def known_keys(catalog: Catalog, kind: Kind, given: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of a comma-separated list that are entries of a kind, at most `MOST`, and notes on the others."""
    wanted = tuple(dict.fromkeys(key.strip() for key in given.split(",") if key.strip()))
    found: list[str] = []
    notes: list[str] = []
    for key in wanted:
        if catalog.store.query(kind.value, key=key):
            found.append(key)
            continue
        try:
            catalog.entry(kind, key)
        except UnknownEntryError as error:
            notes.append(f"{str(error)[:1].upper()}{str(error)[1:300]}. It is left out.")
    if found[MOST:]:
        notes.append(f"At most {MOST} entries stand side by side; {', '.join(found[MOST:])} are left out.")
    return tuple(found[:MOST]), tuple(notes)


def compare(catalog: Catalog, kind: Kind, keys: Sequence[str]) -> Comparison:
    """Entries of a kind side by side, in the order of their keys.

    Raises:
        UnknownEntryError: there is no such entry.
    """
    entries = tuple(catalog.entry(kind, key) for key in keys)
    attributes = (
        *_texts(entries),
        *_facts(entries),
        *_classes(entries),
        *_relations(entries),
        *_counts(catalog, kind, keys),
    )
    found = duels(catalog, keys) if kind is Kind.METHOD else ()
    return Comparison(kind, entries, tuple(attributes), _shared(entries), found)


def attribute(group: str, label: str, cells: Iterable[Iterable[Value]], *, nothing: str = "not known") -> Attribute:
    """A row whose values know whether every entry has them; those that not every entry has come first."""
    listed = [list(cell) for cell in cells]
    common = set.intersection(*({value.text for value in cell} for cell in listed)) if listed else set()
    marked = (
        sorted(
            (Value(v.text, v.source, v.url, shared=v.text in common) for v in cell),
            key=lambda value: value.shared,
        )
        for cell in listed
    )
    return Attribute(group, label, tuple(tuple(cell) for cell in marked), nothing)


def _texts(entries: Sequence[Entry]) -> Iterable[Attribute]:
    for label in ("summary", "formula", "caveat"):
        cells = [[Value(text, "; ".join(e.sources))] if (text := str(getattr(e, label))) else [] for e in entries]
        if any(cells):
            yield attribute(TEXT, label.capitalize(), cells)


def _facts(entries: Sequence[Entry]) -> Iterable[Attribute]:
    labels = dict.fromkeys(fact.label for entry in entries for fact in entry.facts)
    for label in labels:
        yield attribute(
            FACTS,
            label,
            ([Value(f.value, f.source, f.url) for f in entry.facts if f.label == label] for entry in entries),
        )


def _classes(entries: Sequence[Entry]) -> Iterable[Attribute]:
    if entries[0].kind is Kind.NODE:  # what stands beside a node is its parent, which is a fact, and its parts
        own = [{fact.value for fact in entry.facts if fact.label == "Part of"} for entry in entries]
        parts = [[n for n in entry.nodes if n.name not in above] for entry, above in zip(entries, own, strict=True)]
        if any(parts):
            yield attribute(CLASSES, "Parts", map(_nodes, parts), nothing="none")
        return
    facets = [facet for facet in Facet if any(node.facet is facet for entry in entries for node in entry.nodes)]
    for facet in facets:
        cells = [_nodes(node for node in entry.nodes if node.facet is facet) for entry in entries]
        yield attribute(CLASSES, CLASS_LABEL.get(facet, facet.value.capitalize()), cells)


def _nodes(nodes: Iterable[NodeRef]) -> list[Value]:
    return [Value(node.name, f"taxonomy, {node.mark.label}") for node in nodes]


def _relations(entries: Sequence[Entry]) -> Iterable[Attribute]:
    relations = dict.fromkeys((link.relation, link.kind) for entry in entries for link in entry.links)
    several = Counter(relation for relation, _ in relations)
    for relation, kind in relations:
        cells = []
        for entry in entries:
            names = dict.fromkeys(k.name for k in entry.links if (k.relation, k.kind) == (relation, kind))
            cells.append([Value(name, "; ".join(entry.sources)) for name in names])
        label = f"{relation[:1].upper()}{relation[1:]}" + (f": {kind.value}s" if several[relation] > 1 else "")
        yield attribute(RELATIONS, label, cells, nothing="none in the catalog")


def _counts(catalog: Catalog, kind: Kind, keys: Sequence[str]) -> Iterable[Attribute]:
    if kind is Kind.NODE:
        return
    rows = catalog.store.query("published_counts", kind=kind.value, keys=list(keys))
    known = {
        row["key"]: f"{row['numbers']:,} of {row['sources']:,} {'source' if row['sources'] == 1 else 'sources'}"
        for row in rows
    }
    if known:
        source = "counted in data/facts/results"
        yield attribute(NUMBERS, "Numbers in the catalog", ([Value(known.get(key, "none"), source)] for key in keys))


def _shared(entries: Sequence[Entry]) -> tuple[Shared, ...]:
    own = {(entry.kind, entry.key) for entry in entries}
    among: dict[tuple[str, EntryRef], set[int]] = {}
    for position, entry in enumerate(entries):
        for link in entry.links:
            if link.key is not None and (link.kind, link.key) not in own:
                among.setdefault((link.relation, EntryRef(link.kind, link.key, link.name)), set()).add(position)
    found = [Shared(relation, ref, frozenset(who)) for (relation, ref), who in among.items() if len(who) > 1]
    return tuple(sorted(found, key=lambda each: (-len(each.among), each.relation, each.ref.name.casefold())))


def duels(catalog: Catalog, methods: Sequence[str]) -> tuple[Duel, ...]:
    """All numbers of at least two of some methods that may be compared, those of most methods first."""
    places = {method: position for position, method in enumerate(methods)}
    grouped: dict[tuple[str, ...], list[Number]] = {}
    for number in results.numbers(catalog, Slice(methods=tuple(methods))) if methods else ():
        r = number.result
        grouped.setdefault((r.source, r.table, r.dataset, r.task, r.split, r.backbone, number.metric), []).append(
            number
        )
    found = []
    for members in grouped.values():
        cells: list[list[Number]] = [[] for _ in methods]
        for number in sorted(members, key=lambda each: each.better_first):
            cells[places[number.result.method_entry or ""]].append(number)
        if sum(map(bool, cells)) > 1:
            found.append(Duel(tuple(tuple(cell) for cell in cells), _best(cells)))
    return tuple(sorted(found, key=_duel_order))


def own_papers(entries: Sequence[Entry]) -> tuple[frozenset[str], ...]:
    """For each entry the papers that describe it: a number printed there is its authors' own."""
    return tuple(frozenset(citation.paper for citation in entry.citations) for entry in entries)


def _duel_order(duel: Duel) -> tuple[object, ...]:
    r = duel.first.result
    return (-sum(map(bool, duel.numbers)), r.dataset_name, r.source_title, r.table, r.split, r.backbone, r.metric_name)


def _best(cells: Sequence[Sequence[Number]]) -> frozenset[int]:
    tops = {position: cell[0].result for position, cell in enumerate(cells) if cell}
    higher = next(iter(tops.values())).direction is Direction.HIGHER
    best = (max if higher else min)(result.value for result in tops.values())
    return frozenset(position for position, result in tops.items() if result.value == best)


def wins(found: Iterable[Duel], entries: int) -> tuple[tuple[int, int], ...]:
    """For each entry, in how many of its comparisons it is best alone, and how many there are."""
    listed = list(found)
    return tuple(
        (sum(duel.best == {place} for duel in listed), sum(bool(duel.numbers[place]) for duel in listed))
        for place in range(entries)
    )


def example(catalog: Catalog, kind: Kind, size: int = 3) -> tuple[str, ...]:
    """Keys of entries that are worth comparing: methods that a source compares most often, levels, near neighbours."""
    if kind is Kind.METHOD:
        rows = catalog.store.query("compare_example", limit=size)
        if len(rows) >= FEWEST:
            return tuple(row["method"] for row in rows)
    if kind is Kind.NODE:
        return tuple(row.node.key for row in catalog.tree(Facet.LEVEL) if row.depth == 1)[:size]
    query = BrowseQuery(kinds=frozenset({kind}), sort=Sort.RESULTS, descending=True, limit=size)
    first = [row.ref.key for row in catalog.browse(query).rows]
    if not first:
        return ()
    near = [each.ref.key for each in catalog.related(kind, first[0], limit=20) if each.ref.kind is kind]
    return tuple(dict.fromkeys([first[0], *near, *first[1:]]))[:size]


def neighbours(catalog: Catalog, kind: Kind, chosen: Sequence[str]) -> Mapping[str, str]:
    """Entries of a kind that are near to the first of the chosen ones, by key with their names."""
    near = (each.ref for key in chosen[:1] for each in catalog.related(kind, key, limit=40))
    return {ref.key: ref.name for ref in near if ref.kind is kind and ref.key not in chosen}
