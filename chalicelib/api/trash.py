"""The trash over HTTP."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib import representations
from chalicelib.api.rendering import Answer
from chalicelib.api.routing import Routes
from chalicelib.entities import Claim, User
from chalicelib.services import trash

routes = Routes(__name__)

Limit = Annotated[int, Meta(ge=1, le=100)]


class TrashQuery(Struct, frozen=True):
    limit: Limit = 20
    cursor: str | None = None
    team: str | None = None


class Trash(Struct, frozen=True):
    tasks: list[representations.TrashedTask]
    next_cursor: str | None


@routes.api("GET", "/api/trash", query=TrashQuery, answer=Trash, errors=(400, 401, 404))
def show(caller: User, query: TrashQuery) -> Trash:
    """What was deleted in the last 30 days, the last deletion first."""
    found = trash.find(caller, team=query.team, limit=query.limit, cursor=query.cursor)
    return Trash([representations.trashed(each) for each in found.items], found.next_cursor)


@routes.api(
    "POST",
    "/api/tasks/{id}/restore",
    answer=representations.Task,
    errors=(400, 401, 403, 404, 409),
    is_idempotent=True,
)
def restore(caller: User, id: str, claim: Claim | None) -> Answer:  # noqa: A002 - as in the path
    """Bring a task back from the trash, to where it was."""
    task = trash.restore(caller, id, claim=claim)
    return Answer(representations.task(task), {"ETag": f'"{task.version}"'})
