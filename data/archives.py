"""Zip archives that somebody else made, unpacked into a folder of ours: nothing outside it, nothing without end."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from data.errors import DataError, Place
from data.limits import LIMITS, Limits

MAGIC = b"PK\x03\x04"
CHUNK = 1 << 16
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive by its first bytes, whatever its name says."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) == MAGIC
    except OSError:
        return False


def unpack(path: Path, folder: Path, limits: Limits = LIMITS) -> None:
    """Unpack an archive's files by their last two names; what it says of its own sizes is not believed.

    Raises:
        DataError: it is damaged, encrypted, too large or too dense, or a member is a link, an archive, stands twice, or
            would be written elsewhere.
    """
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > limits.members:
                raise DataError(Place(file), f"{len(members):,} files", f"at most {limits.members}")
            targets = [_target(one, file) for one in members]
            if len(set(map(str.casefold, targets))) != len(targets):
                raise DataError(Place(file), "two members have one name", "a name for each")
            room = min(limits.archive_bytes, limits.archive_ratio * max(path.stat().st_size, CHUNK))
            for one, target in zip(members, targets, strict=True):
                room -= _write(archive, one, to=folder / target, room=room)
    except FAULTS as error:
        raise DataError(Place(file), "is damaged or no zip archive", "a zip archive") from error


def _target(member: zipfile.ZipInfo, file: str) -> str:
    """Where a member is written, below the folder."""
    name, place = member.filename, Place(file, field=member.filename[:60])
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name:
        raise DataError(place, "would be written outside", "names without .., drive or leading slash")
    if member.flag_bits & 1:
        raise DataError(place, "is encrypted", "an archive without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError(place, "is a link", "plain files")
    if max(map(len, parts)) > 100:
        raise DataError(place, "has a very long name", "names of at most 100 characters")
    return "/".join(parts[-2:])


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, to: Path, room: int) -> int:
    """Write one member; its real size."""
    to.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(member) as stream, to.open("xb") as out:
        while piece := stream.read(CHUNK):
            if not size and piece.startswith(MAGIC):
                raise DataError(Place(archive.filename or "", field=to.name), "is an archive itself", "one archive")
            size += len(piece)
            if size > room:
                raise DataError(Place(Path(archive.filename or "").name), "unpacks to far more than it holds", "less")
            out.write(piece)
    return size
