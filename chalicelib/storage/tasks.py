"""The tasks table: each write together with its activity record and its counters."""

from collections.abc import Iterable
from datetime import date

from pynamodb.exceptions import DoesNotExist

from chalicelib import clock
from chalicelib.entities import Action, Activity, Claim, Priority, Status, Task, Trashed
from chalicelib.errors import StaleVersion, Unavailable
from chalicelib.storage import activity as feed
from chalicelib.storage import idempotency, schema, stats, teams, trash, trend
from chalicelib.storage.tables import TaskItem
from chalicelib.storage.transactions import Transaction


def get(team: str, number: int) -> Task | None:
    """The task, strongly consistent."""
    try:
        return task_of(TaskItem.get(team, number, consistent_read=True))
    except DoesNotExist:
        return None


def get_many(team: str, numbers: Iterable[int]) -> dict[int, Task]:
    """Those of the tasks that exist, by number; strongly consistent, 100 a round trip."""
    keys = [(team, number) for number in sorted(set(numbers))]
    items = TaskItem.batch_get(keys, consistent_read=True)
    return {int(item.number): task_of(item) for item in items}


def create(task: Task, activity: Activity, claim: Claim | None = None) -> None:
    """Raises StaleVersion when the number is taken, NotAMember, InFlight, Contention."""
    transaction = Transaction()
    if claim is not None:
        idempotency.spend(transaction, claim, activity)
    transaction.put(item_of(task), condition=TaskItem.team.does_not_exist(), otherwise=StaleVersion)
    _commit(transaction, None, task, activity)


def replace(before: Task, after: Task, activity: Activity) -> None:
    """Write `after` over `before`; raises StaleVersion, NotAMember, Contention."""
    transaction = Transaction()
    transaction.put(
        item_of(after), condition=TaskItem.version == before.version, otherwise=StaleVersion
    )
    _commit(transaction, before, after, activity)


def delete(trashed: Trashed, activity: Activity) -> None:
    """Move the task into the trash; raises StaleVersion, Contention."""
    task = trashed.task
    transaction = Transaction()
    transaction.delete(
        TaskItem(task.team, task.number),
        condition=TaskItem.version == task.version,
        otherwise=StaleVersion,
    )
    trash.put(transaction, trashed)
    _commit(transaction, task, None, activity)


def restore(trashed: Trashed, task: Task, activity: Activity, claim: Claim | None = None) -> None:
    """Take a task out of the trash; raises StaleVersion, NotAMember, InFlight, Contention."""
    transaction = Transaction()
    if claim is not None:
        idempotency.spend(transaction, claim, activity)
    trash.take_out(transaction, trashed)
    transaction.put(item_of(task), condition=TaskItem.team.does_not_exist(), otherwise=StaleVersion)
    _commit(transaction, None, task, activity)


def _commit(
    transaction: Transaction, before: Task | None, after: Task | None, activity: Activity
) -> None:
    """Commit with everything that belongs to a change.

    A write whose answer was lost, and whose repetition then met its own traces, is told from
    a lost race by the activity record: it bears an id that only this change has.
    """
    feed.append(transaction, activity)
    stats.count_change(transaction, before, after)
    trend.count(transaction, activity.action, before, after)
    is_given = activity.assigns or activity.action is Action.RESTORED
    if after and is_given and after.assigned_to:
        teams.check_member(transaction, after.team, after.assigned_to)
    try:
        transaction.commit()
    except (StaleVersion, Unavailable):
        if not feed.exists(activity.task.team, activity.id):
            raise


def team_status(team: str, status: Status) -> str:
    """The key of the index by status."""
    return f"{team}#{status.value}"


def team_assignee(team: str, user_id: str) -> str:
    """The key of the index by assignee."""
    return f"{team}#{user_id}"


def due_prefix(status: Status) -> str:
    """What the keys of the index by due date begin with."""
    return "open#" if status.is_open else "done#"


def item_of(task: Task) -> TaskItem:
    """The row of a task."""
    return TaskItem(
        task.team,
        task.number,
        title=task.title,
        description=task.description or None,
        team_status=team_status(task.team, task.status),
        priority=task.priority.value,
        created_by=task.created_by,
        creator_name=task.creator_name,
        team_assignee=task.assigned_to and team_assignee(task.team, task.assigned_to),
        assignee_name=task.assignee_name,
        due_date=task.due_date and task.due_date.isoformat(),
        due_key=task.due_date and due_prefix(task.status) + task.due_date.isoformat(),
        completed_at=task.completed_at and clock.milliseconds(task.completed_at),
        created_at=clock.milliseconds(task.created_at),
        updated_at=clock.milliseconds(task.updated_at),
        version=task.version,
        rank=task.rank,
        trail=task.trail,
        schema=schema.current("tasks"),
    )


def task_of(item: TaskItem) -> Task:
    """The task in a row."""
    return Task(
        team=item.team,
        number=int(item.number),
        title=item.title,
        description=item.description or "",
        status=Status(item.team_status.partition("#")[2]),
        priority=Priority(item.priority),
        created_by=item.created_by,
        creator_name=item.creator_name,
        assigned_to=item.team_assignee.partition("#")[2] if item.team_assignee else None,
        assignee_name=item.assignee_name,
        due_date=date.fromisoformat(item.due_date) if item.due_date else None,
        completed_at=clock.moment(int(item.completed_at)) if item.completed_at else None,
        created_at=clock.moment(int(item.created_at)),
        updated_at=clock.moment(int(item.updated_at)),
        version=int(item.version),
        rank=item.rank,
        trail=item.trail or b"",
    )
