"""One-time tickets in the ephemeral table, under a hash: who reads the table opens no socket."""

import hashlib

from msgspec import Struct
from pynamodb.exceptions import DeleteError, DoesNotExist

from chalicelib import clock
from chalicelib.storage.tables import EphemeralItem


class Claim(Struct, frozen=True):
    """Whom a ticket was given to, the session epoch they had, and in which session."""

    user_id: str
    session_epoch: int
    session_id: str | None = None


def put(ticket: str, claim: Claim, *, expires_at: int) -> None:
    """Keep a ticket until `expires_at`, in seconds since 1970."""
    EphemeralItem(
        _key(ticket),
        user_id=claim.user_id,
        session_epoch=claim.session_epoch,
        session_id=claim.session_id,
        expires_at=expires_at,
    ).save()


def take(ticket: str) -> Claim | None:
    """Use the ticket up; None when there is none, or it was used or has expired."""
    try:
        item = EphemeralItem.get(_key(ticket), consistent_read=True)
        item.delete(condition=EphemeralItem.expires_at > clock.seconds())
    except DoesNotExist:
        return None
    except DeleteError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return Claim(str(item.user_id), int(item.session_epoch or 0), item.session_id)


def _key(ticket: str) -> str:
    return "ticket#" + hashlib.sha256(ticket.encode()).hexdigest()
