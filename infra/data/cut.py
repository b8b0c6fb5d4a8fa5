"""What was exported while people worked, put right: each change is in the file whole, or not at all.

One table is read after another, so a file may have a task as it was, and in the feed what happened
to it since. The record of a change has the task whole: the feed that was read decides, and tasks,
trash and trend follow. In the same way accounts decide who has a credential and is in a team.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from chalicelib import ids
from chalicelib.entities import Action, Activity, Status, Task
from chalicelib.services import trash
from chalicelib.storage import activity as feed
from chalicelib.storage import tasks, trend
from chalicelib.storage import trash as trash_table
from infra.data import rows
from infra.data.tables import Item, Tables
from infra.progress import Failure

# More than a change takes from its id to its commit, and all that AWS lets two clocks differ.
_MARGIN = timedelta(minutes=5)
_MEMBER = "member#"
# The row of a month in the trend that is corrected; all of them are added up.
_ROW = "#0"


@dataclass
class Cut:
    """The changes since `began`: `read` every line of a file, then ask what is `kept` of each.

    `changes` counts them. `_latest` has the last one of each task by team and number, `_trend` by
    how much a counter of a day is below what the feed says, by team, month and name.
    """

    began: datetime
    changes: int = 0
    _latest: dict[tuple[str, int], Activity] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _passed_by: list[Item] = field(default_factory=list)
    _accounts: dict[str, Item] = field(default_factory=dict)
    _trend: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _kept: set[tuple[str, str, str | int]] = field(default_factory=set)

    def read(self, table: str, item: Item) -> None:
        if table == "activity" and item["id"]["S"] >= ids.first_at(self._first_day):
            self._read_change(item)
        elif table == "trend":
            self._read_trend(item)
        elif table == "users":
            known = ("name", "email", "teams")
            self._accounts[item["id"]["S"]] = {name: item[name] for name in known if name in item}

    def complete(self, tables: Tables) -> None:
        """Look for changes that others follow, and that committed behind where was read."""
        wanted = {
            (each.task.team, before)
            for each in self._latest.values()
            for before in feed.on_trail(each.task.trail)
            if before >= self._late and before not in self._seen
        }
        keys = ({"team": {"S": team}, "id": {"S": each}} for team, each in sorted(wanted))
        self._passed_by = list(rows.get_many(tables, "activity", keys))
        for item in self._passed_by:
            self._read_change(item)

    def kept(self, table: str, item: Item) -> Item | None:
        """The item as it belongs into the file, None if it does not; the very same one if it is."""
        if table in {"tasks", "trash"}:
            return self._kept_task(table, item)
        if table == "credentials":
            owner = self._accounts.get(item["user_id"]["S"])
            return item if owner and owner["email"] == item["email"] else None
        if table == "teams" and item["item"]["S"].startswith(_MEMBER):
            return self._kept_member(item)
        if table == "trend" and item["part"]["S"].endswith(_ROW):
            return self._kept_trend(item)
        return item

    def added(self) -> Iterator[tuple[str, Item]]:
        """What else belongs into the file, by table; once every line was asked about."""
        yield from (("activity", item) for item in self._passed_by)
        for (team, number), change in sorted(self._latest.items()):
            is_deleted = change.action is Action.DELETED
            if not is_deleted and ("tasks", team, number) not in self._kept:
                yield "tasks", tasks.item_of(change.task).to_dynamodb_dict()
            if is_deleted and ("trash", team, number) not in self._kept:
                row = trash_table.item_of(trash.trashed(change.task, change))
                yield "trash", row.to_dynamodb_dict()
        for user, account in sorted(self._accounts.items()):
            for team in sorted(_teams(account)):
                if ("teams", team, user) not in self._kept:
                    yield "teams", _member(team, user, account)
        for team, month in sorted({(team, month) for team, month, _ in self._trend}):
            key = {"team": {"S": team}, "part": {"S": month + _ROW}}
            counts = self._kept_trend(key)
            if counts != key:
                yield "trend", counts

    @property
    def _late(self) -> str:
        """Changes with ids from this one on may be missing where tables were read before."""
        return ids.first_at(self.began - _MARGIN)

    @property
    def _first_day(self) -> datetime:
        """The trend counts whole days."""
        return (self.began - _MARGIN).replace(hour=0, minute=0, second=0, microsecond=0)

    def _read_change(self, item: Item) -> None:
        change = _change(item)
        month, day = f"{change.at:%Y-%m}", change.at.day
        for name, step in trend.added(change.action, *_around(change)).items():
            self._trend[item["team"]["S"], month, f"{name}_{day}"] += step
        if change.id < self._late:
            return
        self._seen.add(change.id)
        self.changes += change.id >= ids.first_at(self.began)
        key = (change.task.team, change.task.number)
        if key not in self._latest or _order(self._latest[key]) < _order(change):
            self._latest[key] = change

    def _read_trend(self, item: Item) -> None:
        month = item["part"]["S"].partition("#")[0]
        for name, value in item.items():
            day = name.partition("_")[2]
            if day.isdecimal() and f"{month}-{int(day):02d}" >= f"{self._first_day:%Y-%m-%d}":
                self._trend[item["team"]["S"], month, name] -= int(value["N"])

    def _kept_task(self, table: str, item: Item) -> Item | None:
        key = (item["team"]["S"], int(item["number"]["N"]))
        change = self._latest.get(key)
        if change is None:
            return item
        is_there = (change.action is Action.DELETED) == (table == "trash")
        if not is_there or int(item["version"]["N"]) != change.task.version:
            return None
        self._kept.add((table, *key))
        return item

    def _kept_member(self, item: Item) -> Item | None:
        team, user = item["key"]["S"], item["item"]["S"].removeprefix(_MEMBER)
        account = self._accounts.get(user)
        if account is None or team not in _teams(account):
            return None
        self._kept.add(("teams", team, user))
        member = item | _member(team, user, account)
        return item if member == item else member

    def _kept_trend(self, item: Item) -> Item:
        """The row with what is missing, which then is missing no more."""
        row = (item["team"]["S"], item["part"]["S"].removesuffix(_ROW))
        missing = {
            name: step for (*of, name), step in self._trend.items() if (*of,) == row and step
        }
        for name, step in missing.items():
            count = int(item.get(name, {"N": "0"})["N"]) + step
            item = item | {name: {"N": str(count)}}
            del self._trend[*row, name]
        return item


def _change(item: Item) -> Activity:
    try:
        return feed.decode(item["record"]["S"])
    except msgspec.DecodeError as error:
        raise Failure(
            f"The change {item['id']['S']} was made by a later TaskFlow: export with that one."
        ) from error


def _around(change: Activity) -> tuple[Task | None, Task | None]:
    """The task before and after, as far as the trend tells tasks apart."""
    if change.action is Action.DELETED:
        return change.task, None
    if change.action is not Action.UPDATED:
        return None, change.task
    former = change.before.get("status")
    return replace(change.task, status=Status(former or change.task.status)), change.task


def _order(change: Activity) -> tuple[int, bool]:
    """A task's changes in the order of its versions; a deletion makes no version."""
    return change.task.version, change.action is Action.DELETED


def _teams(account: Item) -> Item:
    teams: Item = account.get("teams", {}).get("M", {})
    return teams


def _member(team: str, user: str, account: Item) -> Item:
    """The row of a member as the account has it."""
    return {
        "key": {"S": team},
        "item": {"S": _MEMBER + user},
        "name": account["name"],
        "email": account["email"],
        "role": _teams(account)[team],
    }
