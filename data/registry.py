"""Registries: a new file with one registration line is all that it takes to add something."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Generic, TypeVar

from data.errors import AttuneError

T = TypeVar("T")


class UnknownNameError(AttuneError):
    """A name that a registry does not hold; the text gives the nearest names and all that are known."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind, self.name, self.known = kind, name, known
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        super().__init__(f"no {kind} is called {name!r}{hint} Known: {', '.join(known) or 'none'}")


class Registry(Generic[T]):
    """Names to things of one kind, filled by importing every module of a package at the first use."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self._entries: dict[str, T] = {}
        self._walked = False
        self._walking = threading.RLock()

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that enters a class or function under a name.

        Raises:
            ValueError: the name is taken by something else.
        """

        def enter(thing: T) -> T:
            known = self._entries.setdefault(name, thing)
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

    def _discover(self) -> None:
        if self._walked:
            return
        with self._walking:  # another thread waits here, so none sees a registry that is half filled
            if self._walked:
                return
            package: ModuleType = importlib.import_module(self.package)
            for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
                importlib.import_module(f"{self.package}.{module.name}")
            self._walked = True
