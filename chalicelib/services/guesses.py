"""Guesses at passwords: how many wrong ones an account and an address may give.

A sign-in looks at the counters before it hashes, in the very read that brings the credential, and
a right password costs no write. A wrong one is counted before anything is said of it, and where
it is one too many, nothing is said. Guesses that run at the same moment have all seen the same
counters; so each wrong one marks the person first, and a right one that finds a mark younger than
its look looks again. Of any number of guesses at once no more than the limit learn whether they
were right.

What is hashed has the limit too, and beyond it one guess for each further process that runs at that
moment: a process answers one request at a time, and counts before the next. To count ahead of the
hash would take a call to DynamoDB of its own, at every sign-in: no call both counts and brings
the credential.

The work is the same for known and unknown accounts: one read, one hash, and for a wrong password
the mark and three counters.
"""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib import clock
from chalicelib.entities import Counter, Credential, Origin, User
from chalicelib.errors import Throttled
from chalicelib.services import retries, throttles
from chalicelib.services.throttles import Limit
from chalicelib.storage import credentials, users
from chalicelib.storage import throttles as counters

# More than somebody needs who tries each password they have; 960 guesses a day for a stranger.
PAIR = Limit("login-pair", 10, 900)
# Of one account, from all addresses together that its owner has not signed in from lately: those
# have the limit above alone, so that no stranger keeps the owner out.
ACCOUNT = Limit("login-account", 50, 900)
# Of one address, whatever the accounts: an office on the morning after a holiday.
ADDRESS = Limit("login-address", 100, 900)

# As many addresses of a person are known; a credential stays below 1 KB, a write unit.
MOST_ADDRESSES = 10
# By how much the clocks of two processes may differ.
_SKEW = timedelta(seconds=5)


class Attempt(Struct, frozen=True):
    """An attempt to sign in: the credential it is about, and what counts it should it fail."""

    credential: Credential | None
    mark: str
    counters: tuple[tuple[Limit, Counter], ...]
    began_at: datetime


def begin(email: str, origin: Origin, *, is_possible: bool) -> Attempt:
    """Take up an attempt; raises Throttled when there were too many wrong ones.

    `email` is normalised. Without `is_possible` it cannot be anybody's, and nobody is looked for.
    """
    began_at = clock.now()
    site = throttles.site(origin.address)
    every = (
        (PAIR, throttles.counter_of(PAIR, f"{site} {email}")),
        (ADDRESS, throttles.counter_of(ADDRESS, site)),
        (ACCOUNT, throttles.counter_of(ACCOUNT, email)),
    )
    credential, tallies = credentials.get_with_tallies(
        email if is_possible else None, [counter for _, counter in every]
    )
    own = mark(email, origin)
    is_known = credential is not None and own in credential.addresses
    attempt = Attempt(credential, own, every[:2] if is_known else every, began_at)
    _require_room(attempt, tallies)
    return attempt


def fail(attempt: Attempt) -> None:
    """Count the attempt as a wrong one; raises Throttled when nothing may be said of it."""
    _, counter = attempt.counters[0]
    if attempt.credential is None:
        counters.mark_guess(counter)
    else:
        user_id = attempt.credential.user_id
        retries.on_conflict(lambda: users.mark_guess(user_id))
    full = [each for each in attempt.counters if not counters.take(each[1])]
    if full:
        raise _refused(full)


def succeed(attempt: Attempt, user: User) -> None:
    """Let the right password count as one; raises Throttled when wrong ones were faster."""
    if user.guessed_at is not None and user.guessed_at >= attempt.began_at - _SKEW:
        _require_room(attempt, counters.tallies(each for _, each in attempt.counters))
    credential = attempt.credential
    if credential is not None and attempt.mark not in credential.addresses:
        known = (*credential.addresses, attempt.mark)[-MOST_ADDRESSES:]
        credentials.set_addresses(credential.email, known)


def mark(email: str, origin: Origin) -> str:
    """By what a person's credential remembers an address; it does not give the address away."""
    text = f"{throttles.site(origin.address)} {email}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _require_room(attempt: Attempt, tallies: dict[str, int]) -> None:
    full = [each for each in attempt.counters if tallies.get(each[1].key, 0) >= each[1].most]
    if full:
        raise _refused(full)


def _refused(full: list[tuple[Limit, Counter]]) -> Throttled:
    """Of several limits the one that holds longest."""
    limit, counter = max(full, key=lambda each: each[1].ends_at)
    return throttles.refused(limit, counter)
