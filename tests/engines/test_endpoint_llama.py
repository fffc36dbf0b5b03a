"""Against a real llama.cpp server with the embedded model's own weights."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator

import pytest

from data.importers import datasets
from data.records import Dataset
from engines.errors import EngineError, FailureKind
from engines.live import Column, LiveRun, LiveView, Status
from engines.methods import methods
from engines.models.endpoint import EndpointModel
from engines.models.endpoint_address import Limits, read_address
from engines.models.facts import facts, lacking
from engines.models.weights import gguf_path
from engines.runs.answers import rating_in
from engines.runs.cells import Bench
from engines.types import Arm, Capability, Config, GenerateRow, Message, Part, ScoreRow
from tests.conftest import missing, require_model
from tests.engines.people import WordEncoder

pytestmark = pytest.mark.model

LIMITS = Limits(first=120.0, later=60.0, total=240.0)
COLUMNS = [Column(name, Config(k=2)) for name in ("none", "recent-history", "profile-summary")]
RIVER = (
    Message("system", (Part("Complete the sentence."),)),
    Message("user", (Part("Where does the river flow?"),)),
    Message("assistant", (Part("The river flows into the"),)),
)
NUMBERS = (
    Message("user", (Part("Write the numbers from one to twenty in words."),)),
    Message("assistant", (Part("one, two, three, four,"),)),
)
STARS = (
    Message("system", (Part("Predict the rating, from 1 to 5 stars, that the user gives to the film."),)),
    Message("user", (Part("Film: A. Genres: Drama. Rating: 4\nFilm: B. Genres: Comedy. Rating: 2\n"),)),
    Message("assistant", (Part("Film: C. Genres: Drama. Rating:"),)),
)


@pytest.fixture(scope="module")
def served() -> Iterator[EndpointModel]:
    """The embedded model's GGUF behind llama.cpp, in a process of its own."""
    if importlib.util.find_spec("xllamacpp") is None:
        missing("xllamacpp is not installed; run: make test")
    require_model()
    from engines.speed.llamacpp import serve

    with serve(gguf_path(), slots=2, context=2048) as address:
        yield EndpointModel(read_address(f"{address}/v1"), limits=LIMITS, slots=2)


def live_view(model: EndpointModel, data: Dataset, task: str) -> LiveView:
    example = next(iter(data.examples(data.task(task))))
    run = LiveRun(Bench(data, data.task(task), model, WordEncoder()), example, COLUMNS, [Arm.RIGHT, Arm.NOBODY])
    run.start()
    assert run.wait(240)
    return run.view()


def test_what_the_probe_finds(served: EndpointModel) -> None:
    assert served.capabilities == {Capability.GENERATE}
    assert "gives no log-probabilities of a prompt" in served.why_not[Capability.SCORE]
    assert served.context == 2048
    assert served.notes == ()
    assert served.name == gguf_path().name
    known = facts(served)
    assert (known.server, known.asked) == (served.address.host, True)
    assert "log-probabilities" in lacking(methods["profile-summary"].info, served)
    assert not lacking(methods["recent-history"].info, served)


def test_an_opened_answer_is_continued_and_grows(served: EndpointModel) -> None:
    told: list[str] = []
    made = served.generate([GenerateRow(NUMBERS, 16)], listen=lambda _, text: told.append(text))[0]
    assert made.text
    assert "one, two" not in made.text
    assert len(told) > 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(told))
    assert 20 < made.prompt_tokens < 60
    assert 1 < made.new_tokens <= 16
    assert served.generate([GenerateRow(NUMBERS, 16)])[0].text == made.text


def test_it_cannot_score(served: EndpointModel) -> None:
    with pytest.raises(EngineError, match="gives no log-probabilities of a prompt") as caught:
        served.score([ScoreRow(RIVER, (" sea",))])
    assert caught.value.kind is FailureKind.UNABLE


def test_a_rating_is_read_from_the_answer(served: EndpointModel) -> None:
    text = served.generate([GenerateRow(STARS, 12, until="\n")])[0].text
    assert rating_in(text, ("1", "2", "3", "4", "5")) in {"1", "2", "3", "4", "5"}


def test_a_prompt_over_the_context_is_named(served: EndpointModel) -> None:
    with pytest.raises(EngineError, match="too long") as caught:
        served.generate([GenerateRow((Message("user", (Part("word " * 4000),)),), 8)])
    assert caught.value.kind is FailureKind.TOO_LONG


@pytest.mark.parametrize(
    ("data", "task", "metric"), [("campus", "headline", "rouge-l"), ("movielens-100k", "movie-rating", "mae")]
)
def test_a_live_run_ends_with_values(served: EndpointModel, data: str, task: str, metric: str) -> None:
    arms = live_view(served, datasets[data](), task).arms
    for place, arm in ((0, Arm.NOBODY), (1, Arm.RIGHT), (1, Arm.NOBODY)):
        view = arms[place, arm]
        assert view.status is Status.DONE, view.failure
        score = view.scores[metric]
        assert score.value is not None or score.reason
        assert view.outcome
        assert view.outcome.prompt_tokens > 0
    assert any(view.scores[metric].value is not None for view in arms.values() if view.scores)
    unable = arms[2, Arm.RIGHT].failure
    assert unable
    assert unable.kind is FailureKind.UNABLE
    assert unable.message.startswith("Profile summary needs log-probabilities")
