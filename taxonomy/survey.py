"""The survey that the taxonomy follows: what it is, its sections, and how its levels differ."""

from __future__ import annotations

from dataclasses import dataclass

from taxonomy.vocab import Mark


@dataclass(frozen=True)
class Tradeoff:
    """One aspect in which the three levels differ."""

    aspect: str
    user: str
    persona: str
    global_: str


@dataclass(frozen=True)
class SurveySection:
    """A section of the survey with how sure subject and number are."""

    section: str
    subject: str
    mark: Mark
    mark_note: str


@dataclass(frozen=True)
class Survey:
    """The survey whose taxonomy the catalog follows."""

    title: str
    authors: tuple[str, ...]
    arxiv_id: str
    venue: str
    year: int
    url: str
    note: str
    sections: tuple[SurveySection, ...]
