"""`make simulate`: a busy day with faults; fails when something does not add up at its end."""

import argparse
import logging

import tests.conftest  # noqa: F401 - TaskFlow reads its settings as it is imported
from infra.progress import Failure, run, say, step
from tests import quick_moto
from tests.simulation.day import Day, Plan
from tests.simulation.sums import counted, wrong


def main() -> int:
    options = _options()
    logging.getLogger("taskflow").setLevel(logging.CRITICAL)
    day = Day(Plan(options.people, options.changes, options.hours, options.faulty, options.seed))
    with quick_moto.quick(), day.open():
        with step(f"{options.people:,} people come to work, in teams of ten"):
            day.begin(say)
        with step(f"They ask for {options.changes:,} changes within {options.hours:g} hours"):
            day.work(say)
        with step("What is still owed arrives, and is added up"):
            day.end()
            faults, counts = wrong(day), counted(day)
    for name, count in counts.items():
        say(f"  {name:<58}{count:>9,}")
    for fault in faults[:20]:
        say(f"✗ {fault}")
    if faults:
        raise Failure(f"{len(faults)} things do not add up; seed {options.seed} shows them again.")
    say("✓ Counters, feed, search, mails and tabs add up.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--hours", type=float, default=2.0, help="how long the day is (default: 2)")
    parser.add_argument(
        "--faulty", type=float, default=0.02, help="share of DynamoDB calls (default: 0.02)"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    run(main)
