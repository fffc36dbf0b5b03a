"""What is made before the first visitor comes: the catalog, the model's weights, the computed example of Home."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

from data.errors import AttuneError
from taxonomy.snapshot import ensure_catalog

Report = Callable[[str], None]
EXAMPLE = "dashboard.home_example"
WITHOUT = "Home will have no computed example and the pages of the group Try no live demo; all others work."


def ready() -> bool:
    """Whether weights and example are there, so that nothing but a look at the catalog is left to do."""
    try:
        from engines.models.weights import intact, weights_folder
        from engines.runs.showcase import stored

        return intact(weights_folder()) and stored() is not None
    except (AttuneError, ImportError, OSError):
        return False


def prepare_all(report: Report) -> None:
    """Make everything; what lacks a package is left out, and the report says what to install.

    Raises:
        AttuneError: the catalog cannot be built; without it there is no page.
    """
    report("Building the catalog from data/facts")
    snapshot = ensure_catalog()
    for notice in snapshot.notices:
        report(notice)
    tables = snapshot.manifest.tables
    report(f"The catalog has {tables['method']} methods, {tables['dataset']} datasets, {tables['metric']} metrics")
    if _weights(report):
        _example(report)
    report("Ready")


def _weights(report: Report) -> bool:
    try:
        from engines.models.weights import ensure_weights

        ensure_weights(report)
    except (AttuneError, ImportError) as error:
        report(f"Without a language model: {_reason(error)}")
        report(WITHOUT)
        return False
    report("The weights of the language model are ready")
    return True


def _example(report: Report) -> None:
    if importlib.util.find_spec(EXAMPLE) is None:
        return
    try:
        importlib.import_module(EXAMPLE).prepare(report)
    except (AttuneError, ImportError) as error:
        report(f"Home will have no computed example: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"the package {error.name} is not installed; run: make install"
    return str(error)
