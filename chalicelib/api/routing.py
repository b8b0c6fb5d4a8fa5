"""Routing: one Lambda behind a greedy proxy, views that get what they name, failures as problems."""

import functools
import inspect
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from chalice.app import Blueprint, Chalice, Response
from msgspec import Struct

from chalicelib import i18n, logs
from chalicelib.api import callers, idempotency, parsing, problems, rendering, requests
from chalicelib.entities import Claim
from chalicelib.errors import NotFound

View = Callable[..., Any]
Event = Mapping[str, Any]

# Where the event that Chalice hands to the view carries the request as it was read.
_REQUEST = "taskflow"


class Operation(Struct, frozen=True, kw_only=True):
    """A route as declared: what it takes, what it answers, how it can fail."""

    method: str
    path: str
    view: View
    body: type[Any] | None = None
    query: type[Any] | None = None
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    errors: tuple[int, ...] = ()
    is_idempotent: bool = False
    is_raw: bool = False

    @property
    def needs_caller(self) -> bool:
        return "caller" in inspect.signature(self.view).parameters

    @property
    def is_throttled(self) -> bool:
        """Whether it may answer 429: everything that changes something."""
        return self.method != "GET"


class Routes(Blueprint):
    """The routes of one resource.

    A view gets by name what it declares as a parameter: `caller` (the signed-in User),
    `body` and `query` (as declared on the route), `request`, the parts of the path, and on an
    idempotent route `claim`: the request's Idempotency-Key, for the change it makes to spend.
    """

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.operations: list[Operation] = []

    def api(
        self,
        method: str,
        path: str,
        *,
        body: type[Any] | None = None,
        query: type[Any] | None = None,
        answer: Any = None,
        status: int = 200,
        also: tuple[int, ...] = (),
        errors: tuple[int, ...] = (),
        is_idempotent: bool = False,
    ) -> Callable[[View], View]:
        """Declare a JSON route: its view returns the answer, an Answer, or None.

        `also` are further statuses that come with the answer, `errors` those with a problem. If
        `is_idempotent`, a client may send an Idempotency-Key and repeat the request safely.
        """
        return self._declare(
            functools.partial(
                Operation,
                method=method,
                path=path,
                body=body,
                query=query,
                answer=answer,
                status=status,
                also=also,
                errors=errors,
                is_idempotent=is_idempotent,
            )
        )

    def raw(self, method: str, path: str) -> Callable[[View], View]:
        """Declare a route whose view returns the Response itself: pages and files."""
        return self._declare(functools.partial(Operation, method=method, path=path, is_raw=True))

    def _declare(self, declared: functools.partial[Operation]) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            operation = declared(view=view)
            self.operations.append(operation)
            register = self.route(operation.path, methods=[operation.method], content_types=["*/*"])
            register(self._wrapped(operation))
            return view

        return decorate

    def _wrapped(self, operation: Operation) -> View:
        wanted = inspect.signature(operation.view).parameters

        @functools.wraps(operation.view)
        def view(**path_parts: str) -> Response:
            request = self.current_request.to_original_event()[_REQUEST]
            try:
                # Who is calling comes first: nobody learns what is wrong with a body they may
                # not send.
                known = dict[str, Any](path_parts)
                if "caller" in wanted:
                    known["caller"] = callers.caller(request)
                    callers.count_write(request, known["caller"])
                serve = functools.partial(_served, operation, request, wanted, known)
                if not operation.is_idempotent:
                    return serve(None)
                return idempotency.once(request, known["caller"], serve, spends="claim" in wanted)
            except Exception as error:  # noqa: BLE001 - Chalice would answer in another shape
                return _failed(error, request)

        return view


class TaskFlow(Chalice):
    """The app: routes every path itself, so that every failure has one shape.

    API Gateway forwards everything to one function (infra/package.py makes it one greedy
    proxy); unknown paths and methods, HEAD and the common headers are dealt with here.
    """

    def __init__(self, name: str) -> None:
        super().__init__(app_name=name, configure_logs=False)
        self.operations: list[Operation] = []

    def add(self, *resources: Routes) -> None:
        """Register the routes of some resources."""
        for resource in resources:
            self.register_blueprint(resource)
            self.operations.extend(resource.operations)

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        request = requests.from_event(event)
        pattern, parts = _match(request.path, self._patterns())
        with i18n.use(i18n.negotiate(request.headers.get("accept-language", ""))):
            try:
                routed = self._routed(event, request, pattern, parts)
                answer: dict[str, Any] = super().__call__(routed, context)
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer has our shape
                answer = _failed(error, request).to_dict()
        _complete(answer, request)
        logs.event(
            "request_answered",
            request_id=request.id,
            method=request.method,
            route=pattern or "unknown",
            status=answer["statusCode"],
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )
        return answer

    def _routed(
        self, event: Event, request: requests.Request, pattern: str | None, parts: dict[str, str]
    ) -> dict[str, Any]:
        """The event as if API Gateway had matched the route; raises NotFound, MethodNotAllowed."""
        if pattern is None:
            raise NotFound
        methods = self.routes[pattern]
        method = "GET" if request.method == "HEAD" and "GET" in methods else request.method
        if method not in methods:
            raise problems.MethodNotAllowed(_allowed(methods))
        context = {**event["requestContext"], "resourcePath": pattern, "httpMethod": method}
        multiple = event.get("multiValueQueryStringParameters") or {}
        return {
            **event,
            _REQUEST: request,
            "requestContext": context,
            "pathParameters": parts,
            # Chalice refuses to send a picture to whoever does not say what they accept.
            "headers": {"accept": "*/*"} | (event.get("headers") or {}),
            "multiValueQueryStringParameters": multiple,
            "stageVariables": event.get("stageVariables") or {},
            "body": event.get("body"),
            "isBase64Encoded": bool(event.get("isBase64Encoded")),
        }

    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return _compiled(tuple(self.routes))


@functools.cache
def _compiled(paths: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """Exact paths before patterns. A last part called {path} takes everything that is left."""
    ordered = sorted(paths, key=lambda path: (path.count("{"), path))
    return [(path, _expression(path)) for path in ordered]


def _expression(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    pieces = [
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{'.+' if part == 'path' else '[^/]+'})"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(pieces))


def _match(
    path: str, patterns: list[tuple[str, re.Pattern[str]]]
) -> tuple[str | None, dict[str, str]]:
    for pattern, expression in patterns:
        match = expression.fullmatch(path)
        if match:
            return pattern, {name: unquote(part) for name, part in match.groupdict().items()}
    return None, {}


def _served(
    operation: Operation,
    request: requests.Request,
    wanted: Mapping[str, Any],
    known: Mapping[str, Any],
    claim: Claim | None,
) -> Response:
    """What the view answers, failures included."""
    try:
        arguments = {**known, **_arguments(operation, request, wanted)}
        if "claim" in wanted:
            arguments["claim"] = claim
        answer = operation.view(**arguments)
    except Exception as error:  # noqa: BLE001 - Chalice would answer in another shape
        return _failed(error, request)
    return answer if operation.is_raw else rendering.json(answer, operation.status)


def _arguments(
    operation: Operation, request: requests.Request, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if operation.body is not None:
        arguments["body"] = parsing.body(request, operation.body)
    if operation.query is not None:
        arguments["query"] = parsing.query(request, operation.query)
    if "request" in wanted:
        arguments["request"] = request
    return arguments


def _allowed(methods: Mapping[str, Any]) -> list[str]:
    return sorted({*methods, *({"HEAD"} if "GET" in methods else ())})


def _failed(error: Exception, request: requests.Request) -> Response:
    if problems.status_of(error) >= 500:  # noqa: PLR2004 - our fault, or that of what we need
        logs.failure("request_failed", request_id=request.id, path=request.path)
    return problems.response(error, request)


def _complete(answer: dict[str, Any], request: requests.Request) -> None:
    """Add what every response has; a response to HEAD has no body."""
    headers = answer.setdefault("headers", {})
    present = {name.lower() for name in (*headers, *answer.get("multiValueHeaders", {}))}
    for name, value in rendering.common_headers(request).items():
        if name.lower() not in present:
            headers[name] = value
    if request.method == "HEAD":
        answer["body"] = ""
