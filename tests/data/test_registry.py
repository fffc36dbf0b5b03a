"""Registries find what a package holds, name what is near, and are never seen half filled."""

from __future__ import annotations

import importlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.paths import without_paths
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


def test_a_module_that_was_imported_before_has_its_place_all_the_same(registry: Registry[str]) -> None:
    importlib.import_module("somethings.b_two")
    registry.register("of no module here")("x")
    assert registry.names() == ["a_one", "b_two", "of no module here"]


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


@pytest.fixture
def broken(registry: Registry[str], tmp_path: Path) -> Registry[str]:
    """The same package with modules that cannot be used beside the two that can."""
    folder = tmp_path / "somethings"
    head = "from somethings import things\n"
    (folder / "a_zero.py").write_text("def f(:\n")
    (folder / "b_half.py").write_text(f"{head}things.register('half')('half')\nraise RuntimeError('first\\nsecond')\n")
    (folder / "c_again.py").write_text(f"{head}things.register('a_one')('other')\n")
    (folder / "d_path.py").write_text(f"open({str(tmp_path / 'missing.txt')!r})\n")
    return registry


def test_modules_that_cannot_be_used_are_named_and_the_others_are_there(
    broken: Registry[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert broken.names() == ["a_one", "b_two"]
    assert broken.broken == {
        "a_zero": "SyntaxError: invalid syntax, line 1",
        "b_half": "RuntimeError: first",
        "c_again": "ValueError: two things are called 'a_one'",
        "d_path": "FileNotFoundError: [Errno 2] No such file or directory: 'missing.txt'",
    }
    assert broken["a_one"] == "a_one!"
    assert "half" not in broken
    broken.names()
    assert len(caplog.records) == 4, "logged once"


def test_a_sound_package_has_nothing_broken(registry: Registry[str]) -> None:
    assert registry.broken == {}


def test_what_is_not_sound_is_refused() -> None:
    def sound(thing: str) -> None:
        if thing != "good":
            raise TypeError(f"{thing} is not good")

    registry: Registry[str] = Registry("thing", "data", sound)
    assert registry.register("one")("good") == "good"
    with pytest.raises(TypeError, match="bad is not good"):
        registry.register("two")("bad")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("No such file: '/srv/data/x.csv'", "No such file: 'x.csv'"),
        ("~/models/tiny is gone", "tiny is gone"),
        (r"C:\data\x.csv is gone", "x.csv is gone"),
        ("http://host:80/v1/models and 1/2 and a/b/c", "http://host:80/v1/models and 1/2 and a/b/c"),
    ],
)
def test_of_a_path_only_the_last_part_stays(text: str, shown: str) -> None:
    assert without_paths(text) == shown
