"""Trying again after someone else was faster, with full jitter."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from chalicelib import clock
from chalicelib.errors import Busy, Contention, StaleVersion

T = TypeVar("T")

_ATTEMPTS = 8
_FIRST_SECONDS = 0.02
_LONGEST_SECONDS = 1.0


def on_conflict(attempt: Callable[[], T]) -> T:
    """The result of `attempt`, tried afresh while it meets stale versions or contention.

    Full jitter as in "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015), at most
    about four seconds in all. Raises Busy when the last attempt fails too.
    """
    for tries in range(_ATTEMPTS):
        if tries:
            ceiling = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** (tries - 1))
            clock.sleep(secrets.SystemRandom().uniform(0, ceiling))
        try:
            return attempt()
        except (Contention, StaleVersion):
            continue
    raise Busy
