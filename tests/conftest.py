"""What all tests share: a home folder of their own, no network but this machine, and the model where it is needed.

What a test needs and does not find makes it fail in CI (CI=true) and skips it, with the reason, anywhere else.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from data.errors import MissingPackageError
from engines.models.local import LocalModel
from engines.models.weights import NAME, ensure_weights, gguf_path, intact, weights_folder
from taxonomy.catalog import Catalog
from taxonomy.snapshot import ensure_catalog
from tests.browsers import browser_path
from tests.homes import share

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.benchmarks.server import Server

HOME = "ATTUNE_HOME"
LAYERS = 3  # of the shallow model
# Those that run side by side share the cores: each computes with one thread.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
_attempts: list[str] = []


class NetworkBlockedError(OSError):
    """A test tried to reach something that is not this machine."""


_PATCH: pytest.StashKey[pytest.MonkeyPatch] = pytest.StashKey()
_FOLDER: pytest.StashKey[Path] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module is imported; child processes inherit it."""
    weights = weights_folder()
    folder = config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="attune-tests-"))
    patch = config.stash[_PATCH] = pytest.MonkeyPatch()
    for name, value in ((HOME, str(folder)), ("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false")):
        patch.setenv(name, value)
    share(weights.parent.parent, folder, weights=intact(weights))
    _block_network(patch)


def pytest_sessionfinish() -> None:
    """Wait for what still loads in the background; its threads would abort a process that ends meanwhile."""
    for thread in threading.enumerate():
        if thread.name in {"search encoder", "warm"}:
            thread.join(60)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give environment and sockets back, and remove the home folder (never what its link points to)."""
    if _PATCH in config.stash:
        config.stash[_PATCH].undo()
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that take long, those of a browser and of the model in turn, over the first three quarters.

    So what waits runs beside what computes, and no worker is left with a long file at the end.
    """
    kinds: dict[str, dict[Path, None]] = {"browser": {}, "model": {}, "": {}}
    for one in items:
        kinds[next((kind for kind in kinds if kind and one.get_closest_marker(kind)), "")][one.path] = None
    browser, model, rest = (list(files) for files in kinds.values())
    place = {file: float(number) for number, file in enumerate(rest)}
    long = [file for pair in zip_longest(browser, model) for file in pair if file]
    step = 0.75 * len(rest) / max(1, len(long))
    place |= {file: number * step - 0.5 for number, file in enumerate(long)}
    items.sort(key=lambda one: place[one.path])


def is_here(host: object) -> bool:
    """Whether a host name or address means this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _block_network(patch: pytest.MonkeyPatch) -> None:
    """Refuse to look up or connect to any host but this machine, and remember who asked."""

    def refuse(host: object) -> NoReturn:
        _attempts.append(str(host))
        raise NetworkBlockedError(f"tests reach this machine only, not {host}")

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not is_here(address[0]):
                refuse(address[0])
            return original(self, address)

        return connect

    lookup = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        return lookup(host, *arguments, **named) if is_here(host) else refuse(host)

    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(autouse=True)
def network_attempts() -> Iterator[list[str]]:
    """The hosts that a test tried to reach; the test fails if any are left, even where the code went on."""
    _attempts.clear()
    yield _attempts
    assert not _attempts, f"tried to reach {', '.join(_attempts)}"


def in_ci() -> bool:
    """Whether what is missing must fail instead of skip."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def missing(reason: str) -> NoReturn:
    """Fail in CI, skip elsewhere."""
    if in_ci():
        pytest.fail(f"CI needs it: {reason}")
    pytest.skip(reason)


def require_browser() -> str:
    """The path of Chromium, for Playwright's `executable_path`; its assertions wait as its other calls do."""
    if importlib.util.find_spec("playwright") is None:
        missing("playwright is not installed; run: make test")
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)  # as long as all other waits: other tests run at the same time
    return browser_path() or missing("there is no chromium on the PATH")


def require_model() -> Path:
    """The folder of the embedded model's weights, converted if they are not yet."""
    for package in ("torch", "transformers"):
        if importlib.util.find_spec(package) is None:
            missing(f"{package} is not installed; run: make install")
    try:
        gguf_path()
    except MissingPackageError as error:
        missing(str(error))
    return ensure_weights()


@pytest.fixture(scope="session")
def catalog() -> Iterator[Catalog]:
    """The catalog of the project's facts, built once."""
    opened = Catalog(ensure_catalog())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def model() -> LocalModel:
    """The embedded model in float32, for one thread; tests of the queue make their own worker over it."""
    return LocalModel(require_model(), NAME)


@pytest.fixture(scope="session")
def shallow(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    """The first layers of the embedded model: for tests of who is served when, to which all thirty say no more."""
    weights, folder = require_model(), tmp_path_factory.mktemp("shallow")
    for path in weights.iterdir():
        (folder / path.name).symlink_to(path)
    config = json.loads((weights / "config.json").read_text())
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": LAYERS}))
    return LocalModel(folder, f"the first {LAYERS} layers of {NAME}")


@pytest.fixture(scope="session")
def serving() -> Iterator[Server]:
    """A dashboard in a home folder of its own, for all browser tests that leave it as it was.

    Its model has the precision that this machine is fastest in; what it computes is looked at by other tests.
    """
    require_browser()
    require_model()
    from engines.training.loading import training_precision
    from tests.benchmarks.server import served

    with served(precision=training_precision()) as running:
        yield running


@pytest.fixture
def server(serving: Server) -> str:
    """Its address."""
    return serving.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    from tests.walking import chromium

    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile at a desk."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()
