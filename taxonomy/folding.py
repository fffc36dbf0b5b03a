"""Texts made comparable: without case, accents and punctuation."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """The words of a text in lower case without accents, joined by single spaces; everything else is dropped."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    spaced = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(spaced.split())


def title_key(title: str) -> str:
    """What two writings of one title share: its letters and digits."""
    return fold(title).replace(" ", "")


def slug(title: str) -> str:
    """A key made of a title's words."""
    return fold(title).replace(" ", "-")
