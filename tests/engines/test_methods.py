"""What every registered method must say about itself, and what it must do with a user's data."""

from __future__ import annotations

import pytest

from data.importers import datasets
from engines.baselines import baselines
from engines.methods import make_method, methods
from engines.metrics import metrics
from engines.types import Arm, Level, MethodInfo, Reach
from taxonomy.catalog import Catalog
from taxonomy.model import Kind

WITHOUT_LEVEL = {"none"}


def info_of(method: str) -> MethodInfo:
    found: MethodInfo = methods[method].info
    return found


def test_the_methods_are_there() -> None:
    wanted = {"none", "global-examples", "persona-prompt", "persona-examples"}
    wanted |= {"recent-history", "rag-bm25", "rag-dense", "profile-summary"}
    wanted |= {"rag-hybrid", "rag-persona", "rag-plus-summary", "rag-feedback", "prompt-refinement"}
    wanted |= {"context-steering", "style-vector"}
    assert set(methods) >= wanted


@pytest.mark.parametrize("method", list(methods))
def test_info_is_complete(method: str, catalog: Catalog) -> None:
    info = info_of(method)
    assert info.name
    assert len(info.summary.split()) > 3
    assert isinstance(info.uses, Reach)
    assert info.version >= 1
    if method in WITHOUT_LEVEL:
        assert (info.level, info.technique, info.follows) == (None, "", ())
        return
    assert isinstance(info.level, Level)
    assert not catalog.node(info.technique).children, "a leaf"
    assert info.follows
    for one in info.follows:
        assert catalog.entry(Kind.METHOD, one.entry).key == one.entry
        assert one.how in {"reproduces", "simplifies", "illustrates"}
        assert len(one.differs.split()) > 5


def test_baselines_and_none_have_no_level() -> None:
    assert info_of("none").level is None
    assert not any(hasattr(baselines[name].info, "level") for name in baselines)
    assert {baselines[name].info.arm for name in baselines} <= set(Arm)


def test_metrics_name_catalog_entries(catalog: Catalog) -> None:
    for name in metrics:
        info = metrics[name].info
        assert info.id == name
        if info.entry:
            assert catalog.entry(Kind.METRIC, info.entry).key == info.entry


def test_main_metrics_of_all_tasks_exist_for_their_kind(catalog: Catalog) -> None:
    for name in datasets:
        dataset = datasets[name]()
        for task in dataset.tasks:
            assert task.kind in metrics[task.main_metric].info.kinds
        if dataset.info.catalog_key:
            assert catalog.entry(Kind.DATASET, dataset.info.catalog_key)


@pytest.mark.parametrize("method", list(methods))
def test_a_method_is_made_with_settings_or_without(method: str) -> None:
    assert make_method(method).info is info_of(method)
