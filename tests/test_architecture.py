"""The rules that hold everywhere: import arrows, where SQL and Streamlit may stand, sizes, and what is never used.

A rule is a function from one source file to the problems in it; the examples at the end show that each can fail.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from data.home import ROOT
from tests.conftest import NetworkBlockedError

MAY_IMPORT = {
    "data": {"data"},
    "taxonomy": {"data", "taxonomy"},
    "engines": {"data", "taxonomy", "engines"},
    "dashboard": {"data", "taxonomy", "engines", "dashboard"},
}
ONLY_IN = {"duckdb": "taxonomy", "_duckdb": "taxonomy", "streamlit": "dashboard"}
UNSAFE_MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
UNSAFE_CALLS = {"eval", "exec", "builtins.eval", "builtins.exec", "torch.load", "yaml.unsafe_load", "yaml.full_load"}
UNSAFE_METHODS = {"read_pickle", "to_pickle"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
FILE_LINES, FUNCTION_LINES, PARAMETERS, POSITIONAL = 300, 50, 5, 4  # of these four, the reviewer judges the last two
SQL = re.compile(
    r"\bSELECT\s[^;]{1,2000}?\sFROM\s|\bINSERT\s+INTO\s|\bDELETE\s+FROM\s|\bUPDATE\s+\w+\s+SET\s"
    r"|\b(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+)?(?:TABLE|VIEW|MACRO|INDEX|SCHEMA)\s"
    r"|\bATTACH\s+'|\bCOPY\s+\w+\s+(?:TO|FROM)\s|\bPRAGMA\s+\w|\bDESCRIBE\s+\w|\bWITH\s+\w+\s+AS\s*\("
    r"|^\s*select\s+(?:\*|[\w.()*]+(?:\s*,\s*[\w.()*]+)*)\s+from\s+\w+(?:\s*;?\s*$|\s+(?:where|join|group|order|limit)\b)"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|tmp|home|Users|opt)/\w")
REGISTRIES = [f"{name}.org" for name in ("pypi", "pythonhosted", "pytorch", "npmjs")]

# What is above a size, and why that is better than cutting it. An exception that is no longer needed fails.
COMMANDS = ("__main__.py ask_once", "__main__.py compare", "lamp/command.py predict", "topn/command.py recommend")
NAMED = (*(f"engines/{one}" for one in (*COMMANDS, "coldstart_command.py coldstart")), "data/__main__.py import_set")
EXCEPTIONS: dict[str, str] = dict.fromkeys([f"{one} parameters" for one in NAMED], "a command's options")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def layer(self) -> str:
        return self.path.partition("/")[0]


Rule = Callable[[Source], Iterator[str]]


def tracked() -> list[Path]:
    """The files of the project: what git knows or would add."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for line in listed.splitlines() if (path := ROOT / line).is_file()]


@cache
def sources(*folders: str) -> list[Source]:
    """The Python files of some of the project's folders."""
    named = ((path.relative_to(ROOT).as_posix(), path) for path in tracked() if path.suffix == ".py")
    return [Source(name, path.read_text("utf-8")) for name, path in named if name.partition("/")[0] in folders]


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every imported module with its line, also inside functions, for types alone, and by a literal name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and dotted(node.func) in {"importlib.import_module", "import_module"}:
            yield from ((node.lineno, str(a.value)) for a in node.args[:1] if isinstance(a, ast.Constant))


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is one, else the last attribute or nothing."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def arrows(source: Source) -> Iterator[str]:
    """Imports go backwards along data, taxonomy, engines, dashboard; nothing imports the tests."""
    for line, name in imports(source):
        top = name.partition(".")[0]
        if top in {*MAY_IMPORT, "tests"} and top not in MAY_IMPORT[source.layer]:
            yield f"{source.path}:{line} imports {name}"


def one_layer_only(source: Source) -> Iterator[str]:
    """DuckDB only in taxonomy, Streamlit only in dashboard."""
    for line, name in imports(source):
        if ONLY_IN.get(name.partition(".")[0], source.layer) != source.layer:
            yield f"{source.path}:{line} imports {name}"


def no_sql(source: Source) -> Iterator[str]:
    """SQL stands only in taxonomy; documentation strings are prose."""
    if source.layer == "taxonomy":
        return
    prose = {id(n.value) for n in ast.walk(source.tree) if isinstance(n, ast.Expr)}
    inside = {id(v) for n in ast.walk(source.tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "x" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if id(node) not in prose and SQL.search(text):
            yield f"{source.path}:{node.lineno} holds SQL: {text[:60]!r}"


def nothing_unsafe(source: Source) -> Iterator[str]:
    """No pickle in any form, no builtin eval or exec, no torch.load, no YAML loader that builds objects."""
    for line, name in imports(source):
        if name.partition(".")[0] in UNSAFE_MODULES:
            yield f"{source.path}:{line} imports {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"torch", "yaml"}:
            wrong = {f"{node.module}.{alias.name}" for alias in node.names} & {*UNSAFE_CALLS, "yaml.load"}
            yield from (f"{source.path}:{node.lineno} imports {name}" for name in wrong)
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        named = {k.arg: k.value for k in node.keywords}
        if name in UNSAFE_CALLS or name.rpartition(".")[2] in UNSAFE_METHODS:
            yield f"{source.path}:{node.lineno} calls {name}"
        if name in {"yaml.load", "yaml.load_all"}:
            loader = named.get("Loader") or (node.args[1] if len(node.args) > 1 else None)
            if loader is None or "SafeLoader" not in dotted(loader):
                yield f"{source.path}:{node.lineno} calls {name} without a safe loader"
        if isinstance(allowed := named.get("allow_pickle"), ast.Constant) and allowed.value:
            yield f"{source.path}:{node.lineno} allows pickle"


def names_say_the_idea(source: Source) -> Iterator[str]:
    """No module that is called after nothing."""
    if NAMELESS & {Path(part).stem for part in source.path.split("/")}:
        yield f"{source.path} is named after no idea"


def sizes(source: Source) -> Iterator[str]:
    """The upper sizes; parameters are counted outside tests, without self and cls."""
    if (lines := len(source.text.splitlines())) > FILE_LINES:
        yield f"{source.path} lines: {lines} of at most {FILE_LINES}"
    functions = (n for n in ast.walk(source.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    for node in functions:
        length = (node.end_lineno or 0) - node.lineno + 1
        if length > FUNCTION_LINES:
            yield f"{source.path} {node.name} lines: {length} of at most {FUNCTION_LINES}"
        positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
        count = len(positional) + len(node.args.kwonlyargs)
        if source.layer != "tests" and (count > PARAMETERS or len(positional) > POSITIONAL):
            yield f"{source.path} {node.name} parameters: {count}, {len(positional)} of them by position"


def no_machine_paths(source: Source) -> Iterator[str]:
    """Nothing about where the project stands on some machine."""
    yield from (f"{source.path} names a machine's path: {found[0]}" for found in MACHINE_PATH.finditer(source.text))


def no_registry_hosts(source: Source) -> Iterator[str]:
    """Where packages come from is the reader's choice, not the project's."""
    yield from (f"{source.path} names {host}" for host in REGISTRIES if host in source.text.lower())


@pytest.mark.parametrize("rule", [arrows, one_layer_only, no_sql, nothing_unsafe, names_say_the_idea])
def test_rule_holds_in_every_layer(rule: Rule) -> None:
    assert [problem for source in sources(*MAY_IMPORT) for problem in rule(source)] == []


def test_sizes_hold_but_for_the_listed_exceptions() -> None:
    problems = [problem for source in sources(*MAY_IMPORT, "tests") for problem in sizes(source)]
    found = {problem.partition(":")[0]: problem for problem in problems}
    assert [problem for key, problem in found.items() if key not in EXCEPTIONS] == []
    assert [key for key in EXCEPTIONS if key not in found] == [], "these exceptions are no longer needed"


def test_no_file_names_a_machine_or_a_registry() -> None:
    files = ((path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in tracked())
    texts = [Source(name, content.decode("utf-8", "replace")) for name, content in files if b"\0" not in content]
    assert [problem for text in texts for problem in no_registry_hosts(text)] == []
    assert [problem for text in texts if text.layer != "tests" for problem in no_machine_paths(text)] == []


def test_every_imported_package_is_pinned_with_its_reason() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
    pins = [re.fullmatch(r"([\w.-]+)==\S+ +# \S.*", line) for line in lines]
    assert [line for line, pin in zip(lines, pins, strict=True) if not pin] == []
    known = {pin[1].lower().replace("_", "-") for pin in pins if pin}
    owners = importlib.metadata.packages_distributions()
    used = {name.partition(".")[0] for source in sources(*MAY_IMPORT) for _, name in imports(source)}
    foreign = used - set(MAY_IMPORT) - set(sys.stdlib_module_names) - {"_duckdb"}  # a part of duckdb, listed nowhere
    assert [n for n in sorted(foreign) if not known & {o.lower().replace("_", "-") for o in owners.get(n, ())}] == []


IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        "models.flat." in module.name or importlib.import_module(module.name)  # who imports those loads torch: seen
print(*sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""


def heavy_after_importing(packages: Sequence[str], folder: Path) -> list[str]:
    """Which of the slow packages are loaded after importing every module of some packages."""
    command = [sys.executable, "-W", "ignore", "-c", IMPORT_ALL, *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_any_module_loads_no_torch() -> None:
    assert heavy_after_importing(list(MAY_IMPORT), ROOT) == []


def test_an_import_of_torch_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("")
    (tmp_path / "leaky").mkdir()
    (tmp_path / "leaky" / "__init__.py").write_text("")
    (tmp_path / "leaky" / "deep.py").write_text("import torch\n")
    assert heavy_after_importing(["leaky"], tmp_path) == ["torch"]


BROKEN: list[tuple[Rule, str, str]] = [
    (arrows, "data/a.py", "def f():\n    from engines.types import Arm"),
    (arrows, "engines/a.py", "import importlib\nimportlib.import_module('dashboard.page')"),
    (arrows, "dashboard/a.py", "from tests import conftest"),
    (one_layer_only, "engines/a.py", "import duckdb as d"),
    (one_layer_only, "engines/a.py", "def f():\n    from streamlit.testing.v1 import AppTest"),
    (no_sql, "dashboard/a.py", "q = 'SELECT name FROM method'"),
    (no_sql, "engines/a.py", "q = f'''\n  WITH t AS (x) {q}'''"),
    (no_sql, "dashboard/a.py", "q = 'select * from method where year = 2024'"),
    (no_sql, "data/a.py", "q = f'INSERT INTO {table} VALUES (1)'"),
    (nothing_unsafe, "data/a.py", "import joblib"),
    (nothing_unsafe, "data/a.py", "from pickle import loads"),
    (nothing_unsafe, "engines/a.py", "eval('1')"),
    (nothing_unsafe, "engines/a.py", "weights = torch.load(path)"),
    (nothing_unsafe, "engines/a.py", "from torch import load"),
    (nothing_unsafe, "engines/a.py", "np.load(path, allow_pickle=True)"),
    (nothing_unsafe, "dashboard/a.py", "frame.to_pickle(path)"),
    (nothing_unsafe, "data/a.py", "yaml.load(text, Loader=yaml.Loader)"),
    (names_say_the_idea, "engines/common/a.py", ""),
    (sizes, "data/a.py", "x = 1\n" * 301),
    (sizes, "tests/test_a.py", "def f():\n" + "    x = 1\n" * 50),
    (sizes, "data/a.py", "def f(a, b, *, c, d, e, g): ..."),
    (no_machine_paths, "data/a.py", "FOLDER = '/" + "tmp/attune'"),
    (no_registry_hosts, "README.md", "from https://" + REGISTRIES[0] + "/simple"),
]
FINE: list[tuple[Rule, str, str]] = [
    (arrows, "dashboard/a.py", "from engines.types import Arm\nimport database"),
    (one_layer_only, "taxonomy/a.py", "import duckdb"),
    (no_sql, "dashboard/a.py", "def f():\n    'SELECT name FROM x, in prose.'\n    return 'Select one from Browse'"),
    (nothing_unsafe, "engines/a.py", "model.eval()\nyaml.load(text, Loader=yaml.CSafeLoader)\njson.load(stream)"),
    (sizes, "data/a.py", "class A:\n    def f(self, a, b, *, c, d, e): ..."),
    (no_machine_paths, "README.md", "https://example.org/home/page and frame/work/x"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_rule_sees_a_violation(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), FINE)
def test_rule_lets_good_code_pass(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_tests_reach_this_machine_only(network_attempts: list[str]) -> None:
    with socket.socket() as one, pytest.raises(NetworkBlockedError):
        one.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkBlockedError):
        socket.getaddrinfo("example.org", 443)
    assert network_attempts == ["192.0.2.1", "example.org"]
    network_attempts.clear()
    assert socket.getaddrinfo("localhost", 80)
