"""Texts made comparable: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata

_NO_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """The words of a text in lower case without accents, joined by single spaces; everything else is dropped."""
    if text.isascii():  # the same by a shorter way
        return _NO_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    spaced = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(spaced.split())


def title_key(title: str) -> str:
    """What two writings of one title share: its letters and digits."""
    return fold(title).replace(" ", "")


def slug(title: str) -> str:
    """A key made of a title's words."""
    return fold(title).replace(" ", "-")
