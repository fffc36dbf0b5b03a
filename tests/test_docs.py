"""The documents name everything that there is, and everything that they name is there."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from data.home import ROOT
from data.importers import datasets, importers
from engines.baselines import baselines
from engines.methods import methods
from engines.metrics import metrics
from engines.recommenders import recommenders
from tests.test_architecture import MAY_IMPORT, sources

DOCUMENTS = {name: (ROOT / f"{name}.md").read_text("utf-8") for name in ("README", "ARCHITECTURE", "CONTRIBUTING")}
READ = DOCUMENTS["README"] + DOCUMENTS["ARCHITECTURE"]
ALL = READ + DOCUMENTS["CONTRIBUTING"]
CODE = re.compile(r"`([^`\n]+)`|^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND_LINES = ("data", "taxonomy", "engines", "dashboard")
SETTING = re.compile(r"\b(?:ATTUNE_[A-Z_]+|PORT|HF_HUB_OFFLINE|TORCH_[A-Z]+|PYTHON)\b")
NOT_SET_BY_READERS = {"TOKENIZERS_PARALLELISM"}


def in_code(text: str) -> str:
    """What stands between backticks, and in fenced blocks, a line each."""
    return "\n".join(inline or block for inline, block in CODE.findall(text))


def names(thing: str, text: str) -> bool:
    """Whether code of a document holds a name, not merely as a part of a longer one."""
    return bool(re.search(rf"(?<![\w-]){re.escape(thing)}(?![\w-])", in_code(text)))


def page_titles() -> list[str]:
    """The title of every page, read without importing Streamlit."""
    views = [source for source in sources("dashboard") if source.path.startswith("dashboard/views/")]
    calls = [node for view in views for node in ast.walk(view.tree) if isinstance(node, ast.Call)]
    pages = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Page"]
    return [ast.literal_eval(k.value) for page in pages for k in page.keywords if k.arg == "title"]


def commands() -> Iterator[str]:
    """Every command that `python -m` has."""
    for name in COMMAND_LINES:
        app: typer.Typer = importlib.import_module(f"{name}.__main__").app
        yield from (f"{name} {command}" for command in getattr(get_command(app), "commands", {}))


def make_targets() -> list[str]:
    """The targets that `make help` lists."""
    return re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)


def settings() -> set[str]:
    """What the code reads from the environment, and the variables of the Makefile."""
    text = "\n".join(source.text for source in sources(*MAY_IMPORT))
    read = set(re.findall(r"\bATTUNE_[A-Z_]+\b", text))
    read |= set(re.findall(r"(?:environ(?:\.get|\.setdefault)?|getenv|given\.get)[(\[]\s*\"([A-Z_]+)\"", text))
    read |= set(re.findall(r"envvar=\"([A-Z_]+)\"", text))
    made = re.findall(r"^([A-Z_]+) \?=", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    return (read | set(made)) - NOT_SET_BY_READERS


@pytest.mark.parametrize(
    "registry", [datasets, importers, methods, metrics, baselines, recommenders], ids=lambda registry: registry.kind
)
def test_every_registered_thing_is_named(registry: object) -> None:
    listed = list(registry)  # type: ignore[call-overload]
    assert listed
    assert [name for name in listed if not names(name, READ)] == []


def test_every_task_is_named() -> None:
    tasks = [task.id for name in datasets for task in datasets[name]().tasks]
    assert [name for name in tasks if not names(name, READ)] == []


def test_every_page_is_named_in_bold() -> None:
    titles = page_titles()
    assert "Home" in titles
    assert [title for title in titles if f"**{title}**" not in READ] == []


def test_every_setting_is_named_and_every_named_one_is_read() -> None:
    known = settings()
    assert {"ATTUNE_HOME", "ATTUNE_DTYPE", "PORT", "TORCH_INDEX"} <= known
    assert [name for name in sorted(known) if not names(name, READ)] == []
    assert sorted(set(SETTING.findall(in_code(ALL))) - known) == []


def test_every_command_is_named_and_every_named_one_exists() -> None:
    known = set(commands())
    assert "taxonomy build" in known
    assert [name for name in sorted(known) if f"python -m {name}" not in in_code(READ)] == []
    named = set(re.findall(r"python -m ((?:data|taxonomy|engines|dashboard)(?: [a-z]+)?)", in_code(ALL)))
    assert sorted(named - known - set(COMMAND_LINES)) == []


def test_every_target_is_named_and_every_named_one_exists() -> None:
    known = set(make_targets())
    assert {"run", "test"} <= known
    assert [name for name in sorted(known) if f"make {name}" not in in_code(READ)] == []
    assert sorted(set(re.findall(r"\bmake ([a-z]+)\b", in_code(ALL))) - known) == []


def test_every_option_that_a_document_gives_exists() -> None:
    for line in in_code(ALL).replace("\\\n", " ").splitlines():
        for package, name, rest in re.findall(r"python -m (data|taxonomy|engines|dashboard) ([a-z]+)(.*)", line):
            command = getattr(get_command(importlib.import_module(f"{package}.__main__").app), "commands", {})[name]
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<= )--[a-z-]+", rest)) <= known, line


def test_every_linked_file_and_named_path_exists() -> None:
    linked = {link for text in DOCUMENTS.values() for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)}
    paths = set(re.findall(r"`((?:data|taxonomy|engines|dashboard|tests|docs)/[\w./-]*)`", ALL))
    later = {"docs/home.png"}
    missing = [name for name in sorted(linked | paths) if name not in later and not (ROOT / name).exists()]
    assert linked
    assert missing == []


def test_a_name_inside_a_longer_one_does_not_count() -> None:
    assert names("none", "the method `none`")
    assert not names("none", "none of `non-none` or `nonesuch`")
    assert names("compare", "```sh\npython -m engines compare\n```")


def test_documents_speak_of_the_product_only() -> None:
    assert Path(ROOT / "CHANGELOG.md").read_text("utf-8").startswith("# Changelog")
    assert [name for name, text in DOCUMENTS.items() if re.search(r"\b(TODO|FIXME|TBD)\b", text)] == []
