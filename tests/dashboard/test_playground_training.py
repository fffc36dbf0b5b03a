"""Training in a column: its sentences, its curve, and a live run that is stopped while it trains."""

from __future__ import annotations

import time
from dataclasses import replace

from dashboard.parts import playground_training as training
from dashboard.parts.playground_rows import column_rows
from engines.live import Column, LiveRun, Status
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.training.recipe import Training
from engines.training.trainer import Learnt, Progress, Tell
from engines.types import Arm, Config, Stop
from tests.engines import people
from tests.engines.people import REWRITE


class Slow:
    """A trainer that takes a step every few milliseconds."""

    keeps = False

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        from engines.errors import EngineError, FailureKind

        losses: tuple[float, ...] = ()
        for step in range(500):
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped before the training was complete")
            losses = (*losses, 4.0 - step / 200)
            tell(Progress(name, training.digest, 500, 30.0, losses, step / 10))
            time.sleep(0.005)
        return Learnt({}, losses, 1.0)


def test_where_a_training_stands_is_one_sentence() -> None:
    one = Progress("user Mabel", "d", steps=12, expected=40.3)
    waits = "waits: one training runs at a time"
    assert training.say(Progress("x", "d", waiting=True)) == waits
    assert training.say(Progress("x", "d", expected=61.7, waiting=True)) == f"{waits}; about 62 s once its turn comes"
    assert training.say(one) == "12 steps, 40 s expected"
    some = Progress("user Mabel", "d", 12, 40.3, (4.0, 3.5), 7.0)
    assert training.say(some) == "step 2 of 12, 40 s expected, 7 s so far; loss 3.50"
    done = Progress("user Mabel", "d", 2, None, (4.0, 3.5), 9.0, done=True, bytes=392_000)
    said = "trained in 9 s, 2 steps; loss 4.00 to 3.50 nats a token (means of the first and last quarter), 392 kB kept"
    assert training.say(done) == said
    assert training.say(replace(done, peak=1_230_000_000)) == f"{said}, at most 1.2 GB of memory"
    assert training.say(replace(done, seconds=None)).startswith("trained, 2 steps; loss")


def test_the_curve_has_a_bar_a_step_a_message_and_no_more_bars_than_fit() -> None:
    drawn = training.curve((4.0, 3.0), 8, "#000")
    assert drawn.count("title=") == 2
    assert "flex:6" in drawn
    assert 'aria-label="Loss by step, in nats: 2 steps, from 4.00 to 3.00."' in drawn
    assert training.curve((), 8, "#000") == ""
    many = training.thinned([float(n) for n in range(1000)])
    assert len(many) == training.MOST
    assert many == sorted(many)


def test_names_of_people_are_escaped() -> None:
    assert "<script>" not in training.block(Progress("user <script>", "d"), "user")


def test_a_run_shows_the_training_of_its_column_and_stops_it() -> None:
    data = people.dataset(people.crowd())
    model = EchoModel()
    model.trainer = Slow()  # type: ignore[assignment]
    example = next(e for e in data.examples(REWRITE) if e.user == "u3")
    bench = Bench(data, REWRITE, model, people.WordEncoder())
    run = LiveRun(bench, example, [Column("none", Config()), Column("user-lora", Config())], [Arm.RIGHT])
    run.start()
    seen, ended = run.news(1, 5.0)
    for _ in range(200):
        rows = column_rows(run.view(), REWRITE, example)
        if any(one.losses for one in training.of_column(rows[1])):
            break
        seen, ended = run.news(seen, 0.2)
    assert not ended
    assert rows[1].main.status is Status.TRAINING
    assert training.of_column(rows[0]) == []
    run.stop()
    assert run.wait(60)
    last = column_rows(run.view(), REWRITE, example)[1]
    assert last.main.status is Status.STOPPED
    assert training.of_column(last)[0].losses, "what was seen stays"
