"""The measurement: a team of each size, every request in it, what each consumed and how long it took."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.storage import connection, probe
from infra.bench import people, seeding, surroundings
from infra.bench.bars import Measured
from infra.bench.cases import CASES, Case
from infra.bench.meter import Cost, Meter
from infra.bench.people import TEAM
from infra.bench.sender import Sender
from infra.progress import Failure, step

# The dearest of these counts: costs vary a little with the counter that happens to be hit.
COST_RUNS = 3
CPU_RUNS = 15
# Registering and signing in hash a password, which takes a quarter of a second on purpose.
SLOW_CPU_RUNS = 3


@dataclass(frozen=True)
class Sized:
    """Everything measured in a team of one size; `counted` is what COUNT queries read there."""

    costs: Mapping[str, Cost]
    cpu: Mapping[str, float]
    counted: float


def measure(sizes: Sequence[int], cpu_sizes: Sequence[int]) -> dict[int, Sized]:
    surroundings.prepare_process()
    surroundings.create_tables()
    # The probe of /health has a client of its own, with shorter timeouts.
    clients = [connection.shared().client, probe._impatient().connection.client]  # noqa: SLF001
    patient = surroundings.client()
    meter = Meter([*clients, patient], aside=surroundings.client())
    return {size: _measure(size, meter, patient, with_cpu=size in cpu_sizes) for size in sizes}


def rows(measured: Mapping[int, Sized], sizes: Sequence[int]) -> list[Measured]:
    """The table of these sizes, one row a case."""
    return [
        Measured(
            case.name,
            case.bars,
            {size: measured[size].costs[case.name] for size in sizes},
            {size: measured[size].cpu[case.name] for size in sizes},
        )
        for case in CASES
    ]


def _measure(size: int, meter: Meter, patient: Any, *, with_cpu: bool) -> Sized:
    surroundings.create_tables()
    team = people.known()
    seeding.fill(size, [person.user for person in team])
    people.join(team)
    sender = Sender(team)
    _check(sender, size)
    with step(f"Measuring {len(CASES)} requests and events at {size:,} tasks"):
        costs = {case.name: _cost(case, sender, meter) for case in CASES}
    with step("Measuring a COUNT query"):
        counted = meter.cost(lambda: _count(patient)).reads
    if not with_cpu:
        return Sized(costs, {}, counted)
    with step(f"Timing the requests and events at {size:,} tasks"):
        return Sized(costs, {case.name: _cpu(case, sender) for case in CASES}, counted)


def _check(sender: Sender, size: int) -> None:
    """The counters that were written in bulk must be those that the app reads."""
    answer = sender.statistics("database")
    found = (answer["total_tasks"], answer["overdue"], answer["total_users"])
    expected = (size, size // seeding.OVERDUE_EVERY, len(sender.people))
    if found != expected:
        raise Failure(f"The app counts {found} tasks, overdue and people, not {expected}.")


def _cost(case: Case, sender: Sender, meter: Meter) -> Cost:
    runs = [meter.cost(case.arrange(sender)) for _ in range(COST_RUNS)]
    return max(runs, key=lambda cost: (cost.reads + cost.writes, cost.round_trips))


def _cpu(case: Case, sender: Sender) -> float:
    runs = SLOW_CPU_RUNS if case.is_slow else CPU_RUNS
    return statistics.median(Meter.cpu(case.arrange(sender)) for _ in range(runs))


def _count(client: Any) -> None:
    """What statistics would cost without counters: one strongly consistent COUNT of the team.

    Four statuses, overdue and all would be several; one is the least that anybody reads.
    """
    client.get_paginator("query").paginate(
        TableName=f"{surroundings.PREFIX}tasks",
        KeyConditionExpression="team = :team",
        ExpressionAttributeValues={":team": {"S": TEAM}},
        Select="COUNT",
        ConsistentRead=True,
        # Without a limit DynamoDB Local reads to the end of the table for every page.
        PaginationConfig={"PageSize": 1000},
    ).build_full_result()
