"""One change to many tasks: each by itself, whole or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from chalicelib import clock
from chalicelib.entities import Task, User
from chalicelib.errors import TaskFlowError, Unavailable
from chalicelib.services import tasks

# What is left of the gateway's 29 seconds must do for the last task and the answer.
PATIENCE = timedelta(seconds=15)


class Result(Struct, frozen=True):
    """What became of one task: as it is now, or why it was not changed."""

    id: str
    outcome: Task | TaskFlowError


def update(caller: User, task_ids: Sequence[str], changes: Mapping[str, Any]) -> list[Result]:
    """A result for each id, in their order.

    When DynamoDB is slow, those whose turn does not come in time are Unavailable.
    """
    deadline = clock.now() + PATIENCE
    return [Result(task_id, _outcome(caller, task_id, changes, deadline)) for task_id in task_ids]


def _outcome(
    caller: User, task_id: str, changes: Mapping[str, Any], deadline: datetime
) -> Task | TaskFlowError:
    if clock.now() > deadline:
        return Unavailable()
    try:
        return tasks.update(caller, task_id, changes)
    except TaskFlowError as error:
        return error
