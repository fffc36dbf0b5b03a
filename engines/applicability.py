"""What runs on which kind of task, as the table that ARCHITECTURE holds; an empty cell says why by a number.

Kinds of tasks ask one thing of one person, with a few candidates at most; the last column is a full ranking of what the
person has not seen, which recommenders make.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.records import TaskKind
from engines.methods import methods
from engines.recommenders import recommenders

TOP_N = "top-n"
NO_LIST = "a method prompts a model for one request; to score all that is unseen for everybody takes a recommender."
NO_ANSWER = "a recommender orders things; it enters the answer to one request as the outside ranker of `rag-blackbox`."
KINDS = tuple(TaskKind)


def matrix(names: Sequence[str] | None = None) -> str:
    """Markdown: a row a method or recommender, a column a kind of task, and below it the reasons by number.

    Args:
        names: the methods; all methods and all recommenders where it is left out.
    """
    reasons: dict[str, int] = {}
    lines = [f"| method | {' | '.join((*KINDS, TOP_N))} |", "|---" * (len(KINDS) + 2) + "|"]
    for name in sorted(methods.names() if names is None else names):
        whys = [*(methods[name].info.why_unfit(kind) for kind in KINDS), NO_LIST]
        lines.append(f"| `{name}` | {' | '.join(_cell(why, reasons) for why in whys)} |")
    for name in sorted(recommenders.names()) if names is None else ():
        whys = [*[NO_ANSWER] * len(KINDS), ""]
        lines.append(f"| `{name}` | {' | '.join(_cell(why, reasons) for why in whys)} |")
    return "\n".join([*lines, "", *(f"{number}. {_sentence(why)}" for why, number in reasons.items())]) + "\n"


def _cell(why: str, reasons: dict[str, int]) -> str:
    return f"({reasons.setdefault(why, len(reasons) + 1)})" if why else "runs"


def _sentence(why: str) -> str:
    return why[:1].upper() + why[1:]
