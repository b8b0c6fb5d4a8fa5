"""`make run`: the whole stack on this machine, with demo data, live reload and a tail of events."""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from infra import demo_data, local_stack, package, state
from infra.emulator import AFRESH, Emulator
from infra.progress import Failure, run, say, step
from infra.tail import Tail
from infra.watch import Watch

DEFAULT_PORT = 7145
LOOK_SECONDS = 0.5

BANNER = """
  TaskFlow is running at  {url}
  sign in with            {email}  /  {password}
  captured mail           make mail
  stop                    Ctrl-C (the data stays; `make reset` forgets it)

Saved files are live within seconds. What happens:
"""

_stopped = threading.Event()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    port = _port()
    with state.held(port):
        emulator = Emulator(state.DIRECTORY, port)
        emulator.require_free_port()  # before the work, not after it
        artifact = package.build(native=package.for_this_machine())
        with step("Starting the emulator"):
            emulator.start()
        try:
            _serve(emulator, artifact)
        finally:
            with step("Stopping; the data is kept"):
                emulator.stop()


def _serve(emulator: Emulator, artifact: package.Artifact) -> None:
    try:
        with step("Deploying the stack"):
            running = local_stack.deploy(emulator, artifact)
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"The stack could not be deployed: {error}\n{AFRESH}") from error
    if not state.DEMO_LOADED.exists():
        _load_demo(running)
    if _stopped.is_set():
        return
    say(BANNER.format(url=running.url, email=demo_data.LOGIN, password=demo_data.PASSWORD))
    tail, watch = Tail(running.stack), Watch(emulator, running)
    while not _stopped.wait(LOOK_SECONDS):
        if not emulator.running():
            raise Failure(f"The emulator ended by itself; {emulator.log} says why.")
        watch.deploy_changes()
        for line in tail.lines():
            say(line)


def _load_demo(running: local_stack.LocalStack) -> None:
    """In a process of its own: the services read their settings from the environment once."""
    with step("Inviting three people and giving them 40 tasks"):
        outcome = subprocess.run(
            [sys.executable, "-m", "infra.demo"],
            cwd=package.ROOT,
            env=os.environ | running.environment,
            check=False,
        )
    if outcome.returncode:
        raise Failure(f"The demo data could not be loaded; the lines above say why. {AFRESH}")
    state.DEMO_LOADED.touch()


def _port() -> int:
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:  # noqa: PLR2004
        raise Failure(f"PORT must be a number from 1024 to 65535, not {text!r}.")
    return int(text)


def _stop(_number: int, _frame: FrameType | None) -> None:
    _stopped.set()


if __name__ == "__main__":
    run(main)
