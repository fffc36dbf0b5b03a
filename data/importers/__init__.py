"""Importers: one file each, registered by the dataset's id; each gives a `Dataset`."""

from __future__ import annotations

from collections.abc import Callable

from data.records import Dataset
from data.registry import Registry

datasets: Registry[Callable[[], Dataset]] = Registry("dataset", "data.importers")
