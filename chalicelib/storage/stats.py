"""The stats table: counters that change with the tasks, and the snapshot computed from them."""

import secrets
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib import clock
from chalicelib.entities import Status, Task
from chalicelib.errors import Contention
from chalicelib.storage.tables import StatsItem
from chalicelib.storage.transactions import Transaction

# Two writers meet on one counter item with a probability of 1/8, and then one of them retries.
_SHARDS = 8
_SHARD = "shard#"
_SNAPSHOT = "snapshot"
_DUE = "due#"
PAST = "due#past"
# So many months of the team's rows end at once only after a year without a visitor.
_FOLDED_AT_ONCE = 12


class Ended(Struct, frozen=True):
    """The row of a month that is over: what is still open of it, and how often it changed."""

    open_tasks: int
    changes: int


class Counters(Struct, frozen=True):
    """The sums over all rows that were read.

    `changes` grows with every change of any of them: the snapshot's generation. A query may
    bring one row as it was before a transaction and another as it was after; the next query's
    sum differs then. `ended` are the rows of months that are over.
    """

    by_status: dict[Status, int]
    overdue: int
    members: int
    changes: int
    ended: dict[str, Ended]


class Snapshot(Struct, frozen=True):
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


def current(team: str, today: date) -> tuple[Counters, Snapshot | None]:
    """The counters as of that day and the last snapshot, in one strongly consistent query.

    Its range begins at the row of this month: what is due later lies before it, and what ended,
    the shards and the snapshot behind it, however many months people plan ahead.
    """
    this_month = _month(today)
    rows = {
        item.part: item
        for item in StatsItem.query(
            team, StatsItem.part.between(this_month, _SNAPSHOT), consistent_read=True
        )
    }
    snapshot = rows.pop(_SNAPSHOT, None)
    month = rows.pop(this_month, None)
    past = {
        part: Ended(int(row.open_tasks or 0), int(row.changes or 0))
        for part, row in rows.items()
        if part.startswith(_DUE)
    }
    shards = [row for part, row in rows.items() if part not in past]
    read = [*rows.values(), *([month] if month else [])]
    counters = Counters(
        by_status={
            status: sum(int(getattr(shard, status.value) or 0) for shard in shards)
            for status in Status
        },
        overdue=sum(row.open_tasks for row in past.values())
        + (_open_until(month, today) if month else 0),
        members=sum(int(shard.members or 0) for shard in shards),
        changes=sum(int(row.changes or 0) for row in read),
        ended={part: row for part, row in past.items() if part != PAST},
    )
    return counters, _snapshot(snapshot) if snapshot else None


def fold(team: str, ended: Mapping[str, Ended]) -> None:
    """Add what is open of ended months to the one row of the past, so that reads stay small.

    Whoever changes a task of an ended month counts in that row already, so sums are right
    before and after; when someone else folds or counts meanwhile, the next reader folds.
    """
    transaction = Transaction()
    some = dict(list(ended.items())[:_FOLDED_AT_ONCE])
    for part, row in some.items():
        transaction.delete(
            StatsItem(team, part), condition=StatsItem.changes == row.changes, otherwise=Contention
        )
    actions = [
        StatsItem.open_tasks.add(sum(row.open_tasks for row in some.values())),
        StatsItem.changes.add(sum(row.changes for row in some.values())),
    ]
    transaction.update(StatsItem(team, PAST), actions)
    with suppress(Contention):
        transaction.commit()


def due_part(day: date, today: date) -> str:
    """The row that counts what is due on a day: its month's, or that of the past."""
    month = _month(day)
    return month if month <= _month(today) else PAST


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
    """Count an open task out of one due day and into another; one row where the month is one."""
    if before == after:
        return
    today = clock.today()
    steps: dict[str, Counter[date]] = {}
    for day, step in ((before, -1), (after, 1)):
        if day is not None:
            steps.setdefault(due_part(day, today), Counter())[day] += step
    for part, days in steps.items():
        actions = _due_actions(part, days)
        if actions:
            transaction.update(StatsItem(team, part), actions)


def _due_actions(part: str, days: Counter[date]) -> list[Action]:
    total = sum(days.values())
    actions: list[Action] = [StatsItem.open_tasks.add(total), StatsItem.changes.add(1)]
    if part == PAST:
        return actions if total else []
    return [*actions, *(StatsItem.open_on(day.day).add(step) for day, step in days.items())]


def _month(day: date) -> str:
    """The part of a month's row; they sort from the last month of all times to the first."""
    return f"{_DUE}{999_999 - (day.year * 12 + day.month):06d}"


def _open_until(month: StatsItem, day: date) -> int:
    """The open tasks of the month that are due before `day`."""
    return sum(int(month.attribute_values.get(f"day_{each}") or 0) for each in range(1, day.day))


def _snapshot(item: StatsItem) -> Snapshot:
    return Snapshot(
        body=item.snapshot or b"",
        generation=int(item.generation or 0),
        fresh_until=int(item.fresh_until or 0),
    )
