"""Frames to open sockets through API Gateway's management API."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import logs
from chalicelib.delivery import clients
from chalicelib.errors import Gone, Unavailable

_IN_FLIGHT = 32


@dataclass(slots=True)
class Report:
    """What became of a fan-out: sockets that are gone, and sockets that would not take it."""

    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def send(connection_id: str, frame: bytes) -> None:
    """Send one frame; raises Gone when the socket is closed, Unavailable when it fails."""
    client = clients.sockets()
    try:
        client.post_to_connection(ConnectionId=connection_id, Data=frame)
    except client.exceptions.GoneException as error:
        raise Gone from error
    except (ClientError, BotoCoreError) as error:
        raise Unavailable from error


def send_all(connection_ids: Iterable[str], frame: bytes) -> Report:
    """Send one frame to many sockets at once; a dead or slow one delays no other."""
    targets = list(connection_ids)
    report = Report()
    if not targets:
        return report
    clients.sockets()
    with ThreadPoolExecutor(min(_IN_FLIGHT, len(targets))) as pool:
        outcomes = list(pool.map(lambda target: _outcome(target, frame), targets))
    for target, outcome in zip(targets, outcomes, strict=True):
        if outcome is Gone:
            report.gone.append(target)
        elif outcome is Unavailable:
            report.failed.append(target)
    return report


def close(connection_id: str) -> None:
    """Close a socket; one that is closed already, or that cannot be reached, is left alone."""
    try:
        clients.sockets().delete_connection(ConnectionId=connection_id)
    except (ClientError, BotoCoreError):
        logs.event("socket_not_closed", connection_id=connection_id)


def _outcome(connection_id: str, frame: bytes) -> type[Exception] | None:
    try:
        send(connection_id, frame)
    except (Gone, Unavailable) as error:
        return type(error)
    return None
