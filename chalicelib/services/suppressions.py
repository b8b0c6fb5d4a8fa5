"""Who gets no more mail: addresses that do not exist, and people who called our mail spam."""

from enum import StrEnum

from chalicelib.entities import User
from chalicelib.services import accounts
from chalicelib.storage import suppressions


class Reason(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


def suppress(email: str, reason: Reason) -> None:
    """Send nothing to that address any more; raises Unavailable."""
    suppressions.put(accounts.normalised(email), reason)


def is_suppressed(user: User) -> bool:
    return suppressions.exists(user.email)
