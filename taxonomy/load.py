"""Reads the facts folder: YAML and CSV files into records that remember the line of every field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from data.errors import Place
from data.home import ROOT
from taxonomy.problems import Problem

FACTS = ROOT / "data" / "facts"
LISTS = {
    "node": "nodes.yaml",
    "method": "methods.yaml",
    "dataset": "datasets.yaml",
    "metric": "metrics.yaml",
    "source": "sources.yaml",
    "challenge": "challenges.yaml",
    "tradeoff": "tradeoffs.yaml",
    "strategy": "strategies.yaml",
    "uncertain": "uncertain.yaml",
    "synonym": "synonyms.yaml",
    "asked_as": "asked_as.yaml",
}
SHEETS = {"result_method": "result_methods.csv", "result_role": "result_roles.csv", "alias": "dataset_aliases.csv"}
SURVEY, MANIFEST, RESULTS = "survey.yaml", "manifest.json", "results"
DEEPEST = 8
_COMPOSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Record:
    """One entry of a facts file: its values, and the line that each field stands on."""

    file: str
    line: int
    values: Mapping[str, Any] = field(hash=False)
    lines: Mapping[str, int] = field(hash=False)

    def place(self, name: str = "") -> Place:
        """Where the record, or one of its fields, stands."""
        return Place(self.file, self.lines.get(name, self.line), name)

    def text(self, name: str) -> str:
        """A field as text, empty where it is absent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def items(self, name: str) -> tuple[str, ...]:
        """A field that holds a list, as texts; empty where it is absent or no list."""
        value = self.values.get(name)
        return tuple(str(item) for item in value) if isinstance(value, list) else ()


@dataclass(frozen=True)
class Facts:
    """A whole facts folder as read, with what could not be read.

    Attributes:
        tables: node, method, dataset, metric, source, challenge, tradeoff, strategy, uncertain, synonym, asked_as,
            survey, result_method, result_role, alias, result; the records of each in file order.
        manifest: the counts written at import, empty where the file is missing.
    """

    folder: Path
    tables: Mapping[str, tuple[Record, ...]]
    manifest: Mapping[str, Any]
    problems: tuple[Problem, ...]

    def keyed(self, table: str) -> Mapping[str, Record]:
        """The records of a table by key; of a repeated key, the first."""
        found: dict[str, Record] = {}
        for record in self.tables[table]:
            found.setdefault(record.text("key"), record)
        return found


def read_facts(folder: Path = FACTS) -> Facts:
    """Read every file of a facts folder; what cannot be read becomes a problem, never an exception."""
    problems: list[Problem] = []
    tables: dict[str, tuple[Record, ...]] = {}
    for table, name in LISTS.items():
        tables[table] = tuple(_yaml_records(folder, name, problems))
    tables["survey"] = tuple(_yaml_records(folder, SURVEY, problems))
    for table, name in SHEETS.items():
        tables[table] = tuple(_csv_records(folder, name, problems))
    tables["result"] = tuple(_results(folder, problems))
    return Facts(folder, MappingProxyType(tables), _manifest(folder, problems), tuple(problems))


def _read(folder: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        return (folder / name).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(Place(name, line), f"a byte that is not UTF-8: 0x{error.object[error.start]:02x}"))
    except OSError as error:
        problems.append(Problem(Place(name), f"the file cannot be read: {error.strerror}", "a readable file"))
    return None


def _yaml_records(folder: Path, name: str, problems: list[Problem]) -> Iterable[Record]:
    text = _read(folder, name, problems)
    if text is None:
        return ()
    records, found = _parsed(name, text)
    problems += found
    return records


@lru_cache(maxsize=32)
def _parsed(name: str, text: str) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """The entries of a file and what is wrong with it; kept, since a check mostly reads unchanged files again."""
    problems: list[Problem] = []
    try:
        root = yaml.compose(text, Loader=_COMPOSER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return (), (Problem(Place(name, mark.line + 1 if mark else 0), f"not YAML: {what}"),)
    if isinstance(root, yaml.MappingNode):
        nodes = [root]
    elif isinstance(root, yaml.SequenceNode):
        nodes = root.value
    else:
        return (), (Problem(Place(name, 1), "not a list of entries", "a YAML list"),)
    return tuple(_record(node, name, problems) for node in nodes), tuple(problems)


def _record(node: Any, name: str, problems: list[Problem]) -> Record:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        value = _plain(node, name, problems, 0)
        return Record(name, line, {"text": value}, {"text": line})
    values, lines = _mapping(node, name, problems, 0)
    return Record(name, line, values, lines)


def _mapping(node: Any, name: str, problems: list[Problem], depth: int) -> tuple[dict[str, Any], dict[str, int]]:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            problems.append(Problem(Place(name, line, key), f"the field {key} stands twice in one entry", "once"))
            continue
        values[key] = _plain(value_node, name, problems, depth + 1)
        lines[key] = line
    return values, lines


def _plain(node: Any, name: str, problems: list[Problem], depth: int) -> Any:
    if depth > DEEPEST:
        problems.append(
            Problem(Place(name, node.start_mark.line + 1), "nested too deep, or an anchor that holds itself")
        )
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, name, problems, depth + 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, name, problems, depth)[0]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    """The value of a scalar by its YAML tag; whatever is no null, boolean or whole number stays as it is written."""
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() in {"true", "yes", "on"}
    if kind == "int" and node.value.lstrip("+-").isdecimal():
        return int(node.value)
    if kind == "float":
        return float(node.value) if _is_float(node.value) else node.value
    return node.value


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _results(folder: Path, problems: list[Problem]) -> Iterator[Record]:
    if not (folder / RESULTS).is_dir():
        problems.append(Problem(Place(RESULTS), "the folder is missing", "one CSV file for each source"))
        return
    for path in sorted((folder / RESULTS).glob("*.csv")):
        for record in _csv_records(folder, f"{RESULTS}/{path.name}", problems):
            yield Record(record.file, record.line, {**record.values, "source": path.stem}, record.lines)


def _csv_records(folder: Path, name: str, problems: list[Problem]) -> Iterator[Record]:
    text = _read(folder, name, problems)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not header:
                header = cells
            elif len(cells) != len(header):
                found = f"a row of {len(cells)} cells"
                problems.append(Problem(Place(name, start), found, f"{len(header)} cells as in the header"))
            else:
                values = {key: cell for key, cell in zip(header, cells, strict=True) if cell != ""}
                yield Record(name, start, values, dict.fromkeys(header, start))
    except csv.Error as error:
        problems.append(Problem(Place(name, line), f"not CSV: {error}"))
    if len(set(header)) != len(header):
        problems.append(Problem(Place(name, 1), "a column stands twice in the header", "each column once"))


def _manifest(folder: Path, problems: list[Problem]) -> Mapping[str, Any]:
    text = _read(folder, MANIFEST, problems)
    if text is None:
        return {}
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as error:
        problems.append(Problem(Place(MANIFEST, getattr(error, "lineno", 0)), f"not JSON: {error}"))
        return {}
    if not isinstance(manifest, dict):
        problems.append(Problem(Place(MANIFEST, 1), "not a JSON object", "an object of counts"))
        return {}
    return manifest
