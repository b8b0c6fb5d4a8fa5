"""The stats table: counters that change with the tasks, and the snapshot computed from them."""

import secrets
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pynamodb.exceptions import DeleteError

from chalicelib.entities import Status, Task
from chalicelib.errors import Contention
from chalicelib.storage.tables import StatsItem
from chalicelib.storage.transactions import Transaction

# Two writers meet on one counter item with a probability of 1/8, and then one of them retries.
_SHARDS = 8
_SHARD = "shard#"
_SNAPSHOT = "snapshot"
_DUE = "due#"


@dataclass(frozen=True, slots=True)
class Counters:
    """The sums over all shards. `changes` grows with every change: the snapshot's generation."""

    by_status: dict[Status, int]
    members: int
    changes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored answer, right as long as the team's generation is the one it was computed from.

    `fresh_until` is in seconds since 1970.
    """

    body: bytes
    generation: int
    fresh_until: int


def count_change(transaction: Transaction, before: Task | None, after: Task | None) -> None:
    """Let the counters follow a task from `before` to `after` (absent: not there)."""
    team = (after or before).team  # type: ignore[union-attr] # one of them is a task
    delta: dict[str, int] = {}
    for task, sign in ((before, -1), (after, 1)):
        if task is not None:
            delta[task.status.value] = delta.get(task.status.value, 0) + sign
    actions = [getattr(StatsItem, name).add(step) for name, step in delta.items() if step]
    transaction.update(_a_shard(team), [*actions, StatsItem.changes.add(1)])
    _count_due(
        transaction,
        team,
        before.open_due if before else None,
        after.open_due if after else None,
    )


def count_member(transaction: Transaction, team: str, step: int) -> None:
    actions = [StatsItem.members.add(step), StatsItem.changes.add(1)]
    transaction.update(_a_shard(team), actions)


def current(team: str) -> tuple[Counters, Snapshot | None]:
    """The counters and the last snapshot, in one strongly consistent query."""
    items = list(
        StatsItem.query(team, StatsItem.part.between(_SHARD, _SNAPSHOT), consistent_read=True)
    )
    shards = [item for item in items if item.part != _SNAPSHOT]
    counters = Counters(
        by_status={
            status: sum(int(getattr(shard, status.value) or 0) for shard in shards)
            for status in Status
        },
        members=sum(int(shard.members or 0) for shard in shards),
        changes=sum(int(shard.changes or 0) for shard in shards),
    )
    return counters, next((_snapshot(item) for item in items if item.part == _SNAPSHOT), None)


def open_before(team: str, day: date) -> int:
    """How many open tasks are due before `day`; strongly consistent.

    A past month whose last open task is gone is cleared away here, one a call, so that reads
    stay as small as the number of months in which something really is overdue.
    """
    this_month = _month(day)
    items = list(
        StatsItem.query(team, StatsItem.part.between(_DUE, this_month), consistent_read=True)
    )
    past = {item.part: int(item.open_tasks or 0) for item in items if item.part != this_month}
    current = next((item for item in items if item.part == this_month), None)
    empty = next((part for part, count in past.items() if count == 0), None)
    if empty is not None:
        _clear(team, empty)
    return sum(past.values()) + (_open_until(current, day) if current else 0)


def store_snapshot(team: str, snapshot: Snapshot) -> None:
    StatsItem(
        team,
        _SNAPSHOT,
        snapshot=snapshot.body,
        generation=snapshot.generation,
        fresh_until=snapshot.fresh_until,
        expires_at=snapshot.fresh_until,
    ).save()


def _a_shard(team: str) -> StatsItem:
    return StatsItem(team, f"{_SHARD}{secrets.randbelow(_SHARDS)}")


def _count_due(
    transaction: Transaction, team: str, before: date | None, after: date | None
) -> None:
    """Count an open task out of one due day and into another; one item where the month is one."""
    if before == after:
        return
    steps = [(day, step) for day, step in ((before, -1), (after, 1)) if day is not None]
    for month, days in groupby(steps, key=lambda each: _month(each[0])):
        actions, total = [], 0
        for day, step in days:
            actions.append(StatsItem.open_on(day.day).add(step))
            total += step
        if total:
            actions.append(StatsItem.open_tasks.add(total))
        transaction.update(StatsItem(team, month), actions)


def _open_until(item: StatsItem, day: date) -> int:
    """The open tasks of the month that are due before `day`."""
    return sum(int(item.attribute_values.get(f"day_{each}") or 0) for each in range(1, day.day))


def _month(day: date) -> str:
    return _DUE + day.isoformat()[:7]


def _clear(team: str, part: str) -> None:
    try:
        StatsItem(team, part).delete(condition=StatsItem.open_tasks == 0)
    except Contention:
        return
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _snapshot(item: StatsItem) -> Snapshot:
    return Snapshot(
        body=item.snapshot or b"",
        generation=int(item.generation or 0),
        fresh_until=int(item.fresh_until or 0),
    )
