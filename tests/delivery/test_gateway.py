"""The sender on the wire: what it asks, what it makes of every answer, and how long it waits."""

import asyncio
import contextlib
import datetime as dt
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import botocore.session
import pytest
from botocore.credentials import ReadOnlyCredentials

from chalicelib.delivery import gateway

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
DELETED = b"HTTP/1.1 204 No Content\r\n\r\n"
CREDENTIALS = ReadOnlyCredentials("AKIDEXAMPLE", "a secret", "a/token==")

Script = Callable[[str, int], bytes | None]


class Endpoint:
    """A server on the loopback: `script(target, nth request for it)` says what it answers.

    None is silence; an empty answer closes the connection.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[str] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._heard = threading.Condition()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._started.wait()

    def targets(self) -> list[str]:
        return [re.findall(r"@connections/(\S+)", each)[0] for each in self.requests]

    def wait_for(self, requests: int) -> None:
        """Until so many have come; they come at once, or a test is broken."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.requests) >= requests, timeout=30)

    def hang_up(self) -> None:
        """Close what is open, as a gateway does after a while."""

        async def close() -> None:
            for writer in self._writers:
                writer.close()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set_result, None)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = self._loop.create_future()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._end
        server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.05)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(re.findall(r"content-length: (\d+)", head)[0])
                body = (await reader.readexactly(length)).decode()
                with self._heard:
                    self.requests.append(head + body)
                    self._heard.notify_all()
                target = self.targets()[-1]
                answer = self.script(target, self.targets().count(target))
                if answer == b"":
                    break
                if answer is not None:
                    writer.write(answer)
        writer.close()


@contextlib.contextmanager
def talking(script: Script, **limits: Any) -> Iterator[tuple[Endpoint, gateway.Gateway]]:
    endpoint = Endpoint(script)
    address = f"http://127.0.0.1:{endpoint.port}/prod"
    sender = gateway.Gateway(
        address, "eu-central-1", lambda: CREDENTIALS, ssl.create_default_context()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "_PAUSE_SECONDS", 0.001)
        for name, value in limits.items():
            patch.setattr(gateway, name, value)
        yield endpoint, sender
    sender.close()
    endpoint.stop()


class FanOut:
    """A fan-out under way, of a sender whose clock stands still from here on."""

    def __init__(self, sender: gateway.Gateway, sockets: list[str]) -> None:
        self._now = 0.0
        self._loop = sender._running()
        self._loop.time = lambda: self._now  # type: ignore[method-assign]
        self._answers: Future[list[gateway.Answer]] = Future()
        self._ask, self._answered = sender._answer, 0
        self._heard = threading.Condition()
        sender._answer = self._counted  # type: ignore[method-assign]
        threading.Thread(target=self._run, args=(sender, sockets), daemon=True).start()

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._settle()

    @property
    def is_over(self) -> bool:
        self._settle()
        return self._answers.done()

    @property
    def answers(self) -> list[gateway.Answer]:
        return self._answers.result(timeout=30)

    def wait_for(self, answers: int) -> None:
        """Until the sender has so many; time goes on only then, however busy the machine is."""
        with self._heard:
            assert self._heard.wait_for(lambda: self._answered >= answers, timeout=30)

    async def _counted(self, *request: Any) -> gateway.Answer:
        answer = await self._ask(*request)
        with self._heard:
            self._answered += 1
            self._heard.notify_all()
        return answer

    def _run(self, sender: gateway.Gateway, sockets: list[str]) -> None:
        self._answers.set_result(sender.exchange("POST", sockets))

    def _settle(self) -> None:
        """Let the loop do everything for which it needs no more time."""

        async def go_round() -> None:
            for _ in range(50):
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(go_round(), self._loop).result(timeout=30)


def always(answer: bytes | None) -> Script:
    return lambda *_: answer


@pytest.mark.parametrize(("method", "body"), [("POST", b'{"a":"\xc3\xa4"}'), ("DELETE", b"")])
@pytest.mark.parametrize("token", ["a/token==", None])
def test_request_is_signed_as_botocore_signs_it(
    method: gateway.Method, body: bytes, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = ReadOnlyCredentials("AKIDEXAMPLE", "a secret", token)
    moment = 1_795_000_000
    monkeypatch.setattr(gateway.time, "time", lambda: moment + 0.5)
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime",
        lambda: dt.datetime.fromtimestamp(moment, dt.UTC),
    )
    expected: list[Any] = []
    client = botocore.session.get_session().create_client(
        "apigatewaymanagementapi",
        "eu-central-1",
        endpoint_url="https://abc.execute-api.eu-central-1.amazonaws.com/prod",
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=token,
    )
    client.meta.events.register("before-send", lambda request, **_: expected.append(request) or 1)
    with contextlib.suppress(Exception):
        if method == "POST":
            client.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=body)
        else:
            client.delete_connection(ConnectionId="L0SM9cOFvHcCIhw=")

    signer = gateway._Signer(
        method,
        "abc.execute-api.eu-central-1.amazonaws.com",
        body,
        "eu-central-1",
        credentials,
    )
    message = signer.message("/prod/@connections/L0SM9cOFvHcCIhw%3D").decode()

    (theirs,) = expected
    assert theirs.url.endswith("/prod/@connections/L0SM9cOFvHcCIhw%3D")
    (authorization,) = re.findall("authorization: (.*)\r", message)
    assert authorization == theirs.headers["Authorization"].decode()
    assert message.endswith("\r\n\r\n" + body.decode())


def test_each_socket_is_asked_once_and_answers_keep_their_order() -> None:
    def script(target: str, _: int) -> bytes:
        return GONE if target.startswith("gone") else OK

    sockets = [f"{'gone' if number % 7 == 0 else 'open'}-{number}" for number in range(700)]
    with talking(script) as (endpoint, sender):
        answers = sender.exchange("POST", sockets, b"frame")

    assert answers == [410 if each.startswith("gone") else 200 for each in sockets]
    assert sorted(endpoint.targets()) == sorted(sockets)
    assert endpoint.connections <= gateway.IN_FLIGHT
    assert all(request.endswith("\r\n\r\nframe") for request in endpoint.requests)


def test_connections_last_from_one_fan_out_to_the_next() -> None:
    with talking(always(OK)) as (endpoint, sender):
        for _ in range(3):
            assert sender.exchange("POST", ["a", "b"], b"frame") == [200, 200]

    assert endpoint.connections == 2


def test_connection_that_the_other_side_gave_up_is_no_failure() -> None:
    with talking(always(OK), _ATTEMPTS=1) as (endpoint, sender):
        assert sender.exchange("POST", ["a", "b"]) == [200, 200]
        endpoint.hang_up()
        assert sender.exchange("POST", ["a", "b"]) == [200, 200]

    assert endpoint.connections == 4


def test_connection_left_alone_for_long_is_not_used_again() -> None:
    with talking(always(OK), _IDLE_SECONDS=0.0) as (endpoint, sender):
        for _ in range(2):
            assert sender.exchange("POST", ["a"]) == [200]

    assert endpoint.connections == 2


@pytest.mark.parametrize("refusal", [BUSY, BROKEN, b""])
def test_refusal_for_now_is_asked_again(refusal: bytes) -> None:
    with talking(lambda _, nth: refusal if nth < 3 else OK) as (endpoint, sender):
        assert sender.exchange("POST", ["a"]) == [200]

    assert endpoint.targets() == ["a"] * 3


@pytest.mark.parametrize(
    ("refusal", "answer"), [(BUSY, 429), (BROKEN, 503), (b"", None), (b"no http\r\n\r\n", None)]
)
def test_refusal_for_good_is_asked_a_few_times(refusal: bytes, answer: gateway.Answer) -> None:
    with talking(always(refusal)) as (endpoint, sender):
        assert sender.exchange("POST", ["a"]) == [answer]

    assert len(endpoint.requests) == gateway._ATTEMPTS


@pytest.mark.parametrize(
    "answer",
    [
        GONE,
        b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_refusal_of_that_socket_is_not_asked_again(answer: bytes) -> None:
    with talking(always(answer)) as (endpoint, sender):
        assert sender.exchange("POST", ["a"]) == [int(answer[9:12])]

    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
    ],
)
def test_connection_whose_answer_has_no_clear_end_is_not_used_again(answer: bytes) -> None:
    with talking(always(answer)) as (endpoint, sender):
        for _ in range(2):
            assert sender.exchange("POST", ["a"]) == [200]

    assert endpoint.connections == 2


def test_closing_a_socket_is_answered_without_a_body() -> None:
    with talking(always(DELETED)) as (endpoint, sender):
        assert sender.exchange("DELETE", ["a"]) == [204]
        assert sender.exchange("DELETE", ["b"]) == [204]

    assert (endpoint.connections, endpoint.requests[0].split()[0]) == (1, "DELETE")


def test_silent_sockets_delay_no_other_and_are_given_up() -> None:
    """That the others were all asked while time stood still says that nobody was waited for."""

    def script(target: str, _: int) -> bytes | None:
        return None if target.startswith("silent") else OK

    sockets = [f"{'silent' if number < 20 else 'open'}-{number}" for number in range(300)]
    with talking(script) as (endpoint, sender):
        fan_out = FanOut(sender, sockets)
        endpoint.wait_for(len(sockets))
        fan_out.wait_for(280)
        fan_out.advance(gateway.REQUEST_SECONDS - 0.01)
        assert not fan_out.is_over
        fan_out.advance(0.01)

        assert fan_out.answers == [None] * 20 + [200] * 280
        assert sorted(endpoint.targets()) == sorted(sockets)


def test_fan_out_ends_at_its_deadline_whatever_is_left() -> None:
    sockets = [str(number) for number in range(90)]
    with talking(always(None), IN_FLIGHT=10) as (endpoint, sender):
        fan_out = FanOut(sender, sockets)
        given_up, rest = divmod(gateway.FAN_OUT_SECONDS, gateway.REQUEST_SECONDS)
        for times in range(int(given_up)):
            endpoint.wait_for((times + 1) * gateway.IN_FLIGHT)
            fan_out.advance(gateway.REQUEST_SECONDS)
        endpoint.wait_for(int(given_up + 1) * gateway.IN_FLIGHT)
        fan_out.advance(rest - 0.01)
        assert not fan_out.is_over
        fan_out.advance(0.01)

        assert fan_out.answers == [None] * len(sockets)
        assert len(endpoint.requests) == int(given_up + 1) * gateway.IN_FLIGHT


def test_endpoint_that_is_not_there_answers_nothing() -> None:
    with talking(always(OK)) as (endpoint, sender):
        endpoint.hang_up()
        sender._port = 1
        assert sender.exchange("POST", ["a", "b"]) == [None, None]


def test_threads_share_a_sender() -> None:
    answers: list[list[gateway.Answer]] = []
    with talking(always(OK)) as (_, sender):
        threads = [
            threading.Thread(
                target=lambda: answers.append(sender.exchange("POST", [str(n) for n in range(50)]))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert answers == [[200] * 50] * 8


def test_everything_ends_before_the_shortest_function_does() -> None:
    """Socket handlers have 20 s, and may send twice."""
    assert gateway.REQUEST_SECONDS < gateway.FAN_OUT_SECONDS
    assert 2 * gateway.FAN_OUT_SECONDS <= 20
