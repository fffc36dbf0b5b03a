"""Found entries as cards: what each is, why it was found with the question's words marked, and what is near to it.

All cards are one element of the page (`dashboard/parts/piece.py`): a filter is answered as fast as a browser draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dashboard import navigation, safe
from dashboard.parts import badges, browse_pick, cards, piece
from dashboard.parts.markup import Node, Tag, tag
from taxonomy.question import BrowseRow
from taxonomy.search import Found, Hit
from taxonomy.vocab import Mode

KEY = "br_cards"


def draw(rows: Sequence[BrowseRow], picked: tuple[str, ...], found: Found | None) -> None:
    """The entries of a page."""
    shown = [card(row, picked, found.hit(row.ref) if found else None, found.mode if found else None) for row in rows]
    piece.draw(shown, key=KEY, on_tick=browse_pick.toggle)


def card(row: BrowseRow, picked: tuple[str, ...], hit: Hit | None = None, mode: Mode | None = None) -> Tag:
    """One entry."""
    alike = navigation.address("browse", {"br_like": browse_pick.item_of(row.ref)})
    head = (
        browse_pick.checkbox(row.ref, picked),
        piece.entry_link(row.ref, *marked(row.ref.name, _spans(hit, "name"))),
        tag("div", *cards.row_badges(row), *rank_badges(hit, mode), class_="badges"),
    )
    summary = marked(row.summary, _spans(hit, "summary"), cards.LONGEST_SUMMARY)
    foot = (
        tag("span", *imprint(row, hit), class_="quiet wide"),
        tag("a", piece.icon(":material/join_inner:"), tag("b", "Similar"), href=alike, class_="button"),
    )
    body = (
        *((tag("p", *summary),) if row.summary else ()),
        *((tag("p", *asked_as(hit), class_="quiet"),) if hit and hit.asked_as else ()),
    )
    return tag("div", tag("div", *head, class_="row"), *body, tag("div", *foot, class_="row"), class_="card")


def asked_as(hit: Hit) -> tuple[Node, ...]:
    """The everyday phrase that has words of the question which nothing else on the card has."""
    return piece.icon(":material/search:"), " asked as: ", *marked(hit.asked_as, _spans(hit, "asked_as"))


def imprint(row: BrowseRow, hit: Hit | None = None) -> tuple[Node, ...]:
    """Authors, year, venue and title on one line; absent parts are left out."""
    parts: list[tuple[Node, ...]] = [
        (safe.plain(text),) for text in (row.authors.rstrip("."), str(row.year or ""), row.venue) if text
    ]
    if row.title and row.title != row.ref.name:
        parts.append(marked(row.title, _spans(hit, "title")))
    return tuple(_joined(parts)) or ("\u00a0",)


def marked(text: str, spans: Iterable[tuple[int, int]], longest: int = 0) -> tuple[Node, ...]:
    """Text on one line with some parts of it marked; cut to `longest`.

    A text that cannot be shown as it is written has no marks, because their places would be wrong.
    """
    line = safe.plain(text, longest)
    whole = len(line) if line == text else len(line) - 1  # the last character says that it was cut
    if not text.startswith(line[:whole]):
        return (line,)
    parts: list[Node] = []
    last = 0
    for start, stop in sorted(spans):
        if last <= start < stop <= whole:
            parts += [line[last:start], tag("mark", line[start:stop])]
            last = stop
    return tuple(part for part in (*parts, line[last:]) if part)


def rank_badges(hit: Hit | None, mode: Mode | None) -> list[Tag]:
    """The places of an entry in the rankings that a search made: by words, by meaning, or both."""
    if hit is None:
        return []
    words = (Mode.SEMANTIC, "words", hit.bm25_rank, "Its place among the matches by words (BM25).")
    meaning = (Mode.BM25, "meaning", hit.semantic_rank, "Its place among the matches by meaning (cosine of vectors).")
    return [
        badges.plain_tag(f"{name} {f'#{rank}' if rank else '-'}", explained)
        for other, name, rank, explained in (words, meaning)
        if mode is not other
    ]


def _spans(hit: Hit | None, field: str) -> list[tuple[int, int]]:
    return [(mark.start, mark.stop) for mark in hit.marks if mark.field == field] if hit else []


def _joined(parts: Iterable[tuple[Node, ...]]) -> Iterator[Node]:
    """Parts of a line with a full stop between them."""
    for number, part in enumerate(parts):
        yield from ((". ",) if number else ())
        yield from part
