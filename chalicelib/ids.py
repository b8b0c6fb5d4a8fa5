"""Identifiers: UUIDv7 for people and activity, TEAM-number for tasks."""

import re
import secrets
import threading
import uuid
from datetime import datetime, timedelta

from chalicelib import clock

_TASK_ID = re.compile(r"([A-Z][A-Z0-9]{1,9})-([1-9][0-9]{0,11})")
_RANDOM_BITS = 74
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)

_lock = threading.Lock()
_last = 0


def new() -> str:
    """A UUIDv7 (RFC 9562, 5.7), ascending also within one millisecond of this process."""
    global _last  # noqa: PLW0603 - the counter that makes ids of one millisecond ascend
    with _lock:
        fresh = (clock.milliseconds(clock.now()) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        same_instant = _last >> _RANDOM_BITS == fresh >> _RANDOM_BITS
        _last = _last + 1 + secrets.randbits(32) if same_instant and fresh <= _last else fresh
        return _uuid7(_last)


def first_at(moment: datetime) -> str:
    """The lowest UUIDv7 of that millisecond: everything older sorts before it."""
    return _uuid7(clock.milliseconds(moment) << _RANDOM_BITS)


def earlier(identifier: str, duration: timedelta) -> str:
    """The lowest UUIDv7 of the time `duration` before that of the UUIDv7 given, or of 1970."""
    made = uuid.UUID(identifier).int >> 80
    return _uuid7(max(0, made - duration // timedelta(milliseconds=1)) << _RANDOM_BITS)


def is_uuid7(text: str) -> bool:
    """Whether `text` is a UUIDv7 in its canonical lower-case form."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return False
    return str(parsed) == text and parsed.version == 7  # noqa: PLR2004 - the version in the name


def parse_task(text: str) -> tuple[str, int] | None:
    """The team key and the number in a task id such as TF-42; None when it is no task id."""
    match = _TASK_ID.fullmatch(text)
    return (match[1], int(match[2])) if match else None


def _uuid7(value: int) -> str:
    """48 bits of time, 4 of version, 12 random, 2 of variant, 62 random."""
    milliseconds, random = value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(uuid.UUID(int=(milliseconds << 80) | _VERSION_AND_VARIANT | (high << 64) | low))
