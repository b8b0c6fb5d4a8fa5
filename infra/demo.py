"""Load the demo data through the services, as if the team had worked with TaskFlow for weeks."""

from datetime import datetime, timedelta

from chalicelib import clock
from chalicelib.entities import Priority, Status, User
from chalicelib.services import accounts, tasks
from infra.demo_data import ADA, PASSWORD, PEOPLE, TASKS, Row

# Work in the morning, results in the afternoon.
CREATED_AT = timedelta(hours=9)
CHANGED_AT = timedelta(hours=15, minutes=30)


def load() -> None:
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    joined = midnight - timedelta(days=max(row.created for row in TASKS)) + timedelta(hours=8)
    with clock.running(lambda: joined):
        people = {name: accounts.register(name, email, PASSWORD) for name, email in PEOPLE.items()}
    for position, row in enumerate(TASKS):
        _create(row, people, midnight, now, timedelta(minutes=7 * (position % 8)))


def _create(
    row: Row, people: dict[str, User], midnight: datetime, now: datetime, offset: timedelta
) -> None:
    day = midnight - timedelta(days=row.created)
    draft = tasks.Draft(
        title=row.title,
        description=row.description,
        priority=Priority(row.priority),
        assigned_to=people[row.assignee].id if row.assignee else None,
        due_date=None if row.due is None else (midnight + timedelta(days=row.due)).date(),
    )
    created = min(now, day + CREATED_AT + offset)
    with clock.running(lambda: created):
        task = tasks.create(people[row.creator], draft)
    status = Status(row.status)
    if status is Status.PENDING:
        return
    changed = min(now, day + timedelta(days=row.created // 2) + CHANGED_AT + offset)
    with clock.running(lambda: changed):
        tasks.update(people[row.assignee or ADA], task.id, {"status": status})


if __name__ == "__main__":
    load()
