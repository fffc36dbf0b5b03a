"""Small files in the format of every importer, made up for the tests; nobody's data."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PEOPLE, ENTRIES = 3, 6
WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "knoll", "larch"]
LAMP_INPUTS = {
    "LaMP_1": 'For an author who has written the paper with the title "{0}", which reference is related? Just answer '
    'with [1] or [2] without explanation. [1]: "{1}" [2]: "{2}"',
    "LaMP_2": "Which tag does this movie relate to among the following tags? tags: [comedy, action] description: {0}",
    "LaMP_2N": "Which category does this article relate to among the following categories? article: {0}",
    "LaMP_3": "What is the score of the following review on a scale of 1 to 5? review: {0}",
    "LaMP_4": "Generate a headline for the following article: {0}",
    "LaMP_5": "Generate a title for the following abstract of a paper: {0}",
    "LaMP_6": "Generate a subject for the following email: {0}",
    "LaMP_7": "Paraphrase the following tweet without any explanation before or after it: {0}",
}
LAMP_ITEMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "LaMP_1": lambda n: {"title": f"Paper {n}", "abstract": words(n)},
    "LaMP_2": lambda n: {"description": words(n), "tag": ("comedy", "action")[n % 2]},
    "LaMP_2N": lambda n: {"text": words(n), "title": f"Title {n}", "category": ("sports", "politics")[n % 2]},
    "LaMP_3": lambda n: {"text": words(n), "score": str(1 + n % 5)},
    "LaMP_4": lambda n: {"title": f"Headline {n}", "text": words(n)},
    "LaMP_5": lambda n: {"title": f"Title {n}", "abstract": words(n)},
    "LaMP_6": lambda n: {"title": f"Subject {n}", "text": words(n)},
    "LaMP_7": lambda n: {"text": words(n)},
}
LAMP_GOLDS: dict[str, Callable[[int], str]] = {
    "LaMP_1": lambda n: ("[1]", "[2]")[n % 2],
    "LaMP_2": lambda n: ("comedy", "action")[n % 2],
    "LaMP_2N": lambda n: ("sports", "politics")[n % 2],
    "LaMP_3": lambda n: str(1 + n % 5),
}
LONG_ITEMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "longlamp-2": lambda n: {"title": f"Paper {n}", "abstract": words(n)},
    "longlamp-3": lambda n: {"overall": "4.0", "summary": f"Fine {n}", "description": "A lamp", "reviewText": words(n)},
    "longlamp-4": lambda n: {"summary": f"Topic {n}", "content": words(n)},
}


def words(number: int) -> str:
    """Some words that no other number has in this order."""
    return " ".join([*(WORDS[(number + step * step) % len(WORDS)] for step in range(4)), str(number)])


def lamp_task(task: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Questions and outputs of a LaMP task."""
    questions = []
    for person in range(PEOPLE):
        number = 100 * (person + 1)
        profile = [{"id": f"{number + n}", **LAMP_ITEMS[task](number + n)} for n in range(ENTRIES)]
        asked = LAMP_INPUTS[task].format(words(number + 50), words(number + 51), words(number + 52))
        questions.append({"id": f"{number}", "input": asked, "profile": profile})
    gold = LAMP_GOLDS.get(task, lambda n: f"Answer {words(n)}")
    golds = [{"id": row["id"], "output": gold(int(row["id"]) // 100)} for row in questions]
    return questions, {"task": task.removesuffix("N"), "golds": golds}


def write_lamp(folder: Path, task: str = "LaMP_4") -> Path:
    """The two files; the questions."""
    questions, outputs = lamp_task(task)
    (folder / "dev_questions.json").write_text(json.dumps(questions))
    (folder / "dev_outputs.json").write_text(json.dumps(outputs))
    return folder / "dev_questions.json"


def long_rows(task: str) -> list[dict[str, Any]]:
    """Rows of a LongLaMP task."""
    return [
        {
            "name": f"person {p}",
            "input": f"Generate for {words(p)}",
            "output": f"Long text {words(p + 20)}",
            "profile": [{"id": str(n), **LONG_ITEMS[task](10 * p + n)} for n in range(ENTRIES)],
        }
        for p in range(PEOPLE)
    ]


def write_longlamp(folder: Path, task: str = "longlamp-2") -> Path:
    """One file of JSON Lines."""
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in long_rows(task)))
    return path


def write_persona_chat(folder: Path) -> Path:
    """Two conversations of each pair."""
    path, rows = folder / "chat.csv", ["user 1 personas,user 2 personas,Best Generated Conversation"]
    for number in range(PEOPLE):
        turns = "\n".join(f"User {1 + turn % 2}: {words(10 * number + turn)}" for turn in range(2 * ENTRIES))
        rows.append(f'"I like {words(number)}.\nI sing.","I run {words(number + 30)}.\nI cook.","{turns}"')
    path.write_text("\n".join(rows) + "\n")
    return path


def write_movielens(folder: Path) -> Path:
    """The two tables."""
    films = "".join(f'{n},"Film {n}, The (199{n % 10})",Drama|War\n' for n in range(1, 13))
    (folder / "movies.csv").write_text("movieId,title,genres\n" + films)
    rows = [
        f"{u},{n},{1 + n % 4}.{5 * (n % 2)},{900_000_000 + 1000 * n + u}"
        for u in range(1, PEOPLE + 1)
        for n in range(1, 13)
    ]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    return folder


def write_reviews(folder: Path) -> Path:
    """One file."""
    people = [
        {
            "id": f"U{person}",
            "profile": [
                {"rating": float(1 + n % 5), "title": f"Title {n}", "text": words(10 * person + n), "pid": f"P{n}"}
                for n in range(ENTRIES)
            ],
        }
        for person in range(PEOPLE)
    ]
    path = folder / "reviews.json"
    path.write_text(json.dumps(people, indent=1))
    return path


def write_table(folder: Path) -> Path:
    """A CSV with all columns that the default settings and the tests name."""
    rows = [
        f"p{person},{words(10 * person + n)},{('dry', 'warm')[n % 2]},2024-01-{1 + n:02d},{('old', 'new')[person % 2]}"
        for person in range(PEOPLE)
        for n in range(ENTRIES)
    ]
    path = folder / "mine.csv"
    path.write_text("user,given,made,day,age\n" + "\n".join(rows) + "\n")
    return path


def write_mbox(folder: Path, people: int = PEOPLE) -> Path:
    """Mails of some people."""
    mails = [
        f"From p{person}@example.org Mon Jan  1 00:00:00 2024\nFrom: P <p{person}@example.org>\nTo: q@example.org\n"
        f"Date: Mon, {1 + n} Jan 2024 10:00:00 +0000\nSubject: {words(person + n)}\n"
        f"Content-Type: text/plain; charset=utf-8\n\nHello, {words(10 * person + n)}\n> quoted\n-- \nsigned\n\n"
        for person in range(people)
        for n in range(ENTRIES)
    ]
    path = folder / "mine.mbox"
    path.write_text("".join(mails))
    return path


def git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run git in a folder, without the configuration of this machine."""
    quiet = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **(env or {})}
    done = subprocess.run(["git", "-C", str(folder), *arguments], env=quiet, capture_output=True, text=True, check=True)
    return done.stdout


def git_object(folder: Path, kind: str, content: bytes) -> str:
    """Write an object into a repository as it is, sound or not; its id."""
    command = ["git", "-C", str(folder), "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    quiet = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(command, input=content, env=quiet, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write_git(folder: Path) -> Path:
    """A repository with commits of two authors."""
    folder = folder / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for number in range(2 * ENTRIES):
        (folder / f"file{number}.txt").write_text(words(number))
        who, day = f"a{number % 2}", f"2024-01-{1 + number:02d}T10:00:00Z"
        env = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in
               (("NAME", who), ("EMAIL", f"{who}@example.org"), ("DATE", day))}  # fmt: skip
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", f"Add {words(number)}\n\nBecause of {number}.", env=env)
    return folder


WRITERS: dict[str, Callable[[Path], Path]] = {
    "git": write_git,
    "lamp": write_lamp,
    "longlamp": write_longlamp,
    "mbox": write_mbox,
    "movielens-latest": write_movielens,
    "persona-chat": write_persona_chat,
    "reviews": write_reviews,
    "table": write_table,
}
SETTINGS: dict[str, dict[str, str]] = {"table": {"time": "day", "traits": "age", "kind": "choose"}}
