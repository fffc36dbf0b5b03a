"""Errors of a predicted rating: mean absolute error and root mean squared error, in stars."""

from __future__ import annotations

import math

from data.records import Example
from engines.metrics import NO_TRUTH, RATE, MetricInfo, Score, metrics
from engines.outputs import Output

NO_RATING = "no rating"


@metrics.register("mae")
class MeanAbsoluteError:
    """|predicted - true|, in stars; the prediction is the expectation over the labels, or the label written."""

    info = MetricInfo("mae", "MAE", "stars", "mae", higher_is_better=False, kinds=RATE)

    def score(self, output: Output, example: Example) -> Score:
        """The absolute error of one rating."""
        if not example.target:
            return Score(None, NO_TRUTH)
        rating = output.rating
        if rating is None:
            return Score(None, output.reason or NO_RATING)
        return Score(abs(rating - float(example.target)))


@metrics.register("rmse")
class RootMeanSquaredError:
    """The root of the mean of (predicted - true)^2, in stars."""

    info = MetricInfo("rmse", "RMSE", "stars", "rmse", higher_is_better=False, kinds=RATE, finish=math.sqrt)

    def score(self, output: Output, example: Example) -> Score:
        """The squared error of one rating; the root is taken of the mean."""
        if not example.target:
            return Score(None, NO_TRUTH)
        rating = output.rating
        if rating is None:
            return Score(None, output.reason or NO_RATING)
        return Score((rating - float(example.target)) ** 2)
