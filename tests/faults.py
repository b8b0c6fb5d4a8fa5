"""What can happen to a call to AWS: the process dies, the answer is lost, somebody is faster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.delivery import clients
from chalicelib.storage import connection

Call = Callable[[], Any]
Around = Callable[[str, Call], Any]


class Crash(BaseException):
    """The process died here. No handler may hold it up, so it is no Exception."""


class When(StrEnum):
    BEFORE = "before the call reaches AWS"
    AFTER = "after the call took effect"


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
        yield seen


def _clients() -> list[Any]:
    return [connection.shared().client, clients.sockets(), clients.mail(), clients.queues()]


def _wrapped(original: Callable[..., Any], handle: Around) -> Callable[..., Any]:
    def call(operation: str, arguments: Mapping[str, Any]) -> Any:
        return handle(operation, lambda: original(operation, arguments))

    return call
