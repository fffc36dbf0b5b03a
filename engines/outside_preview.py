"""The words that a run would send to an outside service, before any of them goes; without agreement none does.

Every command that can ask a service goes through `agreed`: it says what would be sent, and gives a bench that may send
only where the caller asked for that. A bench is made without (`Bench.sends`), and `rag-blackbox` refuses then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from data.errors import AttuneError
from data.records import Example
from engines.arms import Case, Given
from engines.live import Column
from engines.methods import methods
from engines.methods.rag_blackbox import HISTORY
from engines.outside import query_of
from engines.outside_search import VARIABLE, service, words_out
from engines.runs.cells import Bench, Cell, arms_of, as_request, drawn
from engines.types import Arm, Reach

METHOD = "rag-blackbox"
SHOWN = 5
FLAG = "--send-words"
SEND = f"Let {METHOD} send the words of requests and histories to the service of {VARIABLE}; else they are only shown."
Group = tuple[Sequence[Cell], Callable[[Case], Given] | None]


class NotAgreedError(AttuneError):
    """Words would leave this machine, and nobody agreed to that; none was sent."""


@dataclass(frozen=True)
class Outgoing:
    """What a run would send.

    Attributes:
        calls: how often the service would be asked.
        words: exactly the words of these calls, each once.
        people: whose requests and histories they are.
    """

    host: str
    calls: int
    words: tuple[str, ...]
    people: frozenset[str]


def outgoing(bench: Bench, groups: Iterable[Group]) -> Outgoing | None:
    """What groups of cells that share a state would send; None where nothing would go out.

    Args:
        bench: what all cells share.
        groups: as they are computed, each with whose data is given; None is what the cells' arm says.

    Raises:
        EngineError: a service is named that cannot be asked (unable).
    """
    asked = [(cells, giving) for cells, giving in groups if cells[0].method == METHOD and cells[0].config.k]
    host = calls_out([METHOD]) if asked else ""
    if not host or methods[METHOD].info.why_unfit(bench.task.kind):
        return None
    calls = [call for group in asked for call in _calls(bench, *group)]
    if not calls:
        return None
    words = tuple(dict.fromkeys(words for words, _ in calls))
    return Outgoing(host, len(calls), words, frozenset().union(*(people for _, people in calls)))


def _calls(
    bench: Bench, cells: Sequence[Cell], giving: Callable[[Case], Given] | None
) -> Iterator[tuple[str, frozenset[str]]]:
    """The words of each call of a group, and whose they are; made as the runner makes them."""
    first, examples = cells[0], [cell.example for cell in cells]
    with contextlib.suppress(AttuneError):  # without a wrong user nothing is sent for one
        case = bench.case(*examples)
        given = giving(case) if giving else drawn(bench, first, case)
        world = bench.world(Reach.EVERYONE, *examples)
        for cell in cells:
            request, history = as_request(cell.example, bench.task), int(cell.config.option(HISTORY))
            query = query_of(world, given.user, request, count=cell.config.k, history=history)
            yield words_out(query), frozenset({cell.example.user, *([given.owner] if query.history else [])})


def words_to_send(bench: Bench, example: Example, columns: Sequence[Column], arms: Sequence[Arm]) -> list[str]:
    """Exactly the words of each call for one request, each once; nothing where no service is asked."""
    found = outgoing(bench, request_groups(example, columns, arms))
    return list(found.words) if found else []


def request_groups(example: Example, columns: Sequence[Column], arms: Sequence[Arm]) -> list[Group]:
    """The cells of one request as groups: each column in each of its arms."""
    return [
        ([Cell(column.method, arm, example, column.config)], None)
        for column in columns
        for arm in arms_of(column.method, arms)
    ]


def agreed(bench: Bench, groups: Iterable[Group], *, send: bool, tell: Callable[[str], None]) -> Bench:
    """The bench to run with, after what it would send was told: one that may send it, where that is asked for.

    Raises:
        NotAgreedError: something would be sent, and `send` is false.
        EngineError: a service is named that cannot be asked (unable).
    """
    found = outgoing(bench, groups)
    if found is None:
        return bench
    for line in told(found):
        tell(line)
    if not send:
        raise NotAgreedError(
            f"{METHOD} would send these words to {found.host}, which {VARIABLE} names; nothing was sent. "
            f"Give {FLAG} to send them, leave the method out, or unset {VARIABLE} for the recommender"
        )
    return replace(bench, sends=True)


def told(found: Outgoing) -> Iterator[str]:
    """How much goes where, of how many people, and the words of the first calls."""
    people = "1 person" if len(found.people) == 1 else f"{len(found.people):,} people"
    times = "once" if found.calls == 1 else f"{found.calls:,} times"
    yield f"{found.host} is asked {times}, with words of requests and histories of {people}:"
    yield from (f"  \u201c{words}\u201d" for words in found.words[:SHOWN])
    if len(found.words) > SHOWN:
        yield f"  and {len(found.words) - SHOWN:,} more, which are not shown here"


def calls_out(names: Sequence[str]) -> str:
    """The host that a run of some methods would ask; empty for none."""
    found = service() if METHOD in names else None
    return found.host if found else ""
