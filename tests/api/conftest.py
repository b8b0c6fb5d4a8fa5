"""What the tests of the API need besides people: the log, and a database that is away."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib import logs
from chalicelib.storage import connection


@pytest.fixture
def log(aws: Any) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines of log written since the test began."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs._JsonFormatter())
    logger = logging.getLogger("taskflow")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


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
