"""A run on one example as plain records: one a method and arm, with every prompt, output, score and setting.

The page's downloads and `python -m engines ask` both write what `records` gives, so that they cannot differ.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from data.paths import without_paths
from engines.costs import Cost, cost_of
from engines.methods import methods
from engines.options import shown
from engines.types import Arm

if TYPE_CHECKING:
    from data.records import Example
    from engines.live import ArmView, BaselineView, LiveView
    from engines.metrics import Score
    from engines.outputs import Output
    from engines.runs.cells import Bench, Outcome
    from engines.types import Conditioning, Message

SCHEMA = "attune-run/1"
SECRETS = ("ATTUNE_MODEL_KEY",)
# What is not determined by the question: when it was written and how long it took.
MEASURED_ANEW = ("written", "seconds", "user_seconds", "shared_seconds")
COST = ("private_items", "private_bytes", "shared_bytes")
NO_TRUTH = "the request has no true answer"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Record = dict[str, Any]


def records(bench: Bench, example: Example, view: LiveView, written: datetime | None = None) -> list[Record]:
    """One record for each method and arm in the order of the columns, then one for each baseline.

    What is absent is null, a metric with its reason; nothing holds a key or a path of this machine.
    """
    shared = _shared(bench, example, written or datetime.now(UTC))
    found = [
        shared | _method(view, place, view.arms[place, arm]) | {"arm": arm.value}
        for place in range(len(view.columns))
        for arm in Arm
        if (place, arm) in view.arms
    ]
    found += [shared | _baseline(one) for one in view.baselines]
    return found if example.target else [one | {"metrics": _unscored(one["metrics"])} for one in found]


def jsonl(found: Sequence[Record]) -> str:
    """The records, one JSON object a line."""
    return "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in found)


def table(found: Sequence[Record]) -> str:
    """The numbers of the records as CSV; what a spreadsheet would take for a formula stands behind a quote."""
    rows = [{name: _cell(value) for name, value in _flat(one).items()} for one in found]
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _shared(bench: Bench, example: Example, written: datetime) -> Record:
    info, model = bench.dataset.info, bench.model
    return {
        "schema": SCHEMA,
        "written": written.isoformat(timespec="seconds"),
        "dataset": {
            "id": info.id,
            "digest": bench.dataset.digest,
            "name": info.name,
            "fictional": info.fictional,
            "licence": info.licence,
            "citation": info.citation,
        },
        "task": bench.task.id,
        "user": example.user,
        "example": example.id,
        "request": example.input,
        "truth": example.target or None,
        "seed": bench.seed,
        "model": {"name": public(model.name), "digest": model.digest, "precision": model.precision},
    }


def _method(view: LiveView, place: int, seen: ArmView) -> Record:
    column, outcome = view.columns[place], seen.outcome
    failure = seen.failure or (outcome.failure if outcome else None)
    config, info = column.config, methods[column.method].info
    return {
        "kind": "method",
        "method": column.method,
        "version": info.version,
        "config": {
            "k": config.k,
            "budget": config.budget,
            "template": config.template,
            "seed": config.seed,
            "options": {option.name: config.option(option) for option in info.options},
        },
        "arm": "",
        "owner": (outcome.owner if outcome else "") or None,
        "note": outcome.note if outcome else "",
        "status": seen.status.value,
        "failure": {"kind": failure.kind.value, "message": public(failure.message)} if failure else None,
        **_conditioned(outcome.conditioning if outcome else None),
        "output": _output(outcome.output if outcome else None),
        "metrics": _metrics(seen.scores),
        "tokens": _tokens(outcome),
        "seconds": round(outcome.seconds, 4) if outcome else None,
        **_cost(outcome),
    }


def _cost(outcome: Outcome | None) -> Record:
    """What is kept of the user and shared, in bytes, and the seconds of both; null where it is not known."""
    told = (cost_of(outcome) if outcome else Cost()).rounded()
    return {
        "user_seconds": told["user_seconds"],
        "shared_seconds": told["shared_seconds"],
        "cost": {name: _whole(told[name]) for name in COST},
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _conditioned(made: Conditioning | None) -> Record:
    """The messages with whose spans they hold, the evidence, and what the budget left out."""
    if made is None:
        return {"messages": None, "modifiers": None, "contrast": None, "evidence": None, "dropped": None}
    contrast = made.modifiers.contrast
    used = [
        {"item": u.item.id, "owner": u.item.user, "text": u.item.text, "score": _number(u.score), "why": u.why}
        for u in made.evidence.used
    ]
    texts = [
        {"text": t.text, "score": _number(t.score), "chosen": t.chosen, "unsupported": list(t.unsupported)}
        for t in made.evidence.texts
    ]
    return {
        "messages": [_message(m) for m in made.messages],
        "modifiers": made.modifiers.digest or None,
        "contrast": contrast and {"weight": contrast.weight, "messages": [_message(m) for m in contrast.messages]},
        "evidence": {"used": used, "texts": texts, "notes": list(made.evidence.notes)},
        "dropped": [{"what": d.what, "tokens": d.tokens, "why": d.why} for d in made.dropped],
    }


def _message(message: Message) -> Record:
    parts = [{"text": p.text, "item": p.item or None, "owner": p.owner or None} for p in message.parts]
    return {"role": message.role, "parts": parts}


def _output(output: Output | None) -> Record | None:
    if output is None:
        return None
    written = output.generation
    return {
        "rating": _number(output.rating),
        "labels": {label: _number(p) for label, p in output.labels.items()} or None,
        "candidates": {name: _number(value) for name, value in output.candidates.items()} or None,
        "likelihoods": {name: _number(value) for name, value in output.likelihoods.items()} or None,
        "measure": output.measure or None,
        "truth_logprobs": [_number(value) for value in output.truth_logprobs] or None,
        "text": written.text if written else None,
        "cut_short": written.stopped if written else None,
        "similarity": _number(output.similarity),
    }


def _metrics(scores: Mapping[str, Score]) -> Record:
    return {
        name: {"value": _number(score.value), "reason": score.reason or ("" if score.value is not None else "absent")}
        for name, score in scores.items()
    }


def _unscored(scores: Record) -> Record:
    return {name: {"value": None, "reason": NO_TRUTH} for name in scores}


def _tokens(outcome: Outcome | None) -> Record:
    written = outcome.output.generation if outcome and outcome.output else None
    prompt = cost_of(outcome).prompt_tokens if outcome else None
    return {"prompt": _whole(prompt), "new": written.new_tokens if written else None}


def _baseline(one: BaselineView) -> Record:
    return {
        "kind": "baseline",
        "method": one.name,
        "arm": one.arm.value,
        "status": "done",
        "output": _output(one.output),
        "metrics": _metrics(one.scores),
    }


def public(text: str) -> str:
    """A model's name or a failure as it may leave this machine: no key, no path, no user or query of an address."""
    for name in SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "(key)")
    return " ".join(_address(word) if "://" in word else word for word in without_paths(text).split(" "))


def _address(word: str) -> str:
    try:
        parts = urlsplit(word)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(an address)"
    return f"{parts.scheme}://{host}{parts.path}"


def _number(value: float | None) -> float | None:
    """A finite number; JSON has no other."""
    return None if value is None or not math.isfinite(value) else float(value)


def _flat(record: Record) -> Record:
    """The record's names and numbers without its texts."""
    return dict(_cells(record))


def _cells(record: Record) -> Iterator[tuple[str, object]]:
    dataset, model, output = record["dataset"], record["model"], record.get("output") or {}
    yield from ((name, record[name]) for name in ("schema", "written", "task", "user", "example", "truth", "seed"))
    yield from (("dataset", dataset["id"]), ("dataset digest", dataset["digest"]))
    yield from ((name, record.get(name)) for name in ("kind", "method", "version"))
    yield from ((name, (record.get("config") or {}).get(name)) for name in ("k", "budget", "template"))
    options = (record.get("config") or {}).get("options") or {}
    yield "options", " ".join(f"{name}={shown(value)}" for name, value in options.items()) or None
    yield from ((name, record.get(name)) for name in ("arm", "owner", "status"))
    yield "failure", (record.get("failure") or {}).get("kind")
    yield "rating", output.get("rating")
    yield from ((f"P({label})", p) for label, p in (output.get("labels") or {}).items())
    named = "score of {}" if output.get("measure") else "log P({})"
    yield from ((named.format(name), value) for name, value in (output.get("candidates") or {}).items())
    yield from ((name, score["value"]) for name, score in record["metrics"].items())
    tokens = record.get("tokens") or {}
    yield from (("prompt tokens", tokens.get("prompt")), ("new tokens", tokens.get("new")))
    yield from ((name.replace("_", " "), record.get(name)) for name in MEASURED_ANEW[1:])
    yield from ((name.replace("_", " "), (record.get("cost") or {}).get(name)) for name in COST)
    yield from (("model", model["name"]), ("model digest", model["digest"]), ("precision", model["precision"]))
    yield from (("licence", dataset["licence"]), ("citation", dataset["citation"]))


def _cell(value: object) -> object:
    """A cell; a text that a spreadsheet would compute is quoted."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
