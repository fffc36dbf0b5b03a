"""Reviews as `[{"id", "profile": [{"rating", "title", "text", "pid"}]}]`, the shape of the PGraphRAG files.

The order of a profile stands in for time. Held out are each person's last reviews; nothing that anyone wrote about the
same product (`pid`) is given for them. Two tasks: the rating of a review, and its title. Tested on files written in
this format; the benchmark states no licence, so its files are not ours to pass on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data import fields
from data.errors import DataError, Place
from data.histories import FEWEST, HELD_OUT, Histories
from data.imported import Imported
from data.importer import Asked, Importer
from data.importers import importers
from data.records import DatasetInfo, Task, TaskKind
from data.sources import json_values

PEOPLE, REVIEWS = "profiles", "reviews"
RATING = Task(
    id="review-rating",
    name="Rate a product from its review",
    kind=TaskKind.RATE,
    instruction="Predict the rating, from 1 to 5 stars, that the user gives with the review.",
    item_template="Review: {title}. {text}\nRating: {rating}\n",
    input_template="Review: {title}. {text}\nRating:",
    answer_template=" {rating}",
    query_template="{title} {text}",
    reads="review",
    main_metric="mae",
    labels=("1", "2", "3", "4", "5"),
)
TITLE = Task(
    id="review-title",
    name="Write the title of a review",
    kind=TaskKind.GENERATE,
    instruction="Write the title that the user gives to the review.",
    item_template="Review: {text}\nTitle: {title}\n",
    input_template="Review: {text}\nTitle:",
    answer_template=" {title}",
    query_template="{text}",
    reads="review",
    main_metric="bits-per-byte",
    max_new_tokens=24,
    until="\n",
)


def read(asked: Asked) -> Imported:
    """The people of one file.

    Raises:
        DataError: it is no JSON of this shape.
    """
    files = [path for path in asked.source.files() if path.suffix == ".json"] or [asked.source.path]
    if asked.source.path.is_dir() and len(files) != 1:
        raise DataError(Place(asked.source.name), f"{len(files)} JSON files", "one file")
    histories, seen = Histories(asked, REVIEWS, "review"), set()
    for line, value in json_values(files[0], asked.source.limits):
        place = Place(files[0].name, line)
        try:
            row = fields.record(value, place)
            user, profile = fields.identifier(row, "id", place), fields.listed(row, "profile", place)
            if user in seen:
                raise DataError(
                    Place(files[0].name, line, "id"), f"{user[:40]!r} stands twice", "an id for each person"
                )
        except DataError as error:
            asked.ledger.refuse(PEOPLE, error)
            continue
        seen.add(user)
        asked.ledger.taken(PEOPLE)
        for number, one in enumerate(profile):
            _take(histories, user, one, Place(files[0].name, line, f"profile[{number}]"))
    info = DatasetInfo(
        id="reviews",
        name="Reviews, imported",
        catalog_key="",
        licence="as its source states; not redistributed by this project",
        citation="The file that was imported.",
        fictional=False,
        summary=f"Reviews with ratings and titles by {len(seen):,} people.",
    )
    return histories.made(info, (RATING, TITLE))


def _take(histories: Histories, user: str, value: Any, place: Place) -> None:
    try:
        row: Mapping[str, Any] = fields.record(value, place)
        text, title = fields.text(row, "text", place), fields.text(row, "title", place)
        extra = {
            "text": text,
            "title": title,
            "rating": fields.number(row, "rating", place, between=(1, 5)),
            "subject": f"product-{fields.identifier(row, 'pid', place)}",
            "shown": f"{title}. {text}",
        }
        histories.add(user, extra, place)
    except DataError as error:
        at = Place(error.place.file, error.place.line, error.place.field.partition("].")[2] or "profile")
        histories.asked.ledger.refuse(REVIEWS, DataError(at, error.found, error.accepted))


importers.register("reviews")(
    Importer(
        name="reviews",
        summary="Reviews of products with stars and titles, a profile a person",
        path="one JSON file, or a zip of it",
        tested="files written in this format",
        read=read,
        settings=(HELD_OUT, FEWEST),
        endings=(".json", ".zip"),
    )
)
