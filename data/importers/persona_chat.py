"""Synthetic-Persona-Chat (Jandaghi et al., 2023, arXiv 2312.10007): conversations between two declared personas.

A person is a set of persona sentences; all conversations with that set are theirs, in the order of the file, which has
no times. The task is the next reply to what the other said. Held out are the last replies. The conversations were
written by a language model, so the people are fictional. Tried on the published test and validation files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise

from data import fields
from data.digest import digest
from data.errors import DataError, Place
from data.histories import FEWEST, HELD_OUT, Histories
from data.imported import Imported
from data.importer import Asked, Importer
from data.importers import importers
from data.records import DatasetInfo, Persona, Task, TaskKind
from data.tables import table_rows

CONVERSATIONS, REPLIES = "conversations", "replies"
COLUMNS = ("user 1 personas", "user 2 personas", "Best Generated Conversation")
TURN = re.compile(r"User ([12]): *(.*)")
SENTENCES = 12
REPLY = Task(
    id="persona-reply",
    name="Reply as the persona would",
    kind=TaskKind.GENERATE,
    instruction="Write what the user replies in the conversation.",
    item_template="Other: {said}\nUser: {reply}\n",
    input_template="Other: {said}\nUser:",
    answer_template=" {reply}",
    query_template="{said}",
    reads="reply",
    main_metric="bits-per-byte",
    max_new_tokens=48,
    until="\n",
)


def read(asked: Asked) -> Imported:
    """The conversations of one file.

    Raises:
        DataError: a column is missing, or the table is broken.
    """
    files = [path for path in asked.source.files() if path.suffix == ".csv"] or [asked.source.path]
    if asked.source.path.is_dir() and len(files) != 1:
        raise DataError(Place(asked.source.name), f"{len(files)} CSV files", "one file")
    histories = Histories(asked, REPLIES, "reply")
    personas: dict[str, Persona] = {}
    wrong = partial(asked.ledger.refuse, CONVERSATIONS)
    for line, row in table_rows(files[0], asked.source.limits, needed=COLUMNS, wrong=wrong):
        place = Place(files[0].name, line)
        try:
            turns = list(_turns(fields.text(row, COLUMNS[2], place), Place(files[0].name, line, COLUMNS[2])))
            both = [_persona(row, column, place) for column in COLUMNS[:2]]
        except DataError as error:
            asked.ledger.refuse(CONVERSATIONS, error)
            continue
        asked.ledger.taken(CONVERSATIONS)
        personas |= dict(both)
        for (other, said), (speaker, reply) in pairwise(turns):
            if other == speaker:
                continue  # nobody was answered
            extra = {"said": said, "reply": reply, "shown": reply}
            try:
                histories.add(both[speaker][0], extra, place)
            except DataError as error:
                asked.ledger.refuse(REPLIES, error)
    info = DatasetInfo(
        id="persona-chat",
        name="Synthetic-Persona-Chat, imported",
        catalog_key="synthetic-persona-chat",
        licence="CC BY 4.0",
        citation="Jandaghi et al. Faithful Persona-based Conversational Dataset Generation with Large Language Models. "
        "arXiv 2312.10007.",
        fictional=True,
        summary=f"Conversations of {len(personas):,} fictional personas, written by a language model.",
    )
    return histories.made(info, (REPLY,), personas)


def _persona(row: Mapping[str, str], column: str, place: Place) -> tuple[str, Persona]:
    """The person of a set of sentences, and the sentences as traits."""
    sentences = [line.strip() for line in fields.text(row, column, place).splitlines() if line.strip()]
    if len(sentences) > SENTENCES:
        raise DataError(Place(place.file, place.line, column), f"{len(sentences)} sentences", f"at most {SENTENCES}")
    traits = {f"sentence {number}": sentence for number, sentence in enumerate(sentences, start=1)}
    name = f"persona-{digest(sorted(sentences))}"
    return name, Persona(name, traits, (), "the persona sentences of the data set")


def _turns(conversation: str, place: Place) -> Iterator[tuple[int, str]]:
    """Who speaks (0 or 1) and what; a line without a speaker goes on with the turn before it."""
    turns: list[tuple[int, str]] = []
    for line in filter(None, map(str.strip, conversation.splitlines())):
        found = TURN.fullmatch(line)
        if found and found[2]:
            turns.append((int(found[1]) - 1, found[2]))
        elif not found and turns:
            turns[-1] = (turns[-1][0], f"{turns[-1][1]} {line}")
    if len(turns) < 2:
        raise DataError(place, f"{len(turns)} turns", "two turns or more, each as User 1: or User 2:")
    yield from turns


importers.register("persona-chat")(
    Importer(
        name="persona-chat",
        summary="Synthetic-Persona-Chat: replies in conversations between two personas",
        path="one CSV file with the two personas and the conversation, or a zip of it",
        tested="the published test and validation files, and files written in their format",
        read=read,
        settings=(HELD_OUT, FEWEST),
        endings=(".csv", ".zip"),
    )
)
