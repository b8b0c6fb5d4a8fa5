"""What the counters of each team should be, counted anew from the rows that they count."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chalicelib import clock
from chalicelib.entities import Task
from chalicelib.storage import stats
from chalicelib.storage.tables import StatsItem, TaskItem
from chalicelib.storage.tasks import task_of
from infra.data import rows
from infra.data.meter import Meter
from infra.data.tables import Item, Tables

_MEMBER = "member#"


@dataclass
class Books:
    """One team's: tasks by status, open ones by due day, members, the highest number, the last."""

    statuses: Counter[str] = field(default_factory=Counter)
    due: Counter[date] = field(default_factory=Counter)
    members: int = 0
    highest: int = 0
    last_number: int = 0

    def add(self, task: Task) -> None:
        self.statuses[task.status.value] += 1
        if task.open_due:
            self.due[task.open_due] += 1
        self.highest = max(self.highest, task.number)

    def counters(self, team: str) -> list[StatsItem]:
        """The rows of the counters as they would be, had nothing but this happened."""
        total = self.statuses.total() + self.members
        counts: dict[str, Any] = {**self.statuses, "members": self.members, "changes": total}
        return [StatsItem(team, "shard#0", **counts), *self._due_rows(team)]

    def sums(self) -> Counter[str]:
        """The sums over those rows: what there is by name, the day rows by part and day."""
        return sums([row.to_dynamodb_dict() for row in self.counters("")])

    def _due_rows(self, team: str) -> Iterator[StatsItem]:
        today = clock.today()
        parts: dict[str, Counter[str]] = {}
        for day, count in self.due.items():
            parts.setdefault(stats.due_part(day, today), Counter())[f"day_{day.day}"] += count
        for part, days in parts.items():
            by_day: dict[str, Any] = {} if part == stats.PAST else dict(days)
            yield StatsItem(team, part, open_tasks=days.total(), changes=days.total(), **by_day)


def counted(
    tables: Tables, meter: Meter, *, each: Callable[[list[Task]], None] = lambda _: None
) -> dict[str, Books]:
    """The books of every team; `each` is given the tasks as they pass, a page at a time."""
    books: dict[str, Books] = {}
    for page in rows.pages(tables, "tasks", meter):
        tasks = [task_of(TaskItem.from_raw_data(item)) for item in page]
        for task in tasks:
            books.setdefault(task.team, Books()).add(task)
        each(tasks)
    for page in rows.pages(tables, "teams", meter):
        for item in page:
            _count_team_row(books.setdefault(item["key"]["S"], Books()), item)
    for page in rows.pages(tables, "trash", meter):
        for item in page:
            book = books.setdefault(item["team"]["S"], Books())
            book.highest = max(book.highest, int(item["number"]["N"]))
    return books


def sums(counters: list[Item]) -> Counter[str]:
    """What a team's rows of counters say in sum, zeros left out; snapshots count nothing."""
    found: Counter[str] = Counter()
    today = clock.today()
    for row in counters:
        part = row["part"]["S"]
        if part.startswith("shard#"):
            names = ("pending", "in_progress", "completed", "cancelled", "members")
            found.update({name: int(row[name]["N"]) for name in names if name in row})
        elif part == stats.PAST or part > stats.due_part(today, today):
            found["past"] += int(row["open_tasks"]["N"])
        elif part.startswith("due#"):
            days = [name for name in row if name.startswith("day_")]
            found.update({f"{part} {name}": int(row[name]["N"]) for name in days})
    return Counter({name: count for name, count in found.items() if count})


def _count_team_row(book: Books, item: Item) -> None:
    kind = item["item"]["S"]
    if kind.startswith(_MEMBER):
        book.members += 1
    elif kind == "sequence":
        book.last_number = int(item["last_number"]["N"])
