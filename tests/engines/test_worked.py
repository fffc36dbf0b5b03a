"""Worked examples of metrics against values computed by hand here; every number in their steps is the code's own."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from engines.metrics import metrics
from engines.worked import implementations, needs_encoder, number, worked
from taxonomy.catalog import Catalog
from taxonomy.question import BrowseQuery
from taxonomy.vocab import Kind

# By hand. Ratings: 2*.1 + 3*.2 + 4*.4 + 5*.3 = 3.9 against 5, 2.5 against 2, 4 against 1.
BY_HAND = {
    "accuracy": (1 + 1 / 2) / 2,
    "mae": (1.1 + 0.5 + 3.0) / 3,
    "rmse": math.sqrt((1.21 + 0.25 + 9.0) / 3),
    "logloss": (math.log(1 / 0.4, 2) + 2.0) / 2,
    "hit@k": (1 + 0) / 2,
    "hits@1": (1 + 0) / 2,
    "mrr": (1 + 1 / 3) / 2,
    "ndcg@k": (1 + 1 / 2) / 2,
    "rouge-1": 2 * (5 / 6) * (5 / 7) / (5 / 6 + 5 / 7),  # a, quiet, film, warm, joke; not: with, full, of
    "rouge-l": 2 * (3 / 6) * (3 / 7) / (3 / 6 + 3 / 7),  # a, film, joke stand in the same order in both
    "perplexity": (2 * 4 * 8 * 2) ** (1 / 4),
}


class Flat:
    """An encoder whose embeddings are known: (0.6, 0.8) and (1, 0)."""

    id = "flat"

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[0.6, 0.8], [1.0, 0.0]][: len(texts)], dtype=np.float32)


@pytest.mark.parametrize("entry", list(BY_HAND))
def test_the_code_gives_what_a_pencil_gives(entry: str) -> None:
    found = worked(entry)
    assert found is not None
    assert found.figure == pytest.approx(BY_HAND[entry], abs=1e-9)


@pytest.mark.parametrize("entry", list(BY_HAND))
def test_each_step_ends_with_the_value_of_its_case(entry: str) -> None:
    found = worked(entry)
    assert found is not None
    for case in found.cases:
        assert case.given
        ends = re.findall(r"= (-?[\d.]+)(?: \\text\{ bits\})?$", case.steps[-1])
        assert ends == [number(case.value)]
    assert not found.total or found.total.endswith(f"= {number(found.figure)}")
    assert found.total or (len(found.cases) == 1 and found.figure == found.cases[0].value)


def test_similarity_needs_the_encoder() -> None:
    assert needs_encoder("sbert-similarity")
    assert worked("sbert-similarity") is None
    found = worked("sbert-similarity", Flat())  # type: ignore[arg-type]
    assert found is not None
    assert found.figure == pytest.approx(0.6, abs=1e-6)


def test_what_is_not_computed_here_has_no_example() -> None:
    assert worked("bertscore") is None
    assert implementations("no-such-metric") == ()


def test_every_named_metric_is_one_of_the_catalog_and_has_an_example(catalog: Catalog) -> None:
    keys = {row.ref.key for row in catalog.browse(BrowseQuery(kinds=frozenset({Kind.METRIC}), limit=1000)).rows}
    named = {metrics[name].info.entry for name in metrics} - {""}
    assert named <= keys
    assert {key for key in keys if implementations(key)} == {*BY_HAND, "sbert-similarity"}
    for name in metrics:
        info = metrics[name].info
        if info.entry:
            assert info.higher_is_better == (catalog.entry("metric", info.entry).facts[0].value == "higher")
