"""A dashboard with a home folder of its own, started for a measurement and ended with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.home import ROOT
from engines.models.weights import ensure_weights
from tests.benchmarks.threads import peak_gb
from tests.homes import share

PATIENCE = 120.0
ENDS = 20.0


@dataclass
class Server:
    """A running dashboard.

    Attributes:
        address: without a slash at its end.
    """

    address: str
    home: Path
    process: subprocess.Popen[bytes]

    def peak_gb(self) -> float:
        """The most memory of the server and all that it started, in GB."""
        every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return peak_gb([process for process in every if _group(process) == self.process.pid])

    def processor_seconds(self) -> dict[str, float]:
        """Processor time so far: of the pages' process, and of the model's."""
        every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        model = [pid for pid in every if pid != self.process.pid and _group(pid) == self.process.pid]
        return {"pages": seconds_of([self.process.pid]), "model": seconds_of(model)}

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and everything that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(ENDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(ENDS)


def seconds_of(processes: Sequence[int]) -> float:
    """Processor time that living processes have used, in seconds."""
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _group(process: int) -> int:
    try:
        return os.getpgid(process)
    except OSError:
        return -1


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int, module: str = "dashboard", *, precision: str = "") -> Server:
    """Start the dashboard and wait until it answers.

    Args:
        home: its home folder.
        port: where it listens.
        module: what starts it.
        precision: of the model; as the environment says where it is left out.

    Raises:
        TimeoutError: it did not within two minutes.
    """
    command = [sys.executable, "-m", module, "serve", "--port", str(port)]
    environment = os.environ | {"ATTUNE_HOME": str(home)} | ({"ATTUNE_DTYPE": precision} if precision else {})
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    server = Server(f"http://127.0.0.1:{port}", home, process)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2):  # noqa: S310 - our own
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    server.end()
    raise TimeoutError("the dashboard did not start")


@contextmanager
def served(module: str = "dashboard", *, precision: str = "") -> Iterator[Server]:
    """A dashboard in a fresh home folder with its catalog built; weights and vectors of entries are shared."""
    made = ensure_weights().parent.parent
    with tempfile.TemporaryDirectory(prefix="attune-sessions-") as folder:
        home = Path(folder)
        share(made, home)
        environment = os.environ | {"ATTUNE_HOME": folder}
        subprocess.run(
            [sys.executable, "-m", "taxonomy", "build"], cwd=ROOT, env=environment, check=True, stdout=sys.stderr
        )
        server = start(home, free_port(), module, precision=precision)
        try:
            yield server
        finally:
            server.end()
            (home / "weights").unlink(missing_ok=True)
