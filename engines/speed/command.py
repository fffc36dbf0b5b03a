"""The command `python -m engines speed`: all measurements in one run, as a table or as JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from data.registry import UnknownNameError
from engines.models.weights import NAME, ensure_weights
from engines.models.worker import ModelWorker
from engines.speed.bound import bound
from engines.speed.cases import CASES, Contest, against_served, warm_up
from engines.speed.figures import Ratio, Timing
from engines.speed.work import Work, make_work

DTYPES = ("float32", "bfloat16")
BOTH, BOUND = "both", "bound"
KNOWN = (*CASES, BOUND)
errors = Console(stderr=True)


@dataclass(frozen=True)
class Block:
    """What was measured with one precision."""

    precision: str
    repeats: int
    ratios: tuple[Ratio, ...]
    bound: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The ratios by name, and the bound."""
        made: dict[str, Any] = {"repeats": self.repeats} | {ratio.name: ratio.as_json() for ratio in self.ratios}
        return made | ({BOUND: dict(self.bound)} if self.bound else {})


def speed(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    only: Annotated[str, typer.Option(help=f"Some of {','.join(KNOWN)}.")] = ",".join(KNOWN),
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or both.")] = BOTH,
    repeats: Annotated[int, typer.Option(min=1, max=99, help="Of each; bfloat16 beside float32 is done once.")] = 3,
) -> None:
    """Measure how fast the embedded model is here, beside other ways to run the same weights."""
    names = tuple(dict.fromkeys(part.strip() for part in only.split(",") if part.strip()))
    wrong = [name for name in names if name not in KNOWN]
    if wrong or not names:
        raise UnknownNameError("measurement", wrong[0] if wrong else "", list(KNOWN))
    if dtype not in {*DTYPES, BOTH}:
        raise UnknownNameError("precision", dtype, [*DTYPES, BOTH])
    start = time.monotonic()
    blocks: list[Block] = []
    for precision in DTYPES if dtype == BOTH else (dtype,):
        often = repeats if not blocks else 1
        blocks.append(measure(precision, names, repeats=often, before=blocks))
    if as_json:
        print(json.dumps(report(blocks, time.monotonic() - start), indent=2))
    else:
        print_tables(blocks)
    different = [ratio.name for ratio in blocks[0].ratios if ratio.notes.get("same_numbers") is False]
    if different and blocks[0].precision == DTYPES[0]:
        errors.print(f"The numbers of ours and the rival differ: {', '.join(different)}")
        raise typer.Exit(1)


def measure(precision: str, names: Sequence[str], *, repeats: int, before: Sequence[Block] = ()) -> Block:
    """All asked measurements with one precision; a llama.cpp server that was measured before is not asked again."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from engines.models.local import LocalModel
    from engines.speed.rivals import Transformers
    from taxonomy.encoder import SentenceEncoder

    folder: Path = ensure_weights(report=errors.print)
    local = LocalModel(folder, NAME, precision)
    rival = Transformers(
        folder,
        precision,
        prompt=lambda row: local.encode(row.messages),
        tails=lambda row: local.prepare(row).tails,
    )
    work: Work = make_work(local, SentenceEncoder())
    contest = Contest(ModelWorker(lambda: local), rival, lambda row: local.encode(row.messages), work, repeats)
    warm_up(contest)
    ratios: list[Ratio] = []
    for name in names:
        errors.print(f"{precision}: {name}", style="dim")
        if name == BOUND:
            continue
        known = _served_before(before) if name == "llamacpp" else ()
        ratios += [against_served(contest, known)] if known else CASES[name](contest)
    found = bound(contest, rival.shape(), precision) if BOUND in names else {}
    return Block(precision, repeats, tuple(ratios), found)


def _served_before(before: Sequence[Block]) -> tuple[Timing, ...]:
    ratios = (ratio for block in before for ratio in block.ratios)
    return tuple(ratio.rival for ratio in ratios if ratio.name == "llamacpp_ratio" and ratio.rival)


def report(blocks: Sequence[Block], seconds: float) -> dict[str, Any]:
    """The whole run as one JSON object, a block for each precision."""
    head = {
        "model": NAME,
        "torch": importlib.metadata.version("torch"),
        "cores": len(os.sched_getaffinity(0)),
        "seconds": round(seconds, 1),
    }
    return head | {block.precision: block.as_json() for block in blocks}


def print_tables(blocks: Sequence[Block]) -> None:
    """A table for each precision, with target and whether it is met, and what bounds the speed."""
    console = Console()
    for block in blocks:
        table = Table("", "ratio", "target", "", "ours, s", "rival, s", "rival", title=f"{NAME}, {block.precision}")
        for ratio in block.ratios:
            table.add_row(*cells(ratio))
        console.print(table)
        for part in ("decode", "prefill"):
            if found := block.bound.get(part):
                console.print(
                    f"{part}: bound by {found['bound_by']}; {found['measured_seconds']:.4f} s measured, "
                    f"{found['over_bound']:.2f} times the bound"
                )


def cells(ratio: Ratio) -> tuple[str, ...]:
    """A row of the table."""
    if ratio.value is None or ratio.ours is None or ratio.rival is None:
        return (ratio.name, "-", f"{ratio.target:.2f}", "no value", "-", "-", ratio.reason)
    word = "met" if ratio.met else "missed"
    ours, rival = (
        f"{one.median:.2f} ({min(one.seconds):.2f} to {max(one.seconds):.2f})" for one in (ratio.ours, ratio.rival)
    )
    shown = f"{ratio.rival.name} ({ratio.rival.version})"
    return (ratio.name, f"{ratio.value:.3f}", f"{ratio.target:.2f}", word, ours, rival, shown)
