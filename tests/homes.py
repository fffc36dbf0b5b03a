"""Home folders of tests: each its own, but for what takes long to make and is never changed."""

from __future__ import annotations

from pathlib import Path


def share(made: Path, home: Path, *, weights: bool = True) -> None:
    """Have a new home folder use another's vectors, each named after all that it was made of, and its weights."""
    if weights:
        (home / "weights").symlink_to(made / "weights")
    for vectors in made.glob("vectors-*.npy"):
        (home / vectors.name).symlink_to(vectors.resolve())
