"""What a step costs: seconds of the processor with those of its children, and how much more memory it held at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS, MEMORY = 5.0, 300 * 1024 * 1024
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def spent() -> float:
    """Seconds of the processor, so that what runs beside a test does not count."""
    return sum(os.times()[:4])


def peak() -> int:
    """The most memory that was held since the last reset; 0 where the system does not say."""
    lines = STATUS.read_text().splitlines() if STATUS.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


@dataclass
class Meter:
    """The most that one of some steps cost."""

    seconds: float = 0.0
    memory: int = 0

    @contextmanager
    def step(self) -> Iterator[None]:
        """Measure a step by itself; the peak is counted anew for it."""
        if os.access(RESET, os.W_OK):
            RESET.write_text("5")
        start, began = peak(), spent()
        try:
            yield
        finally:
            self.seconds = max(self.seconds, spent() - began)
            self.memory = max(self.memory, peak() - start)

    def within(self) -> None:
        """No step was over the bounds."""
        assert self.seconds < SECONDS
        assert self.memory < MEMORY
