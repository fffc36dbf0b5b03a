"""The Playground's settings of each method: items, budget, template and the method's own options."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts import playground_address as fields
from dashboard.parts.playground_address import RUN, Asked, Settings
from dashboard.parts.playground_methods import method_label
from engines.methods import methods
from engines.prompts import TEMPLATES
from engines.settings import with_option
from engines.types import Config, MethodInfo, Option, Reach

if TYPE_CHECKING:
    from dashboard.services import LiveMethod, Services
    from dashboard.state import Field


def takes_items(info: MethodInfo) -> bool:
    """Whether the number of items means something to a method: traits alone have none."""
    return info.uses is not Reach.NOTHING and info.technique != "prompt.persona"


def draw(services: Services, asked: Asked) -> None:
    """A popover with the settings of each chosen method; what is changed goes into the address."""
    known = {method.id: method for method in services.methods()}
    field, settings = fields.settings_field(tuple(known)), asked.settings
    with st.popover("Settings", icon=":material/tune:", key="pg_settings"):
        st.caption("Items, budget and template of each method. What differs from the usual is in the address.")
        usual = {name for name, _ in settings}
        for method in (known[name] for name in asked.methods):
            mark = " (changed)" if method.id in usual else ""
            with st.expander(safe.markdown(f"{method_label(method)}{mark}"), key=f"pg_of_{method.id}"):
                _one(method, field, settings)


def _one(method: LiveMethod, field: Field[Settings], settings: Settings) -> None:
    config = fields.config_of(settings, method.id, 0)
    if takes_items(method.info):
        _number(
            "k", "Items in the prompt, at most (k)", method=method.id, limits=fields.K_LIMITS, setting=(field, config)
        )
    _number("budget", "Prompt tokens, at most", method=method.id, limits=fields.BUDGET_LIMITS, setting=(field, config))
    for option in method.info.options:
        _option(option, method.id, field, config)
    key = f"pg_template_{method.id}"
    st.session_state[key] = config.template
    st.segmented_control(
        "Template",
        TEMPLATES,
        key=key,
        help="Fenced: the profile stands between two marks and is called data. Plain: without them.",
        on_change=_keep,
        args=(field, method.id, "template", key),
    )


def _option(option: Option, method: str, field: Field[Settings], config: Config) -> None:
    key = f"pg_{option.name}_{method}"
    st.session_state[key] = float(config.option(option))
    st.slider(
        option.label,
        float(option.low),
        float(option.high),
        step=float(option.step),
        key=key,
        help=option.help,
        on_change=_keep,
        args=(field, method, option.name, key),
    )


def _number(
    part: str, label: str, *, method: str, limits: tuple[int, int], setting: tuple[Field[Settings], Config]
) -> None:
    key = f"pg_{part}_{method}"
    st.session_state[key] = getattr(setting[1], part)
    st.number_input(label, *limits, step=1, key=key, on_change=_keep, args=(setting[0], method, part, key))


def _keep(field: Field[Settings], method: str, part: str, key: str) -> None:
    """Put one setting into the address, beside those that stand there."""
    value, settings = st.session_state[key], state.here(field)[field]
    config = fields.config_of(settings, method, Config().seed)
    if value is None:
        return
    known = {option.name for option in methods[method].info.options}
    chosen = with_option(method, config, f"{part}={value}") if part in known else replace(config, **{part: value})
    state.put(field, fields.changed(settings, method, chosen), RUN)
