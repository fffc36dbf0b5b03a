"""The taxonomy: its tree as a chart and as a list, and one class in full; the address holds the view."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import safe, state, theme
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import badges, charts, later, share, tables, taxonomy_chart, taxonomy_class, taxonomy_list
from dashboard.parts.taxonomy_chart import COLOURS, EVERYTHING, SHAPES, SIZES, Look
from dashboard.services import Services
from taxonomy.tree import STRATEGIES, Assignment, Tree, members, read_strategies, read_tree, strategy_tree
from taxonomy.vocab import Facet

PAGE = Page(
    title="Taxonomy",
    icon=":material/account_tree:",
    group="Explore",
    order=10,
    path="taxonomy",
    question="How does the survey cut the field, and what sits in each part?",
)
SHAPE = state.choice("tx_shape", SHAPES[0], accepted=SHAPES)
SIZE = state.choice("tx_size", "method", accepted=SIZES)
COLOUR = state.choice("tx_colour", COLOURS[0], accepted=COLOURS)
PARTS = (EVERYTHING, *(facet.value for facet in Facet), STRATEGIES)
PART_NAME = {EVERYTHING: "Everything", STRATEGIES: "Second cut (ours)"}


def render(services: Services) -> None:
    """Draw the page."""
    survey, cut = _trees(services)
    node = state.choice("tx_node", Facet.TECHNIQUE.value, accepted=node_keys(survey, cut))
    first = state.here(node)
    part = state.choice("tx_part", part_of(first[node], survey), accepted=PARTS)
    seen = state.here(node, part, SHAPE, SIZE, COLOUR)
    state.show_notes(seen)
    look = Look(seen[part], seen[SHAPE], seen[SIZE], seen[COLOUR], seen[node])
    tree = cut if look.root == STRATEGIES else survey

    def open_class(key: str) -> None:
        """Open a class; the part that is shown stays where it holds the class."""
        shown = look.root if holds(tree, look.root, key) else part_of(key, survey)
        st.query_params.update({"tx_node": key, "tx_part": shown})  # at once: one step for Back

    with boundary("What runs here"):
        taxonomy_class.share(taxonomy_class.live_share(survey, services.methods()), open_class)
    _controls(look.root, seen[node], seen, (survey, cut))
    left, right = st.columns([3, 2], gap="large")
    with left, boundary("The tree"):
        if look.shape == "list":
            taxonomy_list.draw(tree, look, seen[node], open_class)
        else:
            _chart(tree, look, open_class)
        _share(services, tree, look)
    with right, boundary("The class"):
        _chooser(seen[node], node.accepted, (survey, cut), open_class)
        _class(services, cut if seen[node].startswith(STRATEGIES) else survey, seen[node], open_class)


def node_keys(survey: Tree, cut: Tree) -> list[str]:
    """Every class that can be opened: those of the survey's tree, then the groups of the second cut."""
    return [*(each.key for each in survey.classes), *(each.key for each in cut.classes if each.key not in survey)]


def part_of(key: str, survey: Tree) -> str:
    """The part of the tree that holds a class."""
    return survey[key].ref.facet.value if key in survey else STRATEGIES


def holds(tree: Tree, root: str, key: str) -> bool:
    """Whether a class stands in what the chart shows."""
    return key in tree and (root == EVERYTHING or any(each.key == root for each in tree.path(key)))


def option(key: str, survey: Tree, cut: Tree) -> str:
    """A class in a select box: the classes above it, and its name."""
    tree = survey if key in survey else cut
    return safe.plain(" / ".join(each.ref.name for each in tree.path(key)))


def why(found: tuple[Assignment, ...], survey: Tree) -> str:
    """Which strategy each technique leaf is, and why, as Markdown."""
    said = [
        f"- **{safe.markdown(survey[each.node].ref.name)}**: "
        f"{each.strategy.value if each.strategy else 'none of the three'}. {safe.markdown(each.reason)}"
        for each in found
    ]
    return "\n".join(said)


def _trees(services: Services) -> tuple[Tree, Tree]:
    catalog = services.catalog

    def read() -> tuple[Tree, Tree]:
        tree = read_tree(catalog)
        return tree, strategy_tree(catalog, tree)

    return services.shared(f"taxonomy {catalog.digest}", read)


def _controls(shown: str, chosen: str, seen: state.Values, trees: tuple[Tree, Tree]) -> None:
    survey, cut = trees
    names = {**PART_NAME, **{facet.value: survey[facet.value].ref.name for facet in Facet}}

    def show_part() -> None:
        part = st.session_state["tx_pills"]
        kept = holds(cut if part == STRATEGIES else survey, part, chosen)
        st.query_params.update({"tx_part": part} if kept else {"tx_part": part, "tx_node": part})

    st.session_state["tx_pills"] = shown
    st.pills(
        "Part of the taxonomy",
        PARTS,
        format_func=lambda value: safe.markdown(names[value]),
        required=True,
        key="tx_pills",
        on_change=show_part,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control("Shape", SHAPES, required=True, **state.bound(SHAPE, seen[SHAPE]))
        st.selectbox("Sized by", list(SIZES), format_func=SIZES.__getitem__, width=190, **state.bound(SIZE, seen[SIZE]))
        st.segmented_control("Coloured by", COLOURS, required=True, **state.bound(COLOUR, seen[COLOUR]))
        badges.legend()


def _chart(tree: Tree, look: Look, open_class: taxonomy_class.Opener) -> None:
    def picked(name: str) -> None:
        key = taxonomy_chart.class_of(name, tree)
        if key is not None:
            open_class(key)

    said = taxonomy_chart.message(tree, look)
    figure = taxonomy_chart.figure(tree, look, charts.base())
    charts.pick_narrow(figure, alt=said, table=taxonomy_chart.table(tree, look), key="tx_chart", picked=picked)
    if look.colour == "level":
        badges.draw(badges.level(key) for key in theme.LEVELS)
    st.caption(safe.markdown(f"{said}. {taxonomy_chart.how_sized(look)}"))
    missing = [each.ref.name for each in taxonomy_chart.undrawn(tree, look)]
    if missing:
        st.caption(safe.markdown(f"Not drawn, because the catalog has none there: {', '.join(missing)}."))


def _share(services: Services, tree: Tree, look: Look) -> None:
    store, root = services.catalog.store, look.root
    sql = (
        store.statement("strategy_table")
        if root == STRATEGIES
        else store.statement("class_table", root="" if root == EVERYTHING else root)
    )
    share.bar(services, taxonomy_chart.table(tree, look), name="Classes of the taxonomy", sql=sql)


def _chooser(chosen: str, keys: tuple[str, ...], trees: tuple[Tree, Tree], open_class: taxonomy_class.Opener) -> None:
    st.session_state["tx_box"] = chosen
    st.selectbox(
        "Open a class",
        keys,
        format_func=lambda key: option(key, *trees),
        key="tx_box",
        on_change=lambda: open_class(st.session_state["tx_box"]),
    )


def _class(services: Services, tree: Tree, key: str, open_class: taxonomy_class.Opener) -> None:
    each = tree[key]
    st.subheader(safe.markdown(each.ref.name), anchor=False)
    if key.startswith(STRATEGIES):
        badges.draw([badges.mark(each.ref.mark)])
        st.markdown(safe.markdown(each.definition))
    else:
        taxonomy_class.describe(services.catalog.node(key))
    taxonomy_class.levels(each)
    taxonomy_class.path(tree, key, open_class)
    found = members(services.catalog, key)
    taxonomy_class.belongings(found, each.ref)
    if found:
        refs = [ref for group in found if group.relation == "filed" for ref in group.refs]
        table = taxonomy_class.members_table(found)
        sql = services.catalog.store.statement("class_members", node=key)
        share.bar(services, table, name=f"Entries of {each.ref.name}", sql=sql, entries=refs)
    taxonomy_class.live(services, tree, key)
    if each.ref.facet is Facet.LEVEL:
        said = "How the levels differ"
        rows = tables.tradeoffs(services.catalog.tradeoffs())
        draw = partial(tables.frame, rows, alt="How the three levels differ", key="tx_levels")
        later.expander(said, draw, key="tx_how_levels", icon=":material/balance:")
    if key.startswith(STRATEGIES):
        with st.expander("Why each technique is where it is", icon=":material/rule:", expanded=key == STRATEGIES):
            st.markdown(why(read_strategies(services.catalog), tree))
    else:
        query = {"kind": "node", "key": key}
        page_link("entry", "Its page with all relations", query=query, icon=":material/article:")
