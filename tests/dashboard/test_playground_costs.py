"""Cost beside gain in the Playground: its line, table and downloads say the same, and nothing that is unknown."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from dashboard.parts.playground_rows import ColumnRow, column_rows, cost, numbers
from engines.kept import UNKNOWN
from engines.live import Column, LiveRun, Status
from engines.runs.export import records, table
from engines.types import Arm
from tests.engines import people
from tests.engines.people import CHOOSE, REWRITE, ROOMY

DATA = people.dataset(people.crowd())


def ran(task: people.Task, *names: str) -> tuple[LiveRun, list[ColumnRow]]:
    example = next(iter(DATA.examples(task)))
    run = LiveRun(people.bench(DATA, task), example, [Column(name, ROOMY) for name in names], tuple(Arm))
    run.start()
    assert run.wait(30)
    return run, column_rows(run.view(), task, example)


@pytest.mark.parametrize("method", ["reward-best-of-n", "mixture-reward"])
def test_a_reward_that_judges_shows_its_cost_without_a_prompt(method: str) -> None:
    _, (_, column) = ran(CHOOSE, "none", method)
    said = column.cost.split("; ")
    assert said[0] == "no prompt read"
    assert said[1].endswith(" s in all")
    assert said[3] == "0 private items in the prompt"
    kept = {
        "reward-best-of-n": "128 bytes kept of the user",
        "mixture-reward": "48 bytes kept of the user, 768 bytes shared",
    }
    assert said[4] == kept[method]


def test_what_is_shared_is_no_byte_of_the_user() -> None:
    run, columns = ran(REWRITE, "none", "global-lora", "user-lora", "user-full-finetune")
    lines = [column.cost.rpartition("; ")[2] for column in columns]
    assert lines == [
        "nothing kept of the user",
        "nothing kept of the user, 16 bytes shared",
        "16 bytes kept of the user, 16 bytes shared",
        "16 bytes kept of the user",
    ]
    assert all("prompt tokens; " in column.cost for column in columns)
    shown = [row for row in numbers(columns, [], REWRITE) if row["data given"] not in {"wrong user"}]
    assert [
        (row["method"], row["bytes of the user"], row["bytes shared"]) for row in shown if row["bytes of the user"]
    ] == [
        ("User LoRA", 16, 16),
        ("User full fine-tuning", 16, 0),
    ]
    told = [one for one in records(run.bench, run.example, run.view()) if one["kind"] == "method"]
    right = {
        one["method"]: one for one in told if one["arm"] != "wrong" and (one["owner"] or one["method"] == "global-lora")
    }
    assert right["user-lora"]["cost"] == {"private_items": 0, "private_bytes": 16, "shared_bytes": 16}
    assert right["global-lora"]["cost"] == {"private_items": 0, "private_bytes": 0, "shared_bytes": 16}
    assert right["user-lora"]["user_seconds"] >= right["user-lora"]["shared_seconds"] == 0
    line = next(row for row in csv.DictReader(io.StringIO(table(told))) if row["method"] == "user-lora")
    assert (line["private bytes"], line["shared bytes"], line["private items"]) == ("16", "16", "0")


def test_what_is_unknown_or_not_read_yet_is_absent() -> None:
    run, (_, column) = ran(REWRITE, "none", "user-lora")
    main = column.main
    assert main.outcome
    unknown = replace(main, outcome=replace(main.outcome, kept=UNKNOWN))
    assert cost([unknown]).endswith("0 private items in the prompt; bytes not known")
    assert "for the user" not in cost([unknown])
    row = numbers([replace(column, arms=(unknown,))], [], REWRITE)[0]
    assert (row["bytes of the user"], row["bytes shared"], row["seconds of the user"]) == (None, None, None)
    begun = replace(main, status=Status.WRITING, outcome=replace(main.outcome, prompt_tokens=0))
    assert cost([begun]) == ""
    key = (1, Arm.RIGHT)
    view = run.view()
    seen = replace(view.arms[key], outcome=unknown.outcome)
    told = records(run.bench, run.example, replace(view, arms={**view.arms, key: seen}))
    one = next(each for each in told if each["method"] == "user-lora" and each["arm"] == "right")
    assert one["cost"] == {"private_items": 0, "private_bytes": None, "shared_bytes": None}
    assert one["user_seconds"] is None
