"""The arithmetic and the shape of `python -m engines speed`; the real run is no test."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.errors import MissingPackageError
from engines.__main__ import app
from engines.models.echo import EchoModel
from engines.models.worker import ModelWorker
from engines.rows import GenerateRow, LanguageModel, Message, Part, ScoreRow
from engines.speed import cases, llamacpp, work
from engines.speed.bound import prefill_operations
from engines.speed.cases import Contest, percentile, plain, rank, rating, staggered
from engines.speed.command import Block, cells, report
from engines.speed.figures import TARGETS, Ratio, Timing
from engines.speed.llamacpp import Quantization, ServerError
from engines.speed.rivals import Shape
from engines.speed.work import led, make_work
from taxonomy.encoder import SentenceEncoder
from tests.conftest import missing, require_model

APART = 0.01


class SlowRival:
    """Does what the plain way does, with an echo, and takes a known time for each row."""

    version = "1.0"

    def __init__(self, seconds: float, off: float = 0.0) -> None:
        self.seconds, self.off, self.echo = seconds, off, EchoModel()

    def generate(self, rows: Sequence[GenerateRow]) -> int:
        time.sleep(self.seconds * len(rows))
        return sum(row.max_new_tokens for row in rows)

    padded = generate

    def candidates(self, row: ScoreRow) -> list[float]:
        time.sleep(self.seconds * len(row.continuations))
        return [total + self.off for total in self.echo.score([row])[0].totals()]

    def labels(self, rows: Sequence[ScoreRow]) -> list[list[float]]:
        time.sleep(self.seconds * len(rows))
        return [[values[-1] + self.off for values in one.logprobs] for one in self.echo.score(rows)]


def row(words: int, new: int = 4) -> GenerateRow:
    return GenerateRow((Message("user", (Part("word " * words),)),), new, ignore_end=True)


def small_work() -> work.Work:
    scored = ScoreRow(row(5).messages, ("word", "none"))
    return work.Work((row(3), row(4)), scored, (scored, scored), ((row(3), row(2)), (row(4),)))


def contest(rival: SlowRival, model: LanguageModel | None = None) -> Contest:
    ours = model or EchoModel()
    return Contest(
        ours,
        rival,
        lambda one: list(range(ours.count(one.messages))),
        small_work(),
        repeats=3,
        apart=APART,
    )


def timing(*seconds: float, name: str = "ours") -> Timing:
    return Timing(name, "1", seconds, 10, 2)


def test_a_ratio_is_median_over_median() -> None:
    ratio = Ratio("plain_ratio", timing(1.0, 9.0, 2.0), timing(8.0, 10.0, 0.1))
    assert ratio.value == pytest.approx(2.0 / 8.0)
    assert ratio.met is True
    assert Ratio("rank_ratio", timing(2.0), timing(8.0)).met is False
    found = ratio.as_json()
    assert found["ours"]["seconds"] == {"min": 1.0, "median": 2.0, "max": 9.0}
    assert {"name", "version", "tokens", "n"} <= set(found["rival"])
    assert found["target"] == TARGETS["plain_ratio"]


def test_without_a_rival_there_is_a_reason_and_no_value() -> None:
    ratio = Ratio("llamacpp_ratio", timing(1.0), reason="not installed")
    assert (ratio.value, ratio.met) == (None, None)
    assert ratio.as_json()["reason"] == "not installed"
    assert "no value" in cells(ratio)


def test_both_sides_are_timed_in_every_repeat() -> None:
    rival = SlowRival(0.01)
    (ratio,) = plain(contest(rival))
    assert ratio.rival
    assert ratio.ours
    assert len(ratio.rival.seconds) == len(ratio.ours.seconds) == 3
    assert min(ratio.rival.seconds) >= 0.02
    assert ratio.ours.n == 2
    assert ratio.ours.tokens == (3 + 4 + 2 * 2) + (4 + 4)
    assert ratio.value is not None
    assert ratio.value < 1


def test_every_repeat_has_a_text_of_its_own_that_nobody_knows_yet() -> None:
    echo = EchoModel()
    plain(contest(SlowRival(0.0), ModelWorker(lambda: echo)))
    assert len(set(echo.prompts)) == 6
    assert len(echo.prompts) == 6, "no answer was given from memory"
    assert led([row(3)], 1) != led([row(3)], 13)


def test_numbers_that_differ_from_the_rival_are_told() -> None:
    (same,), (other,) = rating(contest(SlowRival(0.0))), rating(contest(SlowRival(0.0, off=0.01)))
    assert same.notes["same_numbers"] is True
    assert other.notes["same_numbers"] is False
    assert other.notes["max_difference"] == pytest.approx(0.01)
    (ranked,) = rank(contest(SlowRival(0.0, off=0.01)))
    assert ranked.notes["same_numbers"] is False


def test_clicks_are_timed_from_when_they_arrive() -> None:
    last, p95 = staggered(contest(SlowRival(0.02)))
    assert (last.name, p95.name) == ("staggered_last_ratio", "staggered_p95_ratio")
    assert last.rival
    assert p95.rival
    # two rows, then one that waits for them: done after 0.04 and 0.06, the second arrived at 0.01
    assert last.rival.median == pytest.approx(0.06, abs=0.02)
    assert p95.rival.median == pytest.approx(0.05, abs=0.02)
    assert last.ours
    assert last.ours.median >= APART


def test_a_click_that_fails_fails_the_measurement() -> None:
    broken = contest(SlowRival(0.0))
    long = row(EchoModel.context + 1)
    broken.work = replace(broken.work, clicks=((row(2),), (long,)))
    with pytest.raises(Exception, match="more than"):
        staggered(broken)


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([3.0], 0.95) == 3.0
    assert percentile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5) == 3.0
    assert percentile([0.0, 10.0], 0.95) == pytest.approx(9.5)
    with pytest.raises(statistics.StatisticsError):
        percentile([], 0.5)


def test_reading_counts_linear_layers_attention_and_one_output_a_prompt() -> None:
    shape = Shape(parameters=100, head=40, size=4, hidden=8, layers=2, linear=((8, 8),))
    assert prefill_operations(shape, [10]) == 2 * 60 * 10 + 2 * 8 * 100 * 2 + 2 * 40
    assert prefill_operations(shape, [10, 10]) == 2 * prefill_operations(shape, [10])


def test_the_report_has_a_block_for_each_precision() -> None:
    block = Block("float32", 3, (Ratio("plain_ratio", timing(1.0), timing(4.0)),), {"decode": {"over_bound": 1.5}})
    found = json.loads(json.dumps(report([block, replace(block, precision="bfloat16", repeats=1)], 12.0)))
    assert found["float32"]["plain_ratio"]["value"] == 0.25
    assert found["bfloat16"]["repeats"] == 1
    assert found["float32"]["bound"]["decode"]["over_bound"] == 1.5
    assert {"model", "torch", "cores", "seconds"} <= set(found)


def test_an_unknown_measurement_or_precision_is_refused() -> None:
    for options in (["--only", "plan"], ["--dtype", "float16"], ["--only", ","]):
        done = CliRunner().invoke(app, ["speed", *options])
        assert done.exit_code == 1
        assert "plain" in str(done.exception) or "bfloat16" in str(done.exception)


def test_without_the_package_of_the_server_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp, "PACKAGE", "no_such_package_of_this_name")
    (ratio,) = cases.llamacpp(contest(SlowRival(0.0)))
    assert ratio.value is None
    assert "make install-dev" in ratio.reason
    with pytest.raises(MissingPackageError), llamacpp.serve(Path("x.gguf"), slots=1, context=64):
        pass


def test_a_file_that_is_no_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        llamacpp.version()
    except MissingPackageError as error:
        missing(str(error))
    monkeypatch.setattr(llamacpp, "TRIES", 1)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"nothing")
    with pytest.raises(ServerError, match=r"broken\.gguf"), llamacpp.serve(broken, slots=1, context=64):
        pass


@pytest.mark.parametrize(("named", "wanted"), [("", 3), ("1", 1), ("2,1", 3), ("0", 3), ("64", 3), ("many", 3)])
def test_the_rival_has_the_threads_that_the_model_has(named: str, wanted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2})
    monkeypatch.setenv("OMP_NUM_THREADS", named)
    assert llamacpp.threads() == wanted


@pytest.mark.model
def test_a_server_answers_and_ends_with_the_block() -> None:
    import urllib.error
    import urllib.request

    require_model()
    try:
        llamacpp.version()
    except MissingPackageError as error:
        missing(str(error))
    from engines.speed.rivals import over_http

    eight = llamacpp.quantized(Quantization.Q8_0)
    assert eight.stat().st_size > llamacpp.quantized(Quantization.Q4_1).stat().st_size
    with llamacpp.serve(eight, slots=2, context=256) as address:
        assert over_http(address, [[1, 2, 3], [4, 5, 6], [7, 8]], 5) == 15
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/health", timeout=2)  # noqa: S310 - our own


@pytest.mark.model
def test_the_work_has_the_lengths_that_it_promises(model: LanguageModel) -> None:
    made = make_work(model, SentenceEncoder())
    lengths = [model.count(one.messages) for one in made.distinct]
    assert len({one.messages for one in made.distinct}) == work.PROMPTS
    assert min(lengths) >= work.SHORTEST
    assert max(lengths) <= work.LONGEST
    assert max(lengths) - min(lengths) > 150
    assert all(one.ignore_end and one.max_new_tokens == work.NEW_TOKENS for one in made.distinct)
    assert abs(model.count(made.ranking.messages) - work.RANK_TOKENS) < 20
    assert len(made.ranking.continuations) == 20
    assert len(made.ratings) == work.RATING_USERS * work.RATING_FILMS
    clicked = [model.count(one.messages) for click in made.clicks for one in click]
    assert min(clicked) >= 60
    assert max(clicked) <= 900
    assert max(clicked) > 800
