"""How fast search answers, on the real catalog and on synthetic ones up to 300 times as large, beside scikit-learn.

The same questions go to every way in turn: sixty judged ones, everyday phrases, and two to five words of some entry,
every fifth with a slip of the pen. The synthetic catalogs have random vectors, which cost what real ones cost; what the
sentence encoder needs for a question is measured apart, with questions that it has not seen. The rival is what one
writes in ten lines: scikit-learn's TF-IDF over the same texts, a product with every entry, and for the fused ranking
the same cosines and reciprocal ranks; it has no synonyms, corrects nothing and marks nothing.

    python -m tests.benchmarks.search --times 1,3,10,30,100,300 --folder FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from taxonomy.catalog import Catalog
from taxonomy.encoder import SentenceEncoder
from taxonomy.search import Searcher
from taxonomy.search_postings import Document
from taxonomy.search_vectors import Vectors
from taxonomy.search_words import content_stems
from taxonomy.vocab import Mode
from tests.benchmarks.synthetic import synthetic_snapshot
from tests.taxonomy.judged import read_judged

TARGETS = {1: 40.0, 300: 200.0}  # ms, p95 of the fused ranking
DIMENSION, QUESTIONS, RRF, SHOWN = 384, 200, 60, 20


class RandomVectors:
    """An encoder that makes unit vectors of nothing but the text's checksum."""

    name = "random"

    def encode(self, texts: Sequence[str]) -> Vectors:
        chance = np.random.default_rng(zlib.crc32("".join(texts[:1]).encode()))
        vectors = chance.standard_normal((len(texts), DIMENSION), np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class TfIdf:
    """The rival: TF-IDF of scikit-learn, cosines with every entry, fused by reciprocal rank."""

    def __init__(self, documents: Sequence[Document], vectors: Vectors) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = (" ".join((d.name, d.aliases, d.title, d.summary, d.tags, d.authors, *d.asked)) for d in documents)
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=content_stems)
        self._matrix = self._vectorizer.fit_transform(texts)
        self._vectors, self._encoder = vectors, RandomVectors()

    def words(self, text: str) -> Any:
        scores = (self._matrix @ self._vectorizer.transform([text]).T).toarray().ravel()
        return np.argsort(-scores, kind="stable")[:SHOWN]

    def fused(self, text: str) -> Any:
        total = np.zeros(len(self._vectors), np.float32)
        by_words = (self._matrix @ self._vectorizer.transform([text]).T).toarray().ravel()
        by_sense = self._vectors @ self._encoder.encode([text])[0]
        for scores in (by_words, by_sense):
            order = np.argsort(-scores)
            total[order] += 1 / (RRF + 1 + np.arange(len(order), dtype=np.float32))
        return np.argsort(-total)[:SHOWN]


def questions(documents: Sequence[Document], seed: int) -> list[str]:
    """The judged questions for development, everyday phrases, and others made of the entries' words."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    asked = [question.asked for question in read_judged()]
    while len(asked) < QUESTIONS:
        drawn_from = chance.choice(documents)
        if drawn_from.asked and len(asked) % 3 == 0:
            asked.append(chance.choice(drawn_from.asked))
            continue
        words = (drawn_from.title or drawn_from.name).split()
        drawn = chance.sample(words, min(len(words), chance.randint(2, 5)))
        if len(asked) % 5 == 0 and len(drawn[0]) > 5:
            drawn[0] = drawn[0][:2] + drawn[0][3:]
        asked.append(" ".join(drawn))
    chance.shuffle(asked)
    return asked


def milliseconds(ways: dict[str, Callable[[str], Any]], asked: Sequence[str]) -> dict[str, dict[str, float]]:
    """p50 and p95 of every way; they take turns, so that a busy machine slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for text in asked[:10]:
        for way in ways.values():
            way(text)
    for text in asked:
        for name, way in ways.items():
            start = time.perf_counter()
            way(text)
            taken[name].append(1000 * (time.perf_counter() - start))
    return {name: {f"p{q}": round(float(np.percentile(ms, q)), 2) for q in (50, 95)} for name, ms in taken.items()}


def measure(catalog: Catalog, times: int) -> dict[str, Any]:
    """One size: how long the index takes to make, and every way's time for a question."""
    start = time.perf_counter()
    searcher = Searcher(catalog, RandomVectors())
    built = time.perf_counter() - start
    searcher.wait()
    vectors = RandomVectors().encode([""] * len(searcher.documents))
    rival = TfIdf(searcher.documents, vectors)
    ways = {mode.value: lambda text, mode=mode: searcher.search(text, mode=mode, limit=SHOWN) for mode in Mode}
    ways |= {"ranking": searcher.ranking, "scikit-learn words": rival.words, "scikit-learn fused": rival.fused}
    result = milliseconds(ways, questions(searcher.documents, seed=times))
    place = random.Random(times).sample(range(len(searcher.documents)), 50)  # noqa: S311 - reproducible, not secret
    entries = [f"{searcher.documents[p].kind} {searcher.documents[p].key}" for p in place]
    result |= milliseconds({"similar": lambda entry: searcher.similar(*entry.split(" ", 1))}, entries)
    return {
        "times": times,
        "entries": len(searcher.documents),
        "index_seconds": round(built, 2),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "milliseconds": result,
    }


def encoder_milliseconds() -> dict[str, float]:
    """What the sentence encoder takes for a question that it has not seen."""
    encoder = SentenceEncoder()
    encoder.encode(["the first one loads the model"])
    asked = [f"{question.asked} {number}" for number in range(2) for question in read_judged()]
    return milliseconds({"encoder": lambda text: encoder.encode([f"{text}?{time.perf_counter()}"])}, asked)["encoder"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--times", default="1,3,10,30,100,300")
    parser.add_argument("--folder", type=Path, help="where synthetic catalogs are kept and found again")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="attune-search-"))
    os.environ["ATTUNE_HOME"] = str(folder)
    report: dict[str, Any] = {"encoder": encoder_milliseconds(), "sizes": []}
    for times in map(int, given.times.split(",")):
        path = folder / f"synthetic-{times}x-7.duckdb"
        catalog = Catalog.open(path if path.exists() else synthetic_snapshot(folder, times).path)
        report["sizes"].append(measure(catalog, times))
        catalog.close()
    print(json.dumps(report)) if given.json else show(report)


def show(report: dict[str, Any]) -> None:
    """The growth curve as a table, and whether the targets are met."""
    sizes = report["sizes"]
    table = Table("p50 / p95, ms", *(f"{size['times']}x: {size['entries']:,}" for size in sizes))
    for name in sizes[0]["milliseconds"]:
        cells = (size["milliseconds"][name] for size in sizes)
        table.add_row(name, *(f"{ms['p50']:.1f} / {ms['p95']:.1f}" for ms in cells))
    table.add_row("index made, seconds", *(f"{size['index_seconds']}" for size in sizes))
    table.add_row("peak memory, MB", *(f"{size['peak_memory_mb']:,}" for size in sizes))
    console = Console()
    console.print(table)
    console.print(
        f"the encoder apart: {report['encoder']['p50']:.1f} / {report['encoder']['p95']:.1f} ms a new question"
    )
    for size in sizes:
        if size["times"] in TARGETS:
            found, target = size["milliseconds"]["hybrid"]["p95"], TARGETS[size["times"]]
            met = "met" if found <= target else "MISSED"
            console.print(f"{size['times']}x: hybrid p95 {found:.1f} ms, target {target:.0f} ms: {met}")


if __name__ == "__main__":
    main()
