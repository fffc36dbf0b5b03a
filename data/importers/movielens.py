"""MovieLens-100K, read from the files that the recbole package carries (GroupLens terms; not redistributed here).

Held out are each user's last five ratings by (time, film id). All five share one cut, the second of the first of
them, and history is what lies strictly before it. Harper and Konstan, 2015, describe the collection.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from data.digest import digest, file_sha256
from data.errors import DataError, Place
from data.importers import datasets
from data.readers import package_file, tab_rows, whole_number
from data.records import Dataset, DatasetInfo, Example, Persona, ProfileItem, Split, Task, TaskKind, User

HELD_OUT = 5
POOL = 200
CANDIDATES = 20
LIKED = 4
LABELS = ("1", "2", "3", "4", "5")
BANDS = (
    (17, "under 18"),
    (24, "18-24"),
    (34, "25-34"),
    (44, "35-44"),
    (49, "45-49"),
    (55, "50-55"),
    (200, "56 or over"),
)

INFO = DatasetInfo(
    id="movielens-100k",
    name="MovieLens-100K",
    catalog_key="movielens-100k",
    licence="GroupLens terms: research use with citation; not redistributed by this project",
    citation="F. M. Harper and J. A. Konstan. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5(4), 2015.",
    fictional=False,
    summary="100,000 ratings of 1,682 films by 943 real people, September 1997 to April 1998.",
)

RATING = Task(
    id="movie-rating",
    name="Rate a film",
    kind=TaskKind.RATE,
    instruction="Predict the rating, from 1 to 5 stars, that the user gives to the film.",
    item_template="Film: {title}. Genres: {genres}. Rating: {rating}",
    query_template="{title} {genres}",
    input_template="Film: {title}. Genres: {genres}. Rating:",
    answer_template=" {rating}",
    reads="rating",
    labels=LABELS,
    main_metric="mae",
)

CHOICE = Task(
    id="movie-choice",
    name="Choose a film",
    kind=TaskKind.RANK,
    instruction="The user has watched the films of the profile. Predict which film the user watches next.",
    item_template="{title}",
    query_template="{title} {genres}",
    input_template="",
    answer_template="{title}",
    reads="rating",
    main_metric="ndcg@10",
    note="sampled, 20 candidates, chance 0.227",
)


@dataclass(frozen=True)
class Film:
    """One film: id, title with its year where known, and genres."""

    id: str
    title: str
    genres: str


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating, ordered by (time, film id) within a user."""

    at: int
    film: int
    user: int
    stars: int


@dataclass(frozen=True)
class Tables:
    """The three files as records; ratings by user, and all times (seconds) and film ids, in (time, film id) order."""

    films: Mapping[int, Film]
    people: Mapping[int, Persona]
    ratings: Mapping[int, Sequence[Rating]]
    rated_at: np.ndarray
    rated_films: np.ndarray


def read_films(path: Path) -> dict[int, Film]:
    """Film id to film; articles are moved to the front of a title and unknown years left out."""
    films = {}
    for line, (film, title, year, genres) in tab_rows(path, ("item_id", "movie_title", "release_year", "class")):
        number = whole_number(film, Place(path.name, line, "item_id"), 1, 10**6)
        shown = f"{_article_first(title)} ({year})" if year.isdigit() else _article_first(title)
        films[number] = Film(f"film-{number}", shown, genres.replace(" ", ", "))
    return films


def read_people(path: Path) -> dict[int, Persona]:
    """User id to persona: age band and gender define the cell; occupation is a trait in the text only."""
    people = {}
    for line, (user, age, gender, job, _) in tab_rows(path, ("user_id", "age", "gender", "occupation", "zip_code")):
        number = whole_number(user, Place(path.name, line, "user_id"), 1, 10**7)
        years = whole_number(age, Place(path.name, line, "age"), 1, 120)
        if gender not in {"F", "M"}:
            raise DataError(Place(path.name, line, "gender"), repr(gender), "F or M")
        band = next(name for top, name in BANDS if years <= top)
        word = "woman" if gender == "F" else "man"
        traits = {"age": band, "gender": word, "occupation": job}
        people[number] = Persona(f"{word}, {band}", traits, ("age", "gender"), "declared when the person registered")
    return people


def read_ratings(path: Path, films: Mapping[int, Film], people: Mapping[int, Persona]) -> list[Rating]:
    """All ratings; each refers to a known person and film."""
    rows = []
    for line, (user, film, stars, at) in tab_rows(path, ("user_id", "item_id", "rating", "timestamp")):
        row = Rating(
            at=whole_number(at, Place(path.name, line, "timestamp"), 0, 2**33),
            film=whole_number(film, Place(path.name, line, "item_id"), 1, 10**6),
            user=whole_number(user, Place(path.name, line, "user_id"), 1, 10**7),
            stars=whole_number(stars, Place(path.name, line, "rating"), 1, 5),
        )
        if row.film not in films or row.user not in people:
            raise DataError(
                Place(path.name, line), f"user {row.user} or film {row.film} is unknown", "ids of the files"
            )
        rows.append(row)
    return rows


@lru_cache(maxsize=2)
def read_tables(folder: Path) -> Tables:
    """The tables of a folder that holds ml-100k.inter, .item and .user."""
    films = read_films(folder / "ml-100k.item")
    people = read_people(folder / "ml-100k.user")
    rows = sorted(read_ratings(folder / "ml-100k.inter", films, people), key=lambda r: (r.at, r.film, r.user))
    ratings: dict[int, list[Rating]] = {}
    for row in rows:
        ratings.setdefault(row.user, []).append(row)
    return Tables(films, people, ratings, np.array([r.at for r in rows]), np.array([r.film for r in rows]))


def held_out(rows: Sequence[Rating], split: Split) -> tuple[Sequence[Rating], int]:
    """The last five ratings and their cut in seconds; for EARLIER, the same of what lies before the true cut."""
    last = rows[-HELD_OUT:]
    cut = last[0].at
    if split is Split.EARLIER:
        return held_out([r for r in rows if r.at < cut], Split.HELD_OUT) if rows[0].at < cut else ((), cut)
    return last, cut


@datasets.register(INFO.id)
def movielens() -> Dataset:
    """The dataset over the files inside the recbole package.

    Raises:
        MissingPackageError: recbole is not installed.
    """
    folder = package_file("recbole", "dataset_example", "ml-100k", needed_for="MovieLens-100K")
    return from_folder(folder)


def from_folder(folder: Path) -> Dataset:
    """The dataset over a folder with the three files; they are parsed at the first use."""
    names = ("ml-100k.inter", "ml-100k.item", "ml-100k.user")
    sums = [file_sha256(folder / name) for name in names]
    return Dataset(
        info=INFO,
        tasks=(RATING, CHOICE),
        digest=digest({"files": sums, "tasks": [RATING, CHOICE], "rule": 1}),
        load_users=lambda: _users(read_tables(folder)),
        make_examples=lambda _dataset, task, split, seed: _examples(read_tables(folder), task, split, seed),
        find_cut=lambda _dataset, _task, user: _time(
            held_out(read_tables(folder).ratings[int(user)], Split.HELD_OUT)[1]
        ),
        excluded=lambda task: _excluded(read_tables(folder), task),
    )


def _users(tables: Tables) -> list[User]:
    """The people who rated; what a film and its stars are written as is made once and shared by all who gave them."""
    written = {(number, stars): _written(film, stars) for number, film in tables.films.items() for stars in range(1, 6)}
    return [
        User(str(uid), f"#{uid}", tuple(_item(row, *written[row.film, row.stars]) for row in tables.ratings[uid]), who)
        for uid, who in tables.people.items()
        if uid in tables.ratings
    ]


def _written(film: Film, stars: int) -> tuple[str, Mapping[str, str]]:
    extra = {"title": film.title, "genres": film.genres, "rating": str(stars), "subject": film.id}
    return f"{film.title}, {film.genres}: {stars}", extra


def _item(row: Rating, text: str, extra: Mapping[str, str]) -> ProfileItem:
    return ProfileItem(f"{row.user}/{extra['subject']}", str(row.user), text, "rating", _time(row.at), extra)


def _examples(tables: Tables, task: Task, split: Split, seed: int) -> Iterator[Example]:
    for uid in tables.people:
        rows = tables.ratings.get(uid, ())
        last, cut = held_out(rows, split) if rows else ((), 0)
        if task.id == RATING.id:
            yield from (_rating_example(row, cut, tables.films[row.film]) for row in last)
        elif liked := [row for row in last if row.stars >= LIKED]:
            yield _choice_example(tables, liked[-1], cut, seed)


def _rating_example(row: Rating, cut: int, film: Film) -> Example:
    return Example(
        id=f"{RATING.id}/{row.user}/{film.id}",
        task=RATING.id,
        user=str(row.user),
        input=f"{film.title} ({film.genres})",
        target=str(row.stars),
        at=_time(cut),
        fields={"title": film.title, "genres": film.genres},
        subject=film.id,
    )


def _choice_example(tables: Tables, row: Rating, cut: int, seed: int) -> Example:
    seen = {r.film for r in tables.ratings[row.user]}
    film = tables.films[row.film]
    others: dict[str, Film] = {}
    for number in _popular(tables, cut):
        other = tables.films[number]
        if number not in seen and other.title not in others and other.title != film.title:
            others[other.title] = other
    draw = random.Random(f"{seed}/{row.user}/{row.film}")  # noqa: S311 - a reproducible draw, not a secret
    picked = [*draw.sample(sorted(others.values(), key=lambda f: f.id), min(CANDIDATES - 1, len(others))), film]
    draw.shuffle(picked)
    return Example(
        id=f"{CHOICE.id}/{row.user}/{film.id}/{seed}",
        task=CHOICE.id,
        user=str(row.user),
        input=f"Which of {len(picked)} films comes next?",
        target=film.id,
        at=_time(cut),
        candidates={f.id: f.title for f in picked},
        subject=film.id,
    )


def _popular(tables: Tables, cut: int) -> list[int]:
    """The films most rated strictly before the cut, by anyone; ties by film id."""
    counts = np.bincount(tables.rated_films[: np.searchsorted(tables.rated_at, cut)])
    order = np.argsort(-counts, kind="stable")[:POOL]
    return [int(film) for film in order if counts[film]]


def _excluded(tables: Tables, task: Task) -> Mapping[str, int]:
    if task.id != CHOICE.id:
        return {}
    disliked = sum(all(r.stars < LIKED for r in rows[-HELD_OUT:]) for rows in tables.ratings.values())
    return {"no held-out film rated 4 or 5": disliked}


def _article_first(title: str) -> str:
    stem, comma, article = title.rpartition(", ")
    return f"{article} {stem}" if comma and article in {"The", "A", "An", "La", "Le", "Les", "Il", "Das"} else title


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
