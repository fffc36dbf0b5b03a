"""Text for readers and files without the places of this machine: of an absolute path only its last part stays."""

from __future__ import annotations

import re

# A slash that opens a path of two parts or more; not one inside an address, a fraction or a relative path.
_POSIX = re.compile(r"(?<![\w.:/~)\]}>])(?:~|(?=/))(?:/[^\s/'\"`,;:()<>|]+)+(?=/)/([^\s/'\"`,;:()<>|]*)")
_WINDOWS = re.compile(r"(?<!\w)[A-Za-z]:\\(?:[^\\\s'\"]+\\)*([^\\\s'\"]*)")


def without_paths(text: str) -> str:
    """A text in which each absolute path is replaced by the name at its end."""
    return _WINDOWS.sub(r"\1", _POSIX.sub(r"\1", text))
