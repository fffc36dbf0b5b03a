"""A facts folder of which every free text is hostile; it passes every check, and the real loader makes a catalog of it.

The classes of the taxonomy, their keys and the closed words are the project's, so that facets and live methods work.
All else is made up. In each column any few rows that follow each other hold all payloads together.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from engines.methods import methods as live_methods
from taxonomy.checks import manifest_of, problems_of
from taxonomy.load import FACTS, LISTS, SHEETS, SURVEY, read_facts
from taxonomy.phrases import LONGEST
from tests.dashboard.payloads import ADDRESSES, PAYLOADS

ENTRIES = 24
PORTIONS, SOURCES, ROWS, APART = 8, 3, 12, "\n\n"
_UNREADABLE = {"\x00": ""}  # which no text file of ours may hold


def dealt(count: int, turn: int = 0, portions: int = PORTIONS) -> list[str]:
    """Texts for so many rows, any `portions` of which in a row hold all payloads, each at the beginning of a line.

    Another payload comes first whenever a portion comes again, for what is shown cut. `turn` makes columns differ.
    """
    turned, rows = [PAYLOADS[(at + turn * 7) % len(PAYLOADS)] for at in range(len(PAYLOADS))], []
    parts = [turned[at :: min(count, portions)] for at in range(min(count, portions))]
    for at in range(count):
        again, place = divmod(at, len(parts))
        first = again % len(parts[place])
        rows.append(APART.join((*parts[place][first:], *parts[place][:first])))
    return rows


def write_facts(folder: Path) -> Path:
    """Write the folder and see that it has no problem."""
    (folder / "results").mkdir(parents=True)
    lists, sheets, results = _lists(), {}, _results()
    lists["node"] = _nodes()
    lists["asked_as"] = _asked_as(lists)
    sheets["result_method"] = _result_methods()
    sheets["result_role"] = _roles(results, sheets["result_method"])
    sheets["alias"] = _aliases(lists["method"])
    for table, entries in lists.items():
        _write_yaml(folder / LISTS[table], entries)
    _write_yaml(folder / SURVEY, _survey())
    for table, rows in sheets.items():
        _write_csv(folder / SHEETS[table], rows)
    for at in range(SOURCES):
        _write_csv(folder / "results" / f"s{at}.csv", results[at::SOURCES])
    for path in sorted((*FACTS.glob("*.csv"), *FACTS.glob("*.yaml"))):  # other sheets are taken as they are
        if not (folder / path.name).exists():
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "manifest.json").write_text("{}", "utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest_of(read_facts(folder))), "utf-8")
    problems = problems_of(read_facts(folder))
    assert not problems, "\n".join(map(str, problems[:20]))
    return folder


def method_keys() -> list[str]:
    """Those that live methods follow, so that "Run it" appears, and some more."""
    followed = {each.entry for name in live_methods for each in live_methods[name].info.follows}
    return sorted(followed)[:ENTRIES] + [f"m{at}" for at in range(max(0, ENTRIES - len(followed)))]


def _lists() -> dict[str, list[dict[str, Any]]]:
    challenges = _real("challenges.yaml")
    tradeoffs = _real("tradeoffs.yaml")
    return {
        "method": list(_methods()),
        "dataset": list(_datasets()),
        "metric": list(_metrics()),
        "source": list(_sources()),
        "challenge": [
            {**entry, "name": name, "definition": text, "methods": method_keys()[:3]}
            for entry, name, text in zip(challenges, dealt(len(challenges)), dealt(len(challenges), 3), strict=True)
        ],
        "tradeoff": [
            {"aspect": aspect, "user": aspect, "persona": aspect, "global": aspect}
            for aspect in dealt(len(tradeoffs), 5)
        ],
        "uncertain": dealt(18),  # type: ignore[dict-item]  # a list of sentences
    }


def _keys(facet: str) -> list[str]:
    """The classes of a facet but its root, which would hold everything."""
    return [node["key"] for node in _real("nodes.yaml") if node["facet"] == facet and node.get("parent")]


def _work(key: str, at: int, turn: int) -> dict[str, Any]:
    """What methods and datasets share."""
    texts = [dealt(ENTRIES, turn + column)[at] for column in range(7)]
    return {
        "key": key,
        "name": texts[0],
        "title": f"{texts[1]} {key}",
        "authors": texts[2],
        "year": 2018 + at % 8,
        "venue": texts[3],
        **({"arxiv_id": f"24{1 + turn // 20:02}.{10000 + at}"} if at % 3 else {}),
        "url": ADDRESSES[at % len(ADDRESSES)],
        "code_url": ADDRESSES[(at + 3) % len(ADDRESSES)],
        "summary": texts[4],
        "in_survey": "no",
        "sources": [texts[5], f"{texts[6]} {key}"],
        "caveat": texts[6],
    }


def _methods() -> Iterator[dict[str, Any]]:
    techniques, applications = _keys("technique"), _keys("application")
    for at, key in enumerate(method_keys()):
        yield {
            **_work(key, at, 0),
            "levels": [("user", "persona", "global")[at % 3]],
            "techniques": [techniques[at % len(techniques)], techniques[(at + 5) % len(techniques)]],
            "usage": "both",
            "applications": [applications[at % len(applications)]],
            "datasets": [_alias(at), _alias(at + 1)],
        }


def _datasets() -> Iterator[dict[str, Any]]:
    for at in range(ENTRIES):
        texts = [dealt(ENTRIES, 30 + column)[at] for column in range(5)]
        yield {
            **_work(f"d{at}", at, 20),
            "data_url": ADDRESSES[(at + 5) % len(ADDRESSES)],
            "levels": ["user"],
            "has_user_text": bool(at % 2),
            "text_length": ("short", "long", "na")[at % 3],
            "usage": "downstream",
            "tasks": [texts[0]],
            "domain": texts[1],
            "n_users": at,
            "n_instances": 10 ** min(at, 15),
            "license": texts[2],
            "metrics": [f"x{at}", f"x{(at + 1) % ENTRIES}"],
            "access": texts[3],
            "access_license": texts[4],
        }


def _metrics() -> Iterator[dict[str, Any]]:
    families = _keys("evaluation")
    for at in range(ENTRIES):
        texts = [dealt(ENTRIES, 40 + column)[at] for column in range(7)]
        yield {
            "key": f"x{at}",
            "name": texts[0],
            "family": families[at % len(families)],
            "direction": "higher" if at % 2 else "lower",
            "range": texts[1],
            "formula": PAYLOADS[at % len(PAYLOADS)] if at % 2 else texts[2],
            "needs": ["labels"],
            "reference": texts[3],
            "libraries": [texts[4]],
            "caveat": texts[5],
            "in_survey": "no",
            "sources": [texts[6]],
        }


def _sources() -> Iterator[dict[str, Any]]:
    for at in range(SOURCES):
        texts = [dealt(SOURCES, 50 + column)[at] for column in range(3)]
        yield {"key": f"s{at}", "title": f"{texts[0]} s{at}", "verified_by": texts[1], "note": texts[2]}


def _nodes() -> list[dict[str, Any]]:
    real = _real("nodes.yaml")
    texts = [dealt(len(real), 60 + column) for column in range(5)]
    for at, node in enumerate(real):
        node["name"], node["definition"], node["mark_note"] = texts[0][at], texts[1][at], texts[2][at]
        node["formula"], node["aliases"] = texts[3][at], [f"{texts[4][at]} {at}"]
    return real


def _asked_as(lists: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Two phrases for every entry."""
    short = [payload for payload in PAYLOADS if len(payload) < LONGEST - 8]
    entries = [f"{kind}:{entry['key']}" for kind in ("method", "dataset", "metric", "node") for entry in lists[kind]]
    phrases = [f"{short[at % len(short)]} phrase {at}" for at in range(2 * len(entries))]
    return [{"entry": entry, "asked": phrases[2 * at : 2 * at + 2]} for at, entry in enumerate(entries)]


def _survey() -> dict[str, Any]:
    real = dict(_real(SURVEY))
    everything = " ".join(PAYLOADS)
    sections = [
        {**section, "subject": text, "mark_note": text}
        for section, text in zip(real["sections"], dealt(10), strict=True)
    ]
    return {
        **real,
        "title": everything,
        "authors": list(PAYLOADS),
        "venue": everything,
        "url": ADDRESSES[2],
        "note": everything,
        "sections": sections,
    }


def _alias(at: int) -> str:
    return f"{dealt(ENTRIES, 70)[at % ENTRIES]} {at % ENTRIES}"


def _aliases(methods: list[dict[str, Any]]) -> list[dict[str, str]]:
    names = list(dict.fromkeys(name for method in methods for name in method["datasets"]))
    notes = dealt(len(names), 71)
    return [
        {"name": name, "dataset": f"d{at}" if at % 2 else "", "note": note}
        for at, (name, note) in enumerate(zip(names, notes, strict=True))
    ]


def _result_methods() -> list[dict[str, str]]:
    labels, keys = dealt(len(PAYLOADS), 72, len(PAYLOADS)), method_keys()
    kinds = ("method", "baseline", "control: wrong user", "variant")
    return [
        {"key": f"r{at}", "method": keys[at % len(keys)] * (at % 4 in {0, 3}), "label": label, "kind": kinds[at % 4]}
        for at, label in enumerate(labels)
    ]


def _results() -> list[dict[str, str]]:
    """Groups of rows that share dataset, task, split and metric; the labels of each are other payloads."""
    groups = math.ceil(len(PAYLOADS) / ROWS) * 3
    columns = [dealt(groups, 80 + column) for column in range(4)]
    notes, read = dealt(groups * ROWS, 86), dealt(groups * ROWS, 87)
    rows = []
    for at in range(groups * ROWS):
        group = at // ROWS
        rows.append(
            {
                "dataset": f"d{group % ENTRIES}",
                "task": columns[0][group],
                "split": columns[1][group],
                "method": f"r{at % len(PAYLOADS)}",
                "backbone": columns[3][group],
                "metric": f"x{group % ENTRIES}",
                "value": f"{0.1 + (at % 37) / 50:.3f}",
                "direction": "higher" if group % ENTRIES % 2 else "lower",
                "table": columns[2][group],
                "verified_by": read[at],
                "notes": f"{notes[at]} {at}",
            }
        )
    return sorted(rows, key=lambda row: int(row["dataset"][1:]) % SOURCES)


def _roles(results: list[dict[str, str]], methods: list[dict[str, str]]) -> list[dict[str, str]]:
    """A role for each baseline and control of each table; the first baseline of a table is the non-personalized row."""
    kinds = {method["key"]: method["kind"] for method in methods}
    rows = [(f"s{at}", row) for at in range(SOURCES) for row in results[at::SOURCES]]
    asked = dict.fromkeys((source, row["table"], row["method"]) for source, row in rows)
    reviewed = [one for one in asked if kinds[one[2]] in {"baseline", "control: wrong user"}]
    reasons, begun, roles = dealt(len(reviewed), 90), set(), []
    for reason, (source, table, method) in zip(reasons, reviewed, strict=True):
        first = kinds[method] == "baseline" and (source, table) not in begun
        begun |= {(source, table)} if first else set()
        role = "non-personalized" if first else "not stated" if kinds[method] == "baseline" else "wrong user"
        roles.append({"source": source, "table": table, "method": method, "role": role, "reason": reason})
    return roles


def _real(name: str) -> Any:
    return yaml.safe_load((FACTS / name).read_text("utf-8"))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(str.maketrans(_UNREADABLE))
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return {key: _clean(item) for key, item in value.items()} if isinstance(value, dict) else value


def _write_yaml(path: Path, value: Any) -> None:
    path.write_text(yaml.safe_dump(_clean(value), allow_unicode=False, sort_keys=False, width=1_000_000), "utf-8")


def _write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(_clean(row) for row in rows)
