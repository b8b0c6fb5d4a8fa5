"""The feed of changes, for resuming."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import changes

routes = Routes(__name__)

Limit = Annotated[int, Meta(ge=1, le=100)]


class ChangesQuery(Struct, frozen=True):
    since: Annotated[str | None, Meta(description="The cursor of the last reading")] = None
    limit: Limit = 50
    team: str | None = None


class ActivityQuery(Struct, frozen=True):
    limit: Limit = 20
    cursor: str | None = None


class TaskHistory(Struct, frozen=True):
    activity: list[representations.TaskActivity]
    next_cursor: str | None


class Changes(Struct, frozen=True):
    changes: list[representations.Change]
    cursor: str
    has_more: bool


@routes.api("GET", "/api/changes", query=ChangesQuery, answer=Changes, errors=(400, 401, 404))
def show(caller: User, query: ChangesQuery) -> Changes:
    """The team's changes in order, oldest first. Some may come twice, none is left out."""
    feed = changes.read(caller, team=query.team, since=query.since, limit=query.limit)
    return Changes(
        [representations.change(each) for each in feed.changes], feed.cursor, feed.has_more
    )


@routes.api(
    "GET",
    "/api/tasks/{id}/activity",
    query=ActivityQuery,
    answer=TaskHistory,
    errors=(400, 401, 404),
)
def show_of_task(caller: User, id: str, query: ActivityQuery) -> TaskHistory:  # noqa: A002
    """What happened to one task, the latest first."""
    found = changes.of_task(caller, id, limit=query.limit, cursor=query.cursor)
    return TaskHistory(
        [representations.task_activity(each) for each in found.items], found.next_cursor
    )
