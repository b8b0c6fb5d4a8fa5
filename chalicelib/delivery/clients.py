"""botocore clients for what leaves TaskFlow, one of each a process."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

from chalicelib.config import settings

_CONNECT_SECONDS = 1
_READ_SECONDS = 3


@cache
def sockets() -> Any:
    """The management API of open WebSockets."""
    return _client("apigatewaymanagementapi", settings().required("socket_endpoint"))


@cache
def mail() -> Any:
    return _client("sesv2")


@cache
def queues() -> Any:
    return _client("sqs")


def _client(service: str, endpoint_url: str | None = None) -> Any:
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=32,
    )
    return botocore.session.get_session().create_client(
        service, settings().region, endpoint_url=endpoint_url, config=config
    )
