"""`make logs`: what all functions of a stage log, from a while ago on and as it happens."""

import os
import re
import time

from infra import stages
from infra.progress import Failure, run, say, step
from infra.tail import Tail

SINCE = "10m"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# CloudWatch answers 5 such questions a second for the whole account, and each look asks one a function.
PAUSE_SECONDS = 3.0


def main() -> None:
    stage = stages.chosen()
    since = os.environ.get("SINCE") or SINCE
    start = time.time() - seconds(since)
    wanted = os.environ.get("FILTER", "")
    about = f" with {wanted!r}" if wanted else ""
    with stages.answers():
        with step(
            f"What {stage.stack.name} logged{about} in the last {since}, and logs from now on"
            " (Ctrl-C ends it):"
        ):
            tail = Tail(stage.stack, since=int(start * 1000), wanted=wanted)
            lines = tail.lines()
        while True:
            for line in lines:
                say(line)
            time.sleep(PAUSE_SECONDS)
            lines = tail.lines()


def seconds(text: str) -> int:
    """A span such as 30s, 10m, 2h or 1d; raises Failure for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if match is None:
        raise Failure(f"SINCE must be a span such as 30s, 10m, 2h or 1d, not {text!r}.")
    return int(match[1]) * SECONDS[match[2]]


if __name__ == "__main__":
    run(main)
