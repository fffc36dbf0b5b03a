"""Another recommender's first twenty, put into the language model's order: retrieve, then re-rank.

The list is of `Tools.listed` (EASE unless another is named); its first `RERANKED` are ordered by the likelihood of
their titles after the history minus nobody's. What stands behind them keeps its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engines.errors import EngineError, FailureKind
from engines.recommenders import recommenders
from engines.recommenders.llm_likelihood import LlmLikelihood
from engines.recommenders.llm_likelihood_pmi import LlmLikelihoodPmi
from engines.topn.crowd import Person, Real, Whole
from engines.types import Follows, Reach

RERANKED = 20


@recommenders.register("llm-rerank")
class LlmRerank(LlmLikelihoodPmi):
    """The inner recommender is fitted on the same crowd."""

    info = replace(
        LlmLikelihood.info,
        name="LLM re-ranking",
        summary="The first twenty of another recommender's list, put into the language model's order.",
        uses=Reach.EVERYONE,
        follows=(
            Follows(
                "chat-rec",
                how="simplifies",
                differs="One re-ranking of a recommender's list by likelihood minus nobody's, without a dialogue and "
                "without the model's words or explanations.",
            ),
            Follows(
                "llmrank",
                how="simplifies",
                differs="Candidates are another recommender's and scored one by one by likelihood, so no order of "
                "candidates in a prompt can bias them; the paper ranks them in words by large models.",
            ),
        ),
    )

    def learn(self) -> None:
        """Fit the recommender whose list is re-ranked.

        Raises:
            EngineError: the list would be its own (kind unable).
        """
        super().learn()
        if issubclass(made := recommenders[self.tools.listed], LlmLikelihood):
            raise EngineError(FailureKind.UNABLE, f"{self.tools.listed} asks the model itself; name another list")
        self.inner = made().fit(self.crowd, self.tools)

    def candidates(self, person: Person, allowed: npt.NDArray[np.bool_]) -> Whole:
        """The first of the other's list."""
        order, _ = self.inner.order([person], allowed[None])
        found: Whole = order[0, : min(self.scored(), int(allowed.sum()))]
        return found

    def scored(self) -> int:
        """How many are re-ranked."""
        return RERANKED

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:
        """The model's scores of the first ones; below these, the others in the order of the list."""
        scores = super().scores(people, allowed)
        order, _ = self.inner.order(people, allowed)
        for row in range(len(people)):
            judged = scores[row, order[row, : self.scored()]]
            floor = np.nanmin(judged) if np.isfinite(judged).any() else 0.0
            rest = order[row] if not np.isfinite(judged).any() else order[row, self.scored() :]
            scores[row, rest] = floor - 1.0 - np.arange(len(rest), dtype=np.float32)
        return scores
