"""Two rankings of the same entries made into one by weighted reciprocal rank fusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taxonomy.search_postings import Scores

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
RRF = 20  # the constant of reciprocal rank fusion: how slowly a rank loses weight
BY_WORDS, BY_MEANING = 1.5, 1.0  # weights of the two rankings
NAMED = 4.0  # the trust in a match by words that is called exactly as the question


@dataclass(frozen=True)
class Fusion:
    """Entries in their fused order, with their scores and both ranks by place (0 for none)."""

    order: Places
    scores: Scores
    bm25: Places
    semantic: Places


def trust(covered: Scores, named: list[int]) -> Scores:
    """How much each match by words is trusted: the square of the share of the question that the entry has.

    Of a long question a distant entry often has a few words, which says little; an entry with all of them is likely
    right, whatever the encoder makes of it.
    """
    trusted = covered**2
    trusted[named] = NAMED
    return trusted


def fuse(words: Places, senses: Places, trusted: Scores) -> Fusion:
    """The sum of weight / (20 + rank) over the rankings that an entry is in.

    The weight of a rank by words is 1.5 times how much this match is trusted, that of a rank by meaning 1 (Cormack et
    al., SIGIR 2009, have no weights and 60).

    Args:
        words: the matches by words, best first.
        senses: the matches by meaning, best first.
        trusted: of every entry, float32 [entries].
    """
    scores = np.zeros(len(trusted), np.float32)
    ranks = [np.zeros(len(trusted), np.intp) for _ in range(2)]
    for places, rank in zip((words, senses), ranks, strict=True):
        rank[places] = np.arange(1, len(places) + 1)
    scores[words] += BY_WORDS * trusted[words] / (RRF + ranks[0][words])
    scores[senses] += BY_MEANING / (RRF + ranks[1][senses])
    return Fusion(best(scores, scores > 0), scores, *ranks)


def best(scores: Scores, allowed: Mask, most: int = 0) -> Places:
    """The places with the highest scores among the allowed, in order; of equal scores the first place first."""
    places = np.flatnonzero(allowed)
    values = scores[places]
    if most and len(places) > most:
        least = np.partition(values, len(values) - most)[len(values) - most]
        kept = values >= least
        places, values = places[kept], values[kept]
    ordered = places[np.argsort(-values, kind="stable")]
    return ordered[:most] if most else ordered
