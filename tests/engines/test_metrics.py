"""Metrics against values computed by hand; what is absent is None with a reason, never zero."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from data.home import ROOT
from data.records import Example, TaskKind
from engines.metrics import Score, metrics, metrics_for
from engines.outputs import Output, distribution
from engines.runs.stats import Value, estimate
from engines.types import Generation
from tests.engines.people import START


def example(target: str) -> Example:
    return Example("e", "t", "u", "in", target, START)


def score(metric: str, output: Output, target: str) -> Score:
    found: Score = metrics[metric]().score(output, example(target))
    return found


def value(metric: str, output: Output, target: str) -> float:
    found = score(metric, output, target)
    assert found.value is not None, found.reason
    return found.value


def wrote(text: str) -> Output:
    return Output(generation=Generation(text, 1, 1, 0.0))


FIVE = {"1": 0.1, "2": 0.2, "3": 0.4, "4": 0.2, "5": 0.1}


def test_the_prediction_is_the_expectation_over_the_labels() -> None:
    assert Output(labels=FIVE).rating == pytest.approx(3.0)
    assert Output(labels={"1": 0.5, "2": 0.0, "3": 0.0, "4": 0.0, "5": 0.5}).rating == pytest.approx(3.0)
    assert Output(point=2.5).rating == 2.5
    assert Output().rating is None


def test_a_distribution_is_a_softmax_over_the_labels() -> None:
    found = distribution(("1", "2"), [math.log(0.02), math.log(0.06)])
    assert found == pytest.approx({"1": 0.25, "2": 0.75})
    assert distribution(("1", "2"), [-5000.0, -5000.0]) == {"1": 0.5, "2": 0.5}
    assert distribution(("1", "2"), [-5000.0, 0.0])["2"] == 1.0


def test_mae_and_rmse() -> None:
    assert value("mae", Output(labels=FIVE), "5") == pytest.approx(2.0)
    assert value("mae", Output(point=2.5), "3") == pytest.approx(0.5)
    squares = [value("rmse", Output(point=p), "3") for p in (1.0, 4.0)]
    assert squares == [4.0, 1.0]
    made = estimate([Value("u", str(i), s) for i, s in enumerate(squares)], metrics["rmse"].info.finish)
    assert made.mean == pytest.approx(math.sqrt(2.5))


def test_log_loss_in_bits() -> None:
    assert value("log-loss", Output(labels=FIVE), "3") == pytest.approx(-math.log2(0.4))
    assert value("log-loss", Output(labels=dict.fromkeys("12345", 0.2)), "1") == pytest.approx(math.log2(5))
    assert value("log-loss", Output(labels=dict(zip("12345", (1.0, 0, 0, 0, 0), strict=True))), "5") < 50


def test_ranked_probability_score() -> None:
    sums = [0.1**2, 0.3**2, (0.7 - 1) ** 2, (0.9 - 1) ** 2]
    assert value("rps", Output(labels=FIVE), "3") == pytest.approx(sum(sums) / 4)
    assert value("rps", Output(labels={**dict.fromkeys("12345", 0.0), "2": 1.0}), "2") == 0.0
    assert value("rps", Output(labels={**dict.fromkeys("12345", 0.0), "1": 1.0}), "5") == 1.0


def test_ranking_without_ties() -> None:
    output = Output(candidates={"a": 3.0, "b": 2.0, "c": 1.0})
    assert [value("hr@1", output, key) for key in "abc"] == [1.0, 0.0, 0.0]
    assert [value("mrr", output, key) for key in "abc"] == pytest.approx([1, 1 / 2, 1 / 3])
    assert [value("ndcg@10", output, key) for key in "abc"] == pytest.approx([1, 1 / math.log2(3), 0.5])


def test_ties_are_averaged_over_their_places() -> None:
    output = Output(candidates={"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0})
    assert value("hr@1", Output(candidates={"a": 1.0, "b": 1.0}), "b") == 0.5
    assert value("mrr", output, "b") == value("mrr", output, "c") == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert value("ndcg@10", output, "c") == pytest.approx((1 / math.log2(3) + 0.5) / 2)


def test_chance_of_twenty_tied_candidates() -> None:
    output = Output(candidates={str(i): 0.0 for i in range(20)})
    assert value("ndcg@10", output, "7") == pytest.approx(0.227, abs=0.0005)
    assert value("hr@1", output, "7") == pytest.approx(0.05)
    assert value("mrr", output, "7") == pytest.approx(sum(1 / i for i in range(1, 21)) / 20)


def test_beyond_the_tenth_place_ndcg_is_zero() -> None:
    output = Output(candidates={str(i): -float(i) for i in range(20)})
    assert value("ndcg@10", output, "9") == pytest.approx(1 / math.log2(11))
    assert value("ndcg@10", output, "10") == 0.0


def test_bits_per_byte_counts_bytes_not_signs() -> None:
    output = Output(truth_logprobs=(math.log(0.5), math.log(0.25)))
    assert value("bits-per-byte", output, "abc") == pytest.approx(3 / 3)
    assert value("bits-per-byte", output, "日本") == pytest.approx(3 / 6)
    assert value("bits-per-token", output, "日本") == pytest.approx(3 / 2)


def test_rouge() -> None:
    assert value("rouge-1", wrote("the cats sat"), "the cat sat down") == pytest.approx(2 * 1 * 0.75 / 1.75)
    assert value("rouge-l", wrote("down sat the cat"), "the cat sat down") == pytest.approx(0.5)
    assert value("rouge-1", wrote("down sat the cat"), "the cat sat down") == pytest.approx(1.0)
    assert value("rouge-l", wrote(""), "the cat") == 0.0


def test_who_compares_words_configures_no_logging() -> None:
    """Else lines that other packages write for their own developers would be printed from then on."""
    code = (
        "import logging\nfrom engines.retrievers import bm25_scores\nfrom engines.rouge import scorer\n"
        "print(scorer('rougeL', stemmed=True).score('a cat', 'the cats')['rougeL'].fmeasure)\n"
        "bm25_scores(['a cat', 'a dog'], 'cat')\nprint(logging.root.handlers)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.5", "[]"]
    assert not done.stderr


@pytest.mark.parametrize("metric", list(metrics))
def test_absent_is_none_with_a_reason(metric: str) -> None:
    found = score(metric, Output(), "3")
    assert found.value is None
    assert found.reason


def test_a_point_has_no_distribution() -> None:
    for metric in ("log-loss", "rps"):
        assert score(metric, Output(point=3.0), "3") == Score(None, "predicts one number, not a distribution")


def test_similarity_says_what_is_missing() -> None:
    assert score("embedding-similarity", Output(similarity=0.25), "x") == Score(0.25)
    assert score("embedding-similarity", wrote(" "), "x").reason == "nothing was generated"
    assert "encoder" in score("embedding-similarity", wrote("text"), "x").reason


def test_each_kind_of_task_has_its_metrics() -> None:
    names = {kind: {m.info.id for m in metrics_for(kind)} for kind in TaskKind}
    assert names[TaskKind.RATE] == {"mae", "rmse", "log-loss", "rps"}
    assert names[TaskKind.RANK] == {"hr@1", "ndcg@10", "mrr"}
    texts = {"bits-per-byte", "bits-per-token", "rouge-1", "rouge-l", "embedding-similarity"}
    assert names[TaskKind.REWRITE] == names[TaskKind.GENERATE] == texts
