"""What several methods share: the adapter that others teach, from whom it is learnt, and what is said of a state."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.records import User
from engines.kept import NOTHING, Kept, kept_of
from engines.modifiers import PLAIN, Modifiers
from engines.training.examples import LONGEST, samples_of, spread
from engines.training.make import modifiers_of, trained, training_of
from engines.training.recipe import Recipe, Sample, Trained
from engines.training.trainer import first_and_last
from engines.types import Conditioning, Config
from engines.world import World

# Chosen among a few on the earlier split of Campus (tests/benchmarks/recipes.py), never on what is held out.
TASK = Recipe(epochs=2, batch=4, rate=1e-3)
OWN = Recipe(epochs=2, batch=4, rate=4e-3)
PEOPLE, EACH, MOST = 32, 16, 128


def drawn_others(world: World, count: int, *, without: str = "") -> list[User]:
    """People outside the fold, drawn by the seed alone."""
    people = sorted((user for user in world.outsiders() if user.id != without), key=lambda user: user.id)
    order = {user.id: random.Random(f"{world.seed}/{user.id}").random() for user in people}  # noqa: S311
    return sorted(people, key=lambda user: order[user.id])[:count]


def outside(world: World, people: Sequence[User]) -> Sequence[User]:
    """Those who are not of the target's fold, where they are enough to learn from; so it is learnt once for the fold.

    All of them where they are not, as in a small group; then it is learnt for each user anew.
    """
    others = [one for one in people if world.fold is None or one.id not in world.fold.people]
    return others if sum(min(len(one.items), EACH) for one in others) >= MOST else people


def samples_of_people(world: World, people: Sequence[User], config: Config, *, context: int = 0) -> list[Sample]:
    """The newest items of each person in turns, as many as a task adapter is learnt from."""
    return spread([samples_of(world, user, config, most=EACH, context=context) for user in people], MOST)


def task_adapter(world: World, config: Config, *, context: int = 0) -> Trained:
    """The adapter that others' answers teach: one for all people of a fold, and never with data of any of them."""
    samples = samples_of_people(world, drawn_others(world, PEOPLE), config, context=context)
    return trained(world, training_of(world, ("task-adapter", 1), TASK, samples), "the task, from other people")


def nothing_of(whose: str) -> str:
    """That nothing was learnt from somebody's items, for the reader; the model answers without it."""
    fit = f"there is no item of at most {LONGEST} tokens that holds a request of this task with its answer"
    return f"Nothing was learnt from {whose}: {fit}."


def own_items(count: int) -> str:
    """From how many of the user's own items something was learnt, in words."""
    return f"{count} of the user's own items" if count else "the user's own items"


def said_of(state: Trained, whose: str, per: str = "token") -> str:
    """What a state was learnt from and what it costs, for the reader; or why nothing was learnt."""
    if not state.arrays:
        return nothing_of(whose)
    first, last = first_and_last(state.losses) if state.losses else (0.0, 0.0)
    took = "" if state.seconds is None else f", {state.seconds:.1f} s to train"
    cost = f"{state.bytes / 1000:,.0f} kB{took}" if state.bytes else "not kept"
    return f"Learnt from {whose}: {cost}; training loss {first:.2f} to {last:.2f} nats a {per}."


@dataclass(frozen=True)
class Prepared:
    """A state for the requests of one user: what rows carry, and what the reader is told; empty for nobody.

    Attributes:
        modifiers: made once, since naming them by their content takes as long as reading them.
        kept: what of it is kept of the user, and what serves others too.
    """

    world: World
    modifiers: Modifiers = PLAIN
    notes: tuple[str, ...] = ()
    kept: Kept = NOTHING

    def onto(self, made: Conditioning) -> Conditioning:
        """A conditioning whose rows carry the state."""
        evidence = replace(made.evidence, notes=(*made.evidence.notes, *self.notes))
        return replace(made, evidence=evidence, modifiers=self.modifiers)


def untaught(world: World, user: User) -> Prepared:
    """The state of a user from whose items nothing is learnt: empty for nobody, who has none, else with the reason."""
    return Prepared(world, notes=(nothing_of(own_items(0)),) if world.visible(user).items else ())


def prepared(
    world: World, *shared: tuple[Trained, str], own: tuple[Trained, str] | None = None, per: str = "token"
) -> Prepared:
    """Trained states together, each with whose items it was learnt from.

    Args:
        world: the surroundings.
        shared: states that serve others too.
        own: the state that was learnt for this user alone.
        per: what losses are means over.
    """
    mine = [own] if own else []
    notes = tuple(filter(None, (said_of(state, whose, per) for state, whose in (*mine, *shared))))
    kept = kept_of(own=[state for state, _ in mine], shared=[state for state, _ in shared])
    return Prepared(world, modifiers_of(*(state for state, _ in (*mine, *shared))), notes, kept)
