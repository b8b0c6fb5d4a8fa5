"""The time, from one place, so that demo data and tests can set it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The current UTC time in whole milliseconds, the precision of the contract."""
    moment = _source()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> date:
    """The current UTC day: the one that decides what is overdue."""
    return now().date()


def seconds() -> int:
    """The current time in whole seconds since 1970, as DynamoDB's TTL counts."""
    return milliseconds(now()) // 1000


def milliseconds(moment: datetime) -> int:
    """`moment` in milliseconds since 1970."""
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def moment(milliseconds: int) -> datetime:
    """The inverse of `milliseconds`."""
    whole, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest * 1000)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


@contextmanager
def running(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time from `source` inside the block."""
    global _source  # noqa: PLW0603 - the one seam through which time can be set
    former, _source = _source, source
    try:
        yield
    finally:
        _source = former
