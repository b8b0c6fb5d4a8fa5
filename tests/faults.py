"""What can happen to a call to AWS: the process dies, the answer is lost, somebody is faster."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.delivery import clients
from chalicelib.storage import connection, keys, probe

Call = Callable[[], Any]
Around = Callable[[str, Call], Any]
SIGNING_KEYS = "the signing keys in SSM"
SOCKET_CALLS = {"POST": "PostToConnection", "DELETE": "DeleteConnection"}


class Crash(BaseException):
    """The process died here. No handler may hold it up, so it is no Exception."""


class When(StrEnum):
    BEFORE = "before the call reaches AWS"
    AFTER = "after the call took effect"


class Kind(StrEnum):
    """What a request to DynamoDB, or to SSM, can meet on its way."""

    THROTTLED = "throttled"
    UNREACHABLE = "no connection"
    LOST = "carried out, the answer lost"
    REFUSED = "connection refused"
    TIMED_OUT = "not carried out, and no answer in time"
    BROKEN = "500"
    BROKEN_LATE = "carried out, and 500 all the same"
    CUT_OFF = "502 of something on the way, without a code"


_ON_THE_WAY: dict[str, type[BotoCoreError]] = {
    Kind.UNREACHABLE: ConnectTimeoutError,
    Kind.LOST: ReadTimeoutError,
    Kind.REFUSED: EndpointConnectionError,
    Kind.TIMED_OUT: ReadTimeoutError,
}
_ANSWERED: dict[str, tuple[int, str]] = {
    Kind.THROTTLED: (400, "ProvisionedThroughputExceededException"),
    Kind.BROKEN: (500, "InternalServerError"),
    Kind.BROKEN_LATE: (500, "InternalServerError"),
    # Of an answer that names no code, botocore makes one of the status.
    Kind.CUT_OFF: (502, "502"),
}


@dataclass(frozen=True)
class Asked:
    """One call to DynamoDB or SSM, whatever botocore tries to get it through.

    The signing keys, which are in SSM, count as a table.
    """

    operation: str
    tables: frozenset[str]


@dataclass
class Calls:
    """The calls that were made to AWS, by their names."""

    names: list[str] = field(default_factory=list)
    happened: bool = False


@contextmanager
def around(handle: Around) -> Iterator[None]:
    """Let `handle(operation, call)` stand for every call of every client, retries inside it."""
    with pytest.MonkeyPatch.context() as patch:
        for client in _clients():
            patch.setattr(client, "_make_api_call", _wrapped(client._make_api_call, handle))
        sockets = clients.sockets()
        patch.setattr(sockets, "exchange", _one_by_one(sockets.exchange, handle))
        yield


@contextmanager
def crash(at: int, when: When) -> Iterator[Calls]:
    """The process dies at its call number `at`; whatever it still tries does not happen."""
    calls = Calls()

    def handle(operation: str, call: Call) -> Any:
        if calls.happened:
            raise Crash
        calls.names.append(operation)
        if len(calls.names) < at:
            return call()
        calls.happened = True
        if when is When.AFTER:
            call()
        raise Crash

    with around(handle):
        try:
            yield calls
        except Crash:
            assert calls.happened


@contextmanager
def lost_answers(*at: int) -> Iterator[Calls]:
    """Of the requests to DynamoDB, those take effect but their answers never come.

    botocore repeats them by itself, and its repetitions count as requests too.
    """
    calls = Calls()
    events = connection.shared().client.meta.events

    def lose(request: Any, **_: Any) -> None:
        calls.names.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])
        if len(calls.names) in at:
            calls.happened = True
            raise ReadTimeoutError(endpoint_url=request.url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        # Behind moto, which answers at the same event.
        events.register_last("before-send", lose)
        try:
            yield calls
        finally:
            events.unregister("before-send", lose)


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """The calls to DynamoDB, as they are made."""
    with answering(lambda _, attempt: attempt()) as calls:
        yield calls


@contextmanager
def failing(
    kind: Kind | str, wanted: Callable[[int, Asked], bool], *, attempts: int = 1_000_000
) -> Iterator[Calls]:
    """The first attempts of each call to DynamoDB that is wanted meet that kind of fault.

    `wanted` sees a call with its number, from 1. A `kind` that is none is a code of DynamoDB's.
    """
    hit = Calls()

    def answer(request: Attempted, attempt: Call) -> Any:
        if request.attempt > attempts or not wanted(request.number, request.call):
            return attempt()
        hit.happened = True
        hit.names.append(request.call.operation)
        return spoilt(kind, attempt, request.call.operation)

    with answering(answer):
        yield hit


@dataclass(frozen=True)
class Attempted:
    """An attempt at a call; both are counted from 1."""

    call: Asked
    number: int
    attempt: int


def spoilt(kind: Kind | str, attempt: Call, operation: str = "") -> Any:
    """What botocore gets of an attempt: an answer, parsed, and an exception."""
    if kind in {Kind.LOST, Kind.BROKEN_LATE}:
        attempt()
    if kind in _ON_THE_WAY:
        return None, _ON_THE_WAY[kind](endpoint_url="https://dynamodb.eu-central-1.amazonaws.com/")
    if kind is Kind.THROTTLED and operation == "TransactWriteItems":
        reasons = [{"Code": "ThrottlingError", "Message": "Throughput exceeds the limit"}]
        return _error(400, "TransactionCanceledException", CancellationReasons=reasons), None
    status, code = _ANSWERED.get(kind, (500 if kind == "InternalServerError" else 400, kind))
    return _error(status, code), None


@contextmanager
def answering(answer: Callable[[Attempted, Call], Any]) -> Iterator[list[Asked]]:
    """Let `answer` stand between botocore, which repeats what fails, and DynamoDB or SSM.

    It gets each attempt, and something that makes it and returns what came of it.
    """
    calls: list[Asked] = []
    attempts: dict[int, int] = {}

    def began(params: Mapping[str, Any], **_: Any) -> None:
        operation = params["headers"]["X-Amz-Target"].rpartition(".")[2]
        calls.append(Asked(operation, tables_of(json.loads(params["body"]))))

    def standing_before(get: Callable[..., Any]) -> Callable[..., Any]:
        def got(*request: Any) -> Any:
            number = len(calls)
            attempts[number] = attempts.get(number, 0) + 1
            attempted = Attempted(calls[-1], number, attempts[number])
            return answer(attempted, lambda: get(*request))

        return got

    impatient = probe._impatient().connection.client
    clients_asked = (connection.shared().client, impatient, keys._client())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        patch.setattr("botocore.retryhandler.delay_exponential", lambda *_, **__: 0)
        for client in clients_asked:
            endpoint = client._endpoint
            got = standing_before(endpoint._do_get_response)
            patch.setattr(endpoint, "_do_get_response", got)
            client.meta.events.register("before-call", began)
        try:
            yield calls
        finally:
            for client in clients_asked:
                client.meta.events.unregister("before-call", began)


def leaving_keys_out(times: int) -> Callable[[Attempted, Call], Any]:
    """Of the first `times` batches of users, DynamoDB leaves out all but the first, or the last."""

    def answer(request: Attempted, attempt: Call) -> Any:
        got = attempt()
        if request.call.operation == "BatchGetItem" and request.number <= times:
            _, parsed = got[0]
            parsed["UnprocessedKeys"] = {
                table: {"Keys": [{"id": item["id"]} for item in items[1:] or items]}
                for table, items in parsed["Responses"].items()
            }
            for items in parsed["Responses"].values():
                del items[1 if len(items) > 1 else 0 :]

        return got

    return answer


def tables_of(body: Mapping[str, Any]) -> frozenset[str]:
    """The tables that a request to DynamoDB touches, without their prefix."""
    if body.get("Name") == os.environ["JWT_KEY_PARAMETER"]:
        return frozenset({SIGNING_KEYS})
    names = {body["TableName"]} if "TableName" in body else set(body.get("RequestItems", ()))
    parts = [part for item in body.get("TransactItems", ()) for part in item.values()]
    names |= {part["TableName"] for part in parts}
    return frozenset(name.removeprefix("taskflow-test-") for name in names)


def _error(status: int, code: str, **more: Any) -> tuple[AWSResponse, dict[str, Any]]:
    answer = {
        **more,
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    response = AWSResponse("https://dynamodb", status, {}, None)
    response._content = b""
    return response, answer


@contextmanager
def refused(
    operation: str, code: str, *, times: int = 1_000_000, reason: str | None = None
) -> Iterator[Calls]:
    """The next `times` calls of that operation are refused; moto itself never would."""
    calls = Calls()

    def handle(name: str, call: Call) -> Any:
        if name != operation or len(calls.names) >= times:
            return call()
        calls.names.append(name)
        raise refusal(operation, code, reason=reason)

    with around(handle):
        yield calls


def refusal(operation: str, code: str, *, reason: str | None = None) -> ClientError:
    answer: dict[str, Any] = {"Error": {"Code": code, "Message": code}}
    if reason is not None:
        answer["CancellationReasons"] = [{"Code": "None"}, {"Code": reason}]
    return ClientError(answer, operation)


@contextmanager
def meanwhile(operation: str, something: Callable[[], object], *, nth: int = 1) -> Iterator[Calls]:
    """Right before the `nth` call of that operation, `something` happens elsewhere, once."""
    calls = Calls()

    def handle(name: str, call: Call) -> Any:
        if name == operation and not calls.happened:
            calls.names.append(name)
            if len(calls.names) == nth:
                calls.happened = True
                something()
        return call()

    with around(handle):
        yield calls


@contextmanager
def observed() -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    """Every call and its arguments."""
    seen: list[tuple[str, Mapping[str, Any]]] = []
    with pytest.MonkeyPatch.context() as patch:
        for client in _clients():
            original = client._make_api_call

            def call(operation: str, arguments: Mapping[str, Any], original: Any = original) -> Any:
                seen.append((operation, arguments))
                return original(operation, arguments)

            patch.setattr(client, "_make_api_call", call)
        sockets = clients.sockets()
        exchange = sockets.exchange

        def observed_exchange(method: Any, connection_ids: Sequence[str], body: bytes = b"") -> Any:
            name = SOCKET_CALLS[method]
            seen.extend((name, {"ConnectionId": each, "Data": body}) for each in connection_ids)
            return exchange(method, connection_ids, body)

        patch.setattr(sockets, "exchange", observed_exchange)
        yield seen


def _clients() -> list[Any]:
    return [connection.shared().client, clients.mail(), clients.queues(), clients.functions()]


def _wrapped(original: Callable[..., Any], handle: Around) -> Callable[..., Any]:
    def call(operation: str, arguments: Mapping[str, Any]) -> Any:
        return handle(operation, lambda: original(operation, arguments))

    return call


def _one_by_one(original: Callable[..., Any], handle: Around) -> Callable[..., Any]:
    """A fan-out as single calls, under the names that AWS has for them."""

    def exchange(method: str, connection_ids: Sequence[str], body: bytes = b"") -> list[Any]:
        def answer(connection_id: str) -> Any:
            try:
                return handle(
                    SOCKET_CALLS[method], lambda: original(method, [connection_id], body)[0]
                )
            except ClientError:
                return 503

        return [answer(each) for each in connection_ids]

    return exchange
