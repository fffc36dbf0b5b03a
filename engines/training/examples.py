"""What is learnt from: a person's own earlier items as requests with their answers.

An item is written as the request that it answered, in the words of every prompt, and the user's own answer behind it.
Only items that the world hands out are used, so none at or after the cut, of anyone. Where a method retrieves as well,
the items that came before an item stand in its prompt as they would for a real request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.digest import digest
from data.imported import holds
from data.records import ProfileItem, Task, User
from engines.prompts import compose, item_blocks, write
from engines.retrievers import retrieve
from engines.training.recipe import Sample
from engines.types import Config, Request, Used
from engines.world import World

LONGEST = 512


def as_request(task: Task, item: ProfileItem) -> Request:
    """A past item as if it were asked for."""
    fields = {name: str(value) for name, value in item.extra.items()}
    return Request(item.id, task, item.user, "", fields, item.at)


def answer_of(task: Task, item: ProfileItem) -> str:
    """What the user's own answer was, as the model would continue the request, with what ends it."""
    said = task.answer_template.format_map(item.extra)
    space = " " if task.input_template and not said.startswith(" ") else ""
    return space + said + task.until


def samples_of(world: World, user: User, config: Config, *, most: int, context: int = 0) -> list[Sample]:
    """The last `most` visible items of a person that are requests with answers, as such, the oldest first.

    An item that does not hold both is no example of the task, and is left out. So is a request that is longer than
    `LONGEST` tokens by itself; cutting it would change its meaning.

    Args:
        world: hands out what is visible.
        user: whose items.
        config: template and budget of the prompts.
        most: how many items at most.
        context: how many of the person's items before an item stand in its prompt, the best by BM25.
    """
    task, found = world.task, list[Sample]()
    items = world.visible(user).items
    for place in places_of(task, items)[-most:]:
        item = items[place]
        request = as_request(task, item)
        used: list[Used] = []
        if context and place:
            used = retrieve("bm25", world, items[:place], query=request.text, k=context)
        room = replace(config, budget=min(config.budget, LONGEST))
        if world.model.count(write(request, (), room)) > room.budget:
            continue
        made = compose(request, item_blocks(task, used), count=world.model.count, config=room)
        content = digest({name: str(value) for name, value in item.extra.items()})
        found.append(Sample(made.messages, (answer_of(task, item),), user.id, item.id, content))
    return found


def places_of(task: Task, items: Sequence[ProfileItem]) -> list[int]:
    """Where the items stand that hold both a request of the task and its answer."""
    return [place for place, item in enumerate(items) if holds(task, item)]


def spread(people: Sequence[Sequence[Sample]], most: int) -> list[Sample]:
    """Samples of several people in turns, the newest of each first, until there are enough."""
    turns = max((len(own) for own in people), default=0)
    found = [own[-turn] for turn in range(1, turns + 1) for own in people if turn <= len(own)]
    return found[:most]
