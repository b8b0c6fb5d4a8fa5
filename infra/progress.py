"""What the programs in infra/ say while they work: steps, heartbeats and failures a person can act on."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

HEARTBEAT_SECONDS = 2.5


class Failure(Exception):
    """One sentence: what went wrong and what to do about it."""


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def step(sentence: str) -> Iterator[None]:
    """Announce a piece of work, show that it is alive, and say how long it took."""
    started = time.monotonic()
    finished = threading.Event()
    say(f"· {sentence}")
    heart = threading.Thread(target=_beat, args=(started, finished), daemon=True)
    heart.start()
    try:
        yield
    finally:
        finished.set()
        heart.join()
    elapsed = time.monotonic() - started
    if elapsed > HEARTBEAT_SECONDS:
        say(f"  done in {elapsed:.1f} s")


def answer(question: str) -> str:
    """What a person types, without the spaces around it; nothing where the input ends."""
    try:
        return input(question).strip()
    except EOFError:
        say("")
        return ""


def run(main: Callable[[], int | None]) -> None:
    """Run a program's main function; a Failure ends it with its sentence instead of a traceback."""
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _beat(started: float, finished: threading.Event) -> None:
    while not finished.wait(HEARTBEAT_SECONDS):
        say(f"  … {time.monotonic() - started:.0f} s")
