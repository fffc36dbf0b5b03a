"""The tree as a list of buttons, so that the keyboard and screen readers reach what a chart shows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import safe, theme
from dashboard.parts.badges import MARK_SIGN
from dashboard.parts.taxonomy_chart import EVERYTHING, Look, counted
from taxonomy.tree import Class, Tree

INDENT = 24  # pixels for each step down the tree


def draw(tree: Tree, look: Look, chosen: str, open_class: Callable[[str], None]) -> None:
    """The classes at and below the root, or all under their facets; the open one is marked.

    Args:
        tree: the classes.
        look: the root, and what is counted.
        chosen: the key of the open class.
        open_class: what a button does with its class.
    """
    if look.root != EVERYTHING:
        _rows(tree.below(look.root), look, chosen, open_class)
        return
    for top in tree.children(None):
        inside = tree.below(top.key)
        holds = any(each.key == chosen for each in inside)
        with st.expander(f"{safe.markdown(top.ref.name)} ({len(inside)})", expanded=holds, key=f"tx_list_{top.key}"):
            _rows(inside, look, chosen, open_class)


def label(each: Class) -> str:
    """The name of a row: shape of a level, name, sign of its mark."""
    look = theme.LEVELS.get(each.key)
    return f"{f'{look.glyph} {look.letter} ' if look else ''}{each.ref.name} {MARK_SIGN[each.ref.mark]}"


def _rows(classes: tuple[Class, ...], look: Look, chosen: str, open_class: Callable[[str], None]) -> None:
    with st.container(gap=None):
        for each in classes:
            depth = each.depth - classes[0].depth
            with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                if depth:
                    st.space(INDENT * depth)
                st.button(
                    f"{safe.markdown(label(each))} :gray[{counted(each, look)}]",
                    key=f"tx_row_{each.key}",
                    type="tertiary",
                    icon=":material/arrow_right:" if each.key == chosen else None,
                    on_click=open_class,
                    args=(each.key,),
                )
