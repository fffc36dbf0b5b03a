"""A newcomer's adapter from pieces of other people's, chosen layer by layer without training (after Per-Pcs)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from data.records import User
from engines.kept import kept_of
from engines.methods import methods
from engines.modifiers import Adapter, Modifiers
from engines.prompts import compose
from engines.training.adapters import Prepared, drawn_others, nothing_of, untaught
from engines.training.examples import samples_of
from engines.training.make import trained, trainer_of, training_of
from engines.training.process import samples_out
from engines.training.recipe import Learns, Recipe, Trained
from engines.types import Capability, Conditioning, Config, Follows, Level, Material, MethodInfo, Option, Reach, Request
from engines.world import World

SHARED = Recipe(modules=("q_proj", "v_proj"), epochs=2, batch=4, rate=2e-3)
GATES = replace(SHARED, learns=Learns.GATES, epochs=2, rate=1e-2)
SHARERS = Option("sharers", "People who share", 2, 12, 5, 1, "How many other people's adapters are in the pool.")
EACH, HISTORY, KEEP = 16, 8, 2


@methods.register("lora-pieces")
class LoraPieces:
    """Sharers' adapters cut by layer, each piece with a trained gate; the newcomer's history chooses."""

    info = MethodInfo(
        name="LoRA pieces",
        summary="Other people's adapters are cut by layer; the user's history chooses and weighs pieces by their "
        "gates, without any training on it.",
        level=Level.USER,
        technique="repr.peft",
        uses=Reach.EVERYONE,
        version=4,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        options=(SHARERS,),
        follows=(
            Follows(
                "per-pcs",
                how="simplifies",
                differs="A handful of sharers drawn by the seed in place of clustered ones, pieces in the query and "
                "value projections of the upper layers, and no task adapter below them.",
            ),
        ),
        caveat="With few sharers nobody may resemble the user. Measured on the fictional people, nearly all "
        "that it gains on posts it gains with a wrong user's history too; on choices it does better than with that one "
        "in two of three runs, and no better than without any; on film ratings the two tie: pieces carry the task.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """Train what the sharers give, then choose by the user's history; nobody chooses nothing."""
        history = samples_of(world, user, self.config, most=HISTORY)
        if not history:
            return untaught(world, user)
        people = drawn_others(world, int(self.config.option(SHARERS)), without=user.id)
        pool = [one for one in (self._shared(world, other) for other in people) if one[0].arrays]
        if not pool:
            return Prepared(world, notes=(nothing_of("other people's items"),))
        arrays = {
            f"{place}|{name}": array
            for place, states in enumerate(pool)
            for state in states
            for name, array in state.arrays.items()
        }
        request = {
            "do": "arrange",
            "people": len(pool),
            "keep": KEEP,
            "samples": samples_out(tuple(history)),
        }
        world.progress("choosing pieces")
        chosen = trainer_of(world.model).arrange(request, arrays, stop=world.stop)["chosen"]
        owners = frozenset({user.id, *(owner for states in pool for state in states for owner in state.owners)})
        modifiers = Modifiers(Adapter(assembled([states[0] for states in pool], chosen)), owners=owners)
        weights = weights_of(chosen, len(pool))
        said = ", ".join(f"{share:.0%}" for share in sorted(weights.mean(0), reverse=True))
        note = f"Pieces of {len(pool)} other people, chosen by {len(history)} of the user's items; shares {said}."
        kept = replace(kept_of(shared=[state for states in pool for state in states]), own=weights.nbytes)
        return Prepared(world, modifiers, (note,), kept)

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the assembled adapter."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))

    def _shared(self, world: World, other: User) -> tuple[Trained, Trained]:
        """What a sharer gives: an adapter of their own, and gates for its pieces."""
        samples = samples_of(world, other, self.config, most=EACH)
        own = trained(world, training_of(world, ("shared-lora", 1), SHARED, samples), f"sharer {other.name}")
        asked = training_of(world, ("shared-gates", 1), GATES, samples, base=own)
        return own, trained(world, asked, f"gates of {other.name}")


def weights_of(chosen: dict[str, Any], people: int) -> Any:
    """The choice as weights [layers, people], float32: all that is kept of the newcomer, since pieces are others'."""
    weights = np.zeros((len(chosen), people), np.float32)
    for row, some in enumerate(chosen.values()):
        for place, weight in some:
            weights[row, place] = weight
    return weights


def assembled(pool: list[Trained], chosen: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The chosen pieces as factors by module; the weights are in the second."""
    factors: dict[str, tuple[Any, Any]] = {}
    for key in pool[0].arrays:
        layer = next((part for part in key.split(".") if part.isdigit()), "")
        if key.startswith("a:") and layer in chosen:
            name = key[2:]
            some = chosen[layer]
            downs = [pool[place].arrays[f"a:{name}"] for place, _ in some]
            ups = [pool[place].arrays[f"b:{name}"] * np.float32(weight) for place, weight in some]
            factors[name] = np.concatenate(downs), np.concatenate(ups, 1)
    return factors
