"""The one connection to DynamoDB, shared by every table and transaction."""

import re
import secrets
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from chalicelib import clock, errors, logs
from chalicelib.config import settings

# Below the gateway's 29 s even when every attempt runs into both limits.
_CONNECT_SECONDS = 1
_READ_SECONDS = 3
_RETRIES = 2

# Of many keys DynamoDB may answer some; PynamoDB would ask for the rest at once and without end.
_LONGEST_PAUSES = (0.05, 0.1, 0.2, 0.4)

_UNAVAILABLE = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
# What botocore makes of a 5xx of something on the way, which names no code.
_NO_CODE = re.compile(r"5\d\d")


@cache
def shared() -> Connection:
    """The connection of this process; PynamoDB's own would cost one client a table."""
    return _Connection(
        region=settings().region,
        connect_timeout_seconds=_CONNECT_SECONDS,
        read_timeout_seconds=_READ_SECONDS,
        max_retry_attempts=_RETRIES,
        max_pool_connections=32,
    )


class _Connection(Connection):
    """Turns "did not answer" into Unavailable, where every call passes.

    And a single write that a transaction on its item was in the way of into Contention. What
    a batch of reads left out for want of capacity is asked for again, after pauses that grow.
    """

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        answer = self._answered(operation_name, operation_kwargs)
        for longest in _LONGEST_PAUSES:
            rest = answer.get("UnprocessedKeys")
            if not rest:
                return answer
            clock.sleep(secrets.SystemRandom().uniform(0, longest))
            more = self._answered(operation_name, {**operation_kwargs, "RequestItems": rest})
            answer = _joined(answer, more)
        if answer.get("UnprocessedKeys"):
            logs.event("dynamodb_left_keys_out", operation=operation_name)
            raise errors.Unavailable
        return answer

    def _answered(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        try:
            return super()._make_api_call(operation_name, operation_kwargs)
        except ClientError as error:
            code = error.response["Error"].get("Code")
            if code == "TransactionConflictException":
                raise errors.Contention from error
            if code not in _UNAVAILABLE and not _NO_CODE.fullmatch(str(code)):
                raise
            logs.failure("dynamodb_refused", operation=operation_name)
            raise errors.Unavailable from error
        except BotoCoreError as error:
            logs.failure("dynamodb_unreachable", operation=operation_name)
            raise errors.Unavailable from error


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two answers of a batch of reads as one."""
    tables = {**first["Responses"], **second["Responses"]}
    items = {
        table: [*first["Responses"].get(table, ()), *second["Responses"].get(table, ())]
        for table in tables
    }
    return {**second, "Responses": items}
