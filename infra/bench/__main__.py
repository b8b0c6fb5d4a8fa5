"""`make bench`: the cost of every request beside its bar; fails when a bar is missed."""

import argparse
import signal
import sys

from infra.bench import dynamodb_local, surroundings
from infra.progress import run, say, step

SIZES = (100, 1_000, 10_000, 100_000)


def main() -> int:
    options = _options()
    # Ending like this lets the server end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    say("· Starting DynamoDB Local (it listens on every interface until the bench ends)")
    with dynamodb_local.running() as endpoint:
        surroundings.set_environment(endpoint)
        # Settings are read when the app is imported, so the environment comes first.
        with step("Loading the app"):
            from infra.bench import measuring, plot, report  # noqa: PLC0415
        compared = (options.sizes[0], options.sizes[-1])
        measured = measuring.measure(options.sizes, compared)
    rows = measuring.rows(measured, compared)
    say(report.table(rows))
    if options.breakdown:
        say(report.breakdown(rows))
    say(report.verdict(rows))
    if tuple(options.sizes) == SIZES:
        with step("Writing docs/performance.md, docs/performance.svg and docs/units.json"):
            plot.draw(measured)
            report.publish(rows, measured)
            report.record(rows)
    return 1 if any(list(row.missed()) for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--breakdown", action="store_true", help="units by table and index, too")
    parser.add_argument(
        "--sizes",
        type=lambda text: sorted(map(int, text.split(","))),
        default=list(SIZES),
        help="two numbers of tasks or more; only the usual ones are published (default: 100,…,100000)",
    )
    options = parser.parse_args()
    if len(options.sizes) < 2:  # noqa: PLR2004 - growth is between two
        parser.error("--sizes takes two numbers at least, such as 100,1000")
    return options


if __name__ == "__main__":
    run(main)
