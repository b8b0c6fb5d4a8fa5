"""The WebSocket edge: connect, message, disconnect."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib import logs, representations
from chalicelib.config import settings
from chalicelib.delivery import push
from chalicelib.entities import Presence, User
from chalicelib.errors import Gone, Invalid, SessionEnded, TaskFlowError
from chalicelib.services import changes, presence, sockets

# What one hello brings at most; the client reads on over HTTP.
_MISSED = 200


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    since: str | None = None


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    pass


class Shown(msgspec.Struct, tag_field="type", tag="presence"):
    task: str | None


class Connected(msgspec.Struct, tag_field="type", tag="connected"):
    cursor: str
    has_more: bool
    message: str = "Listening for task updates"


_UNREADABLE = 'Send {"type":"hello"}, {"type":"presence","task":…} or {"type":"ping"}'


def connect(event: Mapping[str, Any]) -> HTTPStatus:
    """Whether a socket may open: with an unused ticket, and from a page of ours."""
    connection_id = event["requestContext"]["connectionId"]
    ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
    if not _is_own_origin(event.get("headers") or {}):
        logs.event("socket_refused", connection_id=connection_id, reason="foreign origin")
        return HTTPStatus.FORBIDDEN
    try:
        sockets.open_with(ticket, connection_id)
    except SessionEnded:
        logs.event("socket_refused", connection_id=connection_id, reason="no valid ticket")
        return HTTPStatus.UNAUTHORIZED
    except TaskFlowError:
        logs.failure("socket_refused", connection_id=connection_id, reason="unavailable")
        return HTTPStatus.SERVICE_UNAVAILABLE
    logs.event("socket_opened", connection_id=connection_id)
    return HTTPStatus.OK


def message(event: Mapping[str, Any]) -> None:
    """Answer one frame; whatever is wrong with it, the socket stays open."""
    connection_id = event["requestContext"]["connectionId"]
    try:
        request = msgspec.json.decode(event.get("body") or "", type=Hello | Shown | Ping)
        _answer(connection_id, request, event["requestContext"]["requestTimeEpoch"])
    except (msgspec.MsgspecError, RecursionError):
        _reply_error(connection_id, _UNREADABLE)
    except SessionEnded:
        push.close([connection_id])
    except Gone:
        _tell(presence.leave(connection_id))
    except Invalid as error:
        _reply_error(connection_id, str(error))
    except TaskFlowError as error:
        logs.failure("message_not_answered", connection_id=connection_id)
        _reply_error(connection_id, str(error))


def disconnect(connection_id: str) -> None:
    _tell(presence.leave(connection_id))
    logs.event("socket_closed", connection_id=connection_id)


def _answer(connection_id: str, request: Hello | Shown | Ping, at: int) -> None:
    """`at` is when the gateway had the frame, in milliseconds; two may be answered in any order."""
    if isinstance(request, Ping):
        push.send(connection_id, b'{"type":"pong"}')
    elif isinstance(request, Shown):
        _tell(presence.open_task(connection_id, request.task, at))
    else:
        user = _welcome(connection_id, request.since)
        _tell(presence.enter(user, connection_id, at))


def _welcome(connection_id: str, since: str | None) -> User:
    """Listen first and read what was missed after that, so that nothing falls in between."""
    user, surplus = sockets.listen(connection_id)
    cursor, has_more = changes.settled(), False
    if since is not None:
        feed = changes.missed(user, since, _MISSED)
        for each in feed.changes:
            push.send(connection_id, msgspec.json.encode(representations.change(each)))
        cursor, has_more = feed.cursor, feed.has_more
    push.send(connection_id, msgspec.json.encode(Connected(cursor=cursor, has_more=has_more)))
    push.close(surplus)
    return user


def _tell(lists: Iterable[Presence]) -> None:
    """Say who is here; a socket that turns out to be gone is news for the others."""
    for each in lists:
        report = push.send_all(each.sockets, msgspec.json.encode(representations.presence(each)))
        for later in presence.without(each.team, report.gone):
            push.send_all(later.sockets, msgspec.json.encode(representations.presence(later)))


def _reply_error(connection_id: str, text: str) -> None:
    frame = msgspec.json.encode({"type": "error", "error": text})
    try:
        push.send(connection_id, frame)
    except TaskFlowError:
        logs.event("socket_unreachable", connection_id=connection_id)


def _is_own_origin(headers: Mapping[str, str]) -> bool:
    """Browsers always send Origin; what sends none is a program, which needs no protection."""
    origin = next((value for name, value in headers.items() if name.lower() == "origin"), None)
    public = urlsplit(settings().required("public_url"))
    return origin is None or origin == f"{public.scheme}://{public.netloc}"
