"""The judged questions are what they say they are, and search reaches its targets on them."""

from __future__ import annotations

from collections import Counter

import pytest

from taxonomy.catalog import Catalog
from taxonomy.search import Searcher
from taxonomy.search_words import content_stems, index_terms, surfaces
from taxonomy.vocab import Kind
from tests.taxonomy.judged import read_judged

JUDGED = read_judged()


@pytest.fixture(scope="module")
def texts(catalog: Catalog) -> dict[str, str]:
    """All words that a reader sees of an entry and all that search reads of it, by `kind:key`."""
    shown = (f"{d.key} {d.name} {d.aliases} {d.title} {d.summary} {d.tags}" for d in Searcher(catalog).documents)
    return {f"{d.kind}:{d.key}": text for d, text in zip(Searcher(catalog).documents, shown, strict=True)}


def test_there_are_sixty_of_the_promised_types() -> None:
    assert len(JUDGED) == len({question.asked for question in JUDGED}) == 60
    counts = Counter(question.type for question in JUDGED)
    assert counts["paraphrase"] >= 20
    assert counts["typo"] >= 10
    assert counts["acronym"] >= 10
    assert set(counts) == {"paraphrase", "typo", "acronym", "topical"}
    assert all(1 <= len(question.entries) <= 5 for question in JUDGED)


def test_half_of_every_type_is_kept() -> None:
    for kind, number in Counter(question.type for question in JUDGED).items():
        assert sum(question.kept for question in JUDGED if question.type == kind) == number // 2


def test_both_halves_have_every_kind_of_entry() -> None:
    for kept in (True, False):
        assert {kind for question in JUDGED if question.kept is kept for kind in question.entry_kinds} == set(Kind)


def test_every_judged_entry_is_in_the_catalog(texts: dict[str, str]) -> None:
    assert [entry for question in JUDGED for entry in question.entries if entry not in texts] == []


def test_paraphrases_share_no_content_word_with_their_entries(texts: dict[str, str]) -> None:
    for question in JUDGED:
        if question.type == "paraphrase":
            for entry in question.entries:
                assert not set(content_stems(question.asked)) & set(index_terms(texts[entry])), (question.asked, entry)


def test_typos_hold_a_word_that_the_catalog_does_not_have(texts: dict[str, str]) -> None:
    known = {word for text in texts.values() for word in surfaces(text)}
    for question in JUDGED:
        if question.type == "typo":
            assert set(surfaces(question.asked)) - known, question.asked


def test_acronyms_are_asked_in_short() -> None:
    for question in JUDGED:
        if question.type == "acronym":
            assert question.asked.split()[0].isupper()
            assert len(question.asked.split()[0]) <= 5
