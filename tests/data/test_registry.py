"""Registries find what a package holds, name what is near, and are never seen half filled."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.registry import Registry, UnknownNameError


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry[str]:
    """A registry over a package whose modules take a moment to import."""
    folder = tmp_path / "somethings"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from data.registry import Registry\nthings = Registry('thing', 'somethings')\n"
    )
    for name in ("b_two", "a_one"):
        code = f"import time\nfrom somethings import things\ntime.sleep(0.05)\nthings.register('{name}')('{name}!')\n"
        (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("somethings")]:
        monkeypatch.delitem(sys.modules, name)
    import somethings  # type: ignore[import-not-found]

    found: Registry[str] = somethings.things
    return found


def test_modules_are_found_in_order_of_name(registry: Registry[str]) -> None:
    assert registry.names() == list(registry) == ["a_one", "b_two"]
    assert registry["a_one"] == "a_one!"
    assert "b_two" in registry
    assert "c" not in registry


def test_threads_that_ask_at_once_all_see_everything(registry: Registry[str]) -> None:
    ready = threading.Barrier(8)

    def ask(_: int) -> list[str]:
        ready.wait()
        return registry.names()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [["a_one", "b_two"]] * 8


def test_an_unknown_name_is_told_the_nearest(registry: Registry[str]) -> None:
    with pytest.raises(UnknownNameError, match=r"no thing is called 'a_on'; did you mean a_one\? Known: a_one, b_two"):
        _ = registry["a_on"]
    with pytest.raises(UnknownNameError, match=r"no thing is called 'zzz'\. Known"):
        _ = registry["zzz"]


def test_a_name_is_given_once(registry: Registry[str]) -> None:
    registry.names()
    with pytest.raises(ValueError, match="two things are called 'a_one'"):
        registry.register("a_one")("other")
