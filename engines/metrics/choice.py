"""Whether the answer that the user chose has the higher of two scores: accuracy, of which chance is one half."""

from __future__ import annotations

from dataclasses import replace

from data.records import Example
from engines.metrics import CHOOSE, MetricInfo, Score, metrics
from engines.metrics.ranking import over_ties
from engines.outputs import Output

NO_LIKELIHOOD = "judged by a reward, which is no likelihood"


@metrics.register("choice-accuracy")
class ChoiceAccuracy:
    """1 if the chosen answer's score is the higher one, 0 if it is the lower one, 0.5 if both are equal."""

    info = MetricInfo("choice-accuracy", "Accuracy", "", "accuracy", higher_is_better=True, kinds=CHOOSE)

    def score(self, output: Output, example: Example) -> Score:
        """The share of its places in the order of the two that are first: an even split where neither is preferred."""
        return over_ties(output, example, lambda place: float(place == 1))


@metrics.register("choice-accuracy-plain")
class PlainChoiceAccuracy:
    """The same over the answers' own log-likelihoods, from which that of the request alone is not subtracted."""

    info = MetricInfo(
        "choice-accuracy-plain", "Accuracy, plain likelihood", "", "", higher_is_better=True, kinds=CHOOSE
    )

    def score(self, output: Output, example: Example) -> Score:
        """As `choice-accuracy`; absent where a reward took the place of likelihoods."""
        if not output.likelihoods:
            return Score(None, output.reason or NO_LIKELIHOOD)
        plain = replace(output, candidates=output.likelihoods)
        return over_ties(plain, example, lambda place: float(place == 1))
