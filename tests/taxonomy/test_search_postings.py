"""The postings of search in their file: equal to those that are made, and made again where the file is damaged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from taxonomy.catalog import Catalog
from taxonomy.search import Searcher
from taxonomy.search_postings import USUAL, Postings, Weights, file_name, postings_of


def test_postings_are_kept_and_damage_is_noticed(catalog: Catalog, tmp_path: Path) -> None:
    documents, path = Searcher(catalog).documents, tmp_path / file_name(catalog.digest)
    made = postings_of(documents, USUAL, path)
    content = path.read_bytes()
    assert same(postings_of(documents, USUAL, path), made)
    assert path.read_bytes() == content
    wrong = io.BytesIO()
    np.savez(wrong, words=np.frombuffer(b"[[], {}]", np.uint8), starts=[0, 9], places=[0], scores=[1.0])
    for damaged in (content[:-200], b"", b"no archive", wrong.getvalue()):
        path.write_bytes(damaged)
        assert same(postings_of(documents, USUAL, path), made)
        assert path.read_bytes() != damaged
    assert same(postings_of(documents, USUAL, tmp_path / "no-folder" / "x.npz"), made)
    assert not postings_of((), USUAL, None).vocabulary
    assert file_name(catalog.digest, Weights(name=9)) != file_name(catalog.digest)


def same(one: Postings, other: Postings) -> bool:
    """Whether two answer alike: columns in the same order with equal entries and scores."""
    assert list(one.vocabulary.items()) == list(other.vocabulary.items())
    arrays = ((getattr(each, name) for each in (one, other)) for name in ("starts", "places", "scores"))
    return one.frequency == other.frequency and all(np.array_equal(*pair) for pair in arrays)
