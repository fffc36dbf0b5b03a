"""Search over the catalog: what is found, in which order, what is marked, and what happens without an encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data.errors import MissingPackageError
from taxonomy.catalog import Catalog
from taxonomy.model import UnknownEntryError
from taxonomy.search import Searcher, SearchPage
from taxonomy.search_index import TextIndex
from taxonomy.search_postings import Document
from taxonomy.search_synonyms import Synonyms
from taxonomy.search_vectors import Layer, Meaning, Singles, Stage, Vectors
from taxonomy.search_words import initials, proper_initials
from taxonomy.vocab import Kind, Mode


class Letters:
    """An encoder without weights: a text's vector counts its pairs of letters."""

    name = "letters"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        assert self.go.wait(20)
        self.seen += texts
        vectors = np.ones((len(texts), 64), np.float32) / 100
        for row, text in enumerate(texts):
            for one, other in zip(text.lower(), text.lower()[1:], strict=False):
                vectors[row, (ord(one) * 31 + ord(other)) % 64] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Absent:
    """An encoder whose package is not installed."""

    name = "absent"

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise MissingPackageError("torch", f"encoding {len(texts)} texts")


class Broken:
    """An encoder that fails."""

    name = "broken"

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError(f"{len(texts)} texts")


@pytest.fixture(scope="module")
def searcher(catalog: Catalog) -> Searcher:
    return Searcher(catalog)


@pytest.fixture(scope="module")
def hybrid(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_HOME", str(tmp_path_factory.mktemp("vectors")))
        made = Searcher(catalog, Letters())
        made.wait()
    return made


def keys(page: SearchPage) -> list[str]:
    return [f"{hit.ref.kind}:{hit.ref.key}" for hit in page.hits]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("OPPU", "method:oppu"),
        ("oppu", "method:oppu"),
        ("movielens 1m", "dataset:movielens-1m"),
        ("movie lens 1m", "dataset:movielens-1m"),
        ("memory bank", "method:memorybank"),
        ("a-mem", "method:a-mem"),
        ("ndcg@10", "metric:ndcg@k"),
        ("normalised discounted cumulative gain", "metric:ndcg@k"),
        ("cold start", "node:challenge.cold_start"),
        ("RAG", "node:rag"),
        ("2411.04358", ""),
    ],
)
def test_words_find_names(searcher: Searcher, asked: str, found: str) -> None:
    page = searcher.search(asked, mode=Mode.BM25, limit=3)
    assert page.mode_used is Mode.BM25
    assert found in keys(page) if found else page.hits == ()


def test_a_misspelt_word_is_corrected_and_said(searcher: Searcher) -> None:
    page = searcher.search("serendipty", mode=Mode.BM25)
    assert keys(page)[0] == "metric:serendipity"
    assert "serendipity instead of serendipty" in page.note
    assert not searcher.search("serendipity", mode=Mode.BM25).note


def test_a_name_is_found_by_initials_that_no_text_has(searcher: Searcher) -> None:
    page = searcher.search("AREC", mode=Mode.BM25, limit=1)
    assert (keys(page), page.note) == (["dataset:avocado"], "")
    assert initials("reinforcement learning from human feedback") == {"rlfhf", "rlhf"}
    assert initials("low-rank") == initials("") == frozenset()


def test_kinds_and_limit_hold(searcher: Searcher) -> None:
    page = searcher.search("memory", mode=Mode.BM25, kinds=frozenset({Kind.DATASET}), limit=4)
    assert {hit.ref.kind for hit in page.hits} == {Kind.DATASET}
    assert len(page.hits) == 4 < page.total
    assert [hit.bm25_rank for hit in page.hits] == [1, 2, 3, 4]
    assert searcher.search("memory", mode=Mode.BM25, limit=-1).hits == ()


def test_marks_stand_on_words_of_the_question(searcher: Searcher) -> None:
    hit = searcher.search("adapters privately", mode=Mode.BM25, kinds=frozenset({Kind.METHOD}), limit=1).hits[0]
    texts = {"name": hit.ref.name, "title": hit.title, "summary": hit.summary, "asked_as": hit.asked_as}
    marked = {texts[m.field][m.start : m.stop].lower() for m in hit.marks}
    assert marked
    assert all(word.startswith(("adapt", "privat")) for word in marked), marked
    assert searcher.spans("movie lens", "On MovieLens data") == ((3, 12),)


@pytest.mark.parametrize(
    "asked", ["", "  ", "the of and", "?!", "\0", "\U0001d538" * 500, "x" * 10_000, "' OR 1=1 --", "% _ \\"]
)
@pytest.mark.parametrize("mode", Mode)
def test_any_text_is_answered(hybrid: Searcher, asked: str, mode: Mode) -> None:
    page = hybrid.search(asked, mode=mode, limit=5)
    assert len(page.hits) <= 5
    assert hybrid.ranking(asked, mode=mode) is not None


def test_hybrid_shows_both_ranks_and_orders_by_their_reciprocals(hybrid: Searcher) -> None:
    page = hybrid.search("forgetting old conversations", limit=50)
    assert page.mode_used is Mode.HYBRID
    scores = [hit.score for hit in page.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in page.hits:
        weighted = ((hit.bm25_rank, 1.5 * hit.trust), (hit.semantic_rank, 1))
        parts = [weight / (20 + rank) for rank, weight in weighted if rank]
        assert parts
        assert hit.score == pytest.approx(sum(parts), rel=1e-4)
    assert any(hit.bm25_rank is None for hit in page.hits)


def test_ranking_is_the_search_without_a_limit(hybrid: Searcher) -> None:
    ranking = hybrid.ranking("federated adapters")
    page = hybrid.search("federated adapters", limit=1000)
    assert [(hit.ref.kind, hit.ref.key) for hit in page.hits] == [(kind, key) for kind, key, _ in ranking]
    assert page.total == len(ranking)


def test_words_answer_until_the_encoder_is_there(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path_factory.mktemp("vectors")))
    encoder = Letters()
    encoder.go.clear()
    made = Searcher(catalog, encoder)
    assert made.search("memory", mode=Mode.BM25).note == ""
    assert not encoder.seen, "a search by words loads nothing"
    early = made.search("memory")
    assert early.mode_used is Mode.BM25
    assert early.note == Stage.LOADING.value
    assert early.hits == made.search("memory", mode=Mode.BM25).hits
    encoder.go.set()
    made.wait(20)
    late = made.search("memory")
    assert late.mode_used is Mode.HYBRID
    assert not late.note


@pytest.mark.parametrize(
    ("encoder", "stage"), [(None, Stage.MISSING), (Absent(), Stage.MISSING), (Broken(), Stage.FAILED)]
)
def test_without_an_encoder_words_answer_and_it_is_said(
    catalog: Catalog,
    encoder: object,
    stage: Stage,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path_factory.mktemp("vectors")))
    made = Searcher(catalog, encoder)  # type: ignore[arg-type]
    made.wait()
    for mode in (Mode.HYBRID, Mode.SEMANTIC):
        page = made.search("memory", mode=mode)
        assert page.mode_used is Mode.BM25
        assert page.note == stage.value
        assert page.hits


def test_vectors_are_stored_once_and_damage_is_noticed(
    catalog: Catalog, searcher: Searcher, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    first, second, third = Letters(), Letters(), Letters()
    Searcher(catalog, first).wait()
    assert len(first.seen) > 900
    (stored,) = folder.glob("vectors-*.npy")
    assert catalog.digest in stored.name
    Searcher(catalog, second).wait()
    assert len(second.seen) == 1
    stored.write_bytes(stored.read_bytes()[:-100])
    Searcher(catalog, third).wait()
    assert len(third.seen) > 900
    phrases = sum(len(document.asked) for document in searcher.documents)
    assert phrases > 4000
    assert len(np.load(stored, allow_pickle=False)) == 1 + sum(catalog.counts().values()) + phrases


def test_the_best_of_single_texts_counts_beside_the_vector_of_an_entry() -> None:
    vectors = np.eye(4, dtype=np.float32)
    singles = Singles(vectors, [0, 0, 2, 2], 4)
    question = np.array([0.1, 0.7, 0.5, -0.3], np.float32)
    assert singles.best(question, np.array([2, 1, 0, 3])).tolist() == pytest.approx([0.5, -1, 0.7, -1])
    layers = (
        Layer(1.0, ("film taste", "chat memory", "tone of mails"), (0, 1, 2)),
        Layer(0.5, ("which movies", "a forgetful companion", "recollections of talks"), (0, 1, 1), single=True),
    )
    plain = (layers[0], replace(layers[1], single=False))
    made = [Meaning(3, some, "none", Letters()) for some in (layers, plain)]
    for one in made:
        one.wait()
    for asked in ("recollections of talks", "movies", "nothing of that"):
        with_singles, without = (one.cosines(asked) for one in made)
        assert with_singles is not None
        assert without is not None
        assert (with_singles >= without - 1e-6).all()
    both = [one.cosines("recollections of talks") for one in made]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0][1] > both[1][1] + 0.01


def test_initials_of_proper_names_in_a_text_are_found() -> None:
    found = set(proper_initials("Turns the Pew American Trends Panel and MyAnimeList into lists of Means and Ends"))
    assert {("atp", "American Trends Panel"), ("mal", "MyAnimeList")} <= found
    assert not set(proper_initials("nothing that is a name, One Name alone, ABC"))
    documents = [Document(Kind.DATASET, "anime", "Anime", summary="Ratings by members of MyAnimeList.")]
    index = TextIndex(documents, Synonyms([]))
    assert index.plan("MAL ratings").text == "MAL ratings (MyAnimeList)"
    assert "MyAnimeList" not in index.plan("mal ratings").text


def test_similar_is_of_the_same_kind_and_not_itself(searcher: Searcher, hybrid: Searcher) -> None:
    for made in (searcher, hybrid):
        hits = made.similar(Kind.METHOD, "memorybank", limit=6)
        assert len(hits) == 6
        assert {hit.ref.kind for hit in hits} == {Kind.METHOD}
        assert "memorybank" not in {hit.ref.key for hit in hits}
    assert {h.ref.kind for h in searcher.similar("method", "lamp", kinds=frozenset({Kind.DATASET}))} == {Kind.DATASET}
    assert all(hit.semantic_rank is None for hit in searcher.similar(Kind.METHOD, "memorybank"))
    assert any(hit.semantic_rank for hit in hybrid.similar(Kind.METHOD, "memorybank"))
    with pytest.raises(UnknownEntryError):
        searcher.similar(Kind.METHOD, "no-such-method")


def test_threads_get_the_same_answers(hybrid: Searcher) -> None:
    asked = ["memory agents", "ndcg", "federated adapters", "headline", "toxic answers", "movie ratings"]
    alone = [keys(hybrid.search(text)) for text in asked]
    wrong: list[str] = []

    def ask(turn: int) -> None:
        for place in range(30):
            which = (place + turn) % len(asked)
            if keys(hybrid.search(asked[which])) != alone[which]:
                wrong.append(asked[which])

    threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
