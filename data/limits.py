"""The one table of limits for what is imported: sizes, counts, nesting, archives and child processes.

What is over a limit is refused by name, never cut: a file as a whole with an error, a row or field with a count.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an import may take.

    Attributes:
        file_bytes: of one file.
        record_chars: of one JSON record, CSV row or mail.
        rows: records of a file that are read.
        refused: records and parts of them that are refused before the whole file is.
        mails: of a mailbox.
        users: people of a data set; further ones are refused.
        items: profile items of one person.
        all_items: profile items of all people together.
        field_chars: of one text.
        id_chars: of a name or identifier.
        nesting: how deep lists and objects may stand in one another.
        columns: of a table.
        labels: of a task that chooses among labels.
        members: files of an archive.
        archive_bytes: of all files of an archive, unpacked.
        archive_ratio: unpacked bytes over packed ones.
        git_commits: the newest commits of a repository that are read.
        git_bytes: what git may print.
        git_seconds: how long git may run.
        git_memory: of git, in bytes of address space.
    """

    file_bytes: int = 512 * MB
    record_chars: int = 4 * MB
    rows: int = 150_000
    refused: int = 150_000
    mails: int = 100_000
    users: int = 20_000
    items: int = 5_000
    all_items: int = 1_000_000
    field_chars: int = 20_000
    id_chars: int = 200
    nesting: int = 12
    columns: int = 200
    labels: int = 50
    members: int = 64
    archive_bytes: int = 512 * MB
    archive_ratio: int = 200
    git_commits: int = 5_000
    git_bytes: int = 32 * MB
    git_seconds: float = 30.0
    git_memory: int = 1024 * MB


LIMITS = Limits()
