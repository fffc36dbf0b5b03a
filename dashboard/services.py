"""What pages may ask for: the catalog, datasets, methods and shared resources. The only module that caches.

Everything is made at the first question. Nothing here imports torch or transformers; the modules that need them are
imported by the question that needs them.
"""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import streamlit as st

from dashboard.redraws import Redraws
from dashboard.running import running
from dashboard.settings import Settings, read_settings
from data import saved
from taxonomy import coverage
from taxonomy.catalog import Catalog, open_catalog
from taxonomy.console import Console
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.vocab import Kind, Mode

if TYPE_CHECKING:
    from data.records import Dataset, Example
    from engines.jobs import Jobs
    from engines.live import LiveRuns
    from engines.types import Encoder, Follows, LanguageModel, MethodInfo
    from taxonomy.graph_atlas import Atlas
    from taxonomy.search import Found, Searcher

T = TypeVar("T")


@dataclass(frozen=True)
class LiveMethod:
    """A method that can be run here and why it stands beside an entry.

    Attributes:
        id: its name in the registry and in addresses.
        follows: how it relates to the entry; None where it only shares the technique.
    """

    id: str
    info: MethodInfo
    follows: Follows | None


class Services:
    """The questions of the pages; made anew for every run, all that lasts is in the caches of this module."""

    @property
    def catalog(self) -> Catalog:
        """The catalog, opened once a process."""
        return _catalog()

    @property
    def settings(self) -> Settings:
        """The settings of this process.

        Raises:
            SettingError: a variable has a value that is not accepted.
        """
        return read_settings()

    def notices(self) -> tuple[str, ...]:
        """What visitors should be told about the catalog, such as that it was damaged and built again."""
        return self.catalog.notices

    def browse(self, query: BrowseQuery) -> BrowsePage:
        """The entries that fit a question; the last questions are remembered."""
        found = self.found(query)
        searched = f"{found.mode} {self.searcher.stage}" if found else ""
        return _browse((self.catalog.digest, query.identity, searched), query, found)

    def found(self, query: BrowseQuery) -> Found | None:
        """The search behind a question; None for one whose words are looked for as they are written.

        Raises:
            UnknownEntryError: it asks for entries like one that there is not.
        """
        if not query.searches:
            return None
        asked = repr((query.like, query.text, query.mode))
        return _found((self.catalog.digest, asked, self.searcher.stage), query, self.searcher)

    def matching(self, query: BrowseQuery) -> tuple[tuple[Kind, str], ...]:
        """Kind and key of every entry that fits a question, in its order."""
        found = self.found(query)
        return self.catalog.browser.matching(query, found.ranking if found else None)

    def statement(self, query: BrowseQuery) -> str:
        """The question as SQL; empty where it asks for what the catalog does not know, such as what runs here."""
        found = self.found(query)
        return self.catalog.browser.statement(query, found.ranking if found else None)

    def grid(self, question: coverage.Question) -> coverage.Grid:
        """The counts of a question of Coverage; the last questions are remembered."""
        asked = (question.rows, question.columns, sorted(question.kinds), question.finest, question.only)
        return _grid(self.catalog.digest, repr(asked), question)

    def engines_following(self, entry: str, nodes: Sequence[str] = ()) -> list[LiveMethod]:
        """The methods that run here and follow an entry or belong to a node; empty where the engines are absent.

        Args:
            entry: the key of a catalog entry.
            nodes: keys of taxonomy nodes; a method belongs to its technique and to all nodes above it.
        """
        beside = (_beside(live, entry, nodes) for live in _live_methods())
        return [live for live in beside if live is not None]

    def methods(self) -> list[LiveMethod]:
        """Every method that runs here."""
        return list(_live_methods())

    def dataset(self, name: str) -> Dataset:
        """A dataset by its id, read once a process.

        Raises:
            UnknownNameError: there is no such dataset.
            MissingPackageError: the package that holds its files is not installed.
        """
        return _dataset(name, saved.digests(name)[:1])

    def forget_dataset(self, *digests: str) -> list[Any]:
        """Drop what this process remembers of data sets that go: people, examples, runs; what was asked to stop."""
        stopped = [one for name in digests for held in (self.jobs, self.live_runs) for one in held.forget_dataset(name)]
        _dataset.clear()
        _examples.clear()
        return stopped

    def dataset_names(self) -> tuple[str, ...]:
        """The ids of all datasets, the saved ones last; none of them is read for this."""
        from data.importers import datasets

        return tuple(datasets)

    def examples(self, dataset: Dataset, task: str, seed: int) -> Mapping[str, Sequence[Example]]:
        """The held-out examples of a task by user; people without any are absent."""
        return _examples(dataset.digest, task, seed, dataset)

    @property
    def model(self) -> LanguageModel:
        """The one language model of this server (ATTUNE_MODEL); it is loaded, or asked, at its first use.

        Raises:
            EngineError: a setting of the model is not accepted.
        """
        from engines.models.choose import chosen_model

        return chosen_model(apart=True)

    @property
    def encoder(self) -> Encoder:
        """The sentence encoder, loaded in the model's process at its first use."""
        from engines.models.choose import chosen_encoder

        return self.shared("sentence encoder", chosen_encoder)

    @property
    def searcher(self) -> Searcher:
        """Search over the catalog; its encoder is this process's and is loaded in the background when it is needed."""
        from taxonomy.search import Searcher

        return self.shared(f"search: {self.catalog.digest}", lambda: Searcher(self.catalog, self.encoder))

    @property
    def atlas(self) -> Atlas:
        """The graph of the catalog, made once a process."""
        from taxonomy.graph_atlas import Atlas

        return self.shared(f"graph: {self.catalog.digest}", lambda: Atlas(self.catalog.store))

    @property
    def live_runs(self) -> LiveRuns:
        """The live runs of this process, which outlive browser sessions."""
        from engines.live import LiveRuns

        return self.shared("live runs", LiveRuns)

    @property
    def redraws(self) -> Redraws:
        """The turns in which running comparisons are drawn again."""
        return self.shared("redraws", Redraws)

    @property
    def console(self) -> Console:
        """What runs the statements of readers, for all sessions."""
        return self.shared(f"console of {self.catalog.digest}", lambda: Console(self.catalog.path))

    @property
    def jobs(self) -> Jobs:
        """The long jobs of this process, which outlive browser sessions."""
        from engines.jobs import Jobs

        return self.shared("jobs", Jobs)

    def settle(self, what: str) -> None:
        """Once a process for each `what`: take all that has been loaded out of the garbage collector's sight.

        Streamlit collects all garbage after each run of a script; looking through data and code would hold up a run.
        """
        self.shared(f"settled: {what}", _settle)

    def at_session_end(self, name: str, end: Callable[[], None]) -> None:
        """Call `end` once when the browser of this session has left; asking again under a name changes nothing."""
        _session_end(name, end)

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Something that all sessions share and that is made once a process, such as the model's worker.

        Args:
            name: names it in the whole process; what is made must depend on nothing else.
            make: makes it; what it makes must be safe to use from several threads.
        """
        return cast("T", _shared(name, make))


@st.cache_resource(max_entries=1, show_spinner="Opening the catalog")
def _catalog() -> Catalog:
    return open_catalog(running)


@st.cache_resource(max_entries=256, show_spinner=False)
def _browse(
    asked: tuple[str, ...],  # noqa: ARG001 - the key: catalog, question, and how far the search was
    _query: BrowseQuery,
    _found: Found | None,
) -> BrowsePage:
    return _catalog().browse(_query, _found.ranking if _found else None)


@st.cache_resource(max_entries=64, show_spinner=False)
def _found(asked: tuple[str, ...], _query: BrowseQuery, _searcher: Searcher) -> Found:  # noqa: ARG001 - the key
    if _query.like is not None:
        return _searcher.beside(*_query.like)
    return _searcher.found(_query.text, mode=_query.mode or Mode.HYBRID)


@st.cache_resource(max_entries=128, show_spinner=False)
def _grid(digest: str, asked: str, _question: coverage.Question) -> coverage.Grid:  # noqa: ARG001 - two parts of the key
    return coverage.read_grid(_catalog(), _question)


@st.cache_resource(max_entries=8, show_spinner="Reading the data")
def _dataset(name: str, digest: tuple[str, ...]) -> Dataset:  # noqa: ARG001 - a saved set that was replaced is another one
    from data.importers import datasets

    return datasets[name]()


@st.cache_resource(max_entries=16, show_spinner="Reading the data")
def _examples(
    digest: str,  # noqa: ARG001 - a part of the key, in place of the dataset
    task: str,
    seed: int,
    _dataset: Dataset,
) -> Mapping[str, Sequence[Example]]:
    _dataset.users()  # parsed here, while the reader is told
    found: dict[str, list[Example]] = {}
    for example in _dataset.examples(_dataset.task(task), seed=seed):
        found.setdefault(example.user, []).append(example)
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _shared(name: str, _make: Callable[[], Any]) -> Any:  # noqa: ARG001 - the name is the key
    return _make()


@st.cache_resource(max_entries=16, show_spinner=False, scope="session", on_release=lambda end: end())
def _session_end(name: str, _end: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG001 - the name is the key
    return _end


def _settle() -> bool:
    gc.collect()
    gc.freeze()
    return True


@st.cache_resource(max_entries=1, show_spinner=False)
def _live_methods() -> tuple[LiveMethod, ...]:
    if importlib.util.find_spec("engines.methods") is None:
        return ()
    from engines.methods import methods

    return tuple(LiveMethod(name, methods[name].info, None) for name in methods)


def _beside(live: LiveMethod, entry: str, nodes: Sequence[str]) -> LiveMethod | None:
    """The method with how it follows the entry, or None if it has nothing to do with entry and nodes."""
    follows = next((each for each in live.info.follows if each.entry == entry), None)
    technique = live.info.technique
    below = bool(technique) and any(technique == node or technique.startswith(f"{node}.") for node in nodes)
    return LiveMethod(live.id, live.info, follows) if follows or below else None
