"""Time zones: the names that a profile may hold.

The list is ours, because a Lambda's system may come without a time zone database: computing with
zones is the browser's business where there are scripts, and done here as far as the system can.
"""

import zoneinfo
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from chalicelib.i18n import Message

# The longest is America/Argentina/ComodRivadavia.
LONGEST = 32


def fault(name: str | None) -> Message | None:
    """Why this is no time zone; None when it is one, or none at all."""
    return None if name is None or name in _names() else Message("error.time_zone")


def local(moment: datetime, name: str | None) -> datetime:
    """The moment in that zone; in UTC without one, and where the system does not know it."""
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(name) if name else UTC)
    except zoneinfo.ZoneInfoNotFoundError:
        return moment.astimezone(UTC)


@cache
def offered() -> tuple[str, ...]:
    """The names to choose from, one for each place; those accepted besides are their aliases."""
    return tuple(name for name in _lines() if not name.startswith("~"))


@cache
def _names() -> frozenset[str]:
    return frozenset(name.removeprefix("~") for name in _lines())


def _lines() -> list[str]:
    """The names of the IANA database, those that its zone.tab does not list after a "~"."""
    text = Path(__file__).with_name("time_zones.txt").read_text()
    return text.split()
