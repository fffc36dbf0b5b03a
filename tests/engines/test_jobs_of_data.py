"""Every job over people's data says of which data set, so that a deleted set takes its results with it."""

from __future__ import annotations

import ast
from pathlib import Path

from data.home import ROOT

WITHOUT_DATA = {"dashboard/views/query.py", "engines/models/worker.py"}  # the catalog's console, and the model's queue


def made_without_data(path: Path) -> list[int]:
    """The lines on which a job is made that names no data set."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    jobs = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Job"]
    return [call.lineno for call in jobs if "about" not in {word.arg for word in call.keywords}]


def test_every_job_over_data_names_its_data_set() -> None:
    files = [path for layer in ("engines", "dashboard") for path in (ROOT / layer).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix(): lines for path in files if (lines := made_without_data(path))}
    assert set(found) == WITHOUT_DATA
