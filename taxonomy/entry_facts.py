"""The labelled facts of an entry, each with the source that it was read in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from taxonomy.model import Fact, Node
from taxonomy.vocab import InSurvey, Kind, TextLength, Usage

JUDGEMENT = "this catalog's own reading, partly from memory; not checked against the paper"
GUESS = "a guess: the survey's list of references could not be read"
COMMON = "partly general knowledge, else "
SURVEY_SOURCE = {
    "confirmed": "the survey's abstract or opening, or a text that cites it",
    "recalled": "the survey as remembered; its full text was not read",
    "ours": "added by this catalog",
}
_ARXIV = "https://arxiv.org/abs/"
_USAGE = {Usage.DIRECT: "direct generation", Usage.DOWNSTREAM: "a downstream task", Usage.BOTH: "both usages"}
_LENGTH = {TextLength.SHORT: "short texts", TextLength.LONG: "long texts", TextLength.NA: "no texts to write"}

Row = Mapping[str, Any]


def facts_of(kind: Kind, row: Row, read_in: str, tags: Mapping[str, tuple[str, ...]]) -> tuple[Fact, ...]:
    """The facts of a method, dataset, metric or paper.

    Args:
        kind: which of them; nodes have `node_facts`.
        row: the entry's row of its table.
        read_in: the sources of the entry, in words.
        tags: the values of tables beside it: tasks, needs, libraries.
    """
    makers: Mapping[Kind, Callable[[], list[Fact | None]]] = {
        Kind.METHOD: lambda: _work(row, read_in),
        Kind.DATASET: lambda: [*_work(row, read_in), *_data(row, read_in, tags)],
        Kind.METRIC: lambda: _measure(row, read_in, tags),
        Kind.PAPER: lambda: _publication(row, read_in),
    }
    return tuple(fact for fact in makers[kind]() if fact is not None)


def node_facts(node: Node) -> tuple[Fact, ...]:
    """The facts of a node: where it stands in the survey and how sure that is."""
    source = SURVEY_SOURCE[node.mark]
    section = node.section_mark
    facts = [
        _fact("Origin", node.mark.label, source),
        _fact("Why", node.mark_note, source),
        _fact("Survey section", node.section, SURVEY_SOURCE[section] if section else source),
        _fact("Part of", node.parent.name if node.parent else "", source),
        _fact("Also called", ", ".join(node.aliases), source),
    ]
    return tuple(fact for fact in facts if fact is not None)


def _fact(label: str, value: Any, source: str, url: str | None = None) -> Fact | None:
    """None for an absent value: what is not known is not shown."""
    return None if value is None or value == "" else Fact(label, str(value), source, url)


def _publication(row: Row, read_in: str) -> list[Fact | None]:
    arxiv = row["arxiv_id"]
    return [
        _fact("Title", row["title"], read_in),
        _fact("Authors", row["authors"], COMMON + read_in),
        _fact("Year", row["year"], read_in),
        _fact("Venue", row["venue"], COMMON + read_in),
        _fact("arXiv", arxiv, read_in, _ARXIV + arxiv if arxiv else None),
        _fact("Page", row["url"], read_in, row["url"]),
    ]


def _work(row: Row, read_in: str) -> list[Fact | None]:
    return [
        *_publication(row, read_in),
        _fact("Code", row["code_url"], read_in, row["code_url"]),
        _fact("Judged by", _USAGE[Usage(row["usage"])], JUDGEMENT),
        _fact("In the survey", InSurvey(row["in_survey"]).label, GUESS),
    ]


def _data(row: Row, read_in: str, tags: Mapping[str, tuple[str, ...]]) -> list[Fact | None]:
    return [
        _fact("Data", row["data_url"], read_in, row["data_url"]),
        _fact("Tasks", ", ".join(tags["tasks"]), JUDGEMENT),
        _fact("Domain", row["domain"], JUDGEMENT),
        _fact("Text written by users", "yes" if row["has_user_text"] else "no", JUDGEMENT),
        _fact("Asks for", _LENGTH[TextLength(row["text_length"])], JUDGEMENT),
        _fact("Users", _number(row["n_users"]), read_in),
        _fact("Instances", _number(row["n_instances"]), read_in),
        _fact("Licence", row["license"], read_in),
        _fact("How to get it", row["access"], read_in),
        _fact("Licence of the files", row["access_license"], read_in),
    ]


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _measure(row: Row, read_in: str, tags: Mapping[str, tuple[str, ...]]) -> list[Fact | None]:
    return [
        _fact("Better when", row["direction"], read_in),
        _fact("Range", row["range"], read_in),
        _fact("Needs", ", ".join(need.replace("_", " ") for need in tags["needs"]), JUDGEMENT),
        _fact("Libraries", ", ".join(tags["libraries"]), COMMON + read_in),
        _fact("Reference", row["reference"], read_in),
        _fact("In the survey", InSurvey(row["in_survey"]).label, GUESS),
    ]
