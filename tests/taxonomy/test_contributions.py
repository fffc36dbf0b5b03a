"""How a fact is added: the recipe that CONTRIBUTING holds works, and what does not fit is refused by line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data.home import ROOT
from taxonomy.__main__ import app
from taxonomy.build import make_tables
from taxonomy.load import read_facts

KEY = re.compile(r"^- key: (.+)$", re.MULTILINE)
EXPECTED = re.compile(r"manifest\.json:(?P<line>\d+) \[(?P<field>[\w.]+)\].*accepted: (?P<value>\d+)")


def fenced(language: str) -> str:
    """The only block of a language in the recipe."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    recipe = text[text.index("## A fact\n") : text.index("## A method\n")]
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", recipe, flags=re.MULTILINE | re.DOTALL)
    return str(block)


def check(folder: Path) -> Result:
    return CliRunner().invoke(app, ["check", "--facts", str(folder)])


def insert(folder: Path, entry: str, file: str = "methods.yaml") -> int:
    """Put an entry at its place in the alphabet; the line on which it begins."""
    path = folder / file
    text = path.read_text("utf-8")
    own = KEY.match(entry)
    assert own
    behind = [found.start() for found in KEY.finditer(text) if found[1] > own[1]]
    at = behind[0] if behind else len(text)
    path.write_text(f"{text[:at]}{entry}\n{text[at:]}", "utf-8")
    return text.count("\n", 0, at) + 1


def append(folder: Path, file: str, row: str) -> int:
    """Put a row at the end of a sheet; its line."""
    path = folder / file
    text = path.read_text("utf-8")
    path.write_text(text + row, "utf-8")
    return text.count("\n") + 1


def follow(folder: Path, printed: str) -> None:
    """Write the counts that the check expects into the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    for found in EXPECTED.finditer(printed):
        section, _, name = found["field"].partition(".")
        manifest[section][name] = int(found["value"])
    path.write_text(json.dumps(manifest, indent=2), "utf-8")


def added(folder: Path) -> None:
    """The whole recipe."""
    insert(folder, fenced("yaml"))
    append(folder, "dataset_aliases.csv", fenced("csv"))
    follow(folder, check(folder).stdout)


def test_the_recipe_adds_an_entry(facts_copy: Path) -> None:
    assert check(facts_copy).exit_code == 0
    insert(facts_copy, fenced("yaml"))
    append(facts_copy, "dataset_aliases.csv", fenced("csv"))
    left = check(facts_copy)
    assert left.exit_code == 1
    follow(facts_copy, left.stdout)
    done = check(facts_copy)
    assert (done.exit_code, done.stdout.startswith("ok: ")) == (0, True)
    methods = {row["key"]: row for row in make_tables(read_facts(facts_copy))["method"]}
    assert methods["example-notes"]["name"] == "ExampleNotes"
    assert len(methods) == len(read_facts().tables["method"]) + 1


def test_the_recipe_prints_what_the_check_says(facts_copy: Path) -> None:
    insert(facts_copy, fenced("yaml"))
    append(facts_copy, "dataset_aliases.csv", fenced("csv"))
    numbers = re.compile(r"\d+")  # they change with every added fact
    assert numbers.sub("N", check(facts_copy).stdout) == numbers.sub("N", fenced("text"))


def test_the_recipe_without_its_second_step_is_refused_at_the_entry(facts_copy: Path) -> None:
    line = insert(facts_copy, fenced("yaml"))
    row = fenced("yaml").splitlines().index("  datasets: [LaMP, ExampleLog]")
    assert f"methods.yaml:{line + row} [datasets]: the dataset name 'ExampleLog'" in check(facts_copy).stdout


def test_the_recipe_corrects_the_entry_without_the_manifest(facts_copy: Path) -> None:
    added(facts_copy)
    path = facts_copy / "methods.yaml"
    text = path.read_text("utf-8")
    lines = fenced("diff").splitlines()
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        assert (old[0], new[0]) == ("-", "+")
        start = text.index("key: example-notes")
        assert f"\n{old[1:]}\n" in text[start:]
        text = text[:start] + text[start:].replace(old[1:], new[1:], 1)
    path.write_text(text, "utf-8")
    assert check(facts_copy).exit_code == 0
    method = next(r for r in make_tables(read_facts(facts_copy))["method"] if r["key"] == "example-notes")
    assert method["venue"] == "Journal of Made-Up Methods"


def test_a_corrected_number_must_follow_in_the_manifest(facts_copy: Path) -> None:
    path = facts_copy / "results" / "ropg.csv"
    path.write_text(path.read_text("utf-8").replace("0.502", "0.512", 1), "utf-8")
    refused = check(facts_copy)
    assert refused.exit_code == 1
    assert "[results_value_sum]" in refused.stdout


@dataclass(frozen=True)
class Mistake:
    """A change of the recipe's entry that must not pass.

    Attributes:
        old, new: a text of the entry, which stands there once, and what stands there instead.
        field: where the check must say it.
        said: a part of what it says.
    """

    old: str
    new: str
    field: str
    said: str


MISTAKES = {
    "an unknown technique": Mistake("rag.dense]", "rag.denze]", "techniques", "nearest: rag.dense"),
    "a technique of another facet": Mistake("rag.dense]", "dialogue]", "techniques", "no key of a technique node"),
    "an unknown level": Mistake("[user]", "[person]", "levels", "accepted: global, persona, user"),
    "a level that is no list": Mistake("[user]", "user", "levels", "accepted: global, persona, user"),
    "an unknown usage": Mistake("usage: direct", "usage: generation", "usage", "accepted: both, direct, downstream"),
    "an unknown application": Mistake("[dialogue]", "[chit-chat]", "applications", "no key of a application node"),
    "the root of a facet": Mistake("[dialogue]", "[application]", "applications", "application node below its root"),
    "a year in words": Mistake("2026", "'in print'", "year", "a year from 1950 to 2100"),
    "an identifier that YAML reads as a number": Mistake(
        "  url:", "  arxiv_id: 2601.01234\n  url:", "arxiv_id", "an arXiv id in quotes"
    ),
    "an address as identifier": Mistake(
        "  url:", "  arxiv_id: 'arxiv.org/abs/2601.01234'\n  url:", "arxiv_id", "an arXiv id in quotes"
    ),
    "another paper's identifier": Mistake(
        "  url:", "  arxiv_id: '2502.12110'\n  url:", "arxiv_id", "arXiv 2502.12110 has another title"
    ),
    "an address without its scheme": Mistake("https://", "", "url", "an address that begins with http"),
    "a script as address": Mistake("https://example.org/notes", "javascript:alert(1)", "url", "an address that begins"),
    "no source": Mistake(
        "  sources:\n    - title and address in example.org/notes\n", "", "sources", "the field sources is missing"
    ),
    "an empty source": Mistake("    - title and address in example.org/notes\n", "    - ''\n", "sources", "the list"),
    "an empty summary": Mistake(
        "Keeps a note for each session and retrieves the notes that are nearest to a request.", "''", "summary", "text"
    ),
    "a field of another file": Mistake("  usage:", "  n_users: 12\n  usage:", "n_users", "the unknown field n_users"),
    "a misspelt field": Mistake("  summary:", "  sumary:", "sumary", "nearest: summary"),
    "a guess as a flag": Mistake("'no'", "no", "in_survey", "accepted: likely, no"),
    "the key of another entry": Mistake("key: example-notes", "key: a-mem", "key", "the key 'a-mem' stands twice"),
    "a key with a space": Mistake("key: example-notes", "key: Example notes", "key", "a key of lower-case letters"),
    "a field twice": Mistake("  year: 2026\n", "  year: 2026\n  year: 2025\n", "year", "stands twice in one entry"),
    "a misspelt data set": Mistake("ExampleLog]", "ExampleLogs]", "datasets", "nearest: ExampleLog"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_typical_mistake_is_refused_with_file_line_and_field(name: str, facts_copy: Path) -> None:
    added(facts_copy)
    mistake = MISTAKES[name]
    path = facts_copy / "methods.yaml"
    text = path.read_text("utf-8")
    start = text.index("- key: example-notes")
    end = text.index("\n\n", start)
    entry = text[start:end] + "\n"
    assert entry.count(mistake.old) == 1
    path.write_text(text[:start] + entry.replace(mistake.old, mistake.new) + text[end + 1 :], "utf-8")
    refused = check(facts_copy)
    assert refused.exit_code == 1
    said = [line for line in refused.stdout.splitlines() if f"[{mistake.field}]" in line and mistake.said in line]
    assert [_place(line) for line in said] == [_expected(path, mistake.field)]


def _place(line: str) -> tuple[str, int]:
    file, _, rest = line.partition(":")
    return file, int(rest.partition(" ")[0])


def _expected(path: Path, field: str) -> tuple[str, int]:
    """Where the field stands last in the changed entry, or where the entry begins if it is not there."""
    lines = path.read_text("utf-8").splitlines()
    name = lines.index("  name: ExampleNotes")
    end = next(number for number in range(name, len(lines)) if not lines[number])
    own = [number for number in range(name - 1, end) if re.match(rf"(- |  ){field}:", lines[number])]
    return path.name, (own[-1] if own else name - 1) + 1


SHEETS: dict[str, tuple[str, str, str]] = {
    "a number in words": (
        "results/ropg.csv",
        "lamp-1,LaMP-1,test,lamp-bm25,,accuracy,high,higher,Table 9,x,\n",
        "finite",
    ),
    "a row with too few cells": ("results/ropg.csv", "lamp-1,LaMP-1,test\n", "a row of 3 cells"),
    "a data set that is not there": (
        "results/ropg.csv",
        "lamp-11,LaMP-11,test,lamp-bm25,,accuracy,0.5,higher,Table 9,x,\n",
        "'lamp-11' is no key of a dataset",
    ),
    "the wrong direction": (
        "results/ropg.csv",
        "lamp-1,LaMP-1,test,lamp-bm25,,accuracy,0.5,lower,Table 9,x,\n",
        "higher as in metrics.yaml",
    ),
    "an alias that nobody uses": ("dataset_aliases.csv", "Nobody's data,,\n", "no method names the dataset"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_mistake_in_a_sheet_is_refused_with_its_line(name: str, facts_copy: Path) -> None:
    file, row, said = SHEETS[name]
    line = append(facts_copy, file, row)
    refused = check(facts_copy)
    assert refused.exit_code == 1
    assert any(re.match(rf"{file}:{line}[: ]", found) and said in found for found in refused.stdout.splitlines())


@pytest.fixture
def facts_copy(facts_copy: Path) -> Path:
    """The copy with what is written by hand at its end closed by a line end."""
    for path in facts_copy.rglob("*.csv"):
        assert path.read_bytes().endswith(b"\n")
    return facts_copy
