"""Your own CSV or JSON Lines: one row is one thing that a person wrote, chose or rated; flags say which column is what.

`--with user=author --with given=note --with made=post --with time=date` maps columns; `kind` says whether what was
made is a text to write, a label to choose, or a number to rate. Held out are each person's last rows. Rows without a
time column are taken in the order of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from data import fields
from data.errors import DataError, Place
from data.histories import FEWEST, HELD_OUT, Histories
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.records import DatasetInfo, Persona, Task, TaskKind
from data.sources import json_values
from data.tables import table_rows

ROWS = "rows"
WRITE, CHOOSE, RATE = "write", "choose", "rate"
KINDS = {WRITE: TaskKind.GENERATE, CHOOSE: TaskKind.RANK, RATE: TaskKind.RATE}
SAID = {
    WRITE: "Write what the user writes for what is given.",
    CHOOSE: "Choose the label that the user gives.",
    RATE: "Predict the number that the user gives.",
}
LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row."""

    user: str
    given: str
    made: str
    at: datetime | None
    traits: Mapping[str, str]
    place: Place


def read(asked: Asked) -> Imported:
    """The rows of one file.

    Raises:
        DataError: it is no table or JSON Lines, a column is missing, or the labels are too many or too few.
    """
    path = asked.source.path
    if path.is_dir():
        files = [one for one in asked.source.files() if one.suffix in {".csv", ".jsonl", ".json"}]
        if len(files) != 1:
            raise DataError(Place(asked.source.name), f"{len(files)} tables", "one CSV or JSON Lines file")
        path = files[0]
    columns = {name: asked[name] for name in ("user", "given", "made", "time") if asked[name]}
    traits = [name.strip() for name in asked["traits"].split(",") if name.strip()]
    rows = list(_checked(asked, path, columns, traits))
    labels = _labels(asked, rows, path)
    histories = Histories(asked, ROWS)
    personas: dict[str, Persona] = {}
    for row in rows:
        if labels and row.made not in labels:
            continue  # counted with its label
        extra = {"given": row.given, "made": row.made, "shown": f"{row.given}: {row.made}"}
        extra |= {"rating": row.made, "title": row.given} if asked["kind"] == RATE else {}
        try:
            histories.add(row.user, extra, row.place, at=row.at)
        except DataError as error:
            asked.ledger.refuse(ROWS, error)
        if row.user not in personas:
            personas[row.user] = _persona(row.traits)
    info = DatasetInfo(
        id="table",
        name=f"{path.stem[:60]}, imported",
        catalog_key="",
        licence="yours, or as its source states; not redistributed by this project",
        citation="The file that was imported.",
        fictional=False,
        summary=f"{len(rows):,} rows of a table of your own: {columns['made'][:40]} for {columns['given'][:40]}.",
    )
    return histories.made(info, (_task(asked, labels),), personas)


def _rows(path: Path, asked: Asked, needed: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
    if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
        yield from json_values(path, asked.source.limits)
    else:
        yield from table_rows(path, asked.source.limits, needed=needed, wrong=partial(asked.ledger.refuse, ROWS))


def _checked(asked: Asked, path: Path, columns: Mapping[str, str], traits: list[str]) -> Iterator[Row]:
    limits = asked.source.limits
    for line, value in _rows(path, asked, (*columns.values(), *traits)):
        place = Place(path.name, line)
        try:
            row = fields.record(value, place)
            made = (
                fields.number(row, columns["made"], place, between=(-1000, 1000), step=0.5)
                if asked["kind"] == RATE
                else ""
            )
            yield Row(
                user=fields.identifier(row, columns["user"], place, limits),
                given=fields.text(row, columns["given"], place, limits),
                made=made or fields.text(row, columns["made"], place, limits),
                at=fields.when(row, columns["time"], place) if "time" in columns else None,
                traits={name: fields.text(row, name, place, limits)[:200] for name in traits},
                place=place,
            )
        except DataError as error:
            asked.ledger.refuse(ROWS, error)


def _labels(asked: Asked, rows: list[Row], path: Path) -> tuple[str, ...]:
    """The closed set of answers of a task that chooses or rates; rows with an over-long label are refused.

    Raises:
        DataError: there are too few or too many.
    """
    if asked["kind"] == WRITE:
        return ()
    counts = Counter(row.made for row in rows)
    for row in rows:
        if len(row.made) > LONGEST_LABEL:
            place = Place(row.place.file, row.place.line, asked["made"])
            asked.ledger.refuse(ROWS, DataError(place, "is long", f"a label of at most {LONGEST_LABEL} characters"))
            counts.pop(row.made, None)
    most = asked.source.limits.labels
    if not 2 <= len(counts) <= most:
        place = Place(path.name, field=asked["made"])
        raise DataError(place, f"{len(counts):,} different values", f"2 to {most} labels", "or --with kind=write")
    return tuple(sorted(counts, key=float if asked["kind"] == RATE else str))


def _persona(traits: Mapping[str, str]) -> Persona:
    return Persona(", ".join(traits.values()), dict(traits), tuple(traits), "columns of the table")


def _task(asked: Asked, labels: tuple[str, ...]) -> Task:
    kind = KINDS[asked["kind"]]
    return Task(
        id=f"table-{asked['kind']}",
        name=asked["instruction"][:80] or SAID[asked["kind"]].rstrip("."),
        kind=kind,
        instruction=asked["instruction"] or SAID[asked["kind"]],
        item_template="Given: {given}\nMade: {made}\n",
        input_template="Given: {given}\nMade:",
        answer_template=" {made}",
        query_template="{given}",
        reads="item",
        main_metric={WRITE: "bits-per-byte", CHOOSE: "hr@1", RATE: "mae"}[asked["kind"]],
        labels=labels,
        note=f"{len(labels)} labels, ranked by likelihood" if asked["kind"] == CHOOSE else "",
        max_new_tokens=64,
        until="\n",
    )


importers.register("table")(
    Importer(
        name="table",
        summary="Your own CSV or JSON Lines, a row an entry, with columns mapped by settings",
        path="a .csv with a header, a .jsonl, or a zip of it",
        tested="files written for the tests",
        read=read,
        settings=(
            Setting("user", "The column that names the person.", "user"),
            Setting("given", "The column of what is given.", "given"),
            Setting("made", "The column of what the person made of it.", "made"),
            Setting("time", "The column of the time, if there is one.", ""),
            Setting("traits", "Columns of declared traits, by commas; together they are the persona.", ""),
            Setting("kind", "What was made: write, choose or rate.", WRITE, (WRITE, CHOOSE, RATE)),
            Setting("instruction", "The words that open each prompt.", ""),
            HELD_OUT,
            FEWEST,
        ),
        endings=(".csv", ".jsonl", ".json", ".zip"),
    )
)
