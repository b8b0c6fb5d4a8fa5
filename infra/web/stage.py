"""A stack for measuring: of its own, with a team in it, gone afterwards."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from infra import demo_data, local_stack, package
from infra.emulator import ADDRESS, Emulator
from infra.local_stack import LocalStack
from infra.progress import step


@contextmanager
def running(folder: Path, seed: str) -> Iterator[tuple[LocalStack, str]]:
    """A fresh stack after the module `seed` has loaded its data into it, and what that printed."""
    artifact = package.build(folder / "build", native=package.for_this_machine())
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    with Emulator(folder / "state", port) as emulator:
        with step("Deploying the stack"):
            stack = local_stack.deploy(emulator, artifact)
        with step("Loading a team and its tasks"):
            seeded = subprocess.run(
                [sys.executable, "-m", seed],
                cwd=package.ROOT,
                env=os.environ | stack.environment,
                check=True,
                capture_output=True,
                text=True,
            )
        yield stack, seeded.stdout


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """A stack with the demo data: its address, and the token of the person who shows it."""
    with running(folder, "infra.demo") as (stack, _):
        yield stack.url, _token(stack.url)


def _token(url: str) -> str:
    host = url.partition("://")[2]
    credentials = {"email": demo_data.LOGIN, "password": demo_data.PASSWORD}
    with closing(http.client.HTTPConnection(ADDRESS, int(host.partition(":")[2]))) as connection:
        headers = {"Host": host, "Content-Type": "application/json"}
        connection.request("POST", "/api/auth/login", json.dumps(credentials), headers)
        return str(json.loads(connection.getresponse().read())["token"])
