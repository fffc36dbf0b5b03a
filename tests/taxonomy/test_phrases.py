"""What people ask for leads to its entry: the recipe of CONTRIBUTING works, and search and entries tell the phrase."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.home import ROOT
from taxonomy.catalog import Catalog
from taxonomy.search import Searcher
from taxonomy.snapshot import ensure_catalog
from taxonomy.vocab import Kind, Mode
from tests.taxonomy.test_contributions import added, check, follow


def recipe() -> str:
    """The row that CONTRIBUTING adds."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(r"^```yaml\n(- entry: .*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return str(block)


def test_the_recipe_makes_an_entry_findable(facts_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added(facts_copy)
    path = facts_copy / "asked_as.yaml"
    path.write_text(path.read_text("utf-8") + "\n" + recipe(), "utf-8")
    left = check(facts_copy)
    assert (left.exit_code, left.stdout.count("\n")) == (1, 1), left.stdout
    follow(facts_copy, left.stdout)
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path / "home"))
    catalog = Catalog(ensure_catalog(facts_copy))
    hit = Searcher(catalog).search("diary of our talks that bots consult", mode=Mode.BM25, limit=1).hits[0]
    assert (hit.ref.key, hit.asked_as) == ("example-notes", "Diary of our talks that the bot consults by itself")
    marked = {hit.asked_as[m.start : m.stop] for m in hit.marks if m.field == "asked_as"}
    assert marked == {"Diary", "talks", "bot", "consults"}
    assert len(catalog.entry(Kind.METHOD, "example-notes").asked_as) == 2
    catalog.close()


def test_nearly_every_class_and_work_is_asked_for_and_no_paper(catalog: Catalog) -> None:
    rows = catalog.store.query("search_texts")
    papers = [row for row in rows if row["kind"] == Kind.PAPER]
    assert not any(row["asked"] for row in papers)
    assert sum(bool(row["asked"]) for row in rows) > 0.9 * (len(rows) - len(papers))


def test_a_phrase_is_told_only_where_nothing_else_has_its_words(catalog: Catalog) -> None:
    searcher = Searcher(catalog)
    asked = catalog.entry(Kind.METRIC, "toxicity").asked_as[0]
    hits = {hit.ref.key: hit for hit in searcher.search(asked, mode=Mode.BM25, limit=5).hits}
    assert hits["toxicity"].asked_as == asked
    assert not searcher.search("toxicity probability", mode=Mode.BM25, limit=1).hits[0].asked_as
