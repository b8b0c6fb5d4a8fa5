"""The clients of what leaves TaskFlow, one of each a process: botocore's, and our own for sockets."""

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import httpsession
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from chalicelib.config import settings

if TYPE_CHECKING:
    from chalicelib.delivery.gateway import Gateway

_CONNECT_SECONDS = 1
_READ_SECONDS = 3


@cache
def sockets() -> "Gateway":
    """The management API of open WebSockets."""
    from chalicelib.delivery import gateway  # noqa: PLC0415 - asyncio, for those who push alone

    session = botocore.session.get_session()
    # The certificates that botocore's own clients trust.
    bundle = httpsession.get_cert_path(session.get_config_variable("ca_bundle") or True)
    return gateway.Gateway(
        settings().required("socket_endpoint"),
        settings().region,
        credentials=lambda: _credentials(session),
        trust=ssl.create_default_context(cafile=bundle),
    )


@cache
def mail() -> Any:
    return _client("sesv2")


@cache
def queues() -> Any:
    return _client("sqs")


@cache
def functions() -> Any:
    return _client("lambda")


def _credentials(session: Any) -> Any:
    """Those of now: botocore renews what runs out."""
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials.get_frozen_credentials()


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
