"""Throttles: how often somebody may try something in a window of time.

A window is a fixed stretch of the clock with a counter of its own, so what was counted is over
when it ends, and nobody is locked out for good; around the end of a window twice as many may come
in a row. Counters are rows of their own, which the failure of what they count leaves alone.
"""

import hashlib

from msgspec import Struct

from chalicelib import clock, logs
from chalicelib.config import settings
from chalicelib.entities import Counter, User
from chalicelib.errors import Throttled
from chalicelib.storage import throttles


class Limit(Struct, frozen=True):
    """At most `most` in `seconds`."""

    what: str
    most: int
    seconds: int


# An office of a hundred people that joins within the hour.
REGISTRATIONS = Limit("registration", 100, 3600)
# It asks for the current password, so it is as good a place to guess one as the sign-in.
PASSWORDS = Limit("password", 10, 900)
# Each page takes one, and each return of the network: twenty tabs that come back three times.
TICKETS = Limit("ticket", 60, 60)
# Two a second for a whole minute is more than hands do. A batch of 50 tasks counts as one.
WRITES = Limit("write", 120, 60)

# A process reports a user's writes for the first time at this part of the limit, and then each
# time that so many more have come: people at work cost no round trip.
_QUIET_PART = 4
_REPORT_PART = 12
# An IPv6 customer holds a /64 at least: RFC 6177.
_SITE_BITS = 64


class _Pace(Struct):
    """A user's writes in one window, as this process knows them: its own, and those of all."""

    unreported: int = 0
    reported: int = 0
    is_known: bool = False


_paces: dict[str, _Pace] = {}
_paces_end_at = 0


def require(limit: Limit, whose: str) -> None:
    """Count one more for `whose`; raises Throttled, and counts nothing, where that is too many.

    Exact, however many processes count at once.
    """
    counter = counter_of(limit, whose)
    if not throttles.take(counter):
        raise refused(limit, counter)


def require_write(user: User) -> None:
    """Count a write of the user; raises Throttled.

    Writes are counted in the process and reported now and then, to spare each write a round trip.
    So a user whose writes are spread over n processes may have n quarters of the limit more than
    it; one process, and any that keeps being asked, holds it.
    """
    counter = counter_of(WRITES, user.id)
    pace = _pace(counter)
    if pace.reported + pace.unreported >= counter.most:
        raise refused(WRITES, counter)
    pace.unreported += 1
    due = counter.most // (_REPORT_PART if pace.is_known else _QUIET_PART)
    if pace.unreported >= due:
        pace.reported = throttles.add(counter, pace.unreported)
        pace.unreported, pace.is_known = 0, True


def counter_of(limit: Limit, whose: str) -> Counter:
    """The counter of the window that is now; who reads the table learns no name and no address."""
    window = clock.seconds() // limit.seconds
    digest = hashlib.sha256(whose.encode(errors="replace")).hexdigest()[:32]
    key = f"throttle#{limit.what}#{digest}#{window}"
    return Counter(key, limit.most * settings().throttle_factor, (window + 1) * limit.seconds)


def refused(limit: Limit, counter: Counter) -> Throttled:
    """The error to raise, told of in the log."""
    logs.event("throttled", what=limit.what)
    return Throttled(max(1, counter.ends_at - clock.seconds()))


def site(address: str) -> str:
    """Whom an address stands for: itself, or the network of an IPv6 customer."""
    if ":" not in address:
        return address
    import ipaddress  # noqa: PLC0415 - few requests come from IPv6

    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.IPv6Network((parsed.packed, _SITE_BITS), strict=False))


def forget_paces() -> None:
    """What a fresh process knows: nothing."""
    _paces.clear()


def _pace(counter: Counter) -> _Pace:
    """Those of former windows are forgotten, so that they do not pile up."""
    global _paces_end_at  # noqa: PLW0603 - a cache that lives as long as the Lambda's process
    if counter.ends_at != _paces_end_at:
        _paces.clear()
        _paces_end_at = counter.ends_at
    return _paces.setdefault(counter.key, _Pace())
