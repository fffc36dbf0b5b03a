"""The tasks of LaMP and LongLaMP: the fields of their profiles, their labels, and the words of our prompts.

Labels and fields are those of the benchmarks (Salemi et al., 2024, arXiv 2304.11406; Kumar et al., 2024, arXiv
2407.11016) as their published code reads them. Instructions and templates are ours, so that all methods share them;
what a file's own instruction says before its text is taken off (`after`).
"""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Task, TaskKind

TAGS = (
    "sci-fi", "based on a book", "comedy", "action", "twist ending", "dystopia", "dark comedy", "classic",
    "psychology", "fantasy", "romance", "thought-provoking", "social commentary", "violence", "true story",
)  # fmt: skip
CATEGORIES = (
    "food & drink", "sports", "education", "parents", "religion", "travel", "business", "crime",
    "science & technology", "culture & arts", "entertainment", "politics", "women", "style & beauty", "healthy living",
)  # fmt: skip
STARS = ("1", "2", "3", "4", "5")
REFERENCES = ("[1]", "[2]")
TEXTS = "bits per byte of the true text are sharper than ROUGE with a small model"


@dataclass(frozen=True)
class Kind:
    """One task of a benchmark.

    Attributes:
        file: its name in `*_outputs.json`.
        profile: the fields of a profile item.
        after: the text of a request stands behind the first of these marks; without any of them it is all of it.
        given: the field of the request's text.
        query: the fields of an item that a retriever compares.
        catalog: the catalog's key.
    """

    file: str
    task: Task
    profile: tuple[str, ...]
    after: tuple[str, ...]
    given: str
    query: tuple[str, ...]
    catalog: str


def _text(name: str, said: str, *, wrote: tuple[str, str], tokens: int, item: str = "") -> Task:
    """A task that writes: `wrote` has the words and the field of what is given, then those of what is written."""
    given, made = wrote
    opened = f"{given[:1].upper()}{given[1:].replace('_', ' ')}: {{{given}}}"
    words = made.replace("_", " ").capitalize()
    return Task(
        id=name,
        name=said.rstrip("."),
        kind=TaskKind.GENERATE,
        instruction=said,
        item_template=item or f"{opened}\n{words}: {{{made}}}\n",
        input_template=f"{opened}\n{words}:",
        answer_template=f" {{{made}}}",
        query_template="{query}",
        reads="item",
        main_metric="rouge-1",
        note=TEXTS,
        max_new_tokens=tokens,
        until="\n",
    )


def _label(name: str, said: str, *, wrote: tuple[str, str], labels: tuple[str, ...]) -> Task:
    given, made = wrote
    opened = f"{given.capitalize()}: {{{given}}}\n{made.capitalize()}:"
    return Task(
        id=name,
        name=said.rstrip("."),
        kind=TaskKind.RANK,
        instruction=f"{said} The answer is one of: {', '.join(labels)}.",
        item_template=f"{opened} {{{made}}}\n",
        input_template=opened,
        answer_template=f" {{{made}}}",
        query_template="{query}",
        reads="item",
        main_metric="hr@1",
        labels=labels,
        note=f"{len(labels)} labels, ranked by likelihood; HR@1 is the accuracy",
    )


CITATION = Task(
    id="lamp-1",
    name="Choose the reference that an author cites",
    kind=TaskKind.RANK,
    instruction="The author of the papers in the profile writes another. Predict which reference it cites.",
    item_template="Paper: {title}\n",
    input_template="New paper: {title}\n[1] {first}\n[2] {second}\nCited:",
    answer_template=" {title}",
    query_template="{query}",
    reads="item",
    main_metric="hr@1",
    labels=REFERENCES,
    note="two labels, chance 0.5; a profile holds papers and no citations",
)
RATING = Task(
    id="lamp-3",
    name="Rate a product from its review",
    kind=TaskKind.RATE,
    instruction="Predict the score, from 1 to 5, that the user gives with the review.",
    item_template="Review: {text}\nScore: {rating}\n",
    input_template="Review: {text}\nScore:",
    answer_template=" {rating}",
    query_template="{query}",
    reads="item",
    main_metric="mae",
    labels=STARS,
)
TAG = _label("lamp-2", "Choose the tag that the user gives to the film.", wrote=("description", "tag"), labels=TAGS)
CATEGORY = _label(
    "lamp-2n", "Choose the category of the journalist's article.", wrote=("article", "category"), labels=CATEGORIES
)
HEADLINE = _text("lamp-4", "Write the author's headline of the article.", wrote=("article", "headline"), tokens=32)
PAPER = _text("lamp-5", "Write the title that the author gives to the paper.", wrote=("abstract", "title"), tokens=40)
SUBJECT = _text(
    "lamp-6", "Write the subject that the user gives to the mail.", wrote=("mail", "subject_line"), tokens=24
)
TWEET = _text(
    "lamp-7", "Say it as the user would in a tweet.", wrote=("plain", "tweet"), tokens=64, item="Tweet: {tweet}\n"
)

LAMP = (
    Kind("LaMP_1", CITATION, ("title", "abstract"), (), "title", ("title", "abstract"), "lamp-1"),
    Kind("LaMP_2", TAG, ("description", "tag"), ("description:",), "description", ("description",), "lamp-2"),
    Kind("LaMP_2", CATEGORY, ("text", "title", "category"), ("article:",), "article", ("title", "text"), "lamp-2n"),
    Kind("LaMP_3", RATING, ("text", "score"), ("review:",), "text", ("text",), "lamp-3"),
    Kind("LaMP_4", HEADLINE, ("title", "text"), ("article:",), "article", ("title", "text"), "lamp-4"),
    Kind("LaMP_5", PAPER, ("title", "abstract"), ("paper:", "abstract:"), "abstract", ("title", "abstract"), "lamp-5"),
    Kind("LaMP_6", SUBJECT, ("title", "text"), ("email:", ":"), "mail", ("text",), "lamp-6"),
    Kind("LaMP_7", TWEET, ("text",), ("after it:", ":"), "plain", ("text",), "lamp-7"),
)
# Names of the benchmark's profile fields that our templates say in other words.
RENAMED = {
    "lamp-2n": {"text": "article"},
    "lamp-3": {"score": "rating"},
    "lamp-4": {"text": "article", "title": "headline"},
    "lamp-6": {"text": "mail", "title": "subject_line"},
    "lamp-7": {"text": "tweet"},
    "longlamp-3": {"reviewText": "review", "overall": "stars"},
    "longlamp-4": {"content": "post"},
}

LONG = (
    Kind("LongLaMP-2", _text(
        "longlamp-2", "Write the abstract of the author's paper.", wrote=("asked", "abstract"), tokens=200,
        item="Title: {title}\nAbstract: {abstract}\n",
    ), ("title", "abstract"), (), "asked", ("title", "abstract"), "longlamp-abstract"),
    Kind("LongLaMP-3", _text(
        "longlamp-3", "Write the user's review of the product.", wrote=("asked", "review"), tokens=200,
        item="Product: {description}\nStars: {stars}\nSummary: {summary}\nReview: {review}\n",
    ), ("overall", "summary", "description", "reviewText"), (), "asked", ("description", "summary"), "longlamp-review"),
    Kind("LongLaMP-4", _text(
        "longlamp-4", "Write the user's post on the topic.", wrote=("asked", "post"), tokens=200,
        item="Summary: {summary}\nPost: {post}\n",
    ), ("summary", "content"), (), "asked", ("summary", "content"), "longlamp-topic"),
)  # fmt: skip
