"""What can befall the database: it is away, or others are always faster."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.storage import connection


@pytest.fixture
def unreachable(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it takes AWS away: nothing answers any more."""

    def fail(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.test")

    return lambda: monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)


@pytest.fixture
def contended(aws: Any, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it lets every transaction meet another one."""
    client = connection.shared().client
    call = client._make_api_call

    def collide(operation: str, arguments: Any) -> Any:
        if operation != "TransactWriteItems":
            return call(operation, arguments)
        reasons = [{"Code": "TransactionConflict"} for _ in arguments["TransactItems"]]
        answer = {
            "Error": {"Code": "TransactionCanceledException", "Message": "TransactionConflict"},
            "CancellationReasons": reasons,
        }
        raise ClientError(answer, operation)

    return lambda: monkeypatch.setattr(client, "_make_api_call", collide)
