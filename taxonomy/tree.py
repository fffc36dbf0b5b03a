"""The taxonomy as one tree to look at: what stands at or below each class, at which levels, and a second cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from taxonomy.catalog import Catalog, node_ref
from taxonomy.model import EntryRef, NodeRef
from taxonomy.vocab import Facet, Kind, Mark, Strategy

STRATEGIES = "strategy"
NO_LEVEL = "none"


class Measure(StrEnum):
    """What can be counted in a class."""

    METHOD = "method"
    DATASET = "dataset"
    METRIC = "metric"
    RESULT = "result"


@dataclass(frozen=True)
class Class:
    """A class with what stands in it.

    Attributes:
        parent: the key of the class above; None at a root.
        section: the survey's section number, empty for classes that have none.
        leaf: nothing stands below it in the tree.
        counts: distinct things at or below it; own: those filed exactly at it. A thing of two classes is in both, so
            the counts of the parts may sum to more than the count of the whole.
        levels: (measure, level or `NO_LEVEL`) to the distinct things at or below it of that level; a thing of two
            levels is in both. own_levels: the same of those filed exactly at it.
    """

    ref: NodeRef
    parent: str | None
    depth: int
    definition: str
    section: str
    section_mark: Mark | None
    leaf: bool
    counts: Mapping[Measure, int] = field(hash=False)
    own: Mapping[Measure, int] = field(hash=False)
    levels: Mapping[tuple[Measure, str], int] = field(hash=False)
    own_levels: Mapping[tuple[Measure, str], int] = field(hash=False)

    @property
    def key(self) -> str:
        """The key of the class."""
        return self.ref.key


@dataclass(frozen=True)
class Tree:
    """Classes, parents before children, siblings in order."""

    classes: tuple[Class, ...]

    def __getitem__(self, key: str) -> Class:
        return self._by_key[key]

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def children(self, key: str | None) -> tuple[Class, ...]:
        """The classes directly below one; the roots below None."""
        return tuple(each for each in self.classes if each.parent == key)

    def path(self, key: str) -> tuple[Class, ...]:
        """The class and all above it, the root first."""
        known, chain = self._by_key, [self[key]]
        while chain[-1].parent is not None:
            chain.append(known[chain[-1].parent])
        return tuple(reversed(chain))

    def below(self, key: str) -> tuple[Class, ...]:
        """The class and all below it, in order."""
        inside = {key}
        for each in self.classes:
            if each.parent in inside:
                inside.add(each.key)
        return tuple(each for each in self.classes if each.key in inside)

    def leaves(self, key: str) -> tuple[Class, ...]:
        """The classes at or below one that have nothing below them."""
        return tuple(each for each in self.below(key) if each.leaf)

    @cached_property
    def _by_key(self) -> dict[str, Class]:
        return {each.key: each for each in self.classes}


@dataclass(frozen=True)
class Assignment:
    """A technique leaf in the cut by strategy; `strategy` is None where none of the three describes it."""

    node: str
    strategy: Strategy | None
    reason: str


@dataclass(frozen=True)
class Members:
    """The entries of one kind that belong to a class, in one way.

    Attributes:
        relation: `filed` for entries of the class itself, else how they are near to it: see `RELATIONS`.
        refs: the ones that most ways lead to come first.
        years: of each, None where it is unknown; ways: of each, the number that orders them.
    """

    kind: Kind
    relation: str
    refs: tuple[EntryRef, ...]
    years: tuple[int | None, ...]
    ways: tuple[int, ...]


RELATIONS: Mapping[str, tuple[Kind | None, str]] = MappingProxyType(
    {
        "filed": (None, "filed in this class"),
        "used": (Kind.DATASET, "used by methods of this class"),
        "measured": (Kind.DATASET, "measured by metrics of this class"),
        "reported": (Kind.METRIC, "in published numbers of methods of this class"),
        "measures": (Kind.METRIC, "measure datasets of this class"),
        "uses": (Kind.METHOD, "use datasets of this class"),
        "reports": (Kind.METHOD, "have published numbers in metrics of this class"),
    }
)


def read_tree(catalog: Catalog) -> Tree:
    """The whole taxonomy, one root for each facet in the order of the survey."""
    counts = _counts(catalog)
    return Tree(
        tuple(
            Class(
                node_ref(row),
                row["parent"],
                row["depth"],
                row["definition"],
                row["section"],
                Mark(row["section_mark"]) if row["section_mark"] else None,
                row["leaf"],
                *counts[row["key"]],
            )
            for row in catalog.store.query("classes")
        )
    )


def read_strategies(catalog: Catalog) -> tuple[Assignment, ...]:
    """Which strategy each technique leaf is, in the order of the tree."""
    return tuple(
        Assignment(row["node"], Strategy(row["strategy"]) if row["strategy"] else None, row["reason"])
        for row in catalog.store.query("strategies")
    )


def strategy_tree(catalog: Catalog, tree: Tree) -> Tree:
    """The second cut: the technique leaves of `tree` below the three strategies, and below none of them."""
    counts = _counts(catalog)
    groups: dict[str, list[Class]] = {strategy_key(strategy): [] for strategy in (*Strategy, None)}
    for assignment in read_strategies(catalog):
        groups[strategy_key(assignment.strategy)].append(tree[assignment.node])
    names = {STRATEGIES: ("Strategies", _CUT), strategy_key(None): ("None of the three", _NEITHER)}
    names |= {strategy_key(each): (each.value.capitalize(), each.explanation) for each in Strategy}
    own = {key: _ours(key, *said, counts=counts[key]) for key, said in names.items()}
    classes = [own[STRATEGIES]]
    for key, leaves in groups.items():
        classes.append(own[key])
        classes += [replace(leaf, parent=key, depth=2) for leaf in leaves]
    return Tree(tuple(classes))


def strategy_key(strategy: Strategy | None) -> str:
    """The key of a strategy as a class."""
    return f"{STRATEGIES}.{strategy.value if strategy else 'none'}"


def members(catalog: Catalog, node: str) -> tuple[Members, ...]:
    """What belongs to a class: of each kind the entries filed at or below it, and where there are none those near."""
    found: dict[tuple[Kind, str], list[dict[str, object]]] = {}
    for row in catalog.store.query("class_members", node=node):
        found.setdefault((Kind(row["kind"]), row["relation"]), []).append(row)
    direct = {kind for kind, relation in found if relation == "filed"}
    return tuple(
        _members(kind, relation, found[kind, relation])
        for kind in (Kind.METHOD, Kind.DATASET, Kind.METRIC)
        for relation in RELATIONS
        if (kind, relation) in found and (relation == "filed" or kind not in direct)
    )


_Counts = tuple[dict[Measure, int], dict[Measure, int], dict[tuple[Measure, str], int], dict[tuple[Measure, str], int]]
_CUT = (
    "A second cut through the techniques, by what changes for the user: what the model reads, what it is, or what it "
    "aims at. It was made for this catalog and is not the survey's."
)
_NEITHER = "Techniques that no one of the three strategies describes."


def _counts(catalog: Catalog) -> Mapping[str, _Counts]:
    found: dict[str, _Counts] = defaultdict(lambda: (dict.fromkeys(Measure, 0), dict.fromkeys(Measure, 0), {}, {}))
    for row in catalog.store.query("class_counts"):
        counts, own, levels, own_levels = found[row["class"]]
        measure = Measure(row["measure"])
        if row["level"]:
            levels[measure, row["level"]], own_levels[measure, row["level"]] = row["things"], row["own"]
        else:
            counts[measure], own[measure] = row["things"], row["own"]
    return found


def _ours(key: str, name: str, definition: str, *, counts: _Counts) -> Class:
    ref = NodeRef(key, name, Facet.TECHNIQUE, Mark.OURS)
    parent = None if key == STRATEGIES else STRATEGIES
    return Class(ref, parent, 1 if parent else 0, definition, "", None, False, *counts)


def _members(kind: Kind, relation: str, rows: Sequence[dict[str, object]]) -> Members:
    refs = tuple(EntryRef(kind, str(row["key"]), str(row["name"])) for row in rows)
    years = tuple(row["year"] if isinstance(row["year"], int) else None for row in rows)
    return Members(kind, relation, refs, years, tuple(int(str(row["ways"])) for row in rows))
