"""What of the catalog runs here: the facet that no snapshot can know, because it depends on this installation."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence

from taxonomy.browse_index import Live, Ref
from taxonomy.vocab import BrowseFacet, Kind

ASKED = frozenset({Kind.METHOD.value, Kind.DATASET.value, Kind.METRIC.value})


def running(entries: Sequence[Ref]) -> Live:
    """Which entries run here: methods that a method or recommender of ours follows, techniques, datasets, metrics.

    Of methods, datasets and metrics it is also said which do not.
    """
    if importlib.util.find_spec("engines.methods") is None:
        return {}
    runs = set(_running(entries))
    others = [ref for ref in entries if ref[0] in ASKED and ref not in runs]
    return {BrowseFacet.RUNS_HERE: {"yes": sorted(runs), "no": others}}


def _running(entries: Sequence[Ref]) -> Iterator[Ref]:
    from data.importers import datasets
    from engines.methods import methods
    from engines.metrics import metrics
    from engines.recommenders import recommenders

    infos = [methods[name].info for name in methods]
    following = [*(info.follows for info in infos), *(recommenders[name].info.follows for name in recommenders)]
    yield from ((Kind.METHOD.value, each.entry) for follows in following for each in follows)
    yield from ((Kind.METRIC.value, entry) for name in metrics if (entry := metrics[name].info.entry))
    yield from ((Kind.DATASET.value, key) for name in datasets if (key := datasets[name]().info.catalog_key))
    techniques = {info.technique for info in infos if info.technique}
    for kind, key in entries:
        if kind == Kind.NODE and any(each == key or each.startswith(f"{key}.") for each in techniques):
            yield kind, key
