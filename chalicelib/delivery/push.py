"""Frames to open sockets through API Gateway's management API."""

from collections.abc import Iterable
from http import HTTPStatus

from msgspec import Struct, field

from chalicelib import logs
from chalicelib.delivery import clients
from chalicelib.errors import Gone, Unavailable

# What says that a frame was taken, or a socket closed.
_SUCCESS = range(200, 300)


class Report(Struct):
    """What became of a fan-out: sockets that are gone, and sockets that would not take it."""

    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def send(connection_id: str, frame: bytes) -> None:
    """Send one frame; raises Gone when the socket is closed, Unavailable when it fails."""
    report = send_all([connection_id], frame)
    if report.gone:
        raise Gone
    if report.failed:
        raise Unavailable


def send_all(connection_ids: Iterable[str], frame: bytes) -> Report:
    """Send one frame to many sockets at once; a dead or slow one delays no other."""
    targets = list(connection_ids)
    report = Report()
    if not targets:
        return report
    answers = clients.sockets().exchange("POST", targets, frame)
    for target, answer in zip(targets, answers, strict=True):
        if answer == HTTPStatus.GONE:
            report.gone.append(target)
        elif answer not in _SUCCESS:
            report.failed.append(target)
    return report


def close(connection_ids: Iterable[str]) -> list[str]:
    """Close sockets; returns those that could not be reached, which may still be open."""
    targets = list(connection_ids)
    if not targets:
        return []
    answers = clients.sockets().exchange("DELETE", targets)
    open_still = [
        target
        for target, answer in zip(targets, answers, strict=True)
        if answer not in _SUCCESS and answer != HTTPStatus.GONE
    ]
    for target in open_still:
        logs.event("socket_not_closed", connection_id=target)
    return open_still
