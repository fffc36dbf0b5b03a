"""Importers: one file each; each gives a `Dataset`, or makes one of a file that a reader names.

`datasets` holds those of the project and those that were imported and saved; `importers` what reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from data import saved
from data.importer import Importer
from data.records import Dataset
from data.registry import Registry


class Datasets(Registry[Callable[[], Dataset]]):
    """The registered data sets, and behind them the saved ones, which come and go while a process runs."""

    def __getitem__(self, name: str) -> Callable[[], Dataset]:
        if name not in self.built_in and saved.is_saved(name):
            return partial(saved.load, name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def names(self) -> list[str]:
        """The project's, in the order of their modules' names, then the saved ones by name."""
        built_in = super().names()
        return [*built_in, *(name for name in saved.sound_names() if name not in built_in)]

    @property
    def built_in(self) -> tuple[str, ...]:
        """Those of the project alone."""
        return tuple(super().names())

    @property
    def damaged(self) -> Mapping[str, str]:
        """The saved sets that cannot be read, with the reason."""
        return MappingProxyType(saved.damaged())


datasets = Datasets("dataset", "data.importers")
importers: Registry[Importer] = Registry("importer", "data.importers")
