"""Pointwise mutual information of a title and a history: its likelihood after the history minus nobody's likelihood.

log p(title | history) - log p(title | no history), in nats. What is likely for everybody, because its words are common
or the film is famous, is taken out. For nobody the two are equal and nothing has a score.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engines.recommenders import recommenders
from engines.recommenders.llm_likelihood import LlmLikelihood
from engines.topn.crowd import Person, Real, Whole

NOBODY = Person("", np.zeros(0, np.int64))


@recommenders.register("llm-likelihood-pmi")
class LlmLikelihoodPmi(LlmLikelihood):
    """Nobody's likelihoods are computed once for each title."""

    info = replace(
        LlmLikelihood.info,
        name="LLM likelihood, minus nobody's",
        summary="How much more likely the history makes each title: its likelihood minus that without any history.",
    )

    def learn(self) -> None:
        """Nothing is known of any title yet."""
        self._without: dict[int, float] = {}

    def judged(self, person: Person, columns: Whole) -> Real:
        """The differences; none for nobody."""
        if not len(person.seen):
            return np.full(len(columns), np.nan, np.float32)
        new = np.array([column for column in columns.tolist() if column not in self._without], np.int64)
        if len(new):
            values = self.likelihoods(NOBODY, new, "Scoring candidates without a history")
            self._without |= dict(zip(new.tolist(), values.tolist(), strict=True))
        base = np.array([self._without[column] for column in columns.tolist()], np.float32)
        return super().judged(person, columns) - base
