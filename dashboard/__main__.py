"""The dashboard on the command line: python -m dashboard serve | prepare."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from dashboard.preparation import prepare_all, ready
from dashboard.settings import DEFAULT_PORT, SettingError, read_port, read_settings
from dashboard.warm import start
from data.errors import AttuneError

NEEDS = (3, 11)
app = typer.Typer(add_completion=False, no_args_is_help=True, help="The dashboard: prepare what it needs, serve it.")


class StartError(AttuneError):
    """The server cannot start; the text says why and what to do."""


@app.command()
def serve(
    address: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[str, typer.Option(envvar="PORT", help="The port to listen on.")] = str(DEFAULT_PORT),
    first: Annotated[
        bool, typer.Option("--prepare", help="Make first what is missing, in a process of its own.")
    ] = False,
) -> None:
    """Start the server and print its address; Ctrl-C ends it."""
    check_python(sys.version_info[:2])
    number = read_port(port)
    read_settings()
    check_free(address, number)
    if first and not ready():
        done = subprocess.run([sys.executable, "-m", "dashboard", "prepare"], check=False)
        if done.returncode:
            sys.exit(done.returncode)
    shown = "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 - compared, not bound
    typer.echo(f"Attune is at http://{shown}:{number} (Ctrl-C ends it)")
    sys.stdout.flush()
    script = str(Path(__file__).parent / "app.py")
    flags = [f"--server.port={number}", f"--server.address={address}"]
    start(script, flags)


@app.command()
def prepare() -> None:
    """Make what the first page needs: the catalog, the model's weights, the computed example of Home."""
    check_python(sys.version_info[:2])
    read_settings()
    prepare_all(report=typer.echo)


def check_python(version: tuple[int, int]) -> None:
    """Refuse a Python that is too old.

    Raises:
        StartError: it is.
    """
    if version < NEEDS:
        found, wanted = (".".join(map(str, each)) for each in (version, NEEDS))
        raise StartError(f"this is Python {found}, and Attune needs {wanted} or newer; install it, then: make run")


def check_free(address: str, port: int) -> None:
    """Refuse a port that something else listens on, or that may not be used.

    Raises:
        StartError: it cannot be used.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            other = 8502 if port != 8502 else 8503
            reason = (error.strerror or str(error)).lower()
            raise StartError(f"port {port} cannot be used ({reason}); choose another: make run PORT={other}") from error


def main() -> None:
    """Run the command line; an error that names what to do is printed without a trace, exit 1."""
    try:
        app()
    except AttuneError as error:
        if isinstance(error, SettingError):
            typer.echo("a setting cannot be used:", err=True)
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
