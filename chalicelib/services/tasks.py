"""Tasks: create, list, change, delete."""

import dataclasses
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

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
from chalicelib.services import access, cursors, idempotency, retries
from chalicelib.storage import listing, tasks, teams, users

# `page` is the seed's way to list; deep offsets read what they skip, so they end here.
PAGED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Draft:
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
    parsed = ids.parse_task(task_id)
    if parsed is None or not access.can_read(caller, parsed[0]):
        raise TaskNotFound
    task = tasks.get(*parsed)
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
    rows = listing.select(key, filters, limit=limit, start=start)
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
    expected: Container[int] | None = None,
) -> Task:
    """Set the fields in `changes`; different fields of one task merge, nothing is lost.

    Raises TaskNotFound, NotAllowed, Invalid; VersionMismatch when the task is no longer at
    one of the `expected` versions; Busy.
    """
    return retries.on_conflict(lambda: _update(caller, task_id, changes, expected))


def delete(caller: User, task_id: str, *, expected: Container[int] | None = None) -> None:
    """Raises TaskNotFound, NotAllowed, VersionMismatch, Busy."""
    retries.on_conflict(lambda: _delete(caller, task_id, expected))


def _create(
    caller: User, draft: Draft, key: str, assignee_name: str | None, claim: Claim | None
) -> Task:
    now = clock.now()
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
    )
    try:
        tasks.create(task, _activity(Action.CREATED, task, caller, {}), claim)
    except NotAMember as error:
        raise _not_a_member() from error
    return task


def _update(
    caller: User, task_id: str, changes: Mapping[str, Any], expected: Container[int] | None
) -> Task:
    before = _editable(caller, task_id, expected)
    changed = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if not changed:
        return before
    after = _changed(before, changed)
    former = {name: _text(getattr(before, name)) for name in changed}
    try:
        tasks.replace(before, after, _activity(Action.UPDATED, after, caller, former))
    except NotAMember as error:
        raise _not_a_member() from error
    return after


def _delete(caller: User, task_id: str, expected: Container[int] | None) -> None:
    task = _editable(caller, task_id, expected)
    tasks.delete(task, _activity(Action.DELETED, task, caller, {}))


def _editable(caller: User, task_id: str, expected: Container[int] | None) -> Task:
    task = get(caller, task_id)
    access.require_editor(caller, task.team)
    if expected is not None and task.version not in expected:
        raise VersionMismatch(task)
    return task


def _changed(before: Task, changed: Mapping[str, Any]) -> Task:
    """`before` with the changes, and with what follows from them."""
    now = clock.now()
    derived: dict[str, Any] = {"updated_at": now, "version": before.version + 1}
    if "status" in changed:
        is_completed = changed["status"] is Status.COMPLETED
        derived["completed_at"] = now if is_completed else None
    if "assigned_to" in changed:
        derived["assignee_name"] = _assignee_name(before.team, changed["assigned_to"])
    return dataclasses.replace(before, **changed, **derived)


def _assignee_name(team: str, user_id: str | None) -> str | None:
    """The name of a member; raises Invalid for everyone else."""
    if user_id is None:
        return None
    user = users.get(user_id) if ids.is_uuid7(user_id) else None
    if user is None or not access.can_read(user, team):
        raise _not_a_member()
    return user.name


def _activity(
    action: Action, task: Task, caller: User, before: Mapping[str, str | None]
) -> Activity:
    actor = Actor(caller.id, caller.name)
    return Activity(ids.new(), action, task, before, actor, clock.now())


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
