"""The version of the project, as pyproject.toml says it; what is exported and cited names it."""

from __future__ import annotations

VERSION = "0.1.0"
