"""How many tokens prompts have; each is counted once, since methods one after another ask for the same items."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from engines.rows import Message

MOST = 65_536


class Counts:
    """Numbers of tokens by a digest of what was counted; no text of anybody's is held.

    Args:
        most: how many are known at most; then all are forgotten.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._known = most, dict[bytes, int]()

    def of(self, messages: Sequence[Message], count: Callable[[Sequence[Message]], int]) -> int:
        """The tokens of messages, asked of `count` where they are not known."""
        said = "".join(f"{one.role} {len(one.text)} {one.text}" for one in messages)
        name = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._known.get(name)
        if found is None:
            found = count(messages)
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[name] = found
        return found
