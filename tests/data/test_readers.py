"""Text files are read with an error that names file, line and field, and never with any other."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from data.errors import DataError, MissingPackageError, Place
from data.readers import json_lines, package_file, tab_rows, text_lines, whole_number

PLACE = Place("file.tsv", 3, "stars")


def wrote(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_lines_are_numbered_and_a_bom_is_dropped(tmp_path: Path) -> None:
    path = wrote(tmp_path / "a.txt", b"\xef\xbb\xbfone\ntwo\n")
    assert list(text_lines(path)) == [(1, "one"), (2, "two"), (3, "")]


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    path = wrote(tmp_path / "a.txt", b"fine\nfine\n\xff\xfe\n")
    with pytest.raises(DataError, match=r"a\.txt:3: is not UTF-8.*save the file as UTF-8"):
        list(text_lines(path))


def test_a_file_that_is_not_there_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"b\.txt: cannot be read: No such file"):
        list(text_lines(tmp_path / "b.txt"))


def test_tab_rows(tmp_path: Path) -> None:
    path = wrote(tmp_path / "a.tsv", b"id:token\tstars:float\r\n1\t5\r\n\r\n2\t4\r\n")
    assert list(tab_rows(path, ("id", "stars"))) == [(2, ["1", "5"]), (4, ["2", "4"])]
    with pytest.raises(DataError, match=r"a\.tsv:1: header is"):
        list(tab_rows(path, ("id", "rating")))
    with pytest.raises(DataError, match=r"a\.tsv:2: 1 cells; accepted: 2 cells"):
        list(tab_rows(wrote(path, b"id\tstars\n1\n"), ("id", "stars")))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[1]", "is a list"),
        ("null", "is a NoneType"),
        ("[" * 100_000, "is not JSON"),
        ('{"n": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": {"b": 1, "b": 2}}', "stands twice"),
        ('{"a": "\\ud800"}', "is not JSON"),
        ('{"a": 1} {"a": 2}', "is not JSON"),
    ],
)
def test_json_lines_refuses_what_is_not_one_object(tmp_path: Path, line: str, said: str) -> None:
    path = wrote(tmp_path / "a.jsonl", b'{"fine": 1}\n\n' + line.encode())
    with pytest.raises(DataError, match=said) as raised:
        list(json_lines(path))
    assert raised.value.place == Place("a.jsonl", 3)


@pytest.mark.parametrize(("text", "value"), [("4", 4), ("4.0", 4), ("1", 1), ("5", 5)])
def test_whole_numbers(text: str, value: int) -> None:
    assert whole_number(text, PLACE, 1, 5) == value


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-inf", "1e999", "0", "6", "4.5", "-1", "4,0", "5\x00"])
def test_what_is_no_whole_number_in_range_is_named(text: str) -> None:
    with pytest.raises(DataError, match=r"file\.tsv:3 \[stars\].*accepted: a whole number from 1 to 5"):
        whole_number(text, PLACE, 1, 5)


def test_random_bytes_are_read_or_refused_with_a_typed_error(tmp_path: Path) -> None:
    draw = random.Random(3)  # noqa: S311
    pieces = [
        b'{"a": 1}',
        b"\n",
        b"\r\n",
        b"\t",
        b"\xff",
        b"\x00",
        b'"',
        b"{",
        b"\xef\xbb\xbf",
        b"id\tstars",
        "ü".encode(),
    ]
    path = tmp_path / "fuzz"
    for _ in range(500):
        wrote(path, b"".join(draw.choices(pieces, k=draw.randrange(8))))
        for read in (json_lines, lambda file: tab_rows(file, ("id", "stars"))):
            with suppress(DataError):
                list(read(path))


def test_files_of_packages_are_found_without_importing_them() -> None:
    assert package_file("pytest", "__init__.py", needed_for="tests").is_file()
    with pytest.raises(MissingPackageError, match=r"the demo needs the package no_such_one.*make install"):
        package_file("no_such_one", "x", needed_for="the demo")
    with pytest.raises(MissingPackageError):
        package_file("pytest", "no-such-file", needed_for="tests")
