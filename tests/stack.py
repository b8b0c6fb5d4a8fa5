"""The artifact on an emulator of its own: for tests over HTTP and WebSocket, and for browsers."""

import contextlib
import http.client
import json
import shutil
import socket
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import websocket

from infra import local_stack, mail, package
from infra.emulator import ADDRESS, Emulator

SECONDS = 20


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class RunningStack:
    """A deployed stack: `url` for browsers, `request` and `open_socket` for tests."""

    def __init__(self, emulator: Emulator, artifact: package.Artifact) -> None:
        self._emulator = emulator
        self.artifact = artifact
        self._deploy()

    @property
    def url(self) -> str:
        return self.local.url

    @property
    def endpoint(self) -> str:
        """Where the emulator answers AWS's own API."""
        return self._emulator.endpoint

    @property
    def api_id(self) -> str:
        return self.local.outputs["ApiId"]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def restart(self) -> None:
        """Stop as Ctrl-C does, and start again on the same state."""
        self._emulator.stop()
        self._emulator.start()
        self._deploy()

    def run(self, code: Path | None = None) -> None:
        """Puts other code into the functions; without any, the artifact's again."""
        self.local.stack.refresh(code or self.artifact.code)

    def changed_code(self, target: Path) -> Path:
        """The artifact's code with one more static file: a new version of the pages."""
        shutil.copyfile(self.artifact.code, target)
        with zipfile.ZipFile(target, "a") as archived:
            archived.writestr("chalicelib/static/new.txt", "new")
        return target

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> Answer:
        """One request to the site; names under .localhost resolve in browsers, not in Python."""
        sent = {"Host": host or self.host} | dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(ADDRESS, self._emulator.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())

    def open_socket(
        self, url: str, ticket: str, *, origin: str | None = None
    ) -> websocket.WebSocket:
        """A socket as a page of ours would open it."""
        address = url.replace(urlsplit(url).hostname or "", ADDRESS)
        return websocket.create_connection(
            f"{address}?ticket={ticket}",
            timeout=SECONDS,
            host=self.host,
            origin=origin or self.url,
        )

    def decisions(self) -> list[list[str]]:
        """What IAM decided since the first start: role, action, resource, decision."""
        return [json.loads(line) for line in self._emulator.decisions.read_text().splitlines()]

    def sent_mail(self) -> list[dict[str, Any]]:
        return mail.captured(self._emulator.port)

    def _deploy(self) -> None:
        self.local = local_stack.deploy(self._emulator, self.artifact)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[RunningStack]:
    """A fresh stack, gone afterwards together with its data."""
    artifact = package.build(directory / "build", native=package.for_this_machine())
    with Emulator(directory / "state", free_port()) as emulator:
        yield RunningStack(emulator, artifact)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for all tests of a folder; import this fixture in its conftest.py."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port
