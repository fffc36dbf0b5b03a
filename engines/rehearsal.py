"""A user's own past items asked again as requests, so that a method can choose without any held-out data.

Each rehearsal sees only what lies strictly before its own item, as a real request would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from data.imported import holds
from data.records import ProfileItem, TaskKind
from engines.outputs import distribution
from engines.prompts import item_blocks, write
from engines.types import Config, Dropped, Message, Part, Request, ScoreRow, Used
from engines.world import World

SMALLEST = 1e-9
NEWEST = 1000  # earlier items that a rehearsal chooses from


@dataclass(frozen=True)
class Rehearsal:
    """A past item as a request, with what the user answered and the items that lay before it."""

    item: ProfileItem
    request: Request
    answer: str
    before: tuple[ProfileItem, ...]


def request_of(world: World, item: ProfileItem) -> Request:
    """A past item as if it were asked for."""
    fields = {name: str(value) for name, value in item.extra.items()}
    return Request(item.id, world.task, item.user, "", fields, item.at)


def answer_of(world: World, item: ProfileItem) -> str:
    """What the user's own answer to that past request was."""
    return world.task.answer_template.format_map(item.extra)


def size_of(world: World, item: ProfileItem, config: Config) -> int:
    """Prompt tokens of a past item as a request with its answer, without a profile."""
    asked = write(request_of(world, item), (), config)
    return world.model.count((*asked[:-1], Message("assistant", (*asked[-1].parts, Part(answer_of(world, item))))))


def admissible(
    world: World, items: Sequence[ProfileItem], config: Config
) -> tuple[tuple[ProfileItem, ...], tuple[Dropped, ...]]:
    """The items that fit the budget alone, and those that never can; only long ones are counted."""
    kept: list[ProfileItem] = []
    dropped: list[Dropped] = []
    for item in items:
        tokens = 0
        if len(world.task.write_item(item)) > config.budget:  # a token has at least one letter
            blocks = item_blocks(world.task, [Used(item)])
            tokens = world.model.count((Message("user", tuple(block.part for block in blocks)),))
        if tokens > config.budget:
            dropped.append(Dropped(f"item {item.id}", tokens, f"over the budget of {config.budget} tokens"))
        else:
            kept.append(item)
    return tuple(kept), tuple(dropped)


def rehearsals(world: World, items: Sequence[ProfileItem], config: Config, count: int) -> list[Rehearsal]:
    """The last items that are requests with answers, have others before them and fit the budget, oldest first."""
    found: list[Rehearsal] = []
    for item in reversed(items):
        before = tuple(one for one in items if one.at < item.at and _subject(one) != _subject(item))
        if len(found) == count or not before:
            break
        if not holds(world.task, item):
            continue
        answer = answer_of(world, item)
        if answer.strip() and size_of(world, item, config) <= config.budget:
            found.append(Rehearsal(item, request_of(world, item), answer, before[-NEWEST:]))
    return found[::-1]


def _subject(item: ProfileItem) -> str:
    return str(item.extra.get("subject", item.id))


def likelihoods(world: World, asked: Sequence[tuple[Rehearsal, tuple[Message, ...]]]) -> list[float]:
    """How likely the user's own answers are under some prompts, in nats.

    For ratings the log-probability of the true label among all labels; otherwise the mean over the answer's tokens.
    """
    if not asked:
        return []
    rated = world.task.kind is TaskKind.RATE
    rows = [ScoreRow(messages, _labels(world) if rated else (one.answer,)) for one, messages in asked]
    scored = world.model.score(rows, stop=world.stop)
    if not rated:
        return [sum(one.logprobs[0]) / max(1, len(one.logprobs[0])) for one in scored]
    return [_of_label(world, one.answer, made.totals()) for (one, _), made in zip(asked, scored, strict=True)]


def _labels(world: World) -> tuple[str, ...]:
    return tuple(f" {label}" for label in world.task.labels)


def _of_label(world: World, answer: str, totals: Sequence[float]) -> float:
    said = answer.rsplit(maxsplit=1)[-1]
    return math.log(max(distribution(world.task.labels, totals).get(said, 0.0), SMALLEST))
