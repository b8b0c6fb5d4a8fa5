"""Tasks: create, list, change, delete."""

import dataclasses
from collections.abc import Container, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from chalicelib import clock, ids
from chalicelib.entities import (
    Action,
    Activity,
    Actor,
    Claim,
    Filters,
    Page,
    Priority,
    Status,
    Task,
    User,
)
from chalicelib.errors import (
    Fault,
    Invalid,
    NotAMember,
    TaskNotFound,
    VersionMismatch,
)
from chalicelib.i18n import message
from chalicelib.services import access, cursors, idempotency, ranks, retries, search, trash
from chalicelib.storage import activity, listing, tasks, teams, users

# `page` is the seed's way to list; deep offsets read what they skip, so they end here.
PAGED_ROWS = 1000

# The tasks that another shall be put `after` or `before`; absent those that are gone.
Neighbours = dict[str, Task | None]


class Place(Struct, frozen=True):
    """Where in its column a task shall be: under the one task, over the other, by their ids."""

    after: str | None = None
    before: str | None = None


class Draft(Struct, frozen=True):
    """A task before it has an id."""

    title: str
    description: str = ""
    status: Status = Status.PENDING
    priority: Priority = Priority.MEDIUM
    assigned_to: str | None = None
    due_date: date | None = None


def create(
    caller: User, draft: Draft, *, team: str | None = None, claim: Claim | None = None
) -> Task:
    """A new task; for a claim that has led to one already, that task as it was then.

    Raises TeamNotFound, NotAllowed, Invalid for an assignee outside the team, InFlight, Busy.
    """
    if made := idempotency.made(caller, claim):
        return made
    key = access.team_of(caller, team)
    access.require_editor(caller, key)
    assignee_name = _assignee_name(key, draft.assigned_to)
    return retries.on_conflict(lambda: _create(caller, draft, key, assignee_name, claim))


def get(caller: User, task_id: str) -> Task:
    """Raises TaskNotFound, also for what is no id and for tasks of other people's teams."""
    task = tasks.get(*access.readable_task(caller, task_id))
    if task is None:
        raise TaskNotFound
    return task


def find(
    caller: User, filters: Filters, *, team: str | None, limit: int, cursor: str | None
) -> Page[Task]:
    """One page of a team's tasks, from where the cursor points; raises TeamNotFound, Invalid."""
    key = access.team_of(caller, team)
    scope = _scope(caller, key, filters)
    start = cursors.unseal(cursor, scope) if cursor else None
    select = search.find if search.answers(filters) else listing.select
    rows = select(key, filters, limit=limit, start=start)
    return Page(rows.tasks, _next_cursor(rows, scope))


def find_paged(
    caller: User, filters: Filters, *, team: str | None, limit: int, page: int
) -> Page[Task]:
    """The page of that number, counted from 1; raises TeamNotFound, and Invalid past the end."""
    if page * limit > PAGED_ROWS:
        raise Invalid(Fault("page", message("error.pages_end", last=str(PAGED_ROWS))))
    key = access.team_of(caller, team)
    skipped = (page - 1) * limit
    rows = _first_rows(key, filters, skipped + limit)
    return Page(rows.tasks[skipped:], _next_cursor(rows, _scope(caller, key, filters)))


def update(
    caller: User,
    task_id: str,
    changes: Mapping[str, Any],
    *,
    place: Place | None = None,
    expected: Container[int] | None = None,
) -> Task:
    """Set the fields in `changes`; different fields of one task merge, nothing is lost.

    A task that changes its status goes to the top of its new column, unless `place` says
    where. A neighbour that is gone from there meanwhile is passed over.

    Raises TaskNotFound, NotAllowed, Invalid; VersionMismatch when the task is no longer at
    one of the `expected` versions; Busy.
    """
    return retries.on_conflict(lambda: _update(caller, task_id, changes, place, expected))


def delete(caller: User, task_id: str, *, expected: Container[int] | None = None) -> None:
    """Into the trash; raises TaskNotFound, NotAllowed, VersionMismatch, Busy."""
    retries.on_conflict(lambda: _delete(caller, task_id, expected))


def _create(
    caller: User, draft: Draft, key: str, assignee_name: str | None, claim: Claim | None
) -> Task:
    now, change = clock.now(), ids.new()
    task = Task(
        team=key,
        number=teams.next_number(key),
        title=draft.title,
        description=draft.description,
        status=draft.status,
        priority=draft.priority,
        created_by=caller.id,
        creator_name=caller.name,
        assigned_to=draft.assigned_to,
        assignee_name=assignee_name,
        due_date=draft.due_date,
        completed_at=now if draft.status is Status.COMPLETED else None,
        created_at=now,
        updated_at=now,
        version=1,
        rank=ranks.top(),
        trail=activity.followed(b"", change),
    )
    try:
        tasks.create(task, _activity(change, Action.CREATED, task, caller, {}), claim)
    except NotAMember as error:
        raise _not_a_member() from error
    return task


def _update(
    caller: User,
    task_id: str,
    changes: Mapping[str, Any],
    place: Place | None,
    expected: Container[int] | None,
) -> Task:
    before, near = _editable_near(caller, task_id, expected, place)
    changed = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if near:
        rank = _rank(before, changed.get("status", before.status), near)
        changed |= {"rank": rank} if rank != before.rank else {}
    if not changed:
        return before
    change = ids.new()
    after = _changed(before, changed, change)
    former = {name: _text(getattr(before, name)) for name in changed}
    try:
        tasks.replace(before, after, _activity(change, Action.UPDATED, after, caller, former))
    except NotAMember as error:
        raise _not_a_member() from error
    return after


def _delete(caller: User, task_id: str, expected: Container[int] | None) -> None:
    task = _editable(caller, task_id, expected)
    deletion = _activity(ids.new(), Action.DELETED, task, caller, {})
    tasks.delete(trash.trashed(task, deletion), deletion)


def _editable(caller: User, task_id: str, expected: Container[int] | None) -> Task:
    return _checked(caller, get(caller, task_id), expected)


def _editable_near(
    caller: User, task_id: str, expected: Container[int] | None, place: Place | None
) -> tuple[Task, Neighbours]:
    """The task, and in one reading those that it shall be put next to."""
    if place is None:
        return _editable(caller, task_id, expected), {}
    team, number = access.readable_task(caller, task_id)
    wanted = {
        name: _neighbour_number(team, number, name, neighbour)
        for name, neighbour in (("after", place.after), ("before", place.before))
        if neighbour is not None
    }
    found = tasks.get_many(team, [number, *wanted.values()])
    if number not in found:
        raise TaskNotFound
    near = {name: found.get(each) for name, each in wanted.items()}
    return _checked(caller, found[number], expected), near


def _checked(caller: User, task: Task, expected: Container[int] | None) -> Task:
    access.require_editor(caller, task.team)
    if expected is not None and task.version not in expected:
        raise VersionMismatch(task)
    return task


def _rank(task: Task, status: Status, near: Neighbours) -> str:
    """The rank between those neighbours that are in the column of `status`.

    A task that is there already keeps its rank.
    """
    column = {name: each for name, each in near.items() if each and each.status is status}
    above, below = column.get("after"), column.get("before")
    if above and below and above.rank < task.rank < below.rank and task.status is status:
        return task.rank
    if above and (below is None or above.rank >= below.rank):
        below = listing.neighbour(above, below=True)
    elif below and above is None:
        above = listing.neighbour(below, below=False)
    if task.number in {each.number for each in (above, below) if each} and task.status is status:
        return task.rank
    return ranks.between(above.rank if above else None, below.rank if below else None)


def _neighbour_number(team: str, number: int, name: str, neighbour: str) -> int:
    parsed = ids.parse_task(neighbour)
    if parsed is None or parsed[0] != team or parsed[1] == number:
        raise Invalid(Fault(name, message("error.neighbour", label=name.capitalize())))
    return parsed[1]


def _changed(before: Task, changed: Mapping[str, Any], change: str) -> Task:
    """`before` with the changes, and with what follows from them."""
    now = clock.now()
    derived: dict[str, Any] = {
        "updated_at": now,
        "version": before.version + 1,
        "trail": activity.followed(before.trail, change),
    }
    if "status" in changed:
        is_completed = changed["status"] is Status.COMPLETED
        derived["completed_at"] = now if is_completed else None
        derived["rank"] = changed.get("rank", ranks.top())
    if "assigned_to" in changed:
        derived["assignee_name"] = _assignee_name(before.team, changed["assigned_to"])
    return dataclasses.replace(before, **{**changed, **derived})


def _assignee_name(team: str, user_id: str | None) -> str | None:
    """The name of a member; raises Invalid for everyone else."""
    if user_id is None:
        return None
    user = users.get(user_id) if ids.is_uuid7(user_id) else None
    if user is None or not access.can_read(user, team):
        raise _not_a_member()
    return user.name


def _activity(
    change: str, action: Action, task: Task, caller: User, before: Mapping[str, str | None]
) -> Activity:
    return Activity(change, action, task, before, Actor(caller.id, caller.name), clock.now())


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _not_a_member() -> Invalid:
    return Invalid(Fault("assigned_to", NotAMember().message))


def _first_rows(key: str, filters: Filters, wanted: int) -> listing.Rows:
    """The first `wanted` tasks that the filters find among the first PAGED_ROWS rows.

    More than one query only where tasks are so long that one query's megabyte ends before.
    """
    found: tuple[Task, ...] = ()
    start: Mapping[str, Any] | None = None
    left = PAGED_ROWS
    while left > 0 and len(found) < wanted:
        rows = listing.select(key, filters, limit=wanted - len(found), start=start, window=left)
        found, start, left = found + rows.tasks, rows.last_key, left - rows.looked_at
        if start is None:
            break
    return listing.Rows(found, start)


def _scope(caller: User, key: str, filters: Filters) -> str:
    return repr((caller.id, key, filters))


def _next_cursor(rows: listing.Rows, scope: str) -> str | None:
    return cursors.seal(rows.last_key, scope) if rows.last_key is not None else None
