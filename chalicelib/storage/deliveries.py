"""Which mails were sent: a lease in the ephemeral table, so that one assignment is one mail.

absent ──lease──> leased ──finish──> done        (done and leased rows die by TTL)
│ lease runs out: the sender died; whoever comes next may lease again
"""

from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib import clock
from chalicelib.storage.tables import EphemeralItem

# Longer than the sender's Lambda may run, so that a lease never ends under a living sender.
_LEASE_SECONDS = 120
# Longer than a queue keeps a message (at most 14 days).
_MEMORY_SECONDS = 15 * 86_400


def lease(delivery: str) -> bool:
    """Take the delivery on; False when it is done or someone else is at it."""
    now = clock.seconds()
    free = EphemeralItem.key.does_not_exist() | (EphemeralItem.leased_until <= now)
    undone = EphemeralItem.done.does_not_exist()
    try:
        EphemeralItem(_key(delivery)).update(
            [
                EphemeralItem.leased_until.set(now + _LEASE_SECONDS),
                EphemeralItem.expires_at.set(now + _MEMORY_SECONDS),
            ],
            condition=undone & free,
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def is_done(delivery: str) -> bool:
    """Whether the mail was sent; strongly consistent."""
    try:
        return bool(EphemeralItem.get(_key(delivery), consistent_read=True).done)
    except DoesNotExist:
        return False


def finish(delivery: str) -> None:
    """The mail was accepted: never send it again."""
    EphemeralItem(_key(delivery)).update([EphemeralItem.done.set(True)])


def release(delivery: str) -> None:
    """Sending failed: whoever tries next need not wait for the lease to run out."""
    EphemeralItem(_key(delivery)).update([EphemeralItem.leased_until.set(0)])


def _key(delivery: str) -> str:
    return f"mail#{delivery}"
