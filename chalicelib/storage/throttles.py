"""Counters of attempts in the ephemeral table: each in a row of its window of time, which expires."""

from collections.abc import Iterable

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib import clock
from chalicelib.entities import Counter
from chalicelib.storage.tables import EphemeralItem


def take(counter: Counter) -> bool:
    """Count one more, unless that would be more than allowed; whether it was counted.

    Of any number of processes that do so at once, `most` succeed.
    """
    room = EphemeralItem.tally.does_not_exist() | (EphemeralItem.tally < counter.most)
    try:
        EphemeralItem(counter.key).update(_counting(counter, 1), condition=room)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def add(counter: Counter, attempts: int) -> int:
    """Count that many more, allowed or not; returns how many there are now."""
    item = EphemeralItem(counter.key)
    item.update(_counting(counter, attempts))
    return int(item.tally or 0)


def tallies(counters: Iterable[Counter]) -> dict[str, int]:
    """How many were counted, by key; strongly consistent, in one round trip."""
    items = EphemeralItem.batch_get([each.key for each in counters], consistent_read=True)
    return {item.key: int(item.tally or 0) for item in items}


def mark_guess(counter: Counter) -> None:
    """The same work for nobody as users.mark_guess is for somebody."""
    now = clock.milliseconds(clock.now())
    EphemeralItem(counter.key + "#mark").update(
        [EphemeralItem.guessed_at.set(now), EphemeralItem.expires_at.set(counter.ends_at)]
    )


def _counting(counter: Counter, attempts: int) -> list[Action]:
    return [
        EphemeralItem.tally.add(attempts),
        EphemeralItem.expires_at.set(counter.ends_at),
    ]
