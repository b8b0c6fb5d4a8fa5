"""The smoke test: whether the version that was just deployed answers, from outside, as it should."""

import contextlib
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.emulator import ADDRESS
from infra.progress import Failure

# New functions and a new stage of the gateway take a moment to be known everywhere.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 15.0
# What a browser asks when it opens a socket; RFC 6455, 4.1. The key may be any 16 bytes.
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGFza2Zsb3cgc21va2VzIQ==",
}
REFUSED = {401, 403}


@dataclass(frozen=True)
class Addresses:
    """Where the site and the sockets answer, without a slash at the end."""

    site: str
    sockets: str


class Unwell(Exception):
    """A sentence about what did not answer as it should."""


def answers_well(addresses: Addresses, build: str | None) -> list[str]:
    """What was seen, in sentences; raises Failure with what did not become well in time.

    Without a build, whichever it is may answer.
    """
    checks: list[Callable[[], str]] = [
        lambda: _health(addresses.site, build),
        lambda: _login_page(addresses.site),
        lambda: _closed_door(addresses.sockets),
    ]
    deadline = time.monotonic() + PATIENCE_SECONDS
    return [_in_time(check, deadline) for check in checks]


def _in_time(check: Callable[[], str], deadline: float) -> str:
    while True:
        try:
            return check()
        except (Unwell, OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                raise Failure(str(error) or type(error).__name__) from error
        time.sleep(min(PAUSE_SECONDS, max(0.0, deadline - time.monotonic())))


def _health(site: str, build: str | None) -> str:
    status, text = _get(f"{site}/health")
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    if status != http.HTTPStatus.OK or said.get("database") != "connected":
        raise Unwell(f"{site}/health answers {status}: {text[:300]}")
    if build and said.get("build") != build:
        raise Unwell(f"{site}/health answers as build {said.get('build')}, not as {build}")
    return f"/health reaches the database and is build {said.get('build')}"


def _login_page(site: str) -> str:
    status, text = _get(f"{site}/login")
    if status != http.HTTPStatus.OK or "<form" not in text:
        raise Unwell(f"{site}/login answers {status} without the form to sign in")
    return "/login shows the form to sign in"


def _closed_door(sockets: str) -> str:
    status, _ = _get(sockets, UPGRADE)
    if status not in REFUSED:
        raise Unwell(f"{sockets} answers {status} to a socket without a ticket, not 401 or 403")
    return f"a socket without a ticket is refused with {status}"


def _get(address: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection
    if parts.scheme in {"http", "ws"}:
        kind = http.client.HTTPConnection  # type: ignore[assignment] # the one is the other's parent
    # Browsers resolve every name under .localhost; Python asks the system.
    host = ADDRESS if str(parts.hostname).endswith(".localhost") else str(parts.hostname)
    connection = kind(host, parts.port, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", parts.path, headers={"Host": parts.netloc} | dict(headers or {}))
        response = connection.getresponse()
        if response.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
            return response.status, ""
        return response.status, response.read().decode(errors="replace")
