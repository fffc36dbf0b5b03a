"""Rows under adapters of the upper layers that begin there, beside the same rows each read from the first layer.

A person's eight held-out posts of Campus under twelve adapters, as many as a comparison asks them under, on the
embedded model: in turns with what the lower layers make kept from row to row, and without. Printed are the processor
seconds of each turn, their ratio, and by how much a log-probability of a token differed at most.

    python -m tests.benchmarks.above --json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence

import numpy as np

from data.importers import datasets
from engines.models.local import LocalModel
from engines.models.weights import NAME, ensure_weights
from engines.modifiers import Adapter, Modifiers
from engines.prompts import write
from engines.runs.cells import as_request
from engines.types import Config, ScoreRow

ADAPTERS, RANK, UPPER, TURNS = 12, 8, 12, 3
PARTS = ("self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj")


def adapter(linear: dict[str, tuple[int, int]], layers: int, seed: int) -> Modifiers:
    """Random factors of the upper layers."""
    draw = np.random.default_rng(seed)
    upper = [name for name in linear if name.endswith(PARTS) and int(name.split(".")[2]) >= layers - UPPER]
    sizes = [(name, linear[name]) for name in upper]

    def normal(*shape: int) -> np.ndarray:
        return (draw.normal(size=shape) * 0.03).astype(np.float32)

    return Modifiers(
        adapter=Adapter({one: (normal(RANK, inner), normal(outer, RANK)) for one, (inner, outer) in sizes})
    )


def turn(model: LocalModel, rows: Sequence[Sequence[ScoreRow]], *, kept: bool) -> tuple[float, list[float]]:
    """Processor seconds for all rows, adapter by adapter, and the log-probabilities of their tokens."""
    model.engine.prefixes.clear()
    model.engine._enters_above = kept
    start, found = time.process_time(), []
    for some in rows:
        found += [value for one in model.score(some) for value in one.logprobs[0]]
    return time.process_time() - start, found


def measure() -> dict[str, object]:
    """Both in turns."""
    model, data = LocalModel(ensure_weights(), NAME), datasets["campus"]()
    task = data.task("post-rewrite")
    user = next(data.examples(task)).user
    asked = [as_request(one, task) for one in data.examples(task) if one.user == user]
    truths = [one.target for one in data.examples(task) if one.user == user]
    layers = int(model.loaded.model.config.num_hidden_layers)
    rows = [
        [
            ScoreRow(write(request, (), Config()), (truth,), adapter(model.loaded.linear, layers, seed))
            for request, truth in zip(asked, truths, strict=True)
        ]
        for seed in range(ADAPTERS)
    ]
    turn(model, rows[:1], kept=True)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    texts: dict[bool, list[float]] = {}
    for _ in range(TURNS):
        for kept in (True, False):
            taken, texts[kept] = turn(model, rows, kept=kept)
            seconds[kept].append(round(taken, 2))
    ratio = statistics.median(seconds[False]) / statistics.median(seconds[True])
    moved = float(np.abs(np.subtract(texts[True], texts[False])).max())
    return {"kept": seconds[True], "from the first layer": seconds[False], "ratio": round(ratio, 2), "moved": moved}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    found = measure()
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
