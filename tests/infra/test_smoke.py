"""The smoke test, against a server of this test's own."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from infra import smoke
from infra.progress import Failure

HEALTHY = {"status": "ok", "build": "b1", "database": "connected"}


class Site(http.server.BaseHTTPRequestHandler):
    """Answers as its class attributes say."""

    health: Any = (200, HEALTHY)
    login: Any = (200, "<form>")
    socket = 403
    # How many times /health fails before that.
    failures = 0

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self._answer(type(self).socket, "")
        elif self.path == "/dev/login":
            self._answer(*self.login)
        elif type(self).failures:
            type(self).failures -= 1
            self._answer(500, "not yet")
        else:
            self._answer(self.health[0], json.dumps(self.health[1]))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[smoke.Addresses]:
    monkeypatch.setattr(smoke, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(smoke, "PAUSE_SECONDS", 0.01)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        port = server.server_port
        yield smoke.Addresses(f"http://127.0.0.1:{port}/dev", f"ws://flow.localhost:{port}/dev")
        server.shutdown()
        thread.join()


def test_site_that_is_well_is_described(addresses: smoke.Addresses) -> None:
    assert smoke.answers_well(addresses, "b1") == [
        "/health reaches the database and is build b1",
        "/login shows the form to sign in",
        "a socket without a ticket is refused with 403",
    ]


def test_whichever_build_it_is_may_answer_when_none_is_asked_for(
    addresses: smoke.Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "health", (200, HEALTHY | {"build": "b0"}))

    assert smoke.answers_well(addresses, None)[0] == "/health reaches the database and is build b0"


def test_new_version_may_take_a_moment(
    addresses: smoke.Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "failures", 3)

    assert smoke.answers_well(addresses, "b1")


@pytest.mark.parametrize(
    ("attribute", "value", "sentence"),
    [
        ("health", (200, HEALTHY | {"build": "b0"}), "answers as build b0, not as b1"),
        ("health", (503, HEALTHY | {"database": "unreachable"}), "/health answers 503"),
        ("health", (200, "ok"), "/health answers 200"),
        ("login", (500, "oh"), "/login answers 500"),
        ("login", (200, "{}"), "without the form to sign in"),
        ("socket", 101, "answers 101 to a socket without a ticket"),
        ("socket", 500, "answers 500 to a socket without a ticket"),
    ],
)
def test_site_that_is_not_well_is_refused(
    addresses: smoke.Addresses,
    monkeypatch: pytest.MonkeyPatch,
    attribute: str,
    value: Any,
    sentence: str,
) -> None:
    monkeypatch.setattr(Site, attribute, value)

    with pytest.raises(Failure, match=sentence):
        smoke.answers_well(addresses, "b1")


def test_site_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PATIENCE_SECONDS", 0.0)

    with pytest.raises(Failure, match="refused"):
        smoke.answers_well(smoke.Addresses("http://127.0.0.1:1", "ws://127.0.0.1:1"), "b1")
