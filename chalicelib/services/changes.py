"""The feed: a team's changes in order, to read and to resume from."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from chalicelib import clock, ids
from chalicelib.entities import Action, Activity, Page, Task, User
from chalicelib.errors import Fault, Invalid
from chalicelib.i18n import Message
from chalicelib.services import access, tasks
from chalicelib.storage import activity

# A change takes its id before it commits, so one may appear after another with a later id has
# been read. Longer than a commit can take with every retry: older than this, all is there.
_SETTLED = timedelta(seconds=15)
_BEGINNING = ids.first_at(datetime(1970, 1, 1, tzinfo=UTC))


class Feed(Struct, frozen=True):
    """Changes, oldest first; `cursor` is where the next reading starts."""

    changes: list[Activity]
    cursor: str
    has_more: bool


def read(caller: User, *, team: str | None, since: str | None, limit: int) -> Feed:
    """The changes after the cursor `since`, or from the beginning.

    The last page's cursor points before everything that may have been in flight since the walk
    passed there, so what is read again is seen twice rather than missed. Raises TeamNotFound,
    and Invalid for a cursor that is none.
    """
    key = access.team_of(caller, team)
    position, floor = _parse(since)
    found, more = activity.after(key, position, limit)
    return _feed(found, position, floor, has_more=more)


def missed(caller: User, since: str, limit: int) -> Feed:
    """What a socket that saw `since` last may have missed.

    Over all teams of the caller. Begins earlier by the time that a commit can take; the client
    drops what it has seen. Raises Invalid for a cursor that is none.
    """
    position, floor = _parse(since)
    start, now_settled = min(floor, ids.earlier(position, _SETTLED)), settled()
    parts = [activity.after(team, start, limit) for team in caller.teams]
    ends = [some[-1].id for some, more in parts if more and some]
    found = sorted((each for some, _ in parts for each in some), key=lambda change: change.id)
    found = [each for each in found if not ends or each.id <= min(ends)]
    more = len(found) > limit or any(more for _, more in parts)
    return _feed(found[:limit], now_settled, now_settled, has_more=more)


def latest(caller: User, *, team: str | None, limit: int) -> list[Activity]:
    """The newest changes, newest first; raises TeamNotFound."""
    return activity.latest(access.team_of(caller, team), limit)


def of_task(caller: User, task_id: str, *, limit: int, cursor: str | None) -> Page[Activity]:
    """One page of what happened to a task, the latest first.

    The cursor is the id of the last change seen. Raises TaskNotFound, and Invalid for a cursor
    that is none of this task's.
    """
    task = tasks.get(caller, task_id)
    last = _change_at(task, cursor) if cursor else None
    found: list[Activity] = []
    while len(found) < limit:
        older = _before(task, last)
        if not older:
            return Page(tuple(found), None)
        found += older
        last = found[-1]
    return Page(tuple(found[:limit]), found[limit - 1].id)


def settled() -> str:
    """The position before everything that may still be in flight."""
    return ids.first_at(clock.now() - _SETTLED)


def encode(change: Activity) -> str:
    """The change as the record that the stream brings and that queues carry."""
    return activity.encode(change)


def decode(record: str) -> Activity:
    """The change in such a record; raises msgspec.DecodeError on anything else."""
    return activity.decode(record)


def _change_at(task: Task, cursor: str) -> Activity:
    """The change of the task that has that id; raises Invalid if there is none."""
    if ids.is_uuid7(cursor) and activity.exists(task.team, cursor):
        change = activity.get(task.team, cursor)
        if change.task.number == task.number:
            return change
    raise Invalid(Fault("cursor", Message("error.cursor")))


def _before(task: Task, last: Activity | None) -> list[Activity]:
    """Some changes of the task before the last one that was seen, newest first."""
    trail = last.task.trail if last else task.trail
    along = activity.along(task.team, trail, last.id if last else None)
    if along or (last and last.action is Action.CREATED):
        return along
    end = last.id if last else ids.first_at(task.updated_at + _SETTLED)
    return activity.off_trail(task, end)


def _feed(found: list[Activity], position: str, floor: str, *, has_more: bool) -> Feed:
    """With the cursor of the next page, or of the next walk when this was the last one."""
    newest = found[-1].id if found else position
    if not has_more:
        return Feed(found, min(newest, floor), has_more=False)
    return Feed(found, newest if newest <= floor else f"{newest}~{floor}", has_more=True)


def _parse(since: str | None) -> tuple[str, str]:
    """The position to read after, and the floor: where the next walk has to begin again.

    A cursor within a walk is "<position>~<floor>" from the first page on that ends at changes
    that are not settled: by its last page, however late that is read, they are, but not as the
    walk saw them.
    """
    if since is None:
        return _BEGINNING, settled()
    position, _, floor = since.partition("~")
    if not ids.is_uuid7(position) or ("~" in since and not ids.is_uuid7(floor)):
        raise Invalid(Fault("since", Message("error.since")))
    return position, min(floor or settled(), settled())
