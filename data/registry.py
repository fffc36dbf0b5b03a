"""Registries: a new file with one registration line is all that it takes to add something."""

from __future__ import annotations

import difflib
import importlib
import logging
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Generic, TypeVar

from data.errors import AttuneError
from data.paths import without_paths

LOG = logging.getLogger("attune.registry")
LONGEST = 200
T = TypeVar("T")


class UnknownNameError(AttuneError):
    """A name that a registry does not hold; the text gives the nearest names and all that are known."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind, self.name, self.known = kind, name, known
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        super().__init__(f"no {kind} is called {name!r}{hint} Known: {', '.join(known) or 'none'}")


def known_names(kind: str, text: str, known: list[str]) -> tuple[str, ...]:
    """The names of a list with commas, each once.

    Raises:
        UnknownNameError: one is not known, or there is none.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [name for name in found if name not in known]
    if wrong or not found:
        raise UnknownNameError(kind, wrong[0] if wrong else "", known)
    return found


class Registry(Generic[T]):
    """Names to things of one kind, filled by importing every module of a package at the first use.

    A module that cannot be imported, or that enters something unsound, is skipped as a whole and named in `broken`.

    Args:
        kind: what one of the things is called.
        package: the package that is walked.
        sound: raises an error that says what a thing lacks.
    """

    def __init__(self, kind: str, package: str, sound: Callable[[Any], None] | None = None) -> None:
        self.kind, self.package, self._sound = kind, package, sound
        self._entries: dict[str, T] = {}
        self._modules: dict[str, str] = {}
        self._broken: dict[str, str] = {}
        self._walked = False
        self._walking = threading.RLock()

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that enters a class or function under a name.

        Raises:
            ValueError: the name is taken by something else.
            Exception: what `sound` says against the thing.
        """
        module = str(sys._getframe(1).f_globals.get("__name__"))

        def enter(thing: T) -> T:
            if self._sound is not None:
                self._sound(thing)
            known = self._entries.setdefault(name, thing)
            self._modules.setdefault(name, module)
            if known is not thing:
                raise ValueError(f"two {self.kind}s are called {name!r}")
            return thing

        return enter

    def __getitem__(self, name: str) -> T:
        self._discover()
        if name not in self._entries:
            raise UnknownNameError(self.kind, name, self.names())
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def names(self) -> list[str]:
        """All names, in the order of their modules' names, then of registration."""
        self._discover()
        return list(self._entries)

    @property
    def broken(self) -> Mapping[str, str]:
        """The modules that were skipped, by name, with the type and the first line of the error."""
        self._discover()
        return MappingProxyType(self._broken)

    def _discover(self) -> None:
        if self._walked:
            return
        with self._walking:  # another thread waits here, so none sees a registry that is half filled
            if self._walked:
                return
            package: ModuleType = importlib.import_module(self.package)
            modules = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
            for module in modules:
                self._take(module)
            self._order([f"{self.package}.{module}" for module in modules])
            self._walked = True

    def _order(self, modules: list[str]) -> None:
        """What was imported before the walk stands in its module's place too; what is of no module of ours, behind."""
        place = {module: number for number, module in enumerate(modules)}
        last = len(modules)
        self._entries = dict(sorted(self._entries.items(), key=lambda one: place.get(self._modules[one[0]], last)))

    def _take(self, module: str) -> None:
        """Import one module; if that fails, nothing of it stays."""
        before = dict(self._entries)
        try:
            importlib.import_module(f"{self.package}.{module}")
        except (Exception, SystemExit) as error:
            self._entries = before
            self._broken[module] = _in_short(error)
            LOG.error("%s.%s is skipped", self.package, module, exc_info=error)


def _in_short(error: BaseException) -> str:
    """The type and the first line of an error, without the places of this machine."""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    first = without_paths(next(iter(said.strip().splitlines()), ""))[:LONGEST]
    return f"{type(error).__name__}{f': {first}' if first else ''}{line}"
