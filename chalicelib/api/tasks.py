"""Tasks over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from chalicelib import i18n, representations
from chalicelib.api import parsing, problems
from chalicelib.api.rendering import Answer
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes
from chalicelib.entities import Claim, Filters, Page, Priority, Status, Task, User
from chalicelib.errors import Fault, Invalid
from chalicelib.i18n import Message, message
from chalicelib.services import batches, tasks

routes = Routes(__name__)

Title = Annotated[str, Meta(min_length=1, max_length=200, extra={"strip": True})]
Description = Annotated[str, Meta(max_length=10_000)]
Assignee = Annotated[
    str,
    Meta(min_length=1, max_length=64, extra={"message": Message("error.not_a_member")}),
]
Neighbour = Annotated[str, Meta(max_length=32, description="The id of a task of the same team")]
Limit = Annotated[int, Meta(ge=1, le=100)]
PageNumber = Annotated[int, Meta(ge=1, le=tasks.PAGED_ROWS)]


class NewTask(Struct, frozen=True):
    title: Title
    description: Description = ""
    status: Status = Status.PENDING
    priority: Priority = Priority.MEDIUM
    assigned_to: Assignee | None = None
    due_date: date | None = None
    team: str | None = None


class TaskChanges(Struct, frozen=True):
    """Fields that are absent stay as they are; null clears assignee and due date."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: Assignee | None | UnsetType = UNSET
    due_date: date | None | UnsetType = UNSET


class TaskUpdate(TaskChanges, frozen=True):
    """A place in its column besides: next to these tasks, as the caller sees them."""

    after: Neighbour | None = None
    before: Neighbour | None = None


def _repeated(ids: list[str]) -> Message | None:
    return None if len(set(ids)) == len(ids) else Message("error.ids_repeated")


class Batch(Struct, frozen=True):
    ids: Annotated[list[str], Meta(min_length=1, max_length=50, extra={"check": _repeated})]
    changes: TaskChanges


class BatchResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one task: as PATCH of it alone would have answered."""

    id: str
    status: int
    task: representations.Task | None = None
    error: str | None = None
    errors: list[problems.FieldFault] | None = None


class BatchResults(Struct, frozen=True):
    results: list[BatchResult]


class TasksQuery(Struct, frozen=True):
    status: Status | None = None
    assigned_to: Annotated[str, Meta(max_length=64, description="A user id, or `me`")] | None = None
    priority: Priority | None = None
    due_before: Annotated[date | None, Meta(description="Due earlier than this day")] = None
    due_after: Annotated[date | None, Meta(description="Due later than this day")] = None
    q: Annotated[
        str | None,
        Meta(description="Words, each of which occurs in the title or the description"),
    ] = None
    team: str | None = None
    limit: Limit = 20
    cursor: str | None = None
    page: PageNumber | None = None
    sort: Annotated[
        Literal["-created_at", "created_at", "due_date", "-due_date", "rank"],
        Meta(
            description="By `due_date`, only tasks that have one are listed: open ones, or finished"
            " ones where `status` asks for them. By `rank`, as the board shows it, needs a `status`"
        ),
    ] = "-created_at"


class Tasks(Struct, frozen=True, kw_only=True):
    tasks: list[representations.Task]
    limit: int
    page: int | UnsetType = UNSET
    next_cursor: str | None


@routes.api("GET", "/api/tasks", query=TasksQuery, answer=Tasks, errors=(400, 401, 404))
def show_all(caller: User, query: TasksQuery, request: Request) -> Answer:
    """A team's tasks, newest first. A filtered page may be short: go on while next_cursor is given."""
    if query.sort == "rank" and query.status is None:
        raise Invalid(Fault("sort", message("error.rank_needs_status")))
    filters = _filters(caller, query)
    if query.page is not None and query.cursor is None:
        found = tasks.find_paged(
            caller, filters, team=query.team, limit=query.limit, page=query.page
        )
        return _list(found, query, query.page, request)
    found = tasks.find(caller, filters, team=query.team, limit=query.limit, cursor=query.cursor)
    return _list(found, query, 1 if query.cursor is None else UNSET, request)


@routes.api(
    "POST",
    "/api/tasks",
    body=NewTask,
    answer=representations.Task,
    status=201,
    errors=(400, 401, 403, 404, 409, 413, 415),
    is_idempotent=True,
)
def create(caller: User, body: NewTask, request: Request, claim: Claim | None) -> Answer:
    """Create a task; the assignee is told by mail, the team over the socket."""
    draft = tasks.Draft(
        body.title,
        body.description,
        body.status,
        body.priority,
        body.assigned_to,
        body.due_date,
    )
    task = tasks.create(caller, draft, team=body.team, claim=claim)
    location = f"{request.prefix}/api/tasks/{task.id}"
    return Answer(representations.task(task), {**_etag(task), "Location": location})


@routes.api(
    "PATCH",
    "/api/tasks",
    body=Batch,
    answer=BatchResults,
    errors=(400, 401, 403, 413, 415),
)
def update_many(caller: User, body: Batch) -> BatchResults:
    """Change up to 50 tasks alike, each by itself: there is a result for every one of them."""
    results = batches.update(caller, body.ids, _present(body.changes))
    return BatchResults([_result(each) for each in results])


@routes.api("GET", "/api/tasks/{id}", answer=representations.TaskDetails, errors=(401, 404))
def show(caller: User, id: str) -> Answer:  # noqa: A002 - the name in the path
    """One task, with the names of its creator and its assignee."""
    task = tasks.get(caller, id)
    return Answer(representations.task_details(task), _etag(task))


def _update(caller: User, id: str, body: TaskUpdate, request: Request) -> Answer:  # noqa: A002
    """Change the fields that are sent. With If-Match, only that version is changed."""
    changes = _present(body)
    place = tasks.Place(after=changes.pop("after"), before=changes.pop("before"))
    task = tasks.update(
        caller,
        id,
        changes,
        place=place if place != tasks.Place() else None,
        expected=parsing.versions(request),
    )
    return Answer(representations.task(task), _etag(task))


for _method in ("PUT", "PATCH"):
    routes.api(
        _method,
        "/api/tasks/{id}",
        body=TaskUpdate,
        answer=representations.Task,
        errors=(400, 401, 403, 404, 409, 412, 413, 415),
    )(_update)


@routes.api("DELETE", "/api/tasks/{id}", status=204, errors=(401, 403, 404, 409, 412))
def delete(caller: User, id: str, request: Request) -> None:  # noqa: A002 - the name in the path
    """Delete a task. With If-Match, only that version is deleted."""
    tasks.delete(caller, id, expected=parsing.versions(request))


def _result(result: batches.Result) -> BatchResult:
    if isinstance(result.outcome, Task):
        return BatchResult(id=result.id, status=200, task=representations.task(result.outcome))
    error = result.outcome
    return BatchResult(
        id=result.id,
        status=problems.status_of(error),
        error=i18n.said(error.message),
        errors=problems.faults(error),
    )


def _filters(caller: User, query: TasksQuery) -> Filters:
    return Filters(
        status=query.status,
        assigned_to=caller.id if query.assigned_to == "me" else query.assigned_to,
        priority=query.priority,
        due_before=query.due_before,
        due_after=query.due_after,
        text=query.q,
        sort=query.sort,
    )


def _list(found: Page[Task], query: TasksQuery, page: int | UnsetType, request: Request) -> Answer:
    answer = Tasks(
        tasks=[representations.task(task) for task in found.items],
        limit=query.limit,
        page=page,
        next_cursor=found.next_cursor,
    )
    if found.next_cursor is None:
        return Answer(answer)
    parameters = {name: value for name, value in request.query.items() if name != "page"}
    following = urlencode({**parameters, "cursor": found.next_cursor})
    return Answer(answer, {"Link": f'<{request.prefix}/api/tasks?{following}>; rel="next"'})


def _present(changes: TaskChanges) -> dict[str, Any]:
    return {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}


def _etag(task: Task) -> dict[str, Any]:
    return {"ETag": f'"{task.version}"'}
