"""The measurements: the same rows by ours and by a rival, in turns, and the ratio of their times."""

from __future__ import annotations

import importlib.metadata
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from data.errors import AttuneError
from engines.rows import GenerateRow, LanguageModel, ScoreRow
from engines.speed.figures import Ratio, Timing
from engines.speed.llamacpp import Quantization, quantized, serve, version
from engines.speed.rivals import Prompt, Rival, over_http
from engines.speed.work import Work, led

SLOTS, SLOT_TOKENS = 8, 1024
APART = 1.5
SAME = 0.001
OURS = "Attune, one batch that rows join and leave"


@dataclass
class Contest:
    """Ours and a rival with the same weights and precision.

    Attributes:
        ours: the model as the product uses it.
        rival: the plain way.
        prompt: the tokens of a row's prompt.
        work: what both compute.
        repeats: how often; the medians are compared.
        apart: seconds between clicks.
        generated: our seconds on the distinct prompts, once measured.
    """

    ours: LanguageModel
    rival: Rival
    prompt: Prompt
    work: Work
    repeats: int = 3
    apart: float = APART
    generated: Timing | None = field(default=None, repr=False)

    def ours_took(self, seconds: Sequence[float], *, tokens: int, n: int) -> Timing:
        """A timing of our side."""
        return Timing(OURS, importlib.metadata.version("torch"), tuple(seconds), tokens, n)

    def rival_took(self, how: str, seconds: Sequence[float], *, tokens: int, n: int) -> Timing:
        """A timing of the rival's side."""
        return Timing(f"transformers, {how}", self.rival.version, tuple(seconds), tokens, n)

    def length(self, rows: Sequence[GenerateRow | ScoreRow]) -> int:
        """Prompt tokens of rows in all."""
        return sum(len(self.prompt(row)) for row in rows)


def clocked(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def warm_up(contest: Contest) -> None:
    """Let both sides do a little of everything once, so that neither pays for its first use."""
    rows, scored = led(contest.work.distinct[:2], 0), led([contest.work.ranking], 0)
    contest.ours.generate(rows)
    contest.ours.score(scored)
    contest.rival.generate(rows[:1])
    contest.rival.padded(rows)
    contest.rival.labels(led(contest.work.ratings[:1], 0))


def repeated(repeats: int, work: Callable[[int], object]) -> list[float]:
    """Seconds of each repeat; repeats are numbered from 1."""
    return [clocked(partial(work, repeat)) for repeat in range(1, repeats + 1)]


def in_turns(
    repeats: int, ours: Callable[[int], object], rival: Callable[[int], object]
) -> tuple[list[float], list[float]]:
    """Seconds of both sides, one after the other in each repeat, so that a busy machine slows both."""
    found: tuple[list[float], list[float]] = ([], [])
    for repeat in range(1, repeats + 1):
        found[0].append(clocked(partial(ours, repeat)))
        found[1].append(clocked(partial(rival, repeat)))
    return found


def plain(contest: Contest) -> list[Ratio]:
    """Distinct prompts, all given at once, over transformers one by one."""
    rows = contest.work.distinct
    mine, other = in_turns(
        contest.repeats,
        lambda repeat: contest.ours.generate(led(rows, repeat)),
        lambda repeat: contest.rival.generate(led(rows, repeat)),
    )
    tokens = contest.length(led(rows, 1)) + sum(row.max_new_tokens for row in rows)
    contest.generated = contest.ours_took(mine, tokens=tokens, n=len(rows))
    return [
        Ratio(
            "plain_ratio",
            contest.generated,
            contest.rival_took("generate, one by one", other, tokens=tokens, n=len(rows)),
            notes={"prompt_tokens": [contest.length([row]) for row in led(rows, 1)]},
        )
    ]


def llamacpp(contest: Contest) -> list[Ratio]:
    """The same prompts by a llama.cpp server with eight slots, the better of two quantizations."""
    try:
        timings = [served(contest, kind) for kind in Quantization]
    except AttuneError as error:
        return [Ratio("llamacpp_ratio", reason=str(error))]
    return [against_served(contest, timings)]


def against_served(contest: Contest, timings: Sequence[Timing]) -> Ratio:
    """Ours over the fastest server; ours is measured now unless it was measured before."""
    rows = contest.work.distinct
    if contest.generated is None:
        mine = repeated(contest.repeats, lambda repeat: contest.ours.generate(led(rows, repeat)))
        contest.generated = contest.ours_took(mine, tokens=timings[0].tokens, n=len(rows))
    best = min(timings, key=lambda one: one.median)
    others = [one.as_json() for one in timings if one is not best]
    return Ratio("llamacpp_ratio", contest.generated, best, notes={"other_rivals": others})


def served(contest: Contest, kind: Quantization) -> Timing:
    """The seconds of a llama.cpp server on the distinct prompts, all sent at once."""
    rows, new = contest.work.distinct, contest.work.distinct[0].max_new_tokens

    def prompts(repeat: int) -> list[Sequence[int]]:
        return [contest.prompt(row) for row in led(rows, repeat)]

    with serve(quantized(kind), slots=SLOTS, context=SLOT_TOKENS) as address:
        over_http(address, prompts(0)[:SLOTS], 8)
        seconds = repeated(contest.repeats, lambda repeat: over_http(address, prompts(repeat), new))
    tokens = contest.length(led(rows, 1)) + new * len(rows)
    return Timing(f"llama.cpp server by xllamacpp, {kind}, {SLOTS} slots", version(), tuple(seconds), tokens, len(rows))


def rank(contest: Contest) -> list[Ratio]:
    """The candidates of one prompt, over a forward pass for each."""
    row = contest.work.ranking
    found: dict[str, list[float]] = {}

    def mine(repeat: int) -> None:
        found["ours"] = contest.ours.score(led([row], repeat))[0].totals()

    def other(repeat: int) -> None:
        found["rival"] = contest.rival.candidates(led([row], repeat)[0])

    ours, rival = in_turns(contest.repeats, mine, other)
    n, tokens = len(row.continuations), contest.length(led([row], 1))
    return [
        Ratio(
            "rank_ratio",
            contest.ours_took(ours, tokens=tokens, n=n),
            contest.rival_took("a forward pass for each candidate", rival, tokens=tokens * n, n=n),
            notes=same(found["ours"], found["rival"]),
        )
    ]


def rating(contest: Contest) -> list[Ratio]:
    """Rating prompts of some users and films, over a forward pass for each with the last position's logits alone."""
    rows = contest.work.ratings
    found: dict[str, list[float]] = {}

    def mine(repeat: int) -> None:
        scored = contest.ours.score(led(rows, repeat))
        found["ours"] = [values[-1] for one in scored for values in one.logprobs]

    def other(repeat: int) -> None:
        found["rival"] = [value for values in contest.rival.labels(led(rows, repeat)) for value in values]

    ours, rival = in_turns(contest.repeats, mine, other)
    tokens, n = contest.length(led(rows, 1)), len(rows)
    return [
        Ratio(
            "rating_ratio",
            contest.ours_took(ours, tokens=tokens, n=n),
            contest.rival_took("a forward pass for each prompt, last logits", rival, tokens=tokens, n=n),
            notes=same(found["ours"], found["rival"]),
        )
    ]


def same(ours: Sequence[float], rival: Sequence[float]) -> dict[str, object]:
    """The largest difference of log-probabilities, in nats, and whether it is below the limit."""
    largest = max(abs(a - b) for a, b in zip(ours, rival, strict=True))
    return {"max_difference": round(largest, 7), "difference_limit": SAME, "same_numbers": largest < SAME}


def staggered(contest: Contest) -> list[Ratio]:
    """Clicks that arrive while others run, over padded batches one after another."""
    last: tuple[list[float], list[float]] = ([], [])
    p95: tuple[list[float], list[float]] = ([], [])
    for repeat in range(1, contest.repeats + 1):
        clicks = [led(rows, repeat) for rows in contest.work.clicks]
        for place, found in enumerate((together(contest, clicks), one_by_one(contest, clicks))):
            ends, waits = found
            last[place].append(max(ends))
            p95[place].append(percentile(waits, 0.95))
    n = len(contest.work.clicks)
    rows = [row for click in contest.work.clicks for row in led(click, 1)]
    tokens = contest.length(rows) + sum(row.max_new_tokens for row in rows)
    how = "padded batches one after another"
    return [
        Ratio(
            name,
            contest.ours_took(seconds[0], tokens=tokens, n=n),
            contest.rival_took(how, seconds[1], tokens=tokens, n=n),
            notes={"clicks_apart_seconds": contest.apart, "rows": len(rows)},
        )
        for name, seconds in (("staggered_last_ratio", last), ("staggered_p95_ratio", p95))
    ]


def together(contest: Contest, clicks: Sequence[Sequence[GenerateRow]]) -> tuple[list[float], list[float]]:
    """Each click in a thread of its own at its time; when each ended, and how long it took."""
    start = time.perf_counter()
    ends: dict[int, float] = {}
    errors: list[BaseException] = []

    def click(place: int) -> None:
        try:
            time.sleep(max(0.0, start + place * contest.apart - time.perf_counter()))
            contest.ours.generate(clicks[place])
            ends[place] = time.perf_counter() - start
        except BaseException as error:  # told by the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=click, args=(place,)) for place in range(len(clicks))]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
    if errors:
        raise errors[0]
    return [ends[i] for i in range(len(clicks))], [ends[i] - i * contest.apart for i in range(len(clicks))]


def one_by_one(contest: Contest, clicks: Sequence[Sequence[GenerateRow]]) -> tuple[list[float], list[float]]:
    """Clicks served in the order of their arrival, each as one padded batch."""
    start = time.perf_counter()
    ends, waits = [], []
    for place, rows in enumerate(clicks):
        time.sleep(max(0.0, start + place * contest.apart - time.perf_counter()))
        contest.rival.padded(rows)
        ends.append(time.perf_counter() - start)
        waits.append(ends[-1] - place * contest.apart)
    return ends, waits


def percentile(values: Sequence[float], share: float) -> float:
    """Linear between neighbours: of one value, itself.

    Raises:
        statistics.StatisticsError: there are no values.
    """
    if not values:
        raise statistics.StatisticsError("no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


CASES: dict[str, Callable[[Contest], list[Ratio]]] = {
    "plain": plain,
    "llamacpp": llamacpp,
    "rank": rank,
    "rating": rating,
    "staggered": staggered,
}
