"""The demo data make a board that looks like a team at work."""

from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib import clock
from chalicelib.entities import Filters, Priority, Status, Task
from chalicelib.services import accounts, tasks
from infra import demo, demo_data


def test_demo_fills_every_column_with_something_of_everything(aws: Any) -> None:
    demo.load()

    caller = accounts.log_in(demo_data.LOGIN, demo_data.PASSWORD).user
    columns: dict[Status, list[Task]] = {
        status: tasks.find(
            caller, Filters(status=status, sort="rank"), team=None, limit=50, cursor=None
        ).items
        for status in Status
    }
    today = clock.now().date()
    open_tasks = columns[Status.PENDING] + columns[Status.IN_PROGRESS]
    due = [task.due_date for task in open_tasks if task.due_date]
    week = clock.now() - timedelta(days=7)

    assert all(columns.values())
    assert {task.priority for task in open_tasks} == set(Priority)
    assert sum(day < today for day in due) >= 2
    assert any(day == today for day in due)
    assert any(today < day <= today + timedelta(days=7) for day in due)
    assert any(task.due_date is None for task in open_tasks)
    assert len(Counter(task.assigned_to for task in open_tasks)) == len(demo_data.PEOPLE) + 1
    assert any(task.updated_at > week for task in columns[Status.COMPLETED])
    for column in columns.values():
        assert [task.rank for task in column] == sorted({task.rank for task in column})
