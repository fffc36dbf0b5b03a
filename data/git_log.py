"""The commits of a git repository that somebody else made, read without trusting it.

git runs in a child process with limits on time, memory and output. The repository's own configuration, hooks and
attributes are never read: a repository of ours, empty and bare, borrows its objects, and the commit to begin at is
taken from its files by us. So no filter, pager, alias, signature program or remote of it can run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.errors import DataError, MissingPackageError, Place
from data.limits import LIMITS, Limits

HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
BRANCH = re.compile(r"ref: (refs/heads/[\w][\w./-]{0,200})\s*")
CHUNK = 1 << 16
FORMAT = "%x1e%H%x1f%ae%x1f%an%x1f%at%x1f%s%x1f%b%x1f"
# The limits are set by a Python that becomes git: setting them between fork and exec is not safe beside threads.
BOXED = (
    "import os,resource,sys; m,t=int(sys.argv[1]),int(sys.argv[2]); "
    "resource.setrlimit(resource.RLIMIT_AS,(m,m)); resource.setrlimit(resource.RLIMIT_CPU,(t,t)); "
    "resource.setrlimit(resource.RLIMIT_CORE,(0,0)); os.execv(sys.argv[3],sys.argv[3:])"
)


@dataclass(frozen=True)
class Commit:
    """One commit: author, time, subject, body, and the files that it changed."""

    id: str
    email: str
    name: str
    at: datetime
    subject: str
    body: str
    files: tuple[str, ...]


def git_folder(path: Path) -> Path:
    """The folder with the objects of a working copy or a bare repository.

    Raises:
        DataError: there is none.
    """
    for folder in (path / ".git", path):
        if (folder / "objects").is_dir() and (folder / "HEAD").is_file():
            return folder
    raise DataError(Place(path.name), "is no git repository", "a folder with .git, or a bare repository")


def first_commit(folder: Path, branch: str = "") -> str:
    """The hash that HEAD, or a branch, stands at, read from the repository's files.

    Raises:
        DataError: it cannot be told.
    """
    place = Place("HEAD")
    ref = f"refs/heads/{branch}" if branch else ""
    if not ref:
        said = _small(folder / "HEAD")
        if HASH.fullmatch(said.strip()):
            return said.strip()
        found = BRANCH.fullmatch(said)
        if not found:
            raise DataError(place, repr(said[:40]), "a branch or a hash")
        ref = found[1]
    if ".." in ref or not re.fullmatch(r"refs/heads/[\w./-]{1,200}", ref):
        raise DataError(Place("--with", field="branch"), repr(ref[:60]), "the name of a branch")
    loose = folder / ref
    if loose.is_file() and HASH.fullmatch(hash_ := _small(loose).strip()):
        return hash_
    for line in _small(folder / "packed-refs", 8 << 20).splitlines() if (folder / "packed-refs").is_file() else ():
        packed, _, name = line.partition(" ")
        if name == ref and HASH.fullmatch(packed):
            return packed
    raise DataError(Place(ref), "has no commit", "a branch with commits")


def _small(path: Path, most: int = 4096) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(most).decode("utf-8", "replace")
    except OSError as error:
        raise DataError(Place(path.name), "cannot be read", "a readable repository") from error


def commits(path: Path, branch: str = "", limits: Limits = LIMITS) -> tuple[list[Commit], list[DataError]]:
    """The newest commits that are no merges, the newest first, and what is wrong with those that cannot be read.

    Raises:
        DataError: it is no repository, or git cannot read it within the limits.
        MissingPackageError: there is no git.
    """
    git = shutil.which("git")
    if git is None:
        raise MissingPackageError("git", "importing a repository")
    folder = git_folder(path)
    start = first_commit(folder, branch)
    with tempfile.TemporaryDirectory(prefix="attune-git-") as home:
        ours = _borrowing(Path(home), folder.resolve() / "objects", "sha256" if len(start) == 64 else "sha1")
        arguments = [
            "--no-pager", "--no-optional-locks", f"--git-dir={ours}", "-c", "core.packedGitLimit=128m", "log", start,
            "--no-merges", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color",
            "--no-notes", "--encoding=UTF-8", f"--max-count={limits.git_commits}", f"--format={FORMAT}", "--name-only",
            "-z", "--",
        ]  # fmt: skip
        printed = _run(git, arguments, Path(home), limits)
    found, wrong = list[Commit](), list[DataError]()
    for record in printed.split(b"\x1e")[1:]:
        try:
            found.append(_commit(record.decode("utf-8", "replace")))
        except DataError as error:
            wrong.append(error)
    return found, wrong


def _borrowing(home: Path, objects: Path, form: str) -> Path:
    """A bare repository of ours that finds its objects in another's."""
    ours = home / "ours"
    (ours / "objects" / "info").mkdir(parents=True)
    (ours / "refs" / "heads").mkdir(parents=True)
    (ours / "HEAD").write_text("ref: refs/heads/none\n")
    extension = "[extensions]\n\tobjectFormat = sha256\n" if form == "sha256" else ""
    version = 1 if extension else 0
    (ours / "config").write_text(f"[core]\n\tbare = true\n\trepositoryformatversion = {version}\n{extension}")
    if "\n" in str(objects) or str(objects).startswith('"'):
        raise DataError(Place(objects.parent.name), "has a name that git cannot borrow from", "a plain folder name")
    (ours / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    return ours


def _run(git: str, arguments: list[str], home: Path, limits: Limits) -> bytes:
    """What git prints.

    Raises:
        DataError: it fails, takes too long, or prints too much.
    """
    quiet = {"HOME": str(home), "PATH": os.defpath, "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
    quiet |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none"}
    quiet |= {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_ATTR_NOSYSTEM": "1"}
    boxed = [sys.executable, "-I", "-c", BOXED, str(limits.git_memory), str(int(limits.git_seconds) + 1), git]
    process = subprocess.Popen(
        [*boxed, *arguments], cwd=home, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    late = threading.Timer(limits.git_seconds, process.kill)
    late.start()
    printed = bytearray()
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        while piece := process.stdout.read(CHUNK):
            if len(printed) + len(piece) > limits.git_bytes:
                raise DataError(Place("git"), f"git prints over {limits.git_bytes:,} bytes", "a smaller repository")
            printed += piece
        code = process.wait()
    finally:
        late.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    if code:
        raise DataError(
            Place("git"), f"git cannot read it within {limits.git_seconds:g} s (exit {code})", "a sound repository"
        )
    return bytes(printed)


def _commit(record: str) -> Commit:
    """A commit of what was printed.

    Raises:
        DataError: a name or message holds the marks that part fields, or the time is none.
    """
    parts = record.split("\x1f")
    if len(parts) != 7 or not HASH.fullmatch(parts[0]):
        raise DataError(Place("git"), "cannot be told apart", "a commit without the signs U+001E and U+001F")
    try:
        at = datetime.fromtimestamp(int(parts[3]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise DataError(Place(parts[0][:12], field="time"), repr(parts[3][:40]), "seconds since 1970") from error
    files = tuple(name for one in parts[6].split("\0") if (name := one.strip("\n")))
    return Commit(parts[0], parts[1].strip(), parts[2].strip(), at, parts[4].strip(), parts[5].strip(), files)
