"""Where everything that is made at run time lives: var/ beside the code, or ATTUNE_HOME."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder of run-time files; made when it is missing."""
    folder = Path(os.environ.get("ATTUNE_HOME") or ROOT / "var").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
