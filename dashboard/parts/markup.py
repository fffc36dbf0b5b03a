"""Pieces of HTML as values: they are joined as what they are, and no text in them can become markup.

`html` writes a piece for `st.html`; `plain_data` gives it to `dashboard/parts/piece.py`, to be built in the browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard import safe


@dataclass(frozen=True)
class Tag:
    """An element: its name, its attributes in their order, and what it holds."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Node, ...]


Node = str | Tag


def tag(name: str, *children: Node, **attributes: str) -> Tag:
    """An element; empty attributes are left out, `_` in a name stands for `-`, and `class_` for `class`."""
    kept = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value)
    return Tag(name, tuple(kept), children)


def html(node: Node) -> str:
    """A piece as HTML in which every text is escaped."""
    if isinstance(node, str):
        return safe.html(node)
    given = "".join(f' {name}="{safe.html(value)}"' for name, value in node.attributes)
    return f"<{node.name}{given}>{''.join(html(child) for child in node.children)}</{node.name}>"


def plain_data(node: Node) -> Any:
    """A piece as lists and texts: a text is itself, an element is its name, attributes and children."""
    if isinstance(node, str):
        return safe.shown(node)
    given = {name: safe.shown(value) for name, value in node.attributes}
    return [node.name, given, [plain_data(child) for child in node.children]]
