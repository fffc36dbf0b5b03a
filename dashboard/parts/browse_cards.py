"""Found entries as cards: what each is, why it was found with the question's words marked, and what is near to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges, browse_pick, cards
from taxonomy.question import BrowseRow
from taxonomy.search import Found, Hit
from taxonomy.vocab import Mode

MARK = "violet"


def marked(text: str, spans: Iterable[tuple[int, int]], longest: int = 0) -> str:
    """Text as Markdown that shows exactly that text, with some parts of it marked; cut to `longest`.

    A text that cannot be shown as it is written has no marks, because their places would be wrong.
    """
    shown = safe.plain(text, longest)
    whole = len(shown) if shown == text else len(shown) - 1  # the last character says that it was cut
    if not text.startswith(shown[:whole]):
        return safe.markdown(shown)
    parts, last = [], 0
    for start, stop in sorted(spans):
        if last <= start < stop <= whole:
            parts += [_piece(shown[last:start]), f":{MARK}-background[{safe.markdown(shown[start:stop])}]"]
            last = stop
    return "".join((*parts, _piece(shown[last:])))


def draw(rows: Sequence[BrowseRow], picked: tuple[str, ...], found: Found | None) -> None:
    """The entries of a page."""
    for row in rows:
        hit = found.hit(row.ref) if found else None
        with st.container(border=True, gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                browse_pick.checkbox(row.ref, picked)
                name = marked(row.ref.name, _spans(hit, "name")) if hit else ""
                page_link(
                    "entry",
                    row.ref.name,
                    query=cards.entry_query(row.ref),
                    icon=cards.KIND_ICON[row.ref.kind],
                    shown=name,
                )
                badges.draw([*cards.row_badges(row), *rank_badges(hit, found.mode if found else None)])
            if row.summary:
                st.markdown(marked(row.summary, _spans(hit, "summary"), cards.LONGEST_SUMMARY))
            if hit and hit.asked_as:
                st.caption(asked_as(hit))
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(imprint(row, hit), width="stretch")
                like = {"br_like": browse_pick.item_of(row.ref)}
                page_link("browse", "Similar", query=like, icon=":material/join_inner:")


def asked_as(hit: Hit) -> str:
    """The everyday phrase that has words of the question which nothing else on the card has, as Markdown."""
    return f":material/search: asked as: {marked(hit.asked_as, _spans(hit, 'asked_as'))}"


def imprint(row: BrowseRow, hit: Hit | None = None) -> str:
    """Authors, year, venue and title on one line as Markdown; absent parts are left out."""
    parts = [safe.markdown(row.authors.rstrip(".")), safe.markdown(str(row.year or "")), safe.markdown(row.venue)]
    if row.title and row.title != row.ref.name:
        parts.append(marked(row.title, _spans(hit, "title")))
    return ". ".join(part for part in parts if part) or "\u00a0"


def rank_badges(hit: Hit | None, mode: Mode | None) -> list[str]:
    """The places of an entry in the rankings that a search made: by words, by meaning, or both."""
    if hit is None:
        return []
    words = (Mode.SEMANTIC, "words", hit.bm25_rank, "Its place among the matches by words (BM25).")
    meaning = (Mode.BM25, "meaning", hit.semantic_rank, "Its place among the matches by meaning (cosine of vectors).")
    return [
        badges.plain(f"{name} {f'#{rank}' if rank else '-'}", explained)
        for other, name, rank, explained in (words, meaning)
        if mode is not other
    ]


def _spans(hit: Hit | None, field: str) -> list[tuple[int, int]]:
    return [(mark.start, mark.stop) for mark in hit.marks if mark.field == field] if hit else []


def _piece(text: str) -> str:
    """A piece of a line with the spaces at its ends."""
    inner = text.strip()
    if not inner:
        return " " if text else ""
    return f"{' ' * text.startswith(' ')}{safe.markdown(inner)}{' ' * text.endswith(' ')}"
