"""What the tables say, counted anew: to hold the counters and the feed against."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from chalicelib import clock
from chalicelib.entities import Action, Activity, Day, Status, Task
from chalicelib.storage import activity, tables, trend
from chalicelib.storage.tasks import task_of

TEAM = "TF"


@dataclass(frozen=True)
class Books:
    """A team's numbers: kept by the counters, or recounted from the rows they count."""

    by_status: dict[Status, int]
    open_by_day: dict[date, int]
    open_of_past_months: int
    members: int


def kept() -> Books:
    """What the counters say."""
    rows = list(tables.StatsItem.query(TEAM, consistent_read=True))
    shards = [row for row in rows if row.part.startswith("shard#")]
    months = {row.part: row for row in rows if row.part.startswith("due#")}
    past = months.pop("due#past", None)
    ended = [row for row in months.values() if _first(row) < _this_month()]
    running = [row for row in months.values() if row not in ended]
    return Books(
        by_status={
            status: sum(int(getattr(shard, status.value) or 0) for shard in shards)
            for status in Status
        },
        open_by_day={day: count for month in running for day, count in _days(month).items()},
        open_of_past_months=sum(sum(_days(row).values()) for row in ended)
        + int(past.open_tasks if past else 0),
        members=sum(int(shard.members or 0) for shard in shards),
    )


def recounted() -> Books:
    """What the counters should say."""
    return books_of(stored(), members=len(members()))


def books_of(tasks: list[Task], *, members: int) -> Books:
    counts = Counter(task.status for task in tasks)
    days = Counter(task.open_due for task in tasks if task.open_due)
    return Books(
        by_status={status: counts[status] for status in Status},
        open_by_day={day: count for day, count in days.items() if day >= _this_month()},
        open_of_past_months=sum(count for day, count in days.items() if day < _this_month()),
        members=members,
    )


def stored() -> list[Task]:
    """Every task of the team, by number."""
    return [task_of(item) for item in tables.TaskItem.query(TEAM, consistent_read=True)]


def feed() -> list[Activity]:
    """Every change of the team, in the order of the feed."""
    items = tables.ActivityItem.query(TEAM, consistent_read=True)
    return [activity.decode(item.record) for item in items]


def replayed(changes: Iterable[Activity]) -> list[Task]:
    """The tasks that the changes tell of, by number.

    Fails unless each task's changes are one creation, then updates whose versions ascend by
    one and whose `before` is what the former change left, then deletions, each but the last
    followed by a restoration.
    """
    tasks: dict[int, Task] = {}
    deleted = set()
    for change in sorted(changes, key=lambda each: (each.task.number, _order(each))):
        task, former = change.task, tasks.get(change.task.number)
        trail = activity.followed(former.trail if former else b"", change.id)
        if change.action is not Action.DELETED:
            assert task.trail == trail
        if change.action is Action.RESTORED:
            assert former is not None
            assert task.version == former.version + 1
            assert task.rank == former.rank
            deleted.remove(task.number)
        assert task.number not in deleted
        if change.action is Action.RESTORED:
            pass
        elif change.action is Action.CREATED:
            assert (former, task.version) == (None, 1)
        elif change.action is Action.UPDATED:
            assert former is not None
            assert task.version == former.version + 1
            before = dict(change.before)
            assert before.pop("rank", former.rank) == former.rank
            assert before == _former_values(former, task)
            assert ("status" in before) <= (task.rank != former.rank)
        else:
            assert task == former
            deleted.add(task.number)
            task = replace(task, trail=trail)
        tasks[task.number] = task
    return [tasks[number] for number in sorted(tasks) if number not in deleted]


def trend_kept() -> dict[date, Day]:
    """What the counters of the days say."""
    return {
        day: added
        for day, added in trend.days(TEAM, date(2020, 1, 1), date(2040, 1, 1)).items()
        if added != Day()
    }


def trend_of(changes: Iterable[Activity]) -> dict[date, Day]:
    """What each day added, by the feed."""
    days: dict[date, Counter[str]] = {}
    shown: dict[int, Task] = {}
    for change in sorted(changes, key=lambda each: (each.task.number, _order(each))):
        before = shown.pop(change.task.number, None)
        after = None if change.action is Action.DELETED else change.task
        if after:
            shown[after.number] = after
        is_done, was_done = _is(after, Status.COMPLETED), _is(before, Status.COMPLETED)
        day = days.setdefault(change.at.date(), Counter())
        day["created"] += change.action is Action.CREATED
        day["completed"] += is_done and not was_done and change.action is not Action.RESTORED
        day["done"] += is_done - was_done
        day["scope"] += bool(after) - bool(before)
        day["scope"] -= _is(after, Status.CANCELLED) - _is(before, Status.CANCELLED)
    made = {day: Day(**counts) for day, counts in days.items()}
    return {day: added for day, added in made.items() if added != Day()}


def _is(task: Task | None, status: Status) -> bool:
    return task is not None and task.status is status


def members() -> list[str]:
    """The ids of the team's members."""
    rows = tables.TeamItem.query(TEAM, consistent_read=True)
    return [row.item.removeprefix("member#") for row in rows if row.item.startswith("member#")]


def names() -> dict[str, tuple[str, str]]:
    """The name of each member by id: in the account, and in the team."""
    rows = {row.item: str(row.name) for row in tables.TeamItem.query(TEAM, consistent_read=True)}
    return {
        person.id: (person.name, rows[f"member#{person.id}"])
        for person in tables.UserItem.scan()
        if TEAM in person.teams
    }


def assert_consistent() -> None:
    """Invariants 1, 3 and 6: the feed, the tasks, the counters and the accounts agree."""
    people = list(tables.UserItem.scan())
    credentials = {item.email: item.user_id for item in tables.CredentialItem.scan()}
    assert credentials == {person.email: person.id for person in people}
    assert members() == sorted(person.id for person in people if TEAM in person.teams)
    assert all(own == shown for own, shown in names().values())
    assert replayed(feed()) == stored()
    assert kept() == recounted()
    assert trend_kept() == trend_of(feed())


def _days(month: tables.StatsItem) -> dict[date, int]:
    """The days of a month's row that count anything; the row's total is their sum."""
    first = _first(month)
    counts = {number: getattr(month, f"day_{number}") for number in range(1, 32)}
    assert sum(int(count or 0) for count in counts.values()) == int(month.open_tasks or 0)
    return {first.replace(day=number): int(count) for number, count in counts.items() if count}


def _first(month: tables.StatsItem) -> date:
    """The first day of the month that a row counts."""
    year, past_months = divmod(999_998 - int(month.part.removeprefix("due#")), 12)
    return date(year, past_months + 1, 1)


def _this_month() -> date:
    return clock.today().replace(day=1)


def _order(change: Activity) -> tuple[int, bool]:
    return change.task.version, change.action is Action.DELETED


def _former_values(former: Task, task: Task) -> dict[str, str | None]:
    fields = ("title", "description", "status", "priority", "assigned_to", "due_date")
    return {
        name: None if getattr(former, name) is None else str(getattr(former, name))
        for name in fields
        if getattr(former, name) != getattr(task, name)
    }
