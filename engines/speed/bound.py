"""What bounds the speed on this machine, measured, and how far from it ours is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engines.rows import GenerateRow
from engines.speed.cases import Contest, clocked
from engines.speed.rivals import Shape
from engines.speed.work import led

TRIES = 5
SUMMED = 512 * 2**20
ROWS = 512
STEPS = 32
PREFILL, DECODE = 1000, 1001


@dataclass(frozen=True)
class Machine:
    """What the machine can do at best: bytes read a second, and operations a second of the model's products."""

    bandwidth: float
    operations: float


def best(work: Callable[[], object]) -> float:
    """The shortest of some seconds, after one that does not count."""
    work()
    return min(clocked(work) for _ in range(TRIES))


def machine(shape: Shape, precision: str) -> Machine:
    """Measure memory bandwidth by a large sum, and arithmetic by the products of one block on 512 tokens.

    Products are measured with weights as they are, and joined and packed as the engine does it; the faster counts.
    """
    import torch

    from engines.models.flat.layers import pack

    large = torch.ones(SUMMED // 4)
    bandwidth = SUMMED / best(large.sum)
    kind = getattr(torch, precision)
    weights = [torch.randn(shape).to(kind) for shape in shape.linear]
    joined = [torch.cat([w for w in weights if w.shape[1] == width]) for width in {i for _, i in shape.linear}]
    given = {width: torch.randn(ROWS, width).to(kind) for _, width in shape.linear}
    packed = [made for made, done in map(pack, joined) if done]

    def plain() -> None:
        for weight in weights:
            torch.nn.functional.linear(given[weight.shape[1]], weight)

    def fast() -> None:
        for weight, usual in zip(packed, joined, strict=True):
            torch.ops.mkldnn._linear_pointwise(given[usual.shape[1]], weight, None, "none", [], "")

    with torch.inference_mode():
        seconds = min(best(plain), best(fast)) if len(packed) == len(joined) else best(plain)
    return Machine(bandwidth, 2 * ROWS * sum(o * i for o, i in shape.linear) / seconds)


def prefill_operations(shape: Shape, lengths: Sequence[int]) -> float:
    """Operations of reading prompts: all linear layers, causal attention, and the output layer once a prompt."""
    body = 2.0 * (shape.parameters - shape.head) * sum(lengths)
    attention = sum(2.0 * shape.hidden * length * length for length in lengths) * shape.layers
    return body + attention + 2.0 * shape.head * len(lengths)


def bound(contest: Contest, shape: Shape, precision: str) -> dict[str, Any]:
    """Bounds of prefill and of a step of decoding, what was measured, and measured over bound.

    A step reads all weights once and multiplies them with every row: it takes at least the longer of both.
    """
    before, rows = machine(shape, precision), contest.work.distinct
    read, stepped = [], []
    for repeat in range(contest.repeats):
        read.append(_takes(contest, led(rows, PREFILL + 2 * repeat), 1))
        stepped.append(_takes(contest, led(rows, DECODE + 2 * repeat), 1 + STEPS))
    after = machine(shape, precision)
    able = Machine(max(before.bandwidth, after.bandwidth), max(before.operations, after.operations))
    reading = sorted(read)[len(read) // 2]
    step = max(0.0, sorted(stepped)[len(stepped) // 2] - reading) / STEPS
    operations = prefill_operations(shape, [contest.length([row]) for row in led(rows, PREFILL)])
    weights = shape.parameters * shape.size
    by_reading, by_arithmetic = weights / able.bandwidth, 2.0 * shape.parameters * len(rows) / able.operations
    least = max(by_reading, by_arithmetic)
    return {
        "bandwidth_gb_per_s": round(able.bandwidth / 1e9, 2),
        "product_gflop_per_s": round(able.operations / 1e9, 1),
        "decode": {
            "rows": len(rows),
            "weights_mb_per_step": round(weights / 1e6, 1),
            "bound_by": "reading weights" if by_reading >= by_arithmetic else "arithmetic",
            "reading_seconds": round(by_reading, 5),
            "arithmetic_seconds": round(by_arithmetic, 5),
            "measured_seconds": round(step, 5),
            "over_bound": round(step / least, 3),
        },
        "prefill": {
            "tokens": contest.length(led(rows, PREFILL)),
            "gflop": round(operations / 1e9, 1),
            "bound_by": "arithmetic",
            "bound_seconds": round(operations / able.operations, 4),
            "measured_seconds": round(reading, 4),
            "over_bound": round(reading * able.operations / operations, 3),
        },
    }


def _takes(contest: Contest, rows: Sequence[GenerateRow], new: int) -> float:
    asked = [replace(row, max_new_tokens=new) for row in rows]
    start = time.perf_counter()
    contest.ours.generate(asked)
    return time.perf_counter() - start
