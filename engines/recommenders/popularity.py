"""Popularity: what most people saw, the same list for everybody but for what each has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engines.recommenders import Recommender, RecommenderInfo, recommenders
from engines.topn.crowd import Person, Real


@recommenders.register("popularity")
class Popularity(Recommender):
    """The number of people who saw each thing."""

    info = RecommenderInfo(
        name="Popularity",
        summary="What most people saw before the cut; nothing about the person enters but what is already seen.",
        level=None,
        after="The usual baseline: the count of people.",
    )

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:  # noqa: ARG002
        """The counts, once for each person."""
        return np.tile(self.crowd.popularity, (len(people), 1))
