"""Malformed files, seeded: bytes, structure and meaning of a sound sample changed as files in the wild are."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

Bytes = Callable[[random.Random, bytes], bytes]
RAW = (
    b"", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\x80", b"\r", b"\n", b"\r\n", b'"',
    b"'", b",", b"\t", b"[", b"]", b"{", b"}", b":", b"\\", b"\\u0000", b"\\ud800", b"null", b"NaN", b"-",
    b"e9", b";", b"=HYPERLINK(1)", b"\x1e", b"From ", b"\nFrom x\n", b">", b"=?utf-8?b?////?=",
    b"\xe2\x80\xa8", b"\xf0\x9f\x92\xa9", b"../", b"<script>", b"</profile>",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 6, 3.5, 1e308, 10**30, "", " ", "x", "0", "-1", "5.5", "nan", "inf", "1e999",
    "[3]", [], {}, [[]], [None], {"id": 1}, "\0", "\ud800", "\u202e", "\u0000x", "e\u0301", "../../etc/passwd",
    "a/b", "id" * 200, "w " * 11_000, "2099-13-45", "1900-01-01", "9999-12-31", "2024-01-01T00:00:00+99:00",
    "0000", "<img src=x>", "</profile>", "[1]", "100", "{title}", "{0}", "%s", "=cmd|' /C calc'!A0", "\u2028",
    "a\nb", "Re: x",
)  # fmt: skip
WHOLE = (
    b"", b" ", b"\n", b"\0", b"[", b"]", b"{}", b"[]", b"null", b"1", b'"x"', b"[1]", b"[[]]", b"[{}]",
    b"[{},]", b"[{}{}]", b"[,]", b"{}{}", b"{}\n{}", b"NaN", b"[NaN]", b"[1e999]", b"[" * 100_000,
    b'{"a":' * 50_000, b"9" * 5_000, b"[" + b"9" * 5_000 + b"]", b'[{"id":1,"id":2}]', b'["\\ud800"]',
    b"\xff\xfe[\0]\0", b"\xef\xbb\xbf", b"\xef\xbb\xbf[]", b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 200,
    b"a,b\n", b"a,a\n1,2\n", b",\n", b'"', b'a\n"', b"a,b\n1\n", b"a,b\n1,2,3\n", b"x\n" * 500,
    b",".join(b"c%d" % n for n in range(2_000)), b"From \n\n", b"From x\n", b"From x\n\n\nFrom y\n\n",
    b"\r\r\r", b"\x80" * 50, b"id,user,given\n\n\n", b"\xf0\x9f\x92\xa9" * 300,
)  # fmt: skip


def whole(draw: random.Random, _sample: bytes) -> bytes:
    """Another file altogether."""
    return draw.choice(WHOLE)


def cut(draw: random.Random, sample: bytes) -> bytes:
    """The beginning of the file, or its end."""
    at = draw.randrange(len(sample) + 1)
    return sample[:at] if draw.random() < 0.8 else sample[at:]


def splices(draw: random.Random, sample: bytes) -> bytes:
    """Some bytes taken out, put in, or doubled."""
    found = sample
    for _ in range(draw.randrange(1, 5)):
        at = draw.randrange(len(found) + 1)
        width = draw.choice((0, 0, 1, 1, 3, 40))
        found = found[:at] + draw.choice((*RAW, found[at : at + 60])) + found[at + width :]
    return found


def encodings(draw: random.Random, sample: bytes) -> bytes:
    """The file as another encoding or with other line ends."""
    text = sample.decode("utf-8", "replace")
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: text.encode("utf-16"),
        lambda: text.replace("a", "\xe9").encode("latin-1", "replace"),
        lambda: text.replace("\n", "\r\n").encode(),
        lambda: text.replace("\n", "\r").encode(),
        lambda: b"\xef\xbb\xbf" + sample,
        lambda: sample.rstrip(b"\n"),
        lambda: text.replace(",", ";").encode(),
        lambda: sample + sample,
        lambda: text.replace(".", ",").encode(),
    )
    return draw.choice(ways)()


BYTES: tuple[Bytes, ...] = (whole, cut, splices, splices, splices, encodings)


def json_meaning(draw: random.Random, sample: bytes) -> bytes:
    """Values, names and records of JSON changed, and written again."""
    listed = sample.lstrip().startswith((b"[", b'{"task"'))
    value = json.loads(sample) if listed else [json.loads(line) for line in sample.splitlines()]
    value = copy.deepcopy(value)
    for _ in range(draw.randrange(1, 6)):
        _change(draw, value)
    plain = draw.random() < 0.5
    rows = [value] if listed else value
    text = "\n".join(
        json.dumps(row, ensure_ascii=plain, indent=draw.choice((None, 1)) if listed else None) for row in rows
    )
    return text.encode("utf-8", "surrogatepass")


def _change(draw: random.Random, value: Any) -> None:
    """Change something at a random depth of a value."""
    at = value
    while isinstance(at, dict | list) and at and draw.random() < 0.85:
        inner = draw.choice(list(at.values()) if isinstance(at, dict) else at)
        if not (isinstance(inner, dict | list) and inner):
            break
        at = inner
    if not at:
        return
    if isinstance(at, list):
        place = draw.randrange(len(at))
        ways = (
            lambda: at.__setitem__(place, copy.deepcopy(draw.choice(VALUES))),
            lambda: at.append(copy.deepcopy(at[place])),
            lambda: at.pop(place),
            lambda: draw.shuffle(at),
            at.clear,
        )
    else:
        name = draw.choice(list(at))
        ways = (
            lambda: at.__setitem__(name, copy.deepcopy(draw.choice(VALUES))),
            lambda: at.__setitem__(name, copy.deepcopy(draw.choice(VALUES))),
            lambda: at.pop(name),
            lambda: at.__setitem__(str(draw.choice(VALUES)), at.pop(name)),
            lambda: at.__setitem__(name, {"a": at[name]}),
        )
    draw.choice(ways)()


def csv_meaning(draw: random.Random, sample: bytes) -> bytes:
    """Cells, rows and columns of a table changed."""
    rows = [line.split(",") for line in sample.decode().split("\n")]
    for _ in range(draw.randrange(1, 6)):
        row = rows[draw.choice((0, draw.randrange(len(rows)), draw.randrange(len(rows))))]
        place = draw.randrange(len(row))
        change = draw.randrange(6)
        if change == 0:
            row.append(str(draw.choice(VALUES)))
        elif change == 1:
            row.pop(place)
        elif change == 2:
            rows.append(list(row))
        elif change == 3:
            draw.shuffle(row)
        else:
            row[place] = str(draw.choice(VALUES))
        if not row:
            row.append("")
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


def mail_meaning(draw: random.Random, sample: bytes) -> bytes:
    """Headers and bodies of mails changed."""
    lines = sample.split(b"\n")
    for _ in range(draw.randrange(1, 8)):
        place = draw.randrange(len(lines))
        name = lines[place].partition(b": ")[0]
        value = str(draw.choice(VALUES)).encode("utf-8", "surrogatepass")
        lines[place] = draw.choice((
            name + b": " + value,
            b"Content-Type: " + draw.choice((b"text/plain; charset=nosuch", b"multipart/mixed; boundary=x", value)),
            b"Content-Transfer-Encoding: " + draw.choice((b"base64", b"quoted-printable", b"x-uuencode", value)),
            b"Date: " + draw.choice((b"yesterday", b"Mon, 99 Jan 9999 99:99:99 +9999", b"1 Jan 70 00:00 -0000", value)),
            b"From: " + draw.choice((b"", b"<>", b"a@b@c", b"=?x?q?y?= <u@example.org>", b"a, b@example.org", value)),
            b"From " + value,
        ))  # fmt: skip
    return b"\n".join(lines)


MEANING: dict[str, Bytes] = {".json": json_meaning, ".jsonl": json_meaning, ".csv": csv_meaning, ".mbox": mail_meaning}
