"""What this machine keeps between starts: the emulator's state, and who is using it now."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator

from infra.package import ROOT
from infra.progress import Failure, run, say

DIRECTORY = ROOT / ".local"
LOCK = DIRECTORY / "lock"
DEMO_LOADED = DIRECTORY / "demo"


@contextlib.contextmanager
def held(port: int) -> Iterator[None]:
    """Keep the state to ourselves, under a lock that ends with this process however it ends."""
    DIRECTORY.mkdir(exist_ok=True)
    with LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                f"TaskFlow is already running on port {running_port()}; stop it first."
            ) from None
        lock.truncate(0)
        lock.write(str(port))
        lock.flush()
        yield


def running_port() -> int | None:
    """The port of the TaskFlow that runs on this state, if one does."""
    if not LOCK.exists():
        return None
    with LOCK.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read())
    return None


def forget() -> None:
    """`make reset`."""
    port = running_port()
    if port:
        raise Failure(f"TaskFlow is running on port {port}; stop it, then reset.")
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    say("Forgotten. The next `make run` starts with fresh demo data.")


if __name__ == "__main__":
    run(forget)
