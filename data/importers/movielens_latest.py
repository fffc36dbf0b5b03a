"""MovieLens latest-small (Harper and Konstan, 2015): ratings.csv and movies.csv, half stars from 0.5 to 5.

Tried on the edition of 2016; tests write small files in its format. Held out are each person's last five ratings by
time and film, with one cut a person, as for MovieLens-100K. People declare nothing, so there are no personas.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from data import fields
from data.errors import DataError, Place
from data.histories import Histories
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.importers.movielens import INFO, RATING
from data.sources import Source
from data.tables import table_rows

STARS = tuple(f"{half / 2:g}" for half in range(1, 11))
TASK = replace(
    RATING,
    instruction="Predict the rating, from 0.5 to 5 stars in halves, that the user gives to the film.",
    labels=STARS,
)
FILMS, RATINGS = "films", "ratings"
COLUMNS = ("userId", "movieId", "rating", "timestamp")
Films = dict[str, tuple[str, str]]


def read(asked: Asked) -> Imported:
    """The ratings of a folder.

    Raises:
        DataError: a file or a column is missing, or a table is broken.
    """
    films = _films(asked)
    path = _file(asked.source, "ratings.csv")
    histories, seen = Histories(asked, RATINGS, "rating"), set()
    rows = []
    for line, row in table_rows(path, asked.source.limits, needed=COLUMNS, wrong=partial(asked.ledger.refuse, RATINGS)):
        place = Place(path.name, line)
        try:
            user, film = fields.identifier(row, "userId", place), fields.identifier(row, "movieId", place)
            if film not in films:
                raise DataError(Place(path.name, line, "movieId"), repr(film[:40]), "a film of movies.csv")
            if (user, film) in seen:
                raise DataError(Place(path.name, line, "movieId"), "is rated twice", "one rating a film and person")
            stars = fields.number(row, "rating", place, between=(0.5, 5), step=0.5)
            at = fields.when(row, "timestamp", place)
        except DataError as error:
            asked.ledger.refuse(RATINGS, error)
            continue
        seen.add((user, film))
        rows.append((at, film, user, stars, line))
    for at, film, user, stars, line in sorted(rows):
        title, genres = films[film]
        shown = {"shown": f"{title}, {genres}: {stars}", "title": title, "genres": genres, "rating": stars}
        try:
            histories.add(user, {**shown, "subject": f"film-{film}"}, Place(path.name, line), at=at, name=f"#{user}")
        except DataError as error:
            asked.ledger.refuse(RATINGS, error)
    info = replace(
        INFO,
        name="MovieLens latest-small, imported",
        catalog_key="movielens-latest",
        summary=f"{len(rows):,} ratings in half stars of {len(films):,} films; held out are each person's last ones.",
    )
    return histories.made(info, (TASK,))


def _films(asked: Asked) -> Films:
    path = _file(asked.source, "movies.csv")
    films: Films = {}
    wrong = partial(asked.ledger.refuse, FILMS)
    for line, row in table_rows(path, asked.source.limits, needed=("movieId", "title", "genres"), wrong=wrong):
        place = Place(path.name, line)
        try:
            film, title = fields.identifier(row, "movieId", place), fields.text(row, "title", place)
            if film in films:
                raise DataError(Place(path.name, line, "movieId"), f"{film[:40]!r} stands twice", "one row a film")
            films[film] = (title, fields.text(row, "genres", place).replace("|", ", "))
            asked.ledger.taken(FILMS)
        except DataError as error:
            asked.ledger.refuse(FILMS, error)
    return films


def _file(source: Source, name: str) -> Path:
    if found := source.named(name):
        return found
    raise DataError(Place(source.name), f"there is no {name}", "a folder or zip with ratings.csv and movies.csv")


importers.register("movielens-latest")(
    Importer(
        name="movielens-latest",
        summary="MovieLens latest-small: ratings in half stars",
        path="the folder, or a zip, with ratings.csv and movies.csv",
        tested="a copy of the edition of 2016, and files written in its format",
        read=read,
        settings=(
            Setting("held-out", "How many of each person's last ratings are held out, 1 to 20.", "5"),
            Setting("fewest", "People with fewer ratings are left out, 2 to 100.", "10"),
        ),
        endings=(".csv", ".zip"),
    )
)
