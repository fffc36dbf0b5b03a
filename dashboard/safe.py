"""The way of all text that comes from data, models or addresses: shown as it is, never obeyed.

Streamlit's Markdown has images that load by themselves, links, raw HTML, formulas between dollar signs, directives
such as `:red[text]`, shortcodes such as `:smile:` and icons such as `:material/home:`. Backslashes stop what the parser
reads. Shortcodes, icons, arrows and bare addresses are replaced after parsing: a word joiner, of no width, parts them.
"""

from __future__ import annotations

import html as _html
import re
import unicodedata
from urllib.parse import quote, urlsplit

JOINER = "\u2060"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:&@])")
_ORDINAL = re.compile(r"^(\d+)\.")
_LATER = re.compile(
    r"(?<=:)(?=[A-Za-z0-9_+\-/]+:)"  # shortcodes and icons
    r"|(?<=[<\-~>])(?=[\-=>])"  # arrows and the like
    r"|(?<=[Ww]{3})(?=\.)|(?<=[A-Za-z]:)(?=//)|(?=@)"  # bare addresses
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str, longest: int = 0) -> str:
    """One line without control characters, for places that show text as it is; cut to `longest` if that is given.

    Overrides of the writing direction are taken out, because they would reorder the words around the text.
    """
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    line = " ".join(kept.split())
    return line if not longest or len(line) <= longest else line[: max(0, longest - 1)].rstrip() + "…"


def markdown(text: str, longest: int = 0) -> str:
    """Text on one line as Markdown that shows exactly that text."""
    parted = _LATER.sub(JOINER, plain(text, longest))
    return _ORDINAL.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", parted))


def block(text: str) -> str:
    """Text of several lines as Markdown that shows exactly these lines."""
    lines = [markdown(line) for line in text.splitlines()]
    return "  \n".join(line or "\u00a0" for line in lines)


def html(text: str) -> str:
    """Text for our own HTML, as content or as a quoted attribute; line breaks stay."""
    return _html.escape("".join(c for c in text if c in "\n\t" or _is_shown(c)), quote=True)


def url(address: str | None) -> str | None:
    """An address that may be linked: http or https, with a host and without a user name; None for any other."""
    if not address or len(address) > 2000 or any(c.isspace() or not _is_shown(c) for c in address):
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return quote(address, safe="%/:?#&=+,;@!$*'~.-_[]") if usable and "\\" not in address else None


def link(label: str, address: str | None) -> str:
    """Markdown of a link to another site; only its label where the address may not be linked."""
    target = url(address)
    return f"[{markdown(label)}](<{target}>)" if target else markdown(label)


def _is_shown(character: str) -> bool:
    return character not in _BIDI and unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}
