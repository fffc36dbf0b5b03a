"""The dashboard, started as usual, that writes down each live run that it begins: `python -m tests.benchmarks.counted`.

The file `started.txt` in its home folder holds the id of each, a line each.
"""

from __future__ import annotations

from dashboard.__main__ import main
from data.home import home
from engines.live import LiveRun

STARTED = "started.txt"


def count() -> None:
    """Let every run that starts be written down first."""
    original = LiveRun.start

    def start(run: LiveRun) -> None:
        with (home() / STARTED).open("a") as file:
            file.write(f"{run.id}\n")
        original(run)

    LiveRun.start = start  # type: ignore[method-assign]


if __name__ == "__main__":
    count()
    main()
