"""MiniStack as a child process: AWS on one loopback port, with or without memory of the last time."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.progress import Failure

ADDRESS = "127.0.0.1"
# Browsers resolve every name under .localhost to this machine.
DOMAIN = "taskflow.localhost"
# Names the file in which the emulator notes what IAM decided, one JSON list a line.
DECISIONS = "TASKFLOW_DECISIONS"
AFRESH = "`make reset` forgets the data and starts afresh."
START_SECONDS = 30
STOP_SECONDS = 20
REGION = "us-east-1"
# The emulator's root; with AUTH=true everything else is held to its policies.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}


class Emulator:
    """Keeps its state under `directory` and is healthy inside the `with` block."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self.log = directory / "emulator.log"
        self.decisions = directory / "decisions.jsonl"

    @property
    def endpoint(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def require_free_port(self) -> None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((ADDRESS, self.port)) == 0:
                raise Failure(
                    f"Port {self.port} is in use: stop what runs there,"
                    " or choose another with `make run PORT=…`."
                )

    def start(self) -> None:
        self.require_free_port()
        self._prepare()
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches only us, and we stop it gracefully.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.corrected_ministack"],
                cwd=Path(__file__).resolve().parent.parent,
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,  # its end tells the child that we are gone
                start_new_session=True,
            )
        try:
            self._await_health()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """State survives only when the emulator is asked to end and given the time for it."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()

    def _prepare(self) -> None:
        # Unpacked code collects here; the functions are unpacked again when they are first used.
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)
        for name in ("state", "s3", "tmp"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        rewind_streams(self.directory / "state" / "lambda.json")

    def _environment(self) -> dict[str, str]:
        # Functions inherit everything else from the emulator, so it gets no more than it needs.
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        return inherited | {
            **CREDENTIALS,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": ADDRESS,
            "AUTH": "true",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "STATE_DIR": str(self.directory / "state"),
            "S3_DATA_DIR": str(self.directory / "s3"),
            "TMPDIR": str(self.directory / "tmp"),
            DECISIONS: str(self.decisions),
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running():
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1).close()  # noqa: S310 - loopback
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
            else:
                return
        raise Failure(
            f"The emulator did not start; {self.log} says why. If its state is broken: {AFRESH}"
        )


def rewind_streams(state: Path) -> None:
    """Let every stream start from its oldest record: a restarted emulator numbers them anew.

    With the old positions it would skip the first changes after the start. Consumers are
    idempotent, so what they see twice does no harm.
    """
    if not state.exists():
        return
    try:
        remembered = json.loads(state.read_text())
        remembered["payload"]["dynamodb_stream_positions"]["data"] = {}
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"The saved state is broken. {AFRESH}") from error
    state.write_text(json.dumps(remembered))
