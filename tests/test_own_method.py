"""A method is one file: the one that CONTRIBUTING holds is dropped in, listed and run; a broken one is only named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.home import ROOT
from engines.methods import methods
from taxonomy.catalog import Catalog
from taxonomy.model import Kind

LONGEST = 40
FENCED = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FOLDERS = ("data", "taxonomy", "engines", "dashboard", "tests")
LIST = [sys.executable, "-m", "engines", "methods", "--json"]
RUN = '''
import time
from streamlit.testing.v1 import AppTest

SCRIPT = """from dashboard.app import run
from tests.dashboard.playground_data import EchoServices
run("playground", EchoServices())"""

page = AppTest.from_string(SCRIPT, default_timeout=60)
page.query_params["pg_methods"] = "none,oldest-history"
page.query_params["pg_arms"] = "right,nobody"
page.query_params["pg_run"] = "1"
page.run()
end = time.monotonic() + 30
def html():
    return " ".join(element.proto.body for element in page.get("html"))
while "What to notice" not in html() and time.monotonic() < end:
    time.sleep(0.1)
    page.run()
assert not page.exception, page.exception
print("OFFERED", page.multiselect(key="pg_methods").options)
print("CHOSEN", page.multiselect(key="pg_methods").value)
print("WARNED", [one.value for one in page.warning])
print("ERRORS", [one.value for one in page.error])
print("SHOWN", "1 oldest" in html() and "What to notice" in html())
'''


def example() -> str:
    """The complete method of the document."""
    return next(code for code in FENCED.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")) if "register" in code)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project without what is made at run time, at another place."""
    folder = tmp_path / "copy"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    return folder


def run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ATTUNE_HOME": str(folder / "var"), "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_the_example_is_short_and_follows_what_the_catalog_knows(catalog: Catalog) -> None:
    code = example()
    assert len(code.splitlines()) <= LONGEST
    key = re.search(r'Follows\(\s*"([^"]+)"', code)
    assert key
    assert catalog.entry(Kind.METHOD, key[1]).key == key[1]
    assert not catalog.node("prompt.contextual").children
    assert 'technique="prompt.contextual"' in code


def test_a_method_is_one_file_listed_and_offered_without_any_other_change(copy: Path) -> None:
    (copy / "engines" / "methods" / "oldest_history.py").write_text(example(), "utf-8")
    (copy / "engines" / "methods" / "half_done.py").write_text("import nothing_that_there_is\n", "utf-8")
    listed = run(copy, LIST)
    assert {row["id"] for row in json.loads(listed.stdout)} == {*methods, "oldest-history"}
    assert "engines/methods/half_done.py is skipped: ModuleNotFoundError: No module named" in listed.stderr
    assert str(copy) not in listed.stderr.partition("Traceback")[0]
    said = dict(
        line.split(" ", 1) for line in run(copy, [sys.executable, "-c", RUN]).stdout.splitlines() if " " in line
    )
    assert "Oldest history" in said["OFFERED"]
    assert said["CHOSEN"] == "['none', 'oldest-history']"
    assert said["SHOWN"] == "True"
    assert said["ERRORS"] == "[]"
    assert "half" in said["WARNED"]
    assert "ModuleNotFoundError" in said["WARNED"]


BROKEN = {
    "syntax": ("def f(:\n", "SyntaxError: invalid syntax, line 1"),
    "taken": (
        "from engines.methods import methods\nfrom engines.methods.none import *\n"
        "import engines.methods.none as n\nmethods.register('none')(type('Other', (n.NoPersonalization,), {}))\n",
        "ValueError: two methods are called 'none'",
    ),
    "bare": (
        "from engines.methods import methods\n@methods.register('bare')\nclass Bare:\n    pass\n",
        "TypeError: a method needs info = MethodInfo(...)",
    ),
    "leaves": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "path": (
        "open('/no/such/folder/secret.txt')\n",
        "FileNotFoundError: [Errno 2] No such file or directory: 'secret.txt'",
    ),
    "half": (
        "from engines.methods import methods\nfrom engines.methods.recent_history import RecentHistory\n"
        "methods.register('good-half')(type('Good', (RecentHistory,), {}))\n1 / 0\n",
        "ZeroDivisionError: division by zero",
    ),
}


def test_every_kind_of_broken_file_is_named_and_the_rest_is_listed(copy: Path) -> None:
    for name, (code, _) in BROKEN.items():
        (copy / "engines" / "methods" / f"zz_{name}.py").write_text(code, "utf-8")
    done = run(copy, LIST)
    assert [row["id"] for row in json.loads(done.stdout)] == list(methods)
    for name, (_, why) in BROKEN.items():
        assert f"engines/methods/zz_{name}.py is skipped: {why}" in done.stderr
