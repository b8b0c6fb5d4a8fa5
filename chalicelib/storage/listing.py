"""Lists of tasks: the index that serves a query, and bounded reading of it."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import reduce
from operator import and_
from typing import Any

from msgspec import Struct
from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from chalicelib import words
from chalicelib.entities import Filters, Status, Task
from chalicelib.storage import pages, upgrades
from chalicelib.storage.tables import TaskItem
from chalicelib.storage.tasks import due_prefix, item_of, task_of, team_assignee, team_status

# The rows that a filtered page looks at: the same at a hundred tasks and at a million.
WINDOW = 100
_DAY = timedelta(days=1)


class Rows(Struct, frozen=True):
    """Tasks in order; `last_key` is where to go on reading, absent at the end.

    `looked_at` counts the rows that were read for them.
    """

    tasks: tuple[Task, ...]
    last_key: Mapping[str, Any] | None
    looked_at: int = 0


class _Plan(Struct, frozen=True):
    """One query: of the table or an index, and the filters that its key answers already.

    `is_new` says that tasks of a former release are missing in the index.
    """

    query: Callable[..., ResultIterator[TaskItem]]
    hash_key: str
    answers: frozenset[str]
    key_attributes: tuple[str, ...] = ()
    range_condition: Condition | None = None
    is_consistent: bool = False
    is_new: bool = False


def select(
    team: str,
    filters: Filters,
    *,
    limit: int,
    start: Mapping[str, Any] | None = None,
    window: int = WINDOW,
) -> Rows:
    """Up to `limit` tasks from one query, beginning after the key `start`.

    Unfiltered it is strongly consistent; what an index answers may lag by moments. A filter
    that no key answers looks at `window` rows, so a page may hold fewer than `limit` while
    there are more.
    """
    if _is_impossible(filters):
        return Rows((), None)
    plan = _plan(team, filters)
    if plan.is_new:
        upgrades.bring_up(team)
    condition = _remaining(team, filters, plan.answers)
    is_filtered = condition is not None or filters.text is not None
    results = plan.query(
        plan.hash_key,
        plan.range_condition,
        filter_condition=condition,
        consistent_read=plan.is_consistent,
        scan_index_forward=not filters.sort.startswith("-"),
        last_evaluated_key=dict(start) if start else None,
        page_size=window if is_filtered else limit + 1,
    )
    page = pages.first_page(TaskItem, results)
    tasks = [task for task in map(task_of, page.items) if _mentions(task, filters.text)]
    if len(tasks) > limit or (page.last_key is not None and not is_filtered):
        return Rows(tuple(tasks[:limit]), _key(tasks[:limit][-1], plan), page.looked_at)
    return Rows(tuple(tasks), page.last_key, page.looked_at)


def newest(team: str, limit: int) -> tuple[Task, ...]:
    """The newest tasks of the team, strongly consistent."""
    results = TaskItem.query(team, consistent_read=True, scan_index_forward=False, page_size=limit)
    return tuple(map(task_of, pages.first_page(TaskItem, results).items))


def newest_that_fit(team: str, filters: Filters, *, below: int | None) -> Rows:
    """Those of the newest tasks with numbers below that the filters fit, strongly consistent."""
    if _is_impossible(filters):
        return Rows((), None)
    results = TaskItem.query(
        team,
        TaskItem.number < below if below is not None else None,
        filter_condition=_remaining(team, filters, frozenset()),
        consistent_read=True,
        scan_index_forward=False,
        page_size=WINDOW,
    )
    page = pages.first_page(TaskItem, results)
    tasks = tuple(task for task in map(task_of, page.items) if _mentions(task, filters.text))
    return Rows(tasks, page.last_key, page.looked_at)


def key_of(team: str, number: int) -> Mapping[str, Any]:
    """The key of a task in the table, as a list starts from it."""
    return {"team": {"S": team}, "number": {"N": str(number)}}


def number_in(key: Mapping[str, Any] | None) -> int | None:
    """The number of the task that a key is of."""
    return int(key["number"]["N"]) if key else None


def neighbour(task: Task, *, below: bool) -> Task | None:
    """The task next to this one in its column, which an index tells that may lag by moments."""
    beyond = TaskItem.rank > task.rank if below else TaskItem.rank < task.rank
    results = TaskItem.by_status.query(
        team_status(task.team, task.status), beyond, scan_index_forward=below, page_size=1
    )
    items = pages.first_page(TaskItem, results).items
    return task_of(items[0]) if items else None


def _plan(team: str, filters: Filters) -> _Plan:
    if filters.sort.endswith("due_date"):
        return _Plan(
            query=TaskItem.by_due.query,
            hash_key=team,
            answers=frozenset({"due_before", "due_after"}),
            key_attributes=("due_key",),
            range_condition=_due_range(filters),
            is_new=True,
        )
    if filters.sort == "rank" and filters.status is not None:
        return _Plan(
            query=TaskItem.by_status.query,
            hash_key=team_status(team, filters.status),
            answers=frozenset({"status"}),
            key_attributes=("team_status", "rank"),
            is_new=True,
        )
    if filters.assigned_to is not None:
        return _Plan(
            query=TaskItem.by_assignee.query,
            hash_key=team_assignee(team, filters.assigned_to),
            answers=frozenset({"assigned_to"}),
            key_attributes=("team_assignee", "created_at"),
        )
    return _Plan(query=TaskItem.query, hash_key=team, answers=frozenset(), is_consistent=True)


def _remaining(team: str, filters: Filters, answers: frozenset[str]) -> Condition | None:
    """What is left to filter after the key has answered its part."""
    conditions: dict[str, Condition] = {}
    if filters.status is not None:
        conditions["status"] = TaskItem.team_status == team_status(team, filters.status)
    if filters.assigned_to is not None:
        wanted = team_assignee(team, filters.assigned_to)
        conditions["assigned_to"] = TaskItem.team_assignee == wanted
    if filters.priority is not None:
        conditions["priority"] = TaskItem.priority == filters.priority.value
    if filters.due_before is not None:
        conditions["due_before"] = TaskItem.due_date < filters.due_before.isoformat()
    if filters.due_after is not None:
        conditions["due_after"] = TaskItem.due_date > filters.due_after.isoformat()
    left = [condition for name, condition in conditions.items() if name not in answers]
    return reduce(and_, left) if left else None


def _due_range(filters: Filters) -> Condition:
    """The exclusive bounds of the dates as DynamoDB's inclusive BETWEEN.

    "~" sorts behind every character of a date: "2026-11-23~" lies between the 23rd and the 24th.
    """
    prefix = due_prefix(filters.status or Status.PENDING)
    first = f"{filters.due_after}~" if filters.due_after else "0"
    last = f"{filters.due_before - _DAY}~" if filters.due_before else "9999~"
    return TaskItem.due_key.between(prefix + first, prefix + last)


def _is_impossible(filters: Filters) -> bool:
    """Whether the bounds leave no day between them; DynamoDB would refuse such a range."""
    if filters.due_before == date.min:
        return True
    if filters.due_before is None or filters.due_after is None:
        return False
    return filters.due_before - _DAY <= filters.due_after


def _mentions(task: Task, text: str | None) -> bool:
    """Whether every word of `text` occurs in the title or the description."""
    return text is None or words.occur(text, (task.title, task.description))


def _key(task: Task, plan: _Plan) -> dict[str, Any]:
    """The key of a task in the table and in the plan's index, as DynamoDB starts from it."""
    item = item_of(task).to_dynamodb_dict()
    return {name: item[name] for name in ("team", "number", *plan.key_attributes)}
