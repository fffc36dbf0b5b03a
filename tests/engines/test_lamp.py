"""LaMP's evaluation: fifty cases a task against sums written out here, and the words of LaMP for what is odd."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import f1_score
from typer.testing import CliRunner

from data.errors import DataError
from data.importer import run
from data.importers import datasets, importers
from data.importers.lamp_tasks import LAMP, Kind
from data.records import TaskKind
from data.sources import Source
from engines.__main__ import app
from engines.lamp.predictions import plan_of, predict
from engines.lamp.predictions import write as write_predictions
from engines.lamp.scoring import score_files
from engines.models.echo import EchoModel
from engines.runs.bench import Bench
from engines.types import Arm, Config
from tests.dashboard.playground_data import CountingEncoder
from tests.data.samples import write_lamp

CASES, CLOSE = 50, 1e-6
BY_ID = {kind.task.id: kind for kind in LAMP}
# Both editions of LaMP-2 as the benchmark lists them, written down a second time.
LABELS = {
    "lamp-1": "[1]|[2]",
    "lamp-2": "sci-fi|based on a book|comedy|action|twist ending|dystopia|dark comedy|classic|psychology|fantasy|"
    "romance|thought-provoking|social commentary|violence|true story",
    "lamp-2n": "food & drink|sports|education|parents|religion|travel|business|crime|science & technology|"
    "culture & arts|entertainment|politics|women|style & beauty|healthy living",
}
WORDS = ["The", "running", "runs", "of", "it's", "Über", "42", "naïve", "dog", "dogs", "a-b", "!", "night", "city"]


def by_hand_f1(pairs: list[tuple[str, str]], labels: list[str]) -> tuple[float, float]:
    """Accuracy and macro F1 from a table of counts."""
    counts: Counter[tuple[str, str]] = Counter((said.strip(), gold) for said, gold in pairs)
    right = sum(counts[label, label] for label in labels)
    shares = []
    for label in labels:
        said = sum(count for (one, _), count in counts.items() if one == label)
        true = sum(count for (_, one), count in counts.items() if one == label)
        precision, recall = counts[label, label] / max(said, 1), counts[label, label] / max(true, 1)
        shares.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return right / len(pairs), math.fsum(shares) / len(labels)


def by_hand_ratings(pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Mean absolute and root mean squared error; what is no number is 5 off 1, 5 off 2, 5 off 3, 1 off 4, 1 off 5."""
    far = {"1": 5.0, "2": 5.0, "3": 5.0, "4": 1.0, "5": 1.0}
    off = []
    for said, gold in pairs:
        number = float(said) if re.fullmatch(r"\s*[-+]?\d+(\.\d*)?\s*", said) else far[gold]
        off.append(number - int(gold))
    return math.fsum(abs(one) for one in off) / len(off), math.sqrt(math.fsum(one * one for one in off) / len(off))


def by_hand_rouge(said: str, gold: str) -> tuple[float, float]:
    """F-measures of words in common and of the longest common subsequence, over lower-case runs of a-z and 0-9."""
    one, two = (re.findall(r"[a-z0-9]+", text.lower()) for text in (said, gold))
    if not one or not two:
        return 0.0, 0.0
    common = sum((Counter(one) & Counter(two)).values())
    row = [0] * (len(two) + 1)
    for word in one:
        before = 0
        for place, other in enumerate(two, start=1):
            before, row[place] = row[place], before + 1 if word == other else max(row[place], row[place - 1])
    return tuple(2 * n / (len(one) + len(two)) for n in (common, row[-1]))  # type: ignore[return-value]


def case(kind: Kind, draw: random.Random) -> list[tuple[str, str]]:
    """Predictions and golds of one to twelve questions, odd ones among them."""
    labels = list(kind.task.labels)
    pairs = []
    for _ in range(draw.randrange(1, 13)):
        if kind.task.kind is TaskKind.RANK:
            gold = draw.choice(labels)
            said = draw.choice([gold, gold, draw.choice(labels), f" {gold}\n", gold.upper(), f"{gold}.", "", "unknown"])
        elif kind.task.kind is TaskKind.RATE:
            gold = draw.choice(labels)
            said = draw.choice([gold, "1", "5", " 4 ", "3.5", "0", "-2", "seven", "", "4 stars", "**", "4,5"])
        else:
            gold = " ".join(draw.choices(WORDS, k=draw.randrange(1, 12)))
            kept = [word for word in gold.split() if draw.random() < 0.6]
            said = draw.choice(
                [gold, " ".join(kept), " ".join(draw.choices(WORDS, k=8)), "", "...", f"{gold} {gold}\n"]
            )
        pairs.append((said, gold))
    return pairs


def write(folder: Path, task: str, pairs: list[tuple[str, str]], draw: random.Random) -> tuple[Path, Path]:
    """The two files, the predictions in another order."""
    rows = [[{"id": str(n), "output": pair[side]} for n, pair in enumerate(pairs)] for side in (0, 1)]
    draw.shuffle(rows[0])
    paths = folder / "preds.json", folder / "dev_outputs.json"
    for path, golds in zip(paths, rows, strict=True):
        path.write_text(json.dumps({"task": task, "golds": golds}))
    return paths[1], paths[0]


@pytest.mark.parametrize("task", sorted(BY_ID))
def test_fifty_cases_are_what_is_computed_by_hand(task: str, tmp_path: Path) -> None:
    draw, kind = random.Random(f"lamp {task}"), BY_ID[task]  # noqa: S311
    seen = set()
    for _ in range(CASES):
        pairs = case(kind, draw)
        golds, predictions = write(tmp_path, kind.file, pairs, draw)
        found = score_files(golds, predictions, task)
        assert (found.task, found.n) == (task, len(pairs))
        if kind.task.kind is TaskKind.RANK:
            wanted = dict(zip(("accuracy", "f1"), by_hand_f1(pairs, LABELS[task].split("|")), strict=True))
        elif kind.task.kind is TaskKind.RATE:
            wanted = dict(zip(("mae", "rmse"), by_hand_ratings(pairs), strict=True))
        else:
            each = [by_hand_rouge(*pair) for pair in pairs]
            wanted = {n: math.fsum(e[i] for e in each) / len(each) for i, n in enumerate(("rouge-1", "rouge-L"))}
        assert dict(found.values) == pytest.approx(wanted, abs=CLOSE)
        seen.add(round(next(iter(wanted.values())), 3))
    assert len(seen) > CASES / 4


@pytest.mark.parametrize("task", sorted(LABELS))
def test_macro_f1_is_that_of_scikit_learn_over_the_list_of_labels(task: str) -> None:
    from engines.lamp.classification import macro_f1

    draw, labels = random.Random(task), LABELS[task].split("|")  # noqa: S311
    for _ in range(20):
        pairs = case(BY_ID[task], draw)
        places = [
            [labels.index(t.strip()) if t.strip() in labels else -1 for t in side] for side in zip(*pairs, strict=True)
        ]
        wanted = f1_score(places[1], places[0], labels=range(len(labels)), average="macro", zero_division=0)
        assert macro_f1(pairs, labels) == pytest.approx(float(wanted), abs=CLOSE)


def test_the_edition_of_lamp_2_is_told_by_its_labels(tmp_path: Path) -> None:
    draw = random.Random(1)  # noqa: S311
    for task, label in (("lamp-2", "comedy"), ("lamp-2n", "women")):
        golds, predictions = write(tmp_path, "LaMP_2", [(label, label)], draw)
        found = score_files(golds, predictions)
        assert found.task == task
        assert dict(found.values) == pytest.approx({"accuracy": 1.0, "f1": 1 / 15})


@pytest.mark.parametrize("task", ["LaMP_2", "LaMP_3", "LaMP_4"])
def test_answers_of_a_method_are_a_file_that_can_be_scored(task: str, tmp_path: Path) -> None:
    data = run(importers["lamp"], Source(write_lamp(tmp_path, task)), {}).dataset()
    bench = Bench(data, data.tasks[0], EchoModel(), CountingEncoder())
    texts = predict(bench, plan_of(bench, "recent-history", Arm.RIGHT, config=Config(k=2))).texts
    write_predictions(tmp_path / "mine.json", data.tasks[0].id, texts)
    assert set(texts) == {"100", "200", "300"}
    assert all(texts.values())
    found = score_files(tmp_path / "dev_outputs.json", tmp_path / "mine.json")
    assert (found.task, found.n) == (data.tasks[0].id, 3)
    whole = json.loads((tmp_path / "mine.json").read_text())
    assert whole["task"] == task
    if task == "LaMP_3":
        assert all(1.0 <= float(text) <= 5.0 for text in texts.values())
    if task == "LaMP_2":
        assert set(texts.values()) <= set(LABELS["lamp-2"].split("|"))


def test_answers_to_another_task_are_refused() -> None:
    data = datasets["campus"]()
    with pytest.raises(DataError, match="import a LaMP set"):
        plan_of(Bench(data, data.tasks[0], EchoModel(), CountingEncoder()), "none", Arm.RIGHT, config=Config())


def test_a_stem_is_not_a_word(tmp_path: Path) -> None:
    golds, predictions = write(tmp_path, "LaMP_4", [("dogs running", "dog runs")], random.Random(1))  # noqa: S311
    assert set(score_files(golds, predictions).values.values()) == {0.0}


@pytest.mark.parametrize(
    ("predictions", "said"),
    [
        ({"task": "LaMP_3", "golds": [{"id": "0", "output": "x"}]}, r"preds\.json:1 \[task\]: 'LaMP_3'"),
        ({"task": "LaMP_4", "golds": []}, r"lacks 1 ids, first 0"),
        ({"task": "LaMP_4", "golds": [{"id": "0", "output": "x"}, {"id": "1", "output": ""}]}, "holds besides 1 ids"),
        ({"task": "LaMP_4", "golds": [{"id": "0", "output": "x"}] * 2}, r"golds\[1\]\.id\]: '0' stands twice"),
        ({"task": "LaMP_4", "golds": [{"id": "0", "output": None}]}, r"golds\[0\]\.output\]: is a NoneType"),
        ([], "is a list"),
    ],
)
def test_files_that_do_not_fit_are_named(predictions: Any, said: str, tmp_path: Path) -> None:
    golds, other = write(tmp_path, "LaMP_4", [("x", "y")], random.Random(1))  # noqa: S311
    other.write_text(json.dumps(predictions))
    with pytest.raises(DataError, match=said):
        score_files(golds, other)


def test_a_gold_that_is_no_label_is_refused(tmp_path: Path) -> None:
    golds, predictions = write(tmp_path, "LaMP_3", [("1", "6")], random.Random(1))  # noqa: S311
    with pytest.raises(DataError, match=r"golds\[0\]\.output\]: '6'; accepted: one of 1, 2, 3, 4, 5"):
        score_files(golds, predictions)


def test_the_command_prints_the_measures(tmp_path: Path) -> None:
    golds, predictions = write(tmp_path, "LaMP_3", [("4", "5"), ("no", "5")], random.Random(1))  # noqa: S311
    done = CliRunner().invoke(app, ["lamp", str(golds), str(predictions), "--json"])
    assert json.loads(done.stdout)["values"] == pytest.approx({"mae": 2.5, "rmse": math.sqrt(8.5)})
    assert "rmse" in CliRunner().invoke(app, ["lamp", str(golds), str(predictions)]).stdout
