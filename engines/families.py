"""The families of methods: the second level of the technique tree, in the order in which readers meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engines.methods import methods
from engines.types import Level

BASELINES = "Baselines"
NAMES: Mapping[str, str] = {
    "": BASELINES,
    "prompt": "Prompting",
    "rag": "Retrieval",
    "repr": "Representation",
    "rlhf": "Preference",
    "decoding": "Decoding",
}
OTHERS = "Others"
LEVELS: Sequence[Level | None] = (None, Level.GLOBAL, Level.PERSONA, Level.USER)


def family_of(method: str) -> str:
    """The name of a method's family."""
    return NAMES.get(methods[method].info.technique.partition(".")[0], OTHERS)


def by_family(known: Sequence[str]) -> dict[str, list[str]]:
    """Family to its methods, from global to user; families without a method are left out."""
    order = {level: place for place, level in enumerate(LEVELS)}
    found: dict[str, list[str]] = {name: [] for name in (*NAMES.values(), OTHERS)}
    for method in sorted(known, key=lambda one: order[methods[one].info.level]):
        found[family_of(method)].append(method)
    return {family: some for family, some in found.items() if some}
