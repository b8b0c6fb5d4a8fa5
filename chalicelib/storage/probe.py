"""One read that tells whether DynamoDB answers."""

from functools import cache

from pynamodb.connection import TableConnection
from pynamodb.exceptions import GetError

from chalicelib import logs
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.storage.tables import TeamItem


def read() -> None:
    """Raises Unavailable when DynamoDB does not answer within a second, or refuses."""
    try:
        _impatient().get_item("TF", "team")
    except GetError as error:
        logs.failure("dynamodb_probe_failed")
        raise Unavailable from error


@cache
def _impatient() -> TableConnection:
    """A connection of its own: half a second each to connect and to read, and no retry."""
    keys = TeamItem._get_connection().get_meta_table()  # noqa: SLF001 - no public way to ask
    return TableConnection(
        keys.table_name,
        meta_table=keys,
        region=settings().region,
        connect_timeout_seconds=0.5,
        read_timeout_seconds=0.5,
        max_retry_attempts=0,
    )
