"""A git repository: a person is an author, the task is the subject line of a commit from its files and its body.

The newest commits without merges are read by git in a child process, which never reads the repository's own
configuration (`data/git_log.py`). Authors are known by their address. Times are the authors'.
"""

from __future__ import annotations

from data import fields
from data.errors import DataError, Place
from data.git_log import Commit, commits
from data.histories import FEWEST, HELD_OUT, Histories
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.records import DatasetInfo, Task, TaskKind

COMMITS = "commits"
SHOWN_FILES = 12
TASK = Task(
    id="commit-subject",
    name="Write the subject of a commit",
    kind=TaskKind.GENERATE,
    instruction="Write the subject line that the author gives to the commit.",
    item_template="Files: {files}\nBody: {body}\nSubject: {line}\n",
    input_template="Files: {files}\nBody: {body}\nSubject:",
    answer_template=" {line}",
    query_template="{files} {body}",
    reads="commit",
    main_metric="bits-per-byte",
    max_new_tokens=32,
    until="\n",
)
NO_BODY = "(none)"


def read(asked: Asked) -> Imported:
    """The commits of a repository.

    Raises:
        DataError: it is none, or cannot be read within the limits.
        MissingPackageError: there is no git.
    """
    histories = Histories(asked, COMMITS, "commit")
    found, wrong = commits(asked.source.path, asked["branch"], asked.source.limits)
    for error in wrong:
        asked.ledger.refuse(COMMITS, error)
    for one in reversed(found):
        try:
            _take(histories, one, asked["author"].strip().lower())
        except DataError as error:
            asked.ledger.refuse(COMMITS, error)
    info = DatasetInfo(
        id="git",
        name=f"Commits of {asked.source.name[:60]}, imported",
        catalog_key="",
        licence="as the repository states; not redistributed by this project",
        citation="The repository that was imported.",
        fictional=False,
        summary=f"The subjects of {len(found):,} commits with the files that they changed and their bodies.",
    )
    return histories.made(info, (TASK,))


def _take(histories: Histories, one: Commit, author: str) -> None:
    limits, place = histories.asked.source.limits, Place(one.id[:12])
    row = {"author": one.email.lower(), "name": one.name, "subject": one.subject, "body": one.body or NO_BODY}
    row["time"] = one.at.isoformat()
    if author and row["author"] != author:
        raise DataError(Place(place.file, field="author"), "is somebody else", "commits of the author asked for")
    user = fields.identifier(row, "author", place, limits)
    line = " ".join(fields.text(row, "subject", place, limits).split())
    body = fields.text(row, "body", place, limits)
    if not one.files:
        raise DataError(Place(place.file, field="files"), "there are none", "a commit that changes a file")
    more = f" and {len(one.files) - SHOWN_FILES} more" if len(one.files) > SHOWN_FILES else ""
    files = fields.clean(
        ", ".join(one.files[:SHOWN_FILES]) + more, Place(place.file, field="files"), limits.field_chars
    )
    extra = {"files": files, "body": body, "line": line, "shown": line}
    name = one.name if 0 < len(one.name) <= 80 and one.name.isprintable() else user
    histories.add(user, extra, place, at=fields.when(row, "time", place), name=name)


importers.register("git")(
    Importer(
        name="git",
        summary="Commit subjects of a git repository, a person an author",
        path="the folder of a repository",
        tested="repositories made by the tests, one of them with a hostile configuration",
        read=read,
        settings=(
            Setting("branch", "Which branch; else where HEAD stands.", ""),
            Setting("author", "An address: commits of this author only.", ""),
            HELD_OUT,
            FEWEST,
        ),
    )
)
