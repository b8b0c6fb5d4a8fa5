"""The static tree: its hash, which is part of every URL, and its files."""

import hashlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "static"


@cache
def version() -> str:
    """A hash of all names and contents, so that one changed file renews every URL.

    Relative imports between modules then always load one consistent tree.
    """
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(path.encode() + b"\0" + (_FOLDER / path).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def read(path: str) -> str | None:
    """The text of a file of the tree; None for everything else."""
    return (_FOLDER / path).read_text() if path in _files() else None


@cache
def _files() -> frozenset[str]:
    """Relative paths; a list of what exists needs no rule against leaving the folder."""
    return frozenset(
        path.relative_to(_FOLDER).as_posix() for path in _FOLDER.rglob("*") if path.is_file()
    )
