"""The suppressions table: addresses that get no mail, and why."""

from pynamodb.exceptions import DoesNotExist

from chalicelib import clock
from chalicelib.storage.tables import SuppressionItem


def put(email: str, reason: str) -> None:
    """Suppress a normalised email; a later reason takes the place of an earlier one."""
    SuppressionItem(email, reason=reason, suppressed_at=clock.seconds()).save()


def exists(email: str) -> bool:
    """Whether a normalised email is suppressed; strongly consistent."""
    try:
        SuppressionItem.get(email, consistent_read=True, attributes_to_get=["email"])
    except DoesNotExist:
        return False
    return True
