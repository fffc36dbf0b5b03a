"""Which browser tests and benchmarks use."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium")  # the first has no window to draw, so it leaves more to the server


def browser_path() -> str | None:
    """The path of Chromium, for Playwright's `executable_path`; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
