"""A class of the taxonomy in full: what it is, what belongs to it, and which of its techniques run here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from dashboard.navigation import page_link
from dashboard.parts import badges, cards, entry_run, formulas, later
from dashboard.parts import entry as entry_parts
from dashboard.services import LiveMethod, Services
from taxonomy.model import EntryRef, Node, NodeRef
from taxonomy.tree import RELATIONS, Class, Measure, Members, Tree
from taxonomy.vocab import Facet, Kind, Mark

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 6
FEW = 2  # that run here are shown at once
Opener = Callable[[str], None]
_TAB = {Kind.METHOD: "Methods", Kind.DATASET: "Datasets", Kind.METRIC: "Metrics"}


@dataclass(frozen=True)
class LiveShare:
    """The technique leaves that something runs for here, and those that nothing does.

    Attributes:
        live: of the survey's families; missing: of the same; added_live and added_missing: of the families that were
            added for this catalog.
    """

    live: tuple[Class, ...]
    missing: tuple[Class, ...]
    added_live: tuple[Class, ...]
    added_missing: tuple[Class, ...]

    @property
    def sentence(self) -> str:
        """The shares in words."""
        own, added = len(self.live) + len(self.missing), len(self.added_live) + len(self.added_missing)
        return (
            f"A method runs here for {len(self.live)} of the {own} leaves of the survey's technique families, and for "
            f"{len(self.added_live)} of the {added} leaves added beyond them."
        )


def live_share(tree: Tree, methods: Sequence[LiveMethod]) -> LiveShare:
    """Which technique leaves have a method that runs here; a baseline, which has no technique, counts for none."""
    running = {method.info.technique for method in methods}
    families = tree.children(Facet.TECHNIQUE.value)
    own = [leaf for each in families if each.ref.mark is not Mark.OURS for leaf in tree.leaves(each.key)]
    added = [leaf for each in families if each.ref.mark is Mark.OURS for leaf in tree.leaves(each.key)]
    return LiveShare(
        tuple(leaf for leaf in own if leaf.key in running),
        tuple(leaf for leaf in own if leaf.key not in running),
        tuple(leaf for leaf in added if leaf.key in running),
        tuple(leaf for leaf in added if leaf.key not in running),
    )


def live_in(services: Services, tree: Tree, key: str) -> list[LiveMethod]:
    """The methods that run here and belong to a class: by technique, or by level."""
    if key in theme.LEVELS:
        return [each for each in services.methods() if each.info.level and each.info.level.value == key]
    nodes = [leaf.key for leaf in tree.leaves(key)] if key in tree else []
    return services.engines_following("", nodes)


def share(found: LiveShare, open_class: Opener) -> None:
    """The share of techniques that run here, and a list of both sides."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/play_circle: {safe.markdown(found.sentence)}", width="content")
        with st.popover("Which of them", type="tertiary", key="tx_live"):
            for title, leaves in (
                ("A method runs here", (*found.live, *found.added_live)),
                ("Nothing runs here", (*found.missing, *found.added_missing)),
            ):
                st.markdown(f"**{title}** ({len(leaves)})")
                for leaf in leaves:
                    _button(leaf.ref, open_class, "live")


def describe(node: Node) -> None:
    """Definition, formula, section and where the class comes from."""
    badges.draw([badges.mark(node.mark), *([badges.plain(f"also: {', '.join(node.aliases)}")] if node.aliases else [])])
    st.markdown(safe.markdown(node.definition))
    if node.formula:
        formulas.show(node.formula)
    said = [section_text(node), node.mark_note]
    st.caption(safe.markdown(" ".join(part for part in said if part)))


def levels(each: Class) -> None:
    """How many of its methods, or else of its datasets, stand at each level; nothing for a level and for metrics."""
    found = level_counts(each)
    if found:
        badges.draw(part for level, said in found for part in (badges.level(level), badges.plain(said)))


def level_counts(each: Class) -> list[tuple[str, str]]:
    """Each level with the number of methods, or else of datasets, that a class has there."""
    if each.ref.facet is Facet.LEVEL:
        return []
    measure = next((m for m in (Measure.METHOD, Measure.DATASET) if each.counts[m]), None)
    if measure is None:
        return []
    numbers = [(level, each.levels.get((measure, level), 0)) for level in theme.LEVELS]
    return [(level, f"{n:,} {measure.value}{'' if n == 1 else 's'}") for level, n in numbers]


def section_text(node: Node) -> str:
    """Where the survey treats a class, and how sure the number is."""
    if not node.section:
        return "The survey has no section on it." if node.mark is Mark.OURS else ""
    sure = f" ({node.section_mark.label})" if node.section_mark else ""
    return f"Section {node.section} of the survey{sure}."


def path(tree: Tree, key: str, open_class: Opener) -> None:
    """The classes above one and below it, each a button that opens it."""
    above, below = tree.path(key)[:-1], tree.children(key)
    if above:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(":small[Within]", width="content")
            for each in above:
                _button(each.ref, open_class, "above")
    if below:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(":small[Parts]", width="content")
            for each in below:
                _button(each.ref, open_class, "below")


def belongings(found: Sequence[Members], node: NodeRef) -> None:
    """Methods, datasets and metrics of a class under tabs, each a link, with a way to all of them."""
    by_kind = {kind: [each for each in found if each.kind is kind] for kind in _TAB}
    kinds = [kind for kind, groups in by_kind.items() if groups]
    if not kinds:
        st.caption("No method, dataset or metric is filed here; the class is a term, not a label of entries.")
        return
    draws = {
        f"{_TAB[kind]} ({sum(len(group.refs) for group in by_kind[kind])})": partial(_groups, by_kind[kind], node)
        for kind in kinds
    }
    later.tabs(draws, key=f"tx_tabs_{node.key}")


def members_table(found: Sequence[Members]) -> pd.DataFrame:
    """Everything that belongs to a class, a row for each entry and way."""
    import pandas as pd

    rows = [
        {"kind": group.kind.value, "key": ref.key, "name": ref.name, "year": year, "how": words, "ways": ways}
        for group in found
        for words in [RELATIONS[group.relation][1]]
        for ref, year, ways in zip(group.refs, group.years, group.ways, strict=True)
    ]
    return pd.DataFrame(rows).astype({"year": "Int64"})


def live(services: Services, tree: Tree, key: str) -> None:
    """What runs here for a class; classes that are neither technique nor level have nothing to run."""
    facet = tree[key].ref.facet
    if facet not in {Facet.TECHNIQUE, Facet.LEVEL}:
        return
    running = live_in(services, tree, key)
    label, icon = f"Runs here ({len(running)})", ":material/play_circle:"
    if 0 < len(running) <= FEW:
        with st.expander(label, icon=icon, expanded=True):
            entry_run.live(running, {})
        return
    later.expander(label, lambda: _running(running), key=f"tx_runs_{key}", icon=icon)


def _running(found: Sequence[LiveMethod]) -> None:
    if not found:
        st.caption("No method of this class runs here.")
    entry_run.live(found, {})


def ways_text(group: Members, place: int) -> str:
    """Why an entry stands where it does, in a few words."""
    year = str(group.years[place] or "")
    number = group.ways[place]
    words = {
        "filed": "published number",
        "reported": "published number",
        "reports": "published number",
        "used": "method",
        "uses": "dataset",
        "measures": "dataset",
        "measured": "metric",
    }[group.relation]
    said = f"{number:,} {words}{'' if number == 1 else 's'}" if number else ""
    return ", ".join(part for part in (year, said) if part)


def _groups(groups: Sequence[Members], node: NodeRef) -> None:
    for group in groups:
        _group(group, node)


def _links(refs: Sequence[EntryRef]) -> None:
    with st.container(horizontal=True, gap="small"):
        for ref in refs:
            cards.entry_link(ref)


def _group(group: Members, node: NodeRef) -> None:
    _, words = RELATIONS[group.relation]
    count = len(group.refs)
    st.caption(f"{count:,} {words}" + (f", the first {SHOWN}" if count > SHOWN else ""))
    for place in range(min(SHOWN, count)):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            cards.entry_link(group.refs[place])
            st.caption(safe.markdown(ways_text(group, place)), width="content")
    facet = entry_parts.BROWSE_FACET.get(node.facet)
    if group.relation == "filed" and facet is not None:
        query = {f"br_{facet.value}": node.key, "br_kind": group.kind.value}
        page_link("browse", f"Browse all {count:,}", query=query, icon=":material/search:")
    elif count > SHOWN:
        key = f"tx_more_{node.key}_{group.kind}_{group.relation}"
        later.expander(f"The other {count - SHOWN:,}", partial(_links, group.refs[SHOWN:]), key=key)


def _button(ref: NodeRef, open_class: Opener, place: str) -> None:
    st.button(
        f"{safe.markdown(ref.name)} {badges.MARK_SIGN[ref.mark]}",
        key=f"tx_{place}_{ref.key}",
        type="tertiary",
        on_click=open_class,
        args=(ref.key,),
    )
