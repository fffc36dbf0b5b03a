"""How well the conditioned model predicts the true text: bits per byte, and per token beside it."""

from __future__ import annotations

import math

from data.records import Example
from engines.metrics import NO_TRUTH, TEXT, MetricInfo, Score, metrics
from engines.outputs import Output

NO_LIKELIHOOD = "the model gives no likelihood of the true text"


@metrics.register("bits-per-byte")
class BitsPerByte:
    """-log2 p(true text) over its length in UTF-8 bytes; comparable between tokenizers."""

    info = MetricInfo("bits-per-byte", "Bits per byte", "bits", "", higher_is_better=False, kinds=TEXT)

    def score(self, output: Output, example: Example) -> Score:
        """The bits of one text over its bytes."""
        if not example.target:
            return Score(None, NO_TRUTH)
        if not output.truth_logprobs:
            return Score(None, NO_LIKELIHOOD)
        return Score(-sum(output.truth_logprobs) / math.log(2) / len(example.target.encode()))


@metrics.register("bits-per-token")
class BitsPerToken:
    """-log2 p(true text) over its tokens; only comparable within one tokenizer."""

    info = MetricInfo("bits-per-token", "Bits per token", "bits", "", higher_is_better=False, kinds=TEXT)

    def score(self, output: Output, example: Example) -> Score:
        """The bits of one text over its tokens."""
        if not example.target:
            return Score(None, NO_TRUTH)
        if not output.truth_logprobs:
            return Score(None, NO_LIKELIHOOD)
        return Score(-sum(output.truth_logprobs) / math.log(2) / len(output.truth_logprobs))
