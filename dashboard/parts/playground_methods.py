"""The Playground's choice of methods and arms."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state, theme
from dashboard.parts import playground_address as fields
from dashboard.parts.playground_address import ARMS, MOST, RUN, Settings
from dashboard.parts.playground_rows import ARM_NAME
from data.errors import AttuneError
from engines.families import by_family
from engines.models.facts import lacking
from engines.runs.bench import lacking_items
from engines.types import Arm

if TYPE_CHECKING:
    from dashboard.services import LiveMethod, Services
    from data.records import Dataset, Task

WIDTH = 560
UNABLE, UNFIT, LACKS = " (not with this model)", " (not for this task)", " (not with this data)"


def choose(services: Services, dataset: Dataset, task: Task) -> tuple[tuple[str, ...], tuple[Arm, ...], Settings]:
    """The methods, the arms, and the settings that stand in the address."""
    named = {method.id: method for method in services.methods()}
    families = by_family(list(named))
    known = {method: named[method] for some in families.values() for method in some}
    absent = _absent(services, known, dataset, task=task)
    chosen, settings = fields.methods_field(tuple(known)), fields.settings_field(tuple(known))
    seen = state.here(chosen, settings, ARMS)
    state.show_notes(seen)
    left, right = st.columns([10, 5])
    with left:
        st.multiselect(
            f"Methods (two to {MOST})",
            chosen.accepted,
            format_func=lambda method: method_label(known[method]) + absent[method].mark,
            max_selections=MOST,
            **state.bound(chosen, seen[chosen], RUN),
        )
        _families(families, known, absent, seen[chosen])
        for why in filter(None, (absent[method].why for method in seen[chosen])):
            st.caption(safe.markdown(why), width="content")
    with right:
        st.pills(
            "Arms: whose data is given",
            ARMS.accepted,
            selection_mode="multi",
            format_func=lambda arm: ARM_NAME[Arm(arm)],
            wrap=True,
            **state.bound(ARMS, seen[ARMS], RUN),
        )
    arms = tuple(arm for arm in Arm if arm.value in seen[ARMS])
    return seen[chosen], arms, seen[settings]


def _families(
    families: Mapping[str, Sequence[str]],
    known: Mapping[str, LiveMethod],
    absent: Mapping[str, Absent],
    chosen: Sequence[str],
) -> None:
    """All methods by family, to be chosen and left out; a full choice takes no more."""
    with st.popover("Methods by family", icon=":material/account_tree:", key="pg_families"), st.container(width=WIDTH):
        st.caption(f"{len(known)} methods; {len(chosen)} of at most {MOST} are chosen. ")
        for family, some in families.items():
            key = f"pg_family_{family.lower()}"
            st.session_state[key] = [method for method in some if method in chosen]
            st.pills(
                family,
                some,
                selection_mode="multi",
                format_func=lambda method: method_label(known[method]) + absent[method].mark,
                key=key,
                wrap=True,
                on_change=_taken,
                args=(tuple(known), tuple(some), key),
            )


def _taken(known: tuple[str, ...], family: tuple[str, ...], key: str) -> None:
    """Put the methods of one family into the address, beside those of the others."""
    field = fields.methods_field(known)
    before, now = state.here(field)[field], st.session_state[key] or []
    kept = [method for method in before if method not in family or method in now]
    new = [method for method in now if method not in kept]
    state.put(field, tuple([*kept, *new][:MOST]), RUN)


@dataclass(frozen=True)
class Absent:
    """Why a method does not run here; empty where it does. The mark stands behind its name."""

    why: str = ""
    mark: str = ""


def _absent(services: Services, known: Mapping[str, LiveMethod], dataset: Dataset, *, task: Task) -> dict[str, Absent]:
    """Why each method does not run on task, data or model; without a model the run itself says what is missing."""
    found = dict.fromkeys(known, Absent())
    with contextlib.suppress(AttuneError):
        model = services.model
        found |= {name: Absent(why, UNABLE) for name, one in known.items() if (why := lacking(one.info, model))}
    unfit = {name: (one.info.name, one.info.why_unfit(task.kind)) for name, one in known.items()}
    said = {n: Absent(f"{name} does not run on this task: {why}", UNFIT) for n, (name, why) in unfit.items() if why}
    lacks = {name: lacking_items(one.info, dataset, task) for name, one in known.items() if name not in said}
    return found | {name: Absent(why, LACKS) for name, why in lacks.items() if why} | said


def method_label(method: LiveMethod) -> str:
    """A method as an option: the shape and letter of its level, and its name."""
    look = theme.level_look(method.info.level.value if method.info.level else None)
    return " ".join(filter(None, (look.glyph, look.letter, safe.plain(method.info.name))))
