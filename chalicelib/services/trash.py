"""The trash: what was deleted can be looked at and brought back for 30 days."""

import dataclasses
from datetime import timedelta

from chalicelib import clock, ids
from chalicelib.entities import Action, Activity, Actor, Claim, Page, Task, Trashed, User
from chalicelib.errors import NotAMember, TaskNotFound
from chalicelib.services import access, cursors, idempotency, retries
from chalicelib.storage import activity, tasks, trash

KEPT = timedelta(days=30)


def trashed(task: Task, deletion: Activity) -> Trashed:
    """The task as it lies in the trash after its deletion."""
    trail = activity.followed(task.trail, deletion.id)
    return Trashed(
        task=dataclasses.replace(task, trail=trail),
        deleted_by=deletion.actor,
        deleted_at=deletion.at,
        expires_at=deletion.at + KEPT,
    )


def find(caller: User, *, team: str | None, limit: int, cursor: str | None) -> Page[Trashed]:
    """One page of the trash, the last deletion first; raises TeamNotFound, Invalid."""
    key = access.team_of(caller, team)
    scope = repr((caller.id, key, "trash"))
    found, following = trash.latest(key, limit, cursors.unseal(cursor, scope) if cursor else None)
    return Page(found, cursors.seal(following, scope) if following is not None else None)


def restore(caller: User, task_id: str, *, claim: Claim | None = None) -> Task:
    """Bring a task back from the trash, to where it was.

    Whoever is not in the team any more does not get it back: it is then nobody's. Raises
    TaskNotFound for what is not in the trash, NotAllowed, Busy; InFlight when the claim is
    another's by now.
    """
    return idempotency.made(caller, claim) or retries.on_conflict(
        lambda: _restore(caller, task_id, claim)
    )


def _restore(caller: User, task_id: str, claim: Claim | None) -> Task:
    key, number = access.readable_task(caller, task_id)
    access.require_editor(caller, key)
    deleted = trash.get(key, number)
    if deleted is None:
        raise TaskNotFound
    try:
        return _brought_back(caller, deleted, deleted.task, claim)
    except NotAMember:
        free = dataclasses.replace(deleted.task, assigned_to=None, assignee_name=None)
        return _brought_back(caller, deleted, free, claim)


def _brought_back(caller: User, deleted: Trashed, task: Task, claim: Claim | None) -> Task:
    change = ids.new()
    restored = dataclasses.replace(
        task,
        version=task.version + 1,
        updated_at=clock.now(),
        trail=activity.followed(task.trail, change),
    )
    actor = Actor(caller.id, caller.name)
    record = Activity(change, Action.RESTORED, restored, {}, actor, clock.now())
    tasks.restore(deleted, restored, record, claim)
    return restored
