"""The language model's likelihood of each title, given the last films of the history: a zero-shot recommender.

A candidate's score is the log-probability, in nats, of its title as a whole as the continuation of the prompt that all
methods share. Only a shortlist is scored, the most popular unseen things; `Tools.shortlist` says how many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engines.errors import EngineError, FailureKind
from engines.prompts import Block, compose
from engines.recommenders import Recommender, RecommenderInfo, recommenders
from engines.topn.crowd import Person, Real, Whole
from engines.types import Capability, Config, Follows, LanguageModel, Level, Message, Reach, Request, ScoreRow

HISTORY = 8
AT_ONCE = 25  # candidates of one request, so that progress is told and a stop is heard


@recommenders.register("llm-likelihood")
class LlmLikelihood(Recommender):
    """log p(title | the last `HISTORY` things of the history)."""

    info = RecommenderInfo(
        name="LLM likelihood",
        summary="The language model's likelihood of each title after the eight last films; a shortlist is scored.",
        level=Level.USER,
        uses=Reach.OWN,
        follows=(
            Follows(
                "llmrank",
                how="simplifies",
                differs="Candidates are scored by the likelihood of their titles from a 135M model, not listed in a "
                "prompt and ranked by a large model in words; they are the most popular unseen films.",
            ),
            Follows(
                "nir",
                how="illustrates",
                differs="One prompt with titles in place of three steps that summarize, pick and rank in words.",
            ),
        ),
        slow=True,
        reads_model=True,
    )

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:
        """Likelihoods of each person's shortlist; the rest has no score."""
        scores = np.full(allowed.shape, np.nan, np.float32)
        for row, person in enumerate(people):
            columns = self.candidates(person, allowed[row])
            scores[row, columns] = self.judged(person, columns)
        return scores

    def candidates(self, person: Person, allowed: npt.NDArray[np.bool_]) -> Whole:  # noqa: ARG002
        """What is scored: the most popular things that are allowed."""
        listed = self.crowd.columns
        found: Whole = listed[allowed[listed]][: self.scored()]
        return found

    def scored(self) -> int:
        """How many candidates are scored for a person."""
        return self.tools.shortlist

    def judged(self, person: Person, columns: Whole) -> Real:
        """The scores of some columns for a person."""
        return self.likelihoods(person, columns, "Scoring candidates")

    def likelihoods(self, person: Person, columns: Whole, said: str) -> Real:
        """The log-probability of each title after a person's last things.

        Raises:
            EngineError: there is no model that gives likelihoods (kind unable), or it was stopped (kind stopped).
        """
        model, messages = self._model(), self.prompt(person)
        found: list[float] = []
        for start in range(0, len(columns), AT_ONCE):
            self.tools.tell(said, start, len(columns))
            titles = tuple(self.crowd.items.titles[column] for column in columns[start : start + AT_ONCE])
            found += model.score([ScoreRow(messages, titles)], stop=self.tools.stop)[0].totals()
        return np.array(found, np.float32)

    def prompt(self, person: Person) -> tuple[Message, ...]:
        """The messages: the task's instruction, and the titles of the last things with the newest nearest."""
        newest = person.seen[::-1][:HISTORY]
        blocks = [Block(self.crowd.items.titles[column], owner=person.id) for column in newest]
        request = Request("", self.crowd.asks, person.id, "", fields={}, at=self.crowd.cut)
        return compose(request, blocks, count=self._model().count, config=Config(k=HISTORY)).messages

    def _model(self) -> LanguageModel:
        model = self.tools.model
        if model is None or Capability.SCORE not in model.capabilities:
            raise EngineError(FailureKind.UNABLE, f"{self.info.name} needs a language model that gives likelihoods")
        return model
