"""API Gateway's management API over HTTP/1.1: many signed requests at once, on lasting connections."""

import asyncio
import hashlib
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest

IN_FLIGHT = 256
# All of this stays below the timeout of every function that sends, the shortest of which is 20 s.
REQUEST_SECONDS = 3.0
FAN_OUT_SECONDS = 8.0
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.1
# A connection that was left alone for longer may have been given up by the other side.
_IDLE_SECONDS = 20.0

_TOO_MANY = 429
_SERVER_ERROR = 500
_HEAD_ENDS = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})[ \r]")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[^\r]*close", re.IGNORECASE)

Method = Literal["POST", "DELETE"]
# A status code; None where no answer came in time.
Answer = int | None


class Gateway:
    """Sends to the sockets of one endpoint; threads may share it."""

    def __init__(
        self, endpoint: str, region: str, credentials: Callable[[], Any], trust: ssl.SSLContext
    ) -> None:
        """`credentials` gives botocore's, fresh ones at each call; `trust` verifies an https endpoint."""
        parts = urlsplit(endpoint)
        self._host, self._authority = parts.hostname or "", parts.netloc
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._path = parts.path.rstrip("/") + "/@connections/"
        self._trust = trust if parts.scheme == "https" else None
        self._region, self._credentials = region, credentials
        self._idle: list[_Connection] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    def exchange(
        self, method: Method, connection_ids: Sequence[str], body: bytes = b""
    ) -> list[Answer]:
        """Ask the same of each socket, and return what each was answered, in their order.

        Takes FAN_OUT_SECONDS at most. A request that is refused for now (429, 5xx) or loses its
        connection is repeated after a pause with jitter; so a frame may arrive twice.
        """
        fan_out = self._fan_out(method, connection_ids, body)
        return asyncio.run_coroutine_threadsafe(fan_out, self._running()).result()

    def close(self) -> None:
        """Close every connection, and end; only a process that goes on without it needs this."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        """The loop, in a thread of its own: it notices the end of connections between fan-outs."""
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), daemon=True)
                self._thread.start()
            return self._loop

    async def _fan_out(
        self, method: Method, connection_ids: Sequence[str], body: bytes
    ) -> list[Answer]:
        answers: list[Answer] = [None] * len(connection_ids)
        signer = _Signer(method, self._authority, body, self._region, self._credentials())
        waiting = iter(enumerate(connection_ids))
        connect = self._opener()

        async def work() -> None:
            for place, connection_id in waiting:
                path = self._path + quote(connection_id, safe="-._~")
                answers[place] = await self._answer(signer, path, connect)

        workers = [work() for _ in range(min(IN_FLIGHT, len(connection_ids)))]
        try:
            async with asyncio.timeout(FAN_OUT_SECONDS):
                await asyncio.gather(*workers)
        except TimeoutError:
            pass
        return answers

    async def _answer(
        self, signer: "_Signer", path: str, connect: Callable[[], Awaitable["_Connection"]]
    ) -> Answer:
        status: Answer = None
        for pause in _pauses():
            if pause:
                await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(REQUEST_SECONDS):
                    status = await self._send(signer.message(path), connect)
            except TimeoutError:
                return None
            except OSError:
                continue
            if status != _TOO_MANY and status < _SERVER_ERROR:
                break
        return status

    async def _send(self, message: bytes, connect: Callable[[], Awaitable["_Connection"]]) -> int:
        for connection in self._reusable():
            try:
                return await self._over(connection, message)
            except OSError:
                continue  # the other side had given it up
        return await self._over(await connect(), message)

    async def _over(self, connection: "_Connection", message: bytes) -> int:
        try:
            status = await connection.ask(message)
        except BaseException:
            connection.abort()
            raise
        if connection.lasts:
            self._idle.append(connection)
        return status

    def _reusable(self) -> Iterator["_Connection"]:
        while self._idle:
            connection = self._idle.pop()
            if connection.lasts and time.monotonic() - connection.used_at < _IDLE_SECONDS:
                yield connection
            else:
                connection.abort()

    def _opener(self) -> Callable[[], Awaitable["_Connection"]]:
        """What opens connections for one fan-out: the name is looked up at most once."""
        loop = asyncio.get_running_loop()
        looked_up: asyncio.Future[Any] | None = None
        turn = 0

        async def connect() -> _Connection:
            nonlocal looked_up, turn
            if looked_up is None:
                looked_up = asyncio.ensure_future(
                    loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                )
            # Shielded: one request that runs out of time must not end it for all.
            addresses = await asyncio.shield(looked_up)
            turn += 1
            host, port = addresses[turn % len(addresses)][4][:2]
            _, connection = await loop.create_connection(
                _Connection,
                host,
                port,
                ssl=self._trust,
                server_hostname=self._host if self._trust else None,
            )
            return connection

        return connect

    async def _hang_up(self) -> None:
        while self._idle:
            self._idle.pop().abort()
        await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One connection, which carries one request at a time."""

    def __init__(self) -> None:
        self.lasts = True
        self.used_at = 0.0
        self._transport: Any = None
        self._received = bytearray()
        self._answer: asyncio.Future[int] | None = None

    async def ask(self, message: bytes) -> int:
        """The status code of the answer; raises OSError when the connection is lost."""
        if not self.lasts:
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        status = await self._answer
        self.used_at = time.monotonic()
        return status

    def abort(self) -> None:
        self.lasts = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        end = received.find(_HEAD_ENDS)
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = bytes(received[: end + 2])
        status = _STATUS.match(head)
        length = _LENGTH.search(head)
        if status is None or _CLOSE.search(head) or not (length or head[9:12] == b"204"):
            # Where the answer ends is not said: its first line is all that is wanted.
            self.lasts = False
        elif len(received) < end + len(_HEAD_ENDS) + int(length[1] if length else 0):
            return
        received.clear()
        self._finish(int(status[1]) if status else None)

    def connection_lost(self, _: Exception | None) -> None:
        self.lasts = False
        self._finish(None)

    def _finish(self, status: Answer) -> None:
        if not self.lasts:
            self._transport.abort()
        if self._answer is None or self._answer.done():
            return
        if status is None:
            self._answer.set_exception(ConnectionResetError())
        else:
            self._answer.set_result(status)


class _Auth(SigV4Auth):
    """Derives the key, which is the same all day, once and not for each request."""

    def __init__(self, *credentials: Any) -> None:
        super().__init__(*credentials)
        self._derived: dict[tuple[bytes, str], Any] = {}

    def _sign(self, key: bytes, msg: str, hex: bool = False) -> Any:  # noqa: A002, FBT001, FBT002 - botocore's
        if hex:
            return super()._sign(key, msg, hex=True)  # type: ignore[misc]
        if (key, msg) not in self._derived:
            self._derived[key, msg] = super()._sign(key, msg)  # type: ignore[misc]
        return self._derived[key, msg]


class _Signer:
    """Requests that differ in their path alone, with botocore's Signature Version 4.

    What they share is computed once, and the time again each second: it is half of the work.
    """

    def __init__(
        self, method: Method, authority: str, body: bytes, region: str, credentials: Any
    ) -> None:
        self._auth = _Auth(credentials, "execute-api", region)
        self._method, self._authority, self._body = method, authority, body
        self._digest = hashlib.sha256(body).hexdigest()
        self._token = credentials.token
        self._second = -1

    def message(self, path: str) -> bytes:
        """The request as it goes over the wire."""
        now = int(time.time())
        if now != self._second:
            self._prepare(now)
        auth, request = self._auth, self._request
        # What quote(path, safe="/~") makes of a path that is quoted already, at a tenth of the time.
        twice = path.replace("%", "%25").replace("@", "%40")
        canonical = f"{self._method}\n{twice}\n\n{self._canonical}{self._digest}"
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        return f"{self._method} {path}{self._head}{signature}\r\n\r\n".encode() + self._body

    def _prepare(self, second: int) -> None:
        self._second = second
        stamp = time.strftime(SIGV4_TIMESTAMP, time.gmtime(second))
        self._request = AWSRequest()
        self._request.context["timestamp"] = stamp
        signed = {"host": self._authority, "x-amz-date": stamp}
        if self._token:
            signed["x-amz-security-token"] = self._token
        names = ";".join(signed)
        lines = [f"{name}:{value}" for name, value in signed.items()]
        self._canonical = "\n".join([*lines, "", names, ""])
        scope = self._auth.scope(self._request)
        headers = [f"{name}: {value}" for name, value in signed.items()]
        self._head = "\r\n".join(
            [
                " HTTP/1.1",
                *headers,
                f"content-length: {len(self._body)}",
                f"authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature=",
            ]
        )


def _pauses() -> Iterator[float]:
    """Before each attempt, in seconds: full jitter."""
    yield 0.0
    for attempt in range(_ATTEMPTS - 1):
        yield random.uniform(0, _PAUSE_SECONDS * 4**attempt)  # noqa: S311 - spreads load, hides nothing


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
