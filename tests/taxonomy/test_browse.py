"""Browsing: words, facets, counts, order, pages, and odd input."""

from __future__ import annotations

import pytest

from taxonomy.catalog import Catalog
from taxonomy.load import FACTS, read_facts
from taxonomy.model import EntryRef
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.vocab import BrowseFacet, Kind, Mark, Sort

METHODS = frozenset({Kind.METHOD})


def keys(page: BrowsePage) -> list[str]:
    return [row.ref.key for row in page.rows]


def refs(page: BrowsePage) -> list[EntryRef]:
    return [row.ref for row in page.rows]


def counts(page: BrowsePage, facet: BrowseFacet) -> dict[str, int]:
    return {count.value: count.count for count in page.facets[facet]}


@pytest.mark.parametrize("text", ["oppu", "OPPU", "  ÓPPU ", "oppu!", "oppu democratizing", "tan oppu"])
def test_oppu_is_found_first(catalog: Catalog, text: str) -> None:
    assert keys(catalog.browse(BrowseQuery(text=text)))[0] == "oppu"


def test_all_words_are_needed(catalog: Catalog) -> None:
    assert catalog.browse(BrowseQuery(text="oppu unlikelyword")).total == 0
    both = catalog.browse(BrowseQuery(text="retrieval graph")).total
    assert 0 < both < catalog.browse(BrowseQuery(text="retrieval")).total


def test_name_comes_before_title_before_summary(catalog: Catalog) -> None:
    page = catalog.browse(BrowseQuery(text="memory", kinds=METHODS, limit=1000))
    places: dict[str, list[int]] = {}
    for place, row in enumerate(page.rows):
        name, title = "memory" in f"{row.ref.name} {row.ref.key}".lower(), "memory" in row.title.lower()
        places.setdefault("name" if name else "title" if title else "summary", []).append(place)
    assert set(places) >= {"title", "summary"}
    assert max(places["title"]) < min(places["summary"])
    assert max(places.get("name", [-1])) < min(places["title"])


def test_key_author_and_alias_are_searched(catalog: Catalog) -> None:
    assert "lamp-3" in keys(catalog.browse(BrowseQuery(text="lamp-3")))[:1]
    assert "ropg" in keys(catalog.browse(BrowseQuery(text="salemi", limit=1000)))
    assert "repr.peft" in keys(catalog.browse(BrowseQuery(text="PEFT", kinds=frozenset({Kind.NODE}))))


def test_nothing_is_hidden(catalog: Catalog) -> None:
    everything = catalog.browse(BrowseQuery(limit=1000))
    total = catalog.counts()
    assert everything.total == sum(total.values()) == len(set(refs(everything)))
    assert counts(everything, BrowseFacet.KIND) == {kind.value: total[kind] for kind in Kind}
    assert catalog.browse(BrowseQuery(kinds=frozenset({Kind.PAPER}))).total == total[Kind.PAPER]


def test_counts_are_what_choosing_the_value_shows(catalog: Catalog) -> None:
    query = BrowseQuery(
        text="user",
        kinds=METHODS,
        facets={BrowseFacet.LEVEL: frozenset({"user"}), BrowseFacet.YEAR: frozenset({"2023", "2024"})},
    )
    page = catalog.browse(query)
    assert 0 < page.total < 305
    for facet in (BrowseFacet.TECHNIQUE, BrowseFacet.LEVEL, BrowseFacet.YEAR, BrowseFacet.HAS_CODE):
        for value, count in counts(page, facet).items():
            chosen = BrowseQuery(text="user", kinds=METHODS, facets={**query.facets, facet: frozenset({value})})
            assert catalog.browse(chosen).total == count, (facet, value)


def test_values_of_one_facet_are_alternatives_and_facets_are_all_required(catalog: Catalog) -> None:
    def total(**facets: str) -> int:
        chosen = {BrowseFacet(name): frozenset(value.split()) for name, value in facets.items()}
        return catalog.browse(BrowseQuery(kinds=METHODS, facets=chosen)).total

    methods = read_facts(FACTS).tables["method"]
    peft = {m.text("key") for m in methods if "repr.peft" in m.items("techniques")}
    dense = {m.text("key") for m in methods if "rag.dense" in m.items("techniques")}
    persona = {m.text("key") for m in methods if "persona" in m.items("levels")}
    assert total(technique="repr.peft rag.dense") == len(peft | dense)
    assert total(technique="repr.peft", level="persona") == len(peft & persona)
    assert total(technique="nothing") == 0


def test_a_family_holds_its_leaves(catalog: Catalog) -> None:
    page = catalog.browse(BrowseQuery(kinds=METHODS))
    technique = {count.value: count for count in page.facets[BrowseFacet.TECHNIQUE]}
    assert technique["rag"].count >= max(technique[f"rag.{leaf}"].count for leaf in ("sparse", "dense", "blackbox"))
    assert (technique["rag"].depth, technique["rag.dense"].depth) == (0, 1)
    assert technique["rlhf.reward"].mark is Mark.OURS
    assert technique["rag"].mark is Mark.CONFIRMED
    assert "technique" not in technique


def test_order(catalog: Catalog) -> None:
    new = catalog.browse(BrowseQuery(kinds=METHODS, sort=Sort.YEAR, descending=True, limit=1000))
    years = [row.year or 0 for row in new.rows]
    assert years == sorted(years, reverse=True)
    most = catalog.browse(BrowseQuery(kinds=METHODS, sort=Sort.RESULTS, descending=True)).rows
    assert [row.results for row in most] == sorted((row.results for row in most), reverse=True)
    assert most[0].results == len(catalog.results_for(most[0].ref.key)) > 0
    names = keys(catalog.browse(BrowseQuery(sort=Sort.NAME, limit=1000)))
    assert names == keys(catalog.browse(BrowseQuery(sort=Sort.NAME, descending=True, limit=1000)))[::-1]


def test_pages_cut_the_same_order(catalog: Catalog) -> None:
    whole = refs(catalog.browse(BrowseQuery(text="personal", limit=60)))
    parts = [refs(catalog.browse(BrowseQuery(text="personal", limit=20, offset=n))) for n in (0, 20, 40)]
    assert [ref for part in parts for ref in part] == whole
    assert len(set(whole)) == 60
    beyond = catalog.browse(BrowseQuery(text="personal", offset=5000))
    assert (beyond.rows, beyond.total) == ((), catalog.browse(BrowseQuery(text="personal")).total)


def test_rows_carry_their_nodes_with_marks(catalog: Catalog) -> None:
    row = catalog.browse(BrowseQuery(text="oppu")).rows[0]
    assert ("repr.peft", Mark.RECALLED) in {(node.key, node.mark) for node in row.nodes}
    assert row.code_url
    assert row.arxiv_id == "2402.04401"


@pytest.mark.parametrize(
    "query",
    [
        BrowseQuery(text="%' OR 1=1 -- _"),
        BrowseQuery(text="\0\ud800"),
        BrowseQuery(text="x" * 1_000_000),
        BrowseQuery(text="a " * 100_000),
        BrowseQuery(limit=-1, offset=-5),
        BrowseQuery(limit=10**30, offset=10**30),
        BrowseQuery(facets={BrowseFacet.YEAR: frozenset({"'; DROP TABLE entry; --"})}),
        BrowseQuery(kinds=METHODS, facets={BrowseFacet.KIND: frozenset({"dataset"})}),
    ],
    ids=lambda query: repr(query)[:40],
)
def test_odd_questions_get_an_answer(catalog: Catalog, query: BrowseQuery) -> None:
    page = catalog.browse(query)
    assert page.total >= len(page.rows)
    assert set(page.facets) == set(BrowseFacet)


def test_text_without_letters_asks_for_everything(catalog: Catalog) -> None:
    assert catalog.browse(BrowseQuery(text="?!")).total == catalog.browse().total
