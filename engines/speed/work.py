"""What is computed when speed is measured: real prompts of the project's methods, of known lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from data.importers import datasets
from data.records import Dataset, Example, Task
from engines.runs.cells import Bench, Cell, condition
from engines.types import Arm, Config, Encoder, GenerateRow, LanguageModel, Message, Part, ScoreRow

R = TypeVar("R", GenerateRow, ScoreRow)
SHORTEST, LONGEST = 150, 400
PROMPTS = 18
NEW_TOKENS = 48
RANK_TOKENS = 300
RATING_USERS, RATING_FILMS, RATING_ITEMS = 20, 5, 8
MOST_ITEMS = 48
SEED = 7
# Prompt tokens at most and new tokens of each row of each click.
CLICKS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((900, 24), (400, 64), (150, 8)),
    ((100, 32), (250, 8), (600, 16)),
    ((500, 64), (200, 24), (800, 8)),
    ((120, 8), (300, 16), (350, 48)),
    ((700, 16), (450, 8), (160, 64)),
    ((260, 40), (900, 8), (550, 32)),
)
# The first word of every prompt of a repeat: no answer of an earlier repeat can be given again.
WORDS = ("Warm", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@dataclass(frozen=True)
class Work:
    """The rows of all measurements, without the first word that tells repeats apart.

    Attributes:
        distinct: prompts of 150 to 400 tokens of as many users.
        ranking: one prompt of about 300 tokens with 20 candidates.
        ratings: prompts with the labels as continuations; the films of a user share the profile.
        clicks: rows that are asked for together.
    """

    distinct: tuple[GenerateRow, ...]
    ranking: ScoreRow
    ratings: tuple[ScoreRow, ...]
    clicks: tuple[tuple[GenerateRow, ...], ...]


def led_messages(messages: Sequence[Message], repeat: int) -> tuple[Message, ...]:
    """Messages that start with the word of a repeat; repeat 0 is the warm-up."""
    first = messages[0]
    word = Part(f"{WORDS[repeat % len(WORDS)]} {repeat // len(WORDS)}. ")
    return (replace(first, parts=(word, *first.parts)), *messages[1:])


def led(rows: Sequence[R], repeat: int) -> list[R]:
    """Rows that start with the word of a repeat."""
    return [replace(row, messages=led_messages(row.messages, repeat)) for row in rows]


def make_work(model: LanguageModel, encoder: Encoder) -> Work:
    """Build all rows; the model only counts tokens.

    Raises:
        AttuneError: a package that holds the data is not installed.
    """
    films, posts = datasets["movielens-100k"](), datasets["campus"]()
    rating = Bench(films, films.task("movie-rating"), model, encoder, SEED)
    choice = Bench(films, films.task("movie-choice"), model, encoder, SEED)
    heads = Bench(posts, posts.task("headline"), model, encoder, SEED)
    viewers, writers = of_people(films, rating.task), of_people(posts, heads.task)
    mixed = [next(viewers) if place % 2 else next(writers) for place in range(PROMPTS)]
    lengths = [SHORTEST + 20 + place * (LONGEST - SHORTEST - 30) // (PROMPTS - 1) for place in range(PROMPTS)]
    distinct = [
        fitted(rating if place % 2 else heads, example, tokens=lengths[place], least=SHORTEST)
        for place, example in enumerate(mixed)
    ]
    clicks = [
        tuple(_row(fitted(rating, next(viewers), tokens=tokens), new) for tokens, new in click) for click in CLICKS
    ]
    ranked = next(iter(of_people(films, choice.task)))
    candidates = tuple(ranked.candidates.values())
    return Work(
        tuple(_row(messages, NEW_TOKENS) for messages in distinct),
        ScoreRow(fitted(choice, ranked, tokens=RANK_TOKENS), candidates),
        tuple(rating_rows(rating)),
        tuple(clicks),
    )


def _row(messages: tuple[Message, ...], new: int) -> GenerateRow:
    return GenerateRow(messages, new, ignore_end=True)


def of_people(dataset: Dataset, task: Task) -> Iterator[Example]:
    """The first example of each person who has at least as many items as a long prompt needs."""
    seen: set[str] = set()
    for example in dataset.examples(task, seed=SEED):
        if example.user not in seen and len(dataset.by_id[example.user].items) >= MOST_ITEMS:
            seen.add(example.user)
            yield example


def fitted(bench: Bench, example: Example, *, tokens: int, least: int = 0) -> tuple[Message, ...]:
    """The prompt of recent-history with the most items that stays within `tokens`, or the first to reach `least`."""
    found: tuple[Message, ...] = ()
    for k in range(MOST_ITEMS + 1):
        made = condition(bench, [Cell("recent-history", Arm.RIGHT, example, Config(k=k, seed=SEED))])[0].conditioning
        if made is None:
            break
        length = bench.model.count(made.messages)
        if length > tokens and found and bench.model.count(found) >= least:
            break
        found = made.messages
        if length > tokens:
            break
    return found


def rating_rows(bench: Bench) -> Iterator[ScoreRow]:
    """Each film of each user with the labels as continuations, as the product scores them."""
    films: dict[str, list[Example]] = {}
    for example in bench.dataset.examples(bench.task, seed=SEED):
        films.setdefault(example.user, []).append(example)
    whole = [some[:RATING_FILMS] for some in films.values() if len(some) >= RATING_FILMS]
    labels = tuple(f" {label}" for label in bench.task.labels)
    for some in whole[:RATING_USERS]:
        cells = [Cell("recent-history", Arm.RIGHT, example, Config(k=RATING_ITEMS, seed=SEED)) for example in some]
        for outcome in condition(bench, cells):
            if outcome.conditioning:
                yield ScoreRow(outcome.conditioning.messages, labels)
