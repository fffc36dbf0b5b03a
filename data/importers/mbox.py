"""Mail in an mbox: the task is the subject line of a mail from its body, for those who sent enough of them.

`--with me=you@example.org` takes your own mail only. Replies and forwarded mail are left out, since their subject is
another's; quoted lines and what stands behind the signature's mark are dropped. Times are those of the Date header.
Tested on files written in this format.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

from data import fields
from data.errors import DataError, Place
from data.histories import FEWEST, HELD_OUT, Histories
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.records import DatasetInfo, Task, TaskKind
from data.sources import measured

MAILS = "mails"
BEGIN, LINE = b"From ", 1 << 16
SENT = re.compile(rb"(?i)(?:^|[\r\n])from:")
SIGNATURE, QUOTE = "-- ", ">"
ANSWERS = ("re:", "fw:", "fwd:", "aw:", "wg:", "sv:", "antw:")
TASK = Task(
    id="mail-subject",
    name="Write the subject of a mail",
    kind=TaskKind.GENERATE,
    instruction="Write the subject line that the user gives to the mail.",
    item_template="Mail: {body}\nSubject: {line}\n",
    input_template="Mail: {body}\nSubject:",
    answer_template=" {line}",
    query_template="{body}",
    reads="mail",
    main_metric="bits-per-byte",
    max_new_tokens=24,
    until="\n",
)


def read(asked: Asked) -> Imported:
    """The mails of one file.

    Raises:
        DataError: it is no mbox, or too large.
    """
    files = [path for path in asked.source.files() if path.suffix in {".mbox", ""}] or asked.source.files()
    if len(files) != 1:
        raise DataError(Place(asked.source.name), f"{len(files)} files", "one mbox file")
    path, me = files[0], asked["me"].strip().lower()
    if measured(path, asked.source.limits):
        with path.open("rb") as stream:
            if stream.read(len(BEGIN)) != BEGIN:
                raise DataError(Place(path.name, 1), "does not begin with From", "an mbox file")
    histories = Histories(asked, MAILS, "mail")
    for number, raw in enumerate(_raw(path, asked), start=1):
        place = Place(path.name, number)
        try:
            _take(histories, raw, place, me)
        except DataError as error:
            asked.ledger.refuse(MAILS, error)
    info = DatasetInfo(
        id="mail",
        name="Mail, imported",
        catalog_key="",
        licence="private mail; it stays on this machine",
        citation="The mailbox that was imported.",
        fictional=False,
        summary="Mails with their subject lines. Lines in messages about this file count mails, not lines of text.",
    )
    return histories.made(info, (TASK,))


def _raw(path: Path, asked: Asked) -> Iterator[bytes]:
    """The mails as bytes, one at a time; of one that is too long only so much that it can be told."""
    limits, number, size, fresh = asked.source.limits, 0, 0, True
    lines: list[bytes] = []
    with path.open("rb") as stream:
        while line := stream.readline(LINE):
            if fresh and line.startswith(BEGIN):
                if number:
                    yield b"".join(lines)
                number, size, lines = number + 1, 0, []
                if number > limits.mails:
                    raise DataError(Place(path.name, number), f"has more than {limits.mails:,} mails", "fewer")
            elif size <= limits.record_chars:
                lines.append(line)
                size += len(line)
            fresh = line.endswith(b"\n")
    yield b"".join(lines)


def _take(histories: Histories, raw: bytes, place: Place, me: str) -> None:
    limits = histories.asked.source.limits
    if len(raw) > limits.record_chars:
        raise DataError(place, "is too long", f"a mail of at most {limits.record_chars:,} bytes")
    if b":" not in raw:
        raise DataError(place, "has no header", "a mail as RFC 5322 has it")
    head = _parsed(raw, place) if SENT.search(raw) else {"from": ""}  # parsing takes long
    sender = parseaddr(head["from"])[1].lower()
    if not sender or "@" not in sender:
        raise DataError(Place(place.file, place.line, "From"), "names nobody", "an address")
    if me and sender != me:
        raise DataError(Place(place.file, place.line, "From"), "is somebody else", "mail of the person asked for")
    user = fields.identifier({"From": sender}, "From", place, limits)
    line = " ".join(fields.text(head, "subject", place, limits).split())
    if line.lower().startswith(ANSWERS):
        raise DataError(Place(place.file, place.line, "Subject"), "is a reply's", "a subject of the sender's own")
    body = fields.clean(_own_words(head["body"]), Place(place.file, place.line, "body"), limits.field_chars)
    at = fields.when({"Date": head["date"]}, "Date", place)
    histories.add(user, {"body": body, "line": line, "shown": f"{line}. {body}"}, place, at=at)


def _parsed(raw: bytes, place: Place) -> dict[str, str]:
    """Sender, subject, date and plain text of a mail.

    Raises:
        DataError: it cannot be parsed; the parser meets what no standard foresees with errors of many kinds.
    """
    try:
        mail = email.message_from_bytes(raw)
        part = next((one for one in mail.walk() if one.get_content_type() == "text/plain"), None)
        content = part.get_payload(decode=True) if part is not None else b""
        body = (
            content.decode(part.get_content_charset("utf-8"), "replace") if isinstance(content, bytes) and part else ""
        )
        found = {name: str(make_header(decode_header(str(mail[name] or "")))) for name in ("from", "subject", "date")}
    except Exception as error:
        raise DataError(place, "cannot be parsed", "a mail as RFC 5322 has it") from error
    return {**found, "body": body}


def _own_words(body: str) -> str:
    """A mail's text without quoted lines and signature."""
    lines = []
    for line in body.replace("\r\n", "\n").split("\n"):
        if line == SIGNATURE or line.rstrip() == SIGNATURE.strip():
            break
        if not line.startswith(QUOTE):
            lines.append(line.rstrip())
    return "\n".join(lines).strip()


importers.register("mbox")(
    Importer(
        name="mbox",
        summary="Subject lines of mail, from an mbox file",
        path="an mbox file, or a zip of it",
        tested="files written in this format",
        read=read,
        settings=(Setting("me", "An address: mail of this sender only.", ""), HELD_OUT, FEWEST),
        endings=(".mbox", ".zip"),
    )
)
