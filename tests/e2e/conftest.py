"""People who use the deployed stack."""

import contextlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import pytest
import websocket

from tests.stack import Answer, RunningStack, stack

__all__ = ["stack"]

PASSWORD = "a quiet forest path"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Somebody with an account, signed in."""

    stack: RunningStack
    id: str
    name: str
    email: str
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        authorized = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.stack.request(method, path, json_body=body, headers=authorized)

    def connect(self) -> "Live":
        opened = self.call("POST", "/api/live/ticket").json
        return Live(self.stack.open_socket(opened["url"], opened["ticket"]))


class Live:
    """A socket that speaks the contract's frames."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, frame: Any) -> None:
        self._socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    def receive(self) -> Any:
        return json.loads(self._socket.recv())

    def await_end(self) -> None:
        """Read until the other side closes the socket."""
        with contextlib.suppress(websocket.WebSocketConnectionClosedException):
            while self._socket.recv():
                pass
        self._socket.shutdown()

    def hello(self, since: str | None = None) -> Any:
        """Say hello and return the answer that ends the handshake."""
        self.send({"type": "hello"} | ({"since": since} if since else {}))
        return self.until("connected")

    def until(self, kind: str) -> Any:
        """The next frame of that type."""
        while True:
            frame = self.receive()
            if frame["type"] == kind:
                return frame

    def change_of(self, task_id: str, action: str) -> Any:
        """The next push about that task; pushes come at least once and mixed with others."""
        while True:
            frame = self.receive()
            for change in frame.get("updates", [frame]):
                if (change.get("action"), change.get("task", {}).get("id")) == (action, task_id):
                    return change


@pytest.fixture(scope="session")
def join(stack: RunningStack) -> Callable[[str], Person]:
    """Register somebody and sign them in."""

    def _join(name: str) -> Person:
        email = f"{name.lower()}{next(_numbers)}@example.com"
        account = {"name": name, "email": email, "password": PASSWORD}
        assert stack.request("POST", "/api/auth/register", json_body=account).status == 201
        answer = stack.request("POST", "/api/auth/login", json_body=account).json
        return Person(stack, answer["user"]["id"], name, email, answer["token"])

    return _join


@pytest.fixture(scope="session")
def alice(join: Callable[[str], Person]) -> Person:
    return join("Alice")


@pytest.fixture(scope="session")
def bob(join: Callable[[str], Person]) -> Person:
    return join("Bob")
