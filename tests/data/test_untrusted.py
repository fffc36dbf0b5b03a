"""Archives and repositories that mean harm: nothing outside a folder of ours is written, and nothing of theirs runs."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from data.errors import DataError
from data.imported import Imported
from data.importer import run
from data.importers import importers
from data.limits import Limits
from data.sources import Source
from tests.data.samples import ENTRIES, PEOPLE, git, write_git, write_lamp


def imported(name: str, path: Path) -> Imported:
    return run(importers[name], Source(path), {})


HOSTILE = """[core]
\tfsmonitor = "{run}"
\tpager = "{run}"
\tsshCommand = "{run}"
\thooksPath = {folder}
[log]
\tshowSignature = true
[gpg]
\tprogram = {run}
[diff]
\texternal = {run}
[alias]
\tlog = "!{run}"
[remote "origin"]
\turl = ext::{run}
\tpromisor = true
[include]
\tpath = {folder}/nowhere
this is no configuration
"""


def test_a_hostile_repository_is_read_and_runs_nothing(tmp_path: Path) -> None:
    folder = write_git(tmp_path)
    program = tmp_path / "run.sh"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    git(folder, "pack-refs", "--all")
    (folder / ".gitattributes").write_text("* diff=x filter=x\n")
    (folder / ".git" / "config").write_text(HOSTILE.format(run=program, folder=tmp_path))
    made = imported("git", folder)
    assert len(made.users) == 2
    assert not (tmp_path / "ran").exists()
    assert made.examples[-1].fields["files"] == f"file{2 * ENTRIES - 1}.txt"


def test_a_repository_of_somebody_elses_form_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no git repository"):
        imported("git", tmp_path)
    folder = write_git(tmp_path)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/../../../secret\n")
    with pytest.raises(DataError, match=r"HEAD: 'ref: refs|refs/heads"):
        imported("git", folder)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_is_read_whatever_its_name(tmp_path: Path) -> None:
    write_lamp(tmp_path)
    members = {f"LaMP/{name}": (tmp_path / name).read_bytes() for name in ("dev_questions.json", "dev_outputs.json")}
    assert len(imported("lamp", zipped(tmp_path / "x.json", members)).users) == PEOPLE


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"../x.json": b"[]"}, "outside"),
        ({"/x.json": b"[]"}, "outside"),
        ({"C:/x.json": b"[]"}, "outside"),
        ({"a/x.json": b"[]", "b/a/X.json": b"[]"}, "one name"),
        ({"x.zip": b"PK\x03\x04 and more"}, "an archive itself"),
        ({f"{n}.json": b"" for n in range(65)}, "at most 64"),
        ({"bomb.json": b"0" * 60_000_000}, "far more"),
    ],
)
def test_an_archive_that_is_not_sound_is_refused(members: dict[str, bytes], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        imported("lamp", zipped(tmp_path / "x.zip", members))


def test_a_link_and_an_encrypted_member_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("dev_questions.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "../../secret")
    with pytest.raises(DataError, match="is a link"):
        imported("lamp", tmp_path / "link.zip")
    content = bytearray(zipped(tmp_path / "locked.zip", {"x.json": b"[]"}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    with pytest.raises(DataError, match="is encrypted"):
        imported("lamp", tmp_path / "locked.zip")


def test_git_is_ended_when_it_prints_too_much_or_takes_too_long(tmp_path: Path) -> None:
    folder = write_git(tmp_path)
    for limits, said in ((Limits(git_bytes=200), "over 200 bytes"), (Limits(git_seconds=0.0), "within 0 s")):
        with pytest.raises(DataError, match=said):
            run(importers["git"], Source(folder, limits), {})
    assert len(run(importers["git"], Source(folder, Limits(git_commits=8)), {}).users) == 2


def test_a_file_of_another_form_is_given_up_after_so_many_refusals(tmp_path: Path) -> None:
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps([{"id": "u", "profile": [{}] * 5}]))
    with pytest.raises(DataError, match=r"^reviews\.json:1 \[text\]: is refused, and so many before it"):
        run(importers["reviews"], Source(path, Limits(refused=4)), {})
    with pytest.raises(DataError, match="nothing can be kept; 5 refused"):
        run(importers["reviews"], Source(path, Limits(refused=5)), {})


def test_items_of_all_questions_together_have_a_limit(tmp_path: Path) -> None:
    made = run(importers["lamp"], Source(write_lamp(tmp_path), Limits(all_items=2 * ENTRIES)), {})
    assert len(made.users) == 2
    (refused,) = (tally.refusals for tally in made.tallies if tally.what == "questions")
    assert [(one.reason, one.count) for one in refused] == [("profile: at most 5,000, and 12 in all", 1)]
