"""Whether TaskFlow can do its work, and which build of it does."""

from functools import cache
from pathlib import Path

from chalicelib.errors import Unavailable
from chalicelib.storage import probe

# Written into the artifact by infra/package.py; sources have none.
_STAMP = Path(__file__).parents[1] / "build.txt"
_SOURCES = "source"


@cache
def build() -> str:
    """The name of the artifact that this code came in."""
    return _STAMP.read_text().strip() if _STAMP.exists() else _SOURCES


def is_database_up() -> bool:
    """Asked anew each time, with one read that may take a second."""
    try:
        probe.read()
    except Unavailable:
        return False
    return True
