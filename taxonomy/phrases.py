"""Checks of `asked_as.yaml`: what people ask for in everyday words, and the entry that each phrase means."""

from __future__ import annotations

from collections.abc import Iterator

from taxonomy.folding import title_key
from taxonomy.load import Facts, Record
from taxonomy.problems import Problem, nearest

KINDS = ("method", "dataset", "metric", "node")
FEWEST, MOST = 2, 24
SHORTEST, LONGEST = 10, 120  # characters


def phrase_problems(facts: Facts) -> Iterator[Problem]:
    """Entries that are not there, too few or too many phrases, phrases of a length nobody types, and repeated ones."""
    known = {f"{kind}:{key}" for kind in KINDS for key in facts.keyed(kind)}
    read = all(facts.tables[kind] for kind in KINDS)
    first: dict[str, Record] = {}
    for record in facts.tables["asked_as"]:
        entry, phrases = record.text("entry"), record.items("asked")
        if read and entry and entry not in known:
            accepted = "one of: " + ", ".join(f"{kind}:KEY" for kind in KINDS)
            yield Problem(record.place("entry"), f"{entry!r} is no entry", accepted, nearest(entry, known))
        if phrases and not FEWEST <= len(phrases) <= MOST:
            yield Problem(record.place("asked"), f"a list of {len(phrases)}", f"{FEWEST} to {MOST} phrases")
        for phrase in phrases:
            if not SHORTEST <= len(phrase) <= LONGEST:
                found = f"a phrase of {len(phrase)} characters, {phrase[:40]!r}"
                yield Problem(record.place("asked"), found, f"{SHORTEST} to {LONGEST} characters")
            earlier = first.setdefault(title_key(phrase), record)
            if earlier is not record:
                found = f"the phrase {phrase[:60]!r} stands twice, first at {earlier.place()}"
                yield Problem(record.place("asked"), found, "a phrase that means one entry")


def phrases_of(record: Record) -> Iterator[dict[str, str | int]]:
    """The rows of a record: kind and key of its entry, and each phrase with its position."""
    kind, _, key = record.text("entry").partition(":")
    for position, phrase in enumerate(record.items("asked")):
        yield {"kind": kind, "key": key, "position": position, "phrase": phrase}
