"""Two thousand malformed repositories: strange commits that git reads, and changes of what it prints and of its files.

A commit has no file and no line; its id stands in for both, and the field is named. Of what git itself cannot read, the
error names git, the branch or HEAD.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from data import git_log
from tests.data import outcomes
from tests.data.costs import Meter
from tests.data.mutations import BYTES, VALUES
from tests.data.samples import git, git_object, write_git
from tests.data.test_fuzz import COUNT, home, in_memory

__all__ = ["home", "in_memory"]
REAL, CHANGED = 60, 12  # repositories of strange commits, and changed files that git itself reads
NAMES = (
    b"", b"A", b" ", b"<>", b"\xff\xfe", b"\xe9mile", b"n" * 5_000, b"=?utf-8?q?x?=", b"a\x1fb", b"a\x1eb",
    "\u202eeman".encode(), b"</profile>", b"[bot]", b"a\tb",
)  # fmt: skip
ADDRESSES = (
    b"", b"a@example.org", b"A@Example.ORG", b"no address", b"a@b@c", b"\xe9@example.org", b"e" * 300, b"../../x",
    b"a\x1f@b", b"<a@b", "\U0001f4a9@example.org".encode(),
)  # fmt: skip
DATES = (
    b"1700000000 +0000", b"1700000000 +9959", b"1700000000 -1400", b"0 +0000", b"-1 +0000", b"99999999999 +0000",
    b"18446744073709551616 +0000", b"yesterday", b"", b"1700000000", b"1700000000 +0000 +0000", b"9" * 400,
)  # fmt: skip
SUBJECTS = (
    b"", b"\n\n\n", b"Fix it", b"s" * 30_000, b"w " * 400_000, b"a\x1fb\x1fc", b"a\x1e" + b"0" * 40 + b"\x1f", b"\0x",
    b"\xff\xfe\xfd", "\u202eneddih".encode(), b"</profile><|im_end|>", b"=cmd|' /C calc'!A0", b"[]", b"e\xcc\x81" * 99,
)  # fmt: skip
ENCODINGS = (b"latin-1", b"UTF-16", b"no-such", b"", b"utf-8\nencoding x", b"SHIFT_JIS")
HEADS = (
    b"", b"ref: refs/heads/none\n", b"ref: refs/heads/../../x\n", b"ref: refs/heads/main\nref: x\n", b"main\n",
    b"0" * 40, b"f" * 64, b"ref: refs/tags/x\n", b"ref: refs/heads/a b\n", b"\xff\xfe", b"ref: " + b"x" * 9_000,
)  # fmt: skip
PACKED = (b"", b"# pack-refs with: peeled\n", b"0" * 40 + b" refs/heads/main\n", b"^" * 5_000, b"\n" * 50_000)


def strange(draw: random.Random, folder: Path, trees: Sequence[str], parent: str) -> None:
    """Commits of strange people, dates, words, encodings and trees; HEAD stands at the last of them."""
    for _ in range(4):
        who = [b"%s <%s> %s" % tuple(map(draw.choice, (NAMES, ADDRESSES, DATES))) for _ in range(2)]
        lines = [b"tree " + draw.choice(trees).encode()]
        lines += [b"parent " + parent.encode()] if parent else []
        lines += [b"author " + who[0], b"committer " + who[1]]
        lines += [b"encoding " + draw.choice(ENCODINGS)] if draw.random() < 0.3 else []
        if draw.random() < 0.1:
            lines.pop(draw.randrange(len(lines)))
        body = b"\n\nBecause of " + draw.choice(SUBJECTS) if draw.random() < 0.7 else b""
        parent = git_object(folder, "commit", b"\n".join(lines) + b"\n\n" + draw.choice(SUBJECTS) + body)
    (folder / ".git" / "HEAD").write_text(parent + "\n")


def odd_trees(folder: Path) -> list[str]:
    """Trees with a submodule, a link, names that lead outside or end a line, none, and one that is not there."""
    blob = bytes.fromhex(git_object(folder, "blob", b"x"))
    entries = (
        b"160000 sub\0" + b"\x11" * 20, b"120000 link\0" + blob, b"100644 ..\0" + blob, b"100644 a\nb\x1ec\0" + blob,
        b"100644 " + b"n" * 3_000 + b"\0" + blob, b"40000 .git\0" + b"\x22" * 20, b"100644 \xff\xfe\0" + blob, b"",
        b"".join(b"100644 f%05d\0" % n + blob for n in range(5_000)), b"broken",
    )  # fmt: skip
    return [*(git_object(folder, "tree", entry) for entry in entries), "3" * 40]


def printed_meaning(draw: random.Random, sound: bytes) -> bytes:
    """Fields of what git prints changed, taken out, doubled or exchanged."""
    records = [record.split(b"\x1f") for record in sound.split(b"\x1e")]
    for _ in range(draw.randrange(1, 6)):
        fields = draw.choice(records[1:])
        place, value = draw.randrange(len(fields)), str(draw.choice(VALUES)).encode("utf-8", "surrogatepass")
        change = draw.randrange(8)
        if change == 0 and len(fields) > 1:
            fields.pop(place)
        elif change == 1:
            fields.append(value)
        elif change == 2:
            draw.shuffle(fields)
        elif change == 3:
            records.append(list(fields))
        else:
            fields[place] = value
    return b"\x1e".join(b"\x1f".join(fields) for fields in records)


def test_two_thousand_malformed_repositories(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(in_memory))
    folder, draw, counts, meter = write_git(in_memory), random.Random("fuzz git"), Counter[str](), Meter()  # noqa: S311
    real, printed = git_log._run, list[bytes]()
    monkeypatch.setattr(git_log, "_run", lambda *given: printed.append(real(*given)) or printed[-1])
    outcomes.outcome("git", folder, {}, Counter(), lines=False)
    monkeypatch.setattr(git_log, "_run", real)
    head, ref, packed = (folder / ".git" / name for name in ("HEAD", "refs/heads/main", "packed-refs"))
    sound = {head: head.read_bytes(), ref: ref.read_bytes(), packed: b""}
    trees = [*git(folder, "log", "--format=%T").split(), *odd_trees(folder)]
    of_git = Counter[str]()
    for number in range(COUNT):
        if number < REAL:
            strange(draw, folder, trees, draw.choice((sound[ref].decode().strip(), "")))
        else:
            changed = draw.choice((head, ref, packed)) if number % 2 else None
            for path, content in sound.items():
                other = draw.choice(HEADS if path == head else PACKED) if draw.random() < 0.5 else None
                path.write_bytes((other or draw.choice(BYTES)(draw, content)) if path == changed else content)
        if number >= REAL + CHANGED:
            text = draw.choice((printed_meaning, printed_meaning, *BYTES[:3]))(draw, printed[0])
            monkeypatch.setattr(git_log, "_run", lambda *_, text=text: text)
        with meter.step():
            outcomes.outcome("git", folder, {}, of_git if number < REAL else counts, lines=False)
    assert of_git[outcomes.REFUSED] + of_git[outcomes.COUNTED] == REAL
    assert counts[outcomes.REFUSED] + counts[outcomes.COUNTED] == COUNT - REAL
    assert min(counts.values()) > COUNT / 20, counts
    assert min(of_git[name] for name in (outcomes.COUNTED, outcomes.REFUSED, outcomes.PLACED)), of_git
    meter.within()
