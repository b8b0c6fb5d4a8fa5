"""The trend table: what the tasks did on each day, counted as it happens."""

import secrets
from collections import Counter
from datetime import date

from chalicelib import clock
from chalicelib.entities import Action, Day, Status, Task
from chalicelib.storage.tables import TrendItem
from chalicelib.storage.transactions import Transaction

# As many rows a month as there are shards of the counters, and for the same reason.
_SHARDS = 8


def count(
    transaction: Transaction, action: Action, before: Task | None, after: Task | None
) -> None:
    """Let today's counts follow a task from `before` to `after` (absent: not there)."""
    team = (after or before).team  # type: ignore[union-attr] # one of them is a task
    today = clock.today()
    steps = added(action, before, after)
    actions = [TrendItem.counter(name, today.day).add(step) for name, step in steps.items()]
    if actions:
        part = f"{today:%Y-%m}#{secrets.randbelow(_SHARDS)}"
        transaction.update(TrendItem(team, part), actions)


def added(action: Action, before: Task | None, after: Task | None) -> dict[str, int]:
    """What a change adds to which counter of its day, zeros left out."""
    is_done, was_done = _is_done(after), _is_done(before)
    steps = {
        "created": int(action is Action.CREATED),
        "completed": int(is_done and not was_done and action is not Action.RESTORED),
        "scope": _in_scope(after) - _in_scope(before),
        "done": is_done - was_done,
    }
    return {name: step for name, step in steps.items() if step}


def days(team: str, first: date, last: date) -> dict[date, Day]:
    """What the days from `first` to `last` added, if anything; strongly consistent."""
    sums: dict[date, Counter[str]] = {}
    between = TrendItem.part.between(f"{first:%Y-%m}", f"{last:%Y-%m}~")
    for row in TrendItem.query(team, between, consistent_read=True):
        month = date.fromisoformat(f"{row.part.partition('#')[0]}-01")
        for name, number, value in row.counts():
            day = month.replace(day=number)
            sums.setdefault(day, Counter())[name] += value
    return {day: Day(**counter) for day, counter in sums.items() if first <= day <= last}


def _in_scope(task: Task | None) -> int:
    return int(task is not None and task.status is not Status.CANCELLED)


def _is_done(task: Task | None) -> int:
    return int(task is not None and task.status is Status.COMPLETED)
