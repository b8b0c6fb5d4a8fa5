"""DynamoDB Local, AWS's own implementation of its accounting, as a child process that keeps nothing."""

import base64
import contextlib
import hashlib
import json
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.package import BUILD
from infra.progress import Failure, step

# The npm package that carries AWS's jar, and what npm's registry says it contains.
PACKAGE = "amplify-dynamodb-simulator@2.9.30"
SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
JAR = "DynamoDBLocal.jar"
FOLDER = BUILD / "dynamodb-local"
START_SECONDS = 30
STOP_SECONDS = 5


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The endpoint of an empty DynamoDB Local, which ends with the block."""
    java = _java()
    if not (FOLDER / JAR).exists():
        _fetch()
    port = _free_port()
    with (FOLDER / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                java,
                "-Djava.library.path=DynamoDBLocal_lib",
                *("-jar", JAR, "-inMemory", "-disableTelemetry", "-port", str(port)),
            ],
            cwd=FOLDER,
            stdout=log,
            stderr=log,
        )
    try:
        _await_port(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(server)


def _java() -> str:
    java = shutil.which("java")
    # macOS has a `java` that only says where to get one, so it has to be tried.
    if (
        java
        and subprocess.run([java, "-version"], capture_output=True, check=False).returncode == 0
    ):
        return java
    raise Failure(
        "`make bench` needs Java 17 or later for DynamoDB Local: install it"
        " (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless)."
    )


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Failure(
            "`make bench` gets DynamoDB Local with npm: install Node.js 20 or later"
            " (on Debian and Ubuntu: apt-get install nodejs npm)."
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    with step(f"Fetching DynamoDB Local (npm package {PACKAGE}, 57 MB, the first time only)"):
        command = [npm, "pack", PACKAGE, "--json", "--pack-destination", str(FOLDER)]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        if outcome.returncode:
            raise Failure(
                "DynamoDB Local could not be fetched: check the network and npm's registry."
            )
        archive = FOLDER / json.loads(outcome.stdout)[0]["filename"]
        _unpack(archive)


def _unpack(archive: Path) -> None:
    """Take the emulator's folder out of the package, if it is the package that was reviewed."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        archive.unlink()
        raise Failure(f"npm's registry sent another {PACKAGE} than the one pinned; nothing is run.")
    with tarfile.open(archive) as package:
        package.extractall(FOLDER, filter="data")
    archive.unlink()
    # The jar comes last: where it is, the rest is.
    emulator = FOLDER / "package" / "emulator"
    for each in sorted(emulator.iterdir(), key=lambda path: path.name == JAR):
        target = FOLDER / each.name
        shutil.rmtree(target, ignore_errors=True)
        each.replace(target)
    shutil.rmtree(FOLDER / "package")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise Failure(f"DynamoDB Local did not start; {FOLDER / 'server.log'} says why.")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
