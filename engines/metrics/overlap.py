"""Overlap of the generated text with the true one: ROUGE-1 and ROUGE-L F1 (Lin, 2004), by the rouge-score package."""

from __future__ import annotations

from data.records import Example
from engines.metrics import NO_TRUTH, TEXT, MetricInfo, Score, metrics
from engines.outputs import Output
from engines.rouge import scorer

NO_TEXT = "nothing was generated"
NO_ENCODER = "the sentence encoder is not installed"


def rouge(output: Output, example: Example, kind: str) -> Score:
    """The F1 of one ROUGE variant."""
    if not example.target:
        return Score(None, NO_TRUTH)
    if output.generation is None:
        return Score(None, NO_TEXT)
    made = scorer("rouge1", "rougeL", stemmed=True).score(example.target, output.generation.text)
    return Score(float(made[kind].fmeasure))


@metrics.register("rouge-1")
class Rouge1:
    """Unigram overlap, stemmed."""

    info = MetricInfo("rouge-1", "ROUGE-1", "", "rouge-1", higher_is_better=True, kinds=TEXT)

    def score(self, output: Output, example: Example) -> Score:
        """F1 of shared words."""
        return rouge(output, example, "rouge1")


@metrics.register("rouge-l")
class RougeL:
    """Longest common subsequence, stemmed."""

    info = MetricInfo("rouge-l", "ROUGE-L", "", "rouge-l", higher_is_better=True, kinds=TEXT)

    def score(self, output: Output, example: Example) -> Score:
        """F1 of the longest common subsequence."""
        return rouge(output, example, "rougeL")


@metrics.register("embedding-similarity")
class EmbeddingSimilarity:
    """Cosine of MiniLM sentence embeddings of the generated and the true text."""

    info = MetricInfo(
        "embedding-similarity", "Embedding similarity", "", "sbert-similarity", higher_is_better=True, kinds=TEXT
    )

    def score(self, output: Output, example: Example) -> Score:
        """The cosine that the runner computed with the sentence encoder."""
        if not example.target:
            return Score(None, NO_TRUTH)
        if output.similarity is not None:
            return Score(output.similarity)
        made = output.generation is not None and output.generation.text.strip()
        return Score(None, NO_ENCODER if made else NO_TEXT)
