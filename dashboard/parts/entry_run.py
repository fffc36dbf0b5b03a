"""What runs here of an entry: the methods that follow it, its data, and the tasks on which a metric is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges
from dashboard.services import LiveMethod, Services
from dashboard.theme import Origin
from data.errors import AttuneError
from taxonomy.model import Entry
from taxonomy.vocab import Facet, Kind

if TYPE_CHECKING:
    from data.records import Dataset, Task
    from engines.metrics import MetricInfo
    from engines.recommenders import RecommenderInfo
    from engines.types import Follows

CHOICES = {"pg_dataset": "campus", "pg_task": "preference"}  # where what learns from choices finds any
TEXT_USES = frozenset({"text_generation", "dialogue", "assistant", "data.with_user_text"})


def datasets_here(services: Services) -> list[Dataset]:
    """The data that this installation can open; what is not installed is left out."""
    found = []
    for name in services.dataset_names():
        try:
            found.append(services.dataset(name))
        except AttuneError:
            continue
    return found


def target_of(entry: Entry, known: Sequence[Dataset]) -> dict[str, str]:
    """The data and task with which the Playground opens for an entry.

    It is the entry's own data where they are installed, else data of the kind that it is about: texts for what writes
    texts, ratings for the rest.
    """
    named = {link.key for link in entry.links if link.kind is Kind.DATASET} | {entry.key}
    own = next((data for data in known if data.info.catalog_key and data.info.catalog_key in named), None)
    if own is not None:
        return _address(own, own.tasks[0])
    writes = any(node.key == use or node.key.startswith(f"{use}.") for node in entry.nodes for use in TEXT_USES)
    pairs = [(data, task) for data in known for task in data.tasks]
    fitting = [pair for pair in pairs if (pair[1].kind.value in {"rewrite", "generate"}) == writes]
    rated = [pair for pair in fitting if pair[1].kind.value == "rate"]
    return _address(*(rated or fitting or pairs)[0]) if pairs else {}


def techniques_of(entry: Entry) -> list[str]:
    """The techniques of an entry, whose live methods are shown where none follows the entry itself."""
    return [node.key for node in entry.nodes if node.facet is Facet.TECHNIQUE]


def follows_text(method: LiveMethod) -> str:
    """What a method follows and how it differs; one that only belongs to a class must not pass for an entry of it."""
    if method.follows is not None:
        return f"{method.follows.how.capitalize()} this entry. What differs: {method.follows.differs}"
    followed = [f"{each.how.capitalize()} {each.entry}. What differs: {each.differs}" for each in method.info.follows]
    return " ".join(followed) or "A baseline; it follows no entry."


def run_query(method: LiveMethod, target: Mapping[str, str] | None = None) -> dict[str, str]:
    """The address of the Playground that compares a method with no personalization, on some data and task."""
    names = dict.fromkeys(("none", method.id))
    if method.info.reads is not None:
        target = CHOICES
    return {"pg_methods": ",".join(names), **(target or {})}


def live(methods: Iterable[LiveMethod], target: Mapping[str, str] | None = None) -> None:
    """Methods of this installation, what they leave out, and a link to run each, on some data and task if given."""
    for method in methods:
        with st.container(border=True, gap="xxsmall"):
            shown = [badges.level(method.info.level.value)] if method.info.level else []
            st.markdown(f"**{safe.markdown(method.info.name)}**")
            badges.draw([*shown, badges.origin(Origin.MEASURED)])
            st.markdown(safe.markdown(method.info.summary))
            st.caption(safe.markdown(follows_text(method)))
            page_link("playground", "Run it", query=run_query(method, target), icon=":material/play_arrow:")


def recommenders_following(entry: Entry) -> list[tuple[str, RecommenderInfo, Follows]]:
    """The recommenders of this installation that follow an entry, with how."""
    from engines.recommenders import recommenders

    infos = {name: recommenders[name].info for name in recommenders}
    return [(name, info, each) for name, info in infos.items() for each in info.follows if each.entry == entry.key]


def lists(found: Iterable[tuple[str, RecommenderInfo, Follows]]) -> None:
    """Recommenders, what they leave out, and a link to each one's lists beside those of EASE."""
    for name, info, follows in found:
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f"**{safe.markdown(info.name)}**")
            badges.draw([badges.level(info.level.value if info.level else ""), badges.origin(Origin.MEASURED)])
            st.markdown(safe.markdown(info.summary))
            st.caption(safe.markdown(f"{follows.how.capitalize()} this entry. What differs: {follows.differs}"))
            query = {"rc_names": f"ease,{name}"}
            page_link("recommend", "See its lists", query=query, icon=":material/recommend:")


def data(entry: Entry, known: Iterable[Dataset]) -> None:
    """A link to the Playground with the data of the entry, where they are installed, a line for each task."""
    for each in known:
        if each.info.catalog_key == entry.key and entry.kind is Kind.DATASET:
            st.markdown("These data are installed. Their tasks:")
            for task in each.tasks:
                page_link("playground", task.name, query=_address(each, task), icon=":material/play_arrow:")


def measured(infos: Iterable[MetricInfo], known: Iterable[Dataset]) -> None:
    """On which tasks a metric is measured here."""
    pairs = [(each, task) for each in known for task in each.tasks]
    for info in infos:
        st.markdown(f"Measured here as `{info.id}` on:")
        for each, task in pairs:
            if task.kind in info.kinds:
                label = f"{task.name} ({each.info.name})"
                page_link("playground", label, query=_address(each, task), icon=":material/play_arrow:")


def _address(data: Dataset, task: Task) -> dict[str, str]:
    return {"pg_dataset": data.info.id, "pg_task": task.id}
