"""Prompts that were read, so that what begins alike is read once: a radix tree over tokens, bounded in bytes.

Each node holds the keys and values of its own tokens. What was used longest ago leaves first. Rows whose modifiers
change activations share only with rows of the same modifiers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor

Ids = npt.NDArray[np.int64]


def shared(one: Ids, other: Ids) -> int:
    """How many leading tokens two sequences share."""
    limit = min(len(one), len(other))
    differ = np.flatnonzero(one[:limit] != other[:limit])
    return int(differ[0]) if len(differ) else limit


@dataclass(eq=False)
class Node:
    """A run of tokens with their keys and values [layers, 2, heads, tokens, width]."""

    tokens: Ids
    kv: Tensor | None
    parent: Node | None = None
    children: dict[int, Node] = field(default_factory=dict)
    used: int = 0


class Prefixes:
    """The tree of one model.

    Args:
        limit: bytes that it may hold.
        with_it: is called when everything is forgotten.
    """

    def __init__(self, limit: int, *, with_it: Callable[[], None] = lambda: None) -> None:
        self.limit, self.held, self._with_it = limit, 0, with_it
        self._roots: dict[str, Node] = {}
        self._clock = 0

    def clear(self) -> None:
        """Forget everything."""
        self._roots.clear()
        self.held = 0
        self._with_it()

    def match(self, key: str, tokens: Ids) -> int:
        """How many leading tokens are there."""
        return sum(count for _, count in self._path(key, tokens))

    def find(self, key: str, tokens: Ids) -> list[Tensor]:
        """Keys and values of the leading tokens that are there, run by run; they count as used now."""
        self._clock += 1
        found = []
        for node, count in self._path(key, tokens):
            node.used = self._clock
            assert node.kv is not None  # noqa: S101 - only roots have none
            found.append(node.kv[:, :, :, :count])
        return found

    def add(self, key: str, tokens: Ids, kv: Tensor, start: int) -> None:
        """Enter a sequence; `kv` holds its tokens from `start` on, those before must be there."""
        self._clock += 1
        node, done = self._roots.setdefault(key, Node(np.empty(0, np.int64), None)), 0
        while done < len(tokens):
            child = node.children.get(int(tokens[done]))
            if child is None:
                if done < start:
                    return  # what came before has left meanwhile
                self._hang(node, tokens[done:], kv[:, :, :, done - start :])
                break
            common = shared(child.tokens, tokens[done:])
            if common < len(child.tokens):
                child = self._split(child, common)
            child.used = self._clock
            node, done = child, done + common
        self._shrink()

    def _path(self, key: str, tokens: Ids) -> list[tuple[Node, int]]:
        node, done, path = self._roots.get(key), 0, []
        while node is not None and done < len(tokens):
            node = node.children.get(int(tokens[done]))
            if node is None:
                break
            common = shared(node.tokens, tokens[done:])
            path.append((node, common))
            done += common
            if common < len(node.tokens):
                break
        return path

    def _hang(self, parent: Node, tokens: Ids, kv: Tensor) -> None:
        kv = kv.clone() if kv.untyped_storage().nbytes() > kv.nbytes else kv
        parent.children[int(tokens[0])] = Node(tokens, kv, parent, used=self._clock)
        self.held += kv.nbytes

    def _split(self, node: Node, count: int) -> Node:
        """Cut a node in two; its first part stands in its place. Both get memory of their own, so either can leave."""
        assert node.parent is not None  # noqa: S101 - roots have no tokens and are never cut
        assert node.kv is not None  # noqa: S101
        first = Node(node.tokens[:count], node.kv[:, :, :, :count].clone(), node.parent, used=node.used)
        node.parent.children[int(first.tokens[0])] = first
        node.tokens, node.kv, node.parent = node.tokens[count:], node.kv[:, :, :, count:].clone(), first
        first.children[int(node.tokens[0])] = node
        return first

    def _shrink(self) -> None:
        while self.held > self.limit:
            leaves = [node for root in self._roots.values() for node in _leaves(root)]
            if not leaves:
                return
            oldest = min(leaves, key=lambda node: node.used)
            assert oldest.parent is not None  # noqa: S101 - leaves are no roots
            assert oldest.kv is not None  # noqa: S101
            del oldest.parent.children[int(oldest.tokens[0])]
            self.held -= oldest.kv.nbytes


def _leaves(root: Node) -> list[Node]:
    found, left = [], list(root.children.values())
    while left:
        node = left.pop()
        left += node.children.values()
        if not node.children:
            found.append(node)
    return found
