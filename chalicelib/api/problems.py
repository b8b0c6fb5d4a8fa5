"""Failures as RFC 9457 problems: the one place where errors become status codes."""

from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib import errors, i18n, representations
from chalicelib.api import parsing, rendering
from chalicelib.api.requests import Request
from chalicelib.i18n import Message, message


class FieldFault(msgspec.Struct, frozen=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`error` repeats `detail`: the short sentence that clients of the seed read."""

    type: str = msgspec.field(default_factory=lambda: "about:blank")
    title: str
    status: int
    detail: str
    error: str
    errors: list[FieldFault] | None = None
    current: representations.Task | None = None
    request_id: str


class MethodNotAllowed(Exception):
    """The path exists; `allowed` are the methods it has."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(allowed)
        self.allowed = allowed


# Looked up along the class order, so that a new error is at least as precise as its parent.
_STATUSES: dict[type[BaseException], HTTPStatus] = {
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.VersionMismatch: HTTPStatus.PRECONDITION_FAILED,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    parsing.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    parsing.NotJson: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_MESSAGES: dict[type[BaseException], Message] = {
    MethodNotAllowed: Message("error.method_not_allowed"),
    parsing.TooLarge: message("error.too_large", kilobytes=parsing.LARGEST_BODY // 1024),
    parsing.NotJson: Message("error.not_json"),
}
_UNKNOWN = Message("error.internal")
# RFC 9110's names, which Python has from 3.13 on; an answer does not depend on the runtime.
_RENAMED = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}


def title(status: HTTPStatus) -> str:
    """What HTTP calls a status."""
    return _RENAMED.get(status, status.phrase)


def status_of(error: BaseException) -> HTTPStatus:
    """500 for everything that nobody foresaw."""
    known = (_STATUSES[each] for each in type(error).__mro__ if each in _STATUSES)
    return next(known, HTTPStatus.INTERNAL_SERVER_ERROR)


def response(error: BaseException, request: Request) -> Response:
    """The problem as JSON, or as a page for a browser that is not using the API."""
    status = status_of(error)
    if request.wants_page and status in {404, 500, 503}:
        page = rendering.page(
            request, f"errors/{status:d}.html", status=status, request_id=request.id
        )
        return told_when(page, error)
    return Response(
        msgspec.json.encode(_problem(error, status, request)).decode(),
        status_code=status,
        headers={"Content-Type": "application/problem+json", **_headers(error)},
    )


def told_when(page: Response, error: BaseException) -> Response:
    """The page with when to try again, as the API says it."""
    page.headers.update(_headers(error))
    return page


def faults(error: BaseException) -> list[FieldFault] | None:
    """What is wrong with which fields, for what breaks a rule."""
    if not isinstance(error, errors.Invalid):
        return None
    return [FieldFault(fault.field, i18n.said(fault.message)) for fault in error.faults]


def _problem(error: BaseException, status: HTTPStatus, request: Request) -> Problem:
    sentence = i18n.said(_message(error, status))
    return Problem(
        title=title(status),
        status=status,
        detail=sentence,
        error=sentence,
        errors=faults(error),
        current=_current(error),
        request_id=request.id,
    )


def _message(error: BaseException, status: HTTPStatus) -> Message:
    """What may be said of it; nothing of an error that nobody foresaw."""
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _UNKNOWN
    return error.message if isinstance(error, errors.TaskFlowError) else _MESSAGES[type(error)]


def _current(error: BaseException) -> representations.Task | None:
    if not isinstance(error, errors.VersionMismatch):
        return None
    return representations.task(error.current)


def _headers(error: BaseException) -> dict[str, Any]:
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, errors.Unavailable | errors.Busy | errors.InFlight):
        return {"Retry-After": "1"}
    if isinstance(error, errors.Throttled):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, errors.VersionMismatch):
        return {"ETag": f'"{error.current.version}"'}
    return {}
