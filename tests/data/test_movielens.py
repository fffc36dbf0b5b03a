"""MovieLens-100K: one cut a user, history strictly before it, and candidates that could have been watched."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from data.errors import MissingPackageError
from data.importers import movielens as importer
from data.records import Dataset, Example, ProfileItem, Split
from tests.conftest import missing


@pytest.fixture(scope="module")
def movielens() -> Dataset:
    try:
        return importer.movielens()
    except MissingPackageError as error:
        missing(str(error))


def examples(dataset: Dataset, task: str, split: Split = Split.HELD_OUT, seed: int = 7) -> list[Example]:
    return list(dataset.examples(dataset.task(task), split, seed))


def stars(item: ProfileItem) -> int:
    return int(item.extra["rating"])


def order(item: ProfileItem) -> tuple[datetime, int]:
    return item.at, int(item.extra["subject"].removeprefix("film-"))


def test_everybody_is_there_in_14_personas(movielens: Dataset) -> None:
    users = movielens.users()
    assert len(users) == 943
    assert sum(len(user.items) for user in users) == 100_000
    assert len({user.persona.cell for user in users}) == 14
    assert all(user.persona.grouping == ("age", "gender") for user in users)
    assert all(set(user.persona.traits) == {"age", "gender", "occupation"} for user in users)
    assert all(list(user.items) == sorted(user.items, key=order) for user in users)


def test_held_out_are_the_last_five_by_time_and_film_with_one_cut(movielens: Dataset) -> None:
    task = movielens.task("movie-rating")
    by_user: dict[str, list[Example]] = defaultdict(list)
    for example in examples(movielens, task.id):
        by_user[example.user].append(example)
    assert set(by_user) == set(movielens.by_id)
    for user, held in by_user.items():
        last = movielens.by_id[user].items[-5:]
        assert [(e.subject, e.target) for e in held] == [(i.extra["subject"], i.extra["rating"]) for i in last]
        assert {e.at for e in held} == {last[0].at} == {movielens.cut(task, user)}
        history = movielens.by_id[user].before(held[0].at).items
        assert all(item.at < held[0].at for item in history)
        assert not {e.subject for e in held} & {item.extra["subject"] for item in history}


def test_earlier_examples_lie_before_the_true_cut(movielens: Dataset) -> None:
    task = movielens.task("movie-rating")
    at = {(item.user, item.extra["subject"]): item.at for user in movielens.users() for item in user.items}
    earlier = examples(movielens, task.id, Split.EARLIER)
    assert len(earlier) > 4000
    assert all(e.at <= at[e.user, e.subject] < movielens.cut(task, e.user) for e in earlier)


def test_a_choice_is_one_liked_film_among_films_that_could_have_been_next(movielens: Dataset) -> None:
    rated = sorted((item.at, item.extra["subject"]) for user in movielens.users() for item in user.items)
    made = examples(movielens, "movie-choice")
    for example in made[::25]:
        items = movielens.by_id[example.user].items
        liked = [item for item in items[-5:] if stars(item) >= 4]
        assert example.target == liked[-1].extra["subject"]
        assert example.candidates[example.target] == liked[-1].extra["title"]
        assert len(example.candidates) == len(set(example.candidates.values())) == 20
        counts = Counter(film for at, film in rated if at < example.at)
        least = sorted(counts.values(), reverse=True)[:200][-1]
        others = set(example.candidates) - {example.target}
        assert all(counts[film] >= least for film in others)
        assert not others & {item.extra["subject"] for item in items}


def test_a_film_first_rated_at_the_cut_is_no_candidate(tmp_path: Path) -> None:
    """User 1 is cut at 100; film 7 is rated by another just before, film 8 just then, film 9 later."""
    films = "".join(f"{i}\tFilm {i}\t1990\tDrama\n" for i in range(1, 10))
    (tmp_path / "ml-100k.item").write_text("item_id\tmovie_title\trelease_year\tclass\n" + films)
    people = "user_id\tage\tgender\toccupation\tzip_code\n1\t30\tF\tx\t0\n2\t30\tM\tx\t0\n"
    (tmp_path / "ml-100k.user").write_text(people)
    ratings = [(1, i, 5, 100 + i - 1) for i in range(1, 6)] + [(1, 6, 5, 50)]
    ratings += [(2, film, 5, at) for film, at in ((7, 99), (8, 100), (9, 101))]
    lines = ["user_id\titem_id\trating\ttimestamp", *("\t".join(map(str, row)) for row in ratings)]
    (tmp_path / "ml-100k.inter").write_text("\n".join(lines))
    made = [e for e in examples(importer.from_folder(tmp_path), "movie-choice") if e.user == "1"]
    assert [set(e.candidates) for e in made] == [{"film-5", "film-7"}]


def test_users_without_a_liked_held_out_film_are_counted(movielens: Dataset) -> None:
    task = movielens.task("movie-choice")
    assert list(movielens.excluded(task).values()) == [131]
    assert len(examples(movielens, task.id)) == 943 - 131
    assert movielens.excluded(movielens.task("movie-rating")) == {}


def test_the_seed_draws_the_candidates_and_their_order(movielens: Dataset) -> None:
    one, again, other = (examples(movielens, "movie-choice", seed=seed) for seed in (7, 7, 8))
    assert [list(e.candidates) for e in one] == [list(e.candidates) for e in again]
    assert all(set(a.candidates) != set(b.candidates) for a, b in zip(one[::20], other[::20], strict=True))
    assert [e.target for e in one] == [e.target for e in other]
    places = Counter(list(e.candidates).index(e.target) for e in one)
    assert set(places) == set(range(20))
    assert max(places.values()) < 80


def test_titles_read_as_they_are_said(movielens: Dataset) -> None:
    titles = {item.extra["title"] for user in movielens.users()[:50] for item in user.items}
    assert "The Godfather (1972)" in titles
    assert not [title for title in titles if re.search(r", (The|A|An) \(\d{4}\)$", title)]


def test_what_films_are_written_as_is_shared_between_ratings(movielens: Dataset) -> None:
    items = [item for user in movielens.users() for item in user.items]
    assert len({id(item.extra) for item in items}) <= 5 * 1682
    assert all(item.extra["rating"] == item.text.rpartition(": ")[2] for item in items[::100])
