"""A loopback stand-in for the management API: TLS, HTTP/1.1, and an answer 20 ms after each request.

`python -m infra.bench.stub CERTIFICATE KEY` prints its port, and serves until its input ends. It is
a process of its own, so that what is measured shares no interpreter with it.
"""

import asyncio
import re
import ssl
import sys
from typing import Any

from infra.emulator import ADDRESS

LATENCY_SECONDS = 0.02

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_BACKLOG = 1024


class _Answers(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        end = received.find(_HEAD_ENDS)
        if end < 0:
            return
        length = _LENGTH.search(received, 0, end)
        if len(received) >= end + len(_HEAD_ENDS) + int(length[1] if length else 0):
            received.clear()
            asyncio.get_running_loop().call_later(LATENCY_SECONDS, self._transport.write, _OK)


async def _serve(certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answers, ADDRESS, 0, ssl=context, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
