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
# What a formula may hold beside letters: no command that links, loads, defines, positions or sizes by a number.
_NAMES = """
frac dfrac tfrac binom sqrt sum prod int lim max min sup inf arg log ln exp cos sin tan tanh Pr det dim gcd ker
hat bar tilde vec dot ddot overline underline overbrace underbrace widehat widetilde
text textbf textit textrm mathbf mathrm mathbb mathcal mathit mathsf mathtt boldsymbol operatorname
left right big Big bigl bigr Bigl Bigr middle mid vert Vert lvert rvert lVert rVert langle rangle lfloor rfloor
lceil rceil lbrace rbrace quad qquad cdot cdots ldots dots times div pm mp ast star circ bullet oplus otimes odot
in notin ni subset subseteq supset supseteq cup cap bigcup bigcap setminus emptyset varnothing
le leq ge geq ne neq lt gt ll gg approx sim simeq cong equiv propto prec succ preceq succeq parallel perp
to mapsto leftarrow rightarrow leftrightarrow Leftarrow Rightarrow iff implies uparrow downarrow
forall exists nexists neg lnot land lor wedge vee infty partial nabla top bot ell Re Im prime degree
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
displaystyle textstyle limits nolimits
"""
_COMMANDS = frozenset(_NAMES.split())
_COMMAND = re.compile(r"\\([A-Za-z]+|.?)", re.DOTALL)
LONGEST_FORMULA, DEEPEST_FORMULA = 600, 12
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
    return _html.escape(shown(text), quote=True)


def shown(text: str) -> str:
    """Text without what cannot be seen, for what the browser takes as text and nothing else; line breaks stay."""
    return "".join(c for c in text if c in "\n\t" or _is_shown(c))


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


def formula(text: str) -> str | None:
    r"""A formula in LaTeX that can be typeset as it is; None for any that must be shown as plain text.

    Streamlit puts a formula between dollar signs into Markdown, where its own dollar signs would end it and the rest be
    obeyed; and commands such as `\rule` and `\raisebox` draw over the page.
    """
    line = plain(text)
    if not line or len(line) > LONGEST_FORMULA or not line.isascii() or "$" in line or "`" in line:
        return None
    names = [found[1] for found in _COMMAND.finditer(line)]
    if any(name not in _COMMANDS if name.isalpha() else name not in tuple("{}|,;:! #&_") for name in names):
        return None
    bare = _COMMAND.sub(" ", line)
    if any(mark in bare for mark in "%#&~"):
        return None
    return line if _is_balanced(bare) else None


def _is_balanced(bare: str) -> bool:
    """Whether the braces of a formula without its commands close, and are not nested too deep."""
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        if not 0 <= depth <= DEEPEST_FORMULA:
            return False
    return depth == 0


def _is_shown(character: str) -> bool:
    return character not in _BIDI and unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}
