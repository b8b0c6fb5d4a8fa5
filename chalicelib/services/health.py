"""Whether TaskFlow can do its work."""

from chalicelib.errors import Unavailable
from chalicelib.storage import probe


def is_database_up() -> bool:
    """Asked anew each time, with one read that may take a second."""
    try:
        probe.read()
    except Unavailable:
        return False
    return True
