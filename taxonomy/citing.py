"""Citations as BibTeX and as text: of catalogued works, and of a view of this catalog."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data.version import VERSION
from taxonomy.export import latex_text
from taxonomy.model import Citation

_STOP = frozenset({"a", "an", "the", "on", "of", "for", "in", "to", "and", "with", "from", "by", "is", "are", "do"})
_ET_AL = re.compile(r"\s+et\s+al\.?$")
_BREAKS_URL = re.compile(r"[\s{}\\\"<>^`|\x00-\x1f\x7f]")


@dataclass(frozen=True)
class View:
    """What the reader looks at, as it is cited.

    Attributes:
        name: what is shown, in words.
        digest: of the catalog's content.
        filters: the state of the address, name to value; empty for the default view.
        date: the day it was looked at.
        address: where; empty when not known.
    """

    name: str
    digest: str
    date: dt.date
    address: str = ""
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def state(self) -> str:
        """The filters in words."""
        return ", ".join(f"{name}={value}" for name, value in self.filters.items()) or "none"

    def text(self) -> str:
        """The view as a line of a list of references."""
        line = (
            f"Attune {VERSION}: {self.name}. Catalog {self.digest}; filters: {self.state}; "
            f"accessed {self.date.isoformat()}."
        )
        return f"{line} {self.address}" if self.address else line

    def bibtex(self) -> str:
        """The view as a BibTeX entry."""
        fields = {
            "title": f"{{{_value(f'Attune: {self.name}')}}}",
            "howpublished": _value(f"Attune {VERSION}, catalog {self.digest}"),
            "year": str(self.date.year),
            "note": _value(f"Filters: {self.state}. Accessed {self.date.isoformat()}"),
            "url": _url(self.address),
        }
        return _entry(f"attune-{_word(self.name) or 'view'}-{self.digest[:8]}", fields)


def bibtex(citations: Iterable[Citation]) -> str:
    """Papers as BibTeX, each once, in their order; absent parts are left out, none is guessed."""
    papers = {citation.paper: citation for citation in citations}
    keys: dict[str, int] = {}
    entries = []
    for citation in papers.values():
        key = _key(citation)
        keys[key] = keys.get(key, 0) + 1
        entries.append(_entry(key if keys[key] == 1 else f"{key}-{keys[key]}", _fields(citation)))
    return "\n".join(entries)


def reference(citation: Citation) -> str:
    """A paper as a line of a list of references."""
    year = f" ({citation.year})" if citation.year else ""
    parts = (f"{citation.authors.rstrip('.')}{year}".strip(), citation.title, citation.venue)
    named = f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else citation.url or ""
    return ". ".join(part.rstrip(".") for part in (*parts, named) if part) + "."


def _fields(citation: Citation) -> dict[str, str]:
    on_arxiv = bool(citation.arxiv_id)
    return {
        "title": f"{{{_value(citation.title)}}}",
        "author": _authors(citation.authors),
        "year": str(citation.year or ""),
        "howpublished": "" if on_arxiv and citation.venue == "arXiv" else _value(citation.venue),
        "eprint": citation.arxiv_id or "",
        "archiveprefix": "arXiv" if on_arxiv else "",
        "url": _url(citation.url or ""),
    }


def _entry(key: str, fields: Mapping[str, str]) -> str:
    """A work of kind misc: the catalog knows the venue's name, not whether it is a journal or a conference."""
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join((f"@misc{{{key},", *lines, "}", ""))


def _value(given: str) -> str:
    """Text inside braces; its own braces are written out, because BibTeX counts those after a backslash too."""
    line = " ".join(given.split())
    return latex_text(line).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def _authors(given: str) -> str:
    """Names parted by "and"; "et al." becomes "and others"."""
    known = _ET_AL.sub("", given)
    names = [name.strip() for name in re.split(r",|;|\band\b|&", known)]
    shown = [_value(name) for name in names if name]
    return " and ".join((*shown, "others") if known != given and shown else shown)


def _key(citation: Citation) -> str:
    first = _word(re.split(r",|;|\band\b|&", _ET_AL.sub("", citation.authors))[0])
    words = [word for word in map(_word, citation.title.split()) if word and word not in _STOP]
    return f"{first}{citation.year or ''}{words[0] if words else ''}" or "paper"


def _word(given: str) -> str:
    folded = unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "", folded)


def _url(address: str) -> str:
    """An address without what would end a BibTeX value."""
    return _BREAKS_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)
