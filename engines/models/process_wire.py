"""What goes between a process and the one that holds its model: a head in JSON, and arrays as safetensors behind it.

A message is its two lengths (four and eight bytes, big-endian), the head, and the arrays. Nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from data.errors import AttuneError, MissingPackageError
from engines.errors import EngineError, FailureKind
from engines.modifiers import PLAIN, Adapter, Contrast, Modifiers, SoftPrefix, Steering
from engines.rows import Activation, ActivationRow, GenerateRow, Generation, Message, Part, Scored, ScoreRow

if TYPE_CHECKING:
    Arrays = dict[str, np.ndarray[Any, Any]]

Row = GenerateRow | ScoreRow | ActivationRow
HEAD, BODY = 4, 8
NUMBERS = ("max_new_tokens", "temperature", "seed", "until", "ignore_end")


def pack(head: Mapping[str, Any], arrays: Mapping[str, Any] | None = None) -> bytes:
    """A message as bytes."""
    text, body = json.dumps(head).encode(), b""
    if arrays:
        from safetensors.numpy import save

        body = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    return len(text).to_bytes(HEAD, "big") + len(body).to_bytes(BODY, "big") + text + body


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], Arrays]:
    """The next message.

    Raises:
        EOFError: the other side has ended.
    """
    lengths = _exactly(stream, HEAD + BODY)
    head = json.loads(_exactly(stream, int.from_bytes(lengths[:HEAD], "big")))
    body = _exactly(stream, int.from_bytes(lengths[HEAD:], "big"))
    if not body:
        return head, {}
    from safetensors.numpy import load

    return head, load(body)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = stream.read(count - len(found))
        if not more:
            raise EOFError("the other side has ended")
        found += more
    return found


def rows_out(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], Arrays]:
    """Rows as plain values, and their arrays by name; modifiers that rows share go once."""
    sent: list[dict[str, Any]] = []
    arrays: Arrays = {}
    for row in rows:
        made: dict[str, Any] = {"messages": messages_out(row.messages)}
        if isinstance(row, ScoreRow):
            made["continuations"] = list(row.continuations)
        elif isinstance(row, ActivationRow):
            made |= {"answer": _part_out(row.answer), "depth": row.depth}
        else:
            made |= {name: getattr(row, name) for name in NUMBERS}
        if row.modifiers:
            made["modifiers"] = _modifiers_out(row.modifiers, arrays)
        sent.append(made)
    return sent, arrays


def rows_in(sent: Sequence[Mapping[str, Any]], arrays: Arrays) -> list[Any]:
    """The rows of `rows_out`; all are of one kind."""
    shared: dict[str, Any] = {}
    rows: list[Any] = []
    for one in sent:
        messages = messages_in(one["messages"])
        modifiers = _modifiers_in(one["modifiers"], arrays, shared) if "modifiers" in one else PLAIN
        if "continuations" in one:
            rows.append(ScoreRow(messages, tuple(one["continuations"]), modifiers))
        elif "answer" in one:
            rows.append(ActivationRow(messages, Part(*one["answer"]), one["depth"], modifiers))
        else:
            rows.append(GenerateRow(messages, **{name: one[name] for name in NUMBERS}, modifiers=modifiers))
    return rows


def messages_out(messages: Sequence[Message]) -> list[Any]:
    """Messages as plain values."""
    return [[m.role, [_part_out(part) for part in m.parts]] for m in messages]


def _part_out(part: Part) -> list[str]:
    return [part.text, part.item, part.owner]


def messages_in(sent: Sequence[Any]) -> tuple[Message, ...]:
    """The messages of `messages_out`."""
    return tuple(Message(role, tuple(Part(*part) for part in parts)) for role, parts in sent)


def _modifiers_out(modifiers: Modifiers, arrays: Arrays) -> dict[str, Any]:
    made: dict[str, Any] = {"owners": sorted(modifiers.owners)}
    if adapter := modifiers.adapter:
        made["adapter"] = [adapter.digest, sorted(adapter.factors), adapter.scale]
        for name, (a, b) in adapter.factors.items():
            arrays[f"{adapter.digest}:a:{name}"], arrays[f"{adapter.digest}:b:{name}"] = a, b
    if prefix := modifiers.prefix:
        made["prefix"] = prefix.digest
        arrays[prefix.digest] = prefix.embeddings
    if steer := modifiers.steer:
        made["steer"] = [steer.digest, steer.layer, steer.strength]
        arrays[steer.digest] = steer.vector
    if contrast := modifiers.contrast:
        made["contrast"] = [messages_out(contrast.messages), contrast.weight]
    return made


def _modifiers_in(sent: Mapping[str, Any], arrays: Arrays, shared: dict[str, Any]) -> Modifiers:
    adapter = prefix = steer = contrast = None
    if "adapter" in sent:
        key, names, scale = sent["adapter"]
        if key not in shared:
            shared[key] = Adapter(
                {name: (arrays[f"{key}:a:{name}"], arrays[f"{key}:b:{name}"]) for name in names}, scale
            )
        adapter = shared[key]
    if "prefix" in sent:
        prefix = shared.setdefault(sent["prefix"], SoftPrefix(arrays[sent["prefix"]]))
    if "steer" in sent:
        key, layer, strength = sent["steer"]
        steer = shared.setdefault(key, Steering(layer, arrays[key], strength))
    if "contrast" in sent:
        contrast = Contrast(messages_in(sent["contrast"][0]), sent["contrast"][1])
    return Modifiers(adapter, prefix, steer, contrast, frozenset(sent["owners"]))


def results_out(results: Sequence[Generation | Scored | Activation]) -> list[Any]:
    """Results as plain values."""
    return [
        vars(one) | {"vector": one.vector.tolist()} if isinstance(one, Activation) else dict(vars(one))
        for one in results
    ]


def results_in(sent: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The results of `results_out`."""
    return [_result_in(one) for one in sent]


def _result_in(sent: Mapping[str, Any]) -> Generation | Scored | Activation:
    if "logprobs" in sent:
        return Scored(sent["prompt_tokens"], tuple(map(tuple, sent["logprobs"])))
    if "vector" in sent:
        return Activation(sent["prompt_tokens"], sent["layer"], np.array(sent["vector"], np.float32))
    return Generation(**sent)


def error_out(error: BaseException) -> dict[str, str]:
    """An error as plain values; what is not the project's own is named with its type."""
    if isinstance(error, EngineError):
        return {"kind": error.kind.value, "message": str(error)}
    if isinstance(error, MissingPackageError):
        return {"package": error.package, "needed_for": error.needed_for}
    if isinstance(error, AttuneError):
        return {"kind": FailureKind.MODEL.value, "message": str(error)}
    return {"kind": FailureKind.INTERNAL.value, "message": f"{type(error).__name__} in the model's process: {error}"}


def error_in(sent: Mapping[str, str]) -> AttuneError:
    """The error of `error_out`."""
    if "package" in sent:
        return MissingPackageError(sent["package"], sent["needed_for"])
    return EngineError(FailureKind(sent["kind"]), sent["message"])
