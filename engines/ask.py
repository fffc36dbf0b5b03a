"""One request answered by several methods, from the command line: the same run as the Playground's, as records."""

from __future__ import annotations

import shlex
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.digest import digest
from data.errors import AttuneError
from data.records import Dataset, Example, Task
from data.registry import UnknownNameError
from engines.live import Column, LiveRun
from engines.methods import methods
from engines.runs.export import Record, records
from engines.settings import Settings, config_of, parse_settings, show_settings
from engines.types import Arm, Stop

if TYPE_CHECKING:
    from engines.runs.cells import Bench

PROGRAM = "python -m engines"
LOOK = 0.1
USERS = 100


class QuestionError(AttuneError):
    """A question that cannot be asked; the text says what is accepted."""


@dataclass(frozen=True)
class Question:
    """What is asked, by names.

    Attributes:
        example: the id of a held-out example; empty for the user's first.
        settings: methods' settings that are not the usual ones.
        text: an own request in place of the example's; empty for none.
    """

    dataset: str
    task: str
    user: str
    example: str
    methods: tuple[str, ...]
    arms: tuple[Arm, ...]
    seed: int = 7
    settings: Settings = ()
    text: str = ""


def settings_of(given: str) -> Settings:
    """Settings from their short form.

    Raises:
        QuestionError: they cannot be used.
    """
    try:
        return parse_settings(given, methods.names())
    except ValueError as error:
        raise QuestionError(f"--set {given!r} cannot be used; accepted: {error}") from error


def find_example(dataset: Dataset, task: Task, question: Question) -> Example:
    """The held-out example that a question names, or its own request.

    Raises:
        UnknownNameError: the user has no example of the task, or none with this id.
        QuestionError: the task has no free request.
    """
    if question.text:
        return own_request(dataset, task, question.user, question.text)
    found: dict[str, list[Example]] = {}
    for example in dataset.examples(task, seed=question.seed):
        found.setdefault(example.user, []).append(example)
    if question.user not in found:
        raise UnknownNameError(f"user with an example of {task.id}", question.user, list(found)[:20])
    own = {example.id: example for example in found[question.user]}
    if question.example and question.example not in own:
        raise UnknownNameError(f"example of user {question.user}", question.example, list(own))
    return own[question.example] if question.example else next(iter(own.values()))


def own_request(dataset: Dataset, task: Task, user: str, text: str) -> Example:
    """A request in the reader's words: without a truth, at the user's cut.

    Raises:
        UnknownNameError: nobody has this id.
        QuestionError: the task chooses among given candidates.
    """
    if user not in dataset.by_id:
        raise UnknownNameError("user", user, list(dataset.by_id)[:20])
    if task.kind.ranks:
        raise QuestionError(f"{task.id} chooses among given candidates; --text is for the other tasks")
    named = [name for _, name, _, _ in string.Formatter().parse(task.input_template) if name]
    fields = {**dict.fromkeys(named, ""), **dict.fromkeys(named[:1], text)}
    name = f"own/{digest([task.id, user, text])}"
    return Example(name, task.id, user, text, "", dataset.cut(task, user), fields)


def columns_of(question: Question) -> list[Column]:
    """The methods of a question with their settings."""
    return [Column(name, config_of(question.settings, name, question.seed)) for name in question.methods]


def ask(bench: Bench, question: Question, example: Example, stop: Stop) -> list[Record]:
    """Run a question and wait for its end; a stopped run gives what was done."""
    run = LiveRun(bench, example, columns_of(question), question.arms)
    run.start()
    while not run.wait(LOOK):
        if stop():
            run.stop()
    return records(run.bench, run.example, run.view())


def question_of(run: LiveRun) -> Question:
    """The question that a run answers."""
    arms = tuple(arm for arm in Arm if arm in run.arms)
    settings = tuple((column.method, replace(column.config, seed=7)) for column in run.columns)
    return Question(
        run.bench.dataset.info.id,
        run.bench.task.id,
        run.example.user,
        run.example.id,
        tuple(column.method for column in run.columns),
        arms,
        run.bench.seed,
        settings,
        "" if run.example.target else run.example.input,
    )


def ask_line(question: Question) -> str:
    """The command that prints the numbers of a question, quoted for a shell."""
    what = ["--user", question.user]
    what += ["--text", question.text] if question.text else ["--example", question.example]
    return _line("ask", question, what, ["--jsonl"])


def compare_line(question: Question, users: int = USERS) -> str:
    """The command that measures the same methods with the same settings on many users."""
    return _line("compare", question, [], ["--users", str(users)])


def _line(command: str, question: Question, what: Sequence[str], last: Sequence[str]) -> str:
    words = [*PROGRAM.split(), command, "--dataset", question.dataset, "--task", question.task, *what]
    words += ["--methods", ",".join(question.methods), "--arms", ",".join(question.arms), "--seed", str(question.seed)]
    settings = show_settings(question.settings)
    words += ["--set", settings] if settings else []
    return shlex.join([*words, *last])
