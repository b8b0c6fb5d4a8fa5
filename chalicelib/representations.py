"""What clients see: the entities as the JSON of the contract, declared once for API and sockets."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib import entities
from chalicelib.entities import Action, Activity, Priority, Role, Stats, Status, TeamRole, Theme
from chalicelib.i18n import Language

Timestamp = Annotated[
    str,
    Meta(
        description="ISO 8601 in UTC, with milliseconds",
        examples=["2026-11-23T08:00:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
TaskId = Annotated[str, Meta(description="Team key and number", examples=["TF-42"])]
UserId = Annotated[str, Meta(description="A UUIDv7")]


# A task that comes back is a new one to those who took it out when it was deleted.
_ACTIONS: dict[Action, Literal["created", "updated", "deleted"]] = {
    Action.CREATED: "created",
    Action.UPDATED: "updated",
    Action.DELETED: "deleted",
    Action.RESTORED: "created",
}


class Task(Struct, frozen=True, kw_only=True):
    id: TaskId
    team: str
    title: str
    description: str
    status: Status
    priority: Priority
    created_by: UserId
    assigned_to: UserId | None
    due_date: date | None
    completed_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    version: int
    rank: Annotated[
        str, Meta(description="Its place among those of its status: they sort from the top")
    ]


class TaskDetails(Task, frozen=True, kw_only=True, omit_defaults=True):
    """A task with the names of the people in it, as they were when they were written."""

    creator_name: str
    assignee_name: str | None = None


class User(Struct, frozen=True, kw_only=True):
    id: UserId
    name: str
    email: str
    role: Role
    created_at: Timestamp


class Session(Struct, frozen=True, kw_only=True):
    """Somewhere that a person is signed in; `current` is where the request comes from."""

    id: str
    created_at: Timestamp
    seen_at: Annotated[Timestamp, Meta(description="When it was last used, to about an hour")]
    agent: Annotated[
        str,
        Meta(description="Browser and system, or a program's name", examples=["Firefox, Linux"]),
    ]
    address: Annotated[str, Meta(description="A part of the address", examples=["198.51.100.*"])]
    current: bool


class Account(User, frozen=True, kw_only=True):
    """A person with what they chose for themselves; null follows the browser and the system."""

    language: Language | None
    time_zone: Annotated[str, Meta(description="An IANA name", examples=["Europe/Berlin"])] | None
    theme: Theme | None


class Team(Struct, frozen=True, kw_only=True):
    key: str
    name: str
    role: TeamRole


class Member(Struct, frozen=True, kw_only=True):
    id: UserId
    name: str
    email: str
    role: TeamRole


class Actor(Struct, frozen=True, kw_only=True):
    id: UserId
    name: str


class TrashedTask(Task, frozen=True, kw_only=True):
    deleted_by: Actor
    deleted_at: Timestamp
    expires_at: Annotated[Timestamp, Meta(description="From then on it cannot be restored")]


class Change(Struct, frozen=True, kw_only=True):
    """One change, the same in the feed and on the socket."""

    type: Literal["task_update"] = "task_update"
    action: Literal["created", "updated", "deleted"]
    restored: Annotated[
        Literal[True] | UnsetType, Meta(description="Of a creation: out of the trash")
    ] = UNSET
    task: Task
    changed: list[str]
    actor: Actor
    id: Annotated[str, Meta(description="The activity's UUIDv7; clients drop ids they have seen")]
    at: Timestamp


class Person(Struct, frozen=True, kw_only=True):
    id: UserId
    name: str
    tasks: list[TaskId]


class Presence(Struct, frozen=True, kw_only=True):
    """Everyone of a team who is here, on the socket; of two lists the later `at` counts."""

    type: Literal["presence"] = "presence"
    team: str
    people: list[Person]
    at: int


class TaskActivity(Struct, frozen=True, kw_only=True):
    """One change of one task: the fields it changed, their former values and their new ones."""

    id: str
    action: Literal["created", "updated", "deleted"]
    restored: Literal[True] | UnsetType = UNSET
    changed: list[str]
    before: Annotated[dict[str, str | None], Meta(description="Without the texts of descriptions")]
    after: dict[str, str | None]
    actor: Actor
    at: Timestamp


class Day(Struct, frozen=True, kw_only=True):
    date: date
    created: int
    completed: int
    scope: Annotated[int, Meta(description="Tasks not cancelled at the end of the day")]
    done: Annotated[int, Meta(description="Completed ones of them")]


class RecentTask(Task, frozen=True, kw_only=True):
    assignee_name: str | None


class Statistics(Struct, frozen=True, kw_only=True):
    total_tasks: int
    pending: int
    in_progress: int
    completed: int
    cancelled: int
    overdue: Annotated[int, Meta(description="Open tasks due before today (UTC)")]
    total_users: int
    recent_tasks: Annotated[list[RecentTask], Meta(description="The ten newest")]
    source: Literal["database", "cache"]
    generated_at: Timestamp


def task(entity: entities.Task) -> Task:
    return Task(**_task_fields(entity))


def task_details(entity: entities.Task) -> TaskDetails:
    return TaskDetails(
        **_task_fields(entity),
        creator_name=entity.creator_name,
        assignee_name=entity.assignee_name,
    )


def user(entity: entities.User) -> User:
    return User(**_user_fields(entity))


def session(entity: entities.Session, of: entities.User) -> Session:
    return Session(
        id=entity.id,
        created_at=timestamp(entity.created_at),
        seen_at=timestamp(entity.seen_at),
        agent=entity.agent,
        address=entity.address,
        current=entity.id == of.session_id,
    )


def account(entity: entities.User) -> Account:
    return Account(**account_fields(entity))


def account_fields(entity: entities.User) -> dict[str, Any]:
    """The fields of an Account, for answers that have more than them."""
    return {
        **_user_fields(entity),
        "language": entity.language,
        "time_zone": entity.time_zone,
        "theme": entity.theme,
    }


def team(entity: entities.Team, role: TeamRole) -> Team:
    return Team(key=entity.key, name=entity.name, role=role)


def member(entity: entities.Member) -> Member:
    return Member(id=entity.id, name=entity.name, email=entity.email, role=entity.role)


def change(entity: Activity) -> Change:
    return Change(
        action=_ACTIONS[entity.action],
        restored=_is_restored(entity),
        task=task(entity.task),
        changed=sorted(entity.before),
        actor=Actor(id=entity.actor.id, name=entity.actor.name),
        id=entity.id,
        at=timestamp(entity.at),
    )


def presence(entity: entities.Presence) -> Presence:
    return Presence(
        team=entity.team,
        people=[
            Person(id=person.id, name=person.name, tasks=list(person.tasks))
            for person in entity.people
        ],
        at=entity.at,
    )


def task_activity(entity: Activity) -> TaskActivity:
    shown = sorted(entity.before.keys() - {"description"})
    return TaskActivity(
        id=entity.id,
        action=_ACTIONS[entity.action],
        restored=_is_restored(entity),
        changed=sorted(entity.before),
        before={name: entity.before[name] for name in shown},
        after={name: _text(getattr(entity.task, name)) for name in shown},
        actor=Actor(id=entity.actor.id, name=entity.actor.name),
        at=timestamp(entity.at),
    )


def trashed(entity: entities.Trashed) -> TrashedTask:
    return TrashedTask(
        **_task_fields(entity.task),
        deleted_by=Actor(id=entity.deleted_by.id, name=entity.deleted_by.name),
        deleted_at=timestamp(entity.deleted_at),
        expires_at=timestamp(entity.expires_at),
    )


def statistics(entity: Stats, *, is_cached: bool) -> Statistics:
    return Statistics(
        total_tasks=entity.total,
        pending=entity.by_status[Status.PENDING],
        in_progress=entity.by_status[Status.IN_PROGRESS],
        completed=entity.by_status[Status.COMPLETED],
        cancelled=entity.by_status[Status.CANCELLED],
        overdue=entity.overdue,
        total_users=entity.members,
        recent_tasks=[
            RecentTask(**_task_fields(each), assignee_name=each.assignee_name)
            for each in entity.recent
        ],
        source="cache" if is_cached else "database",
        generated_at=timestamp(entity.generated_at),
    )


def day(of: date, totals: entities.Day) -> Day:
    return Day(
        date=of,
        created=totals.created,
        completed=totals.completed,
        scope=totals.scope,
        done=totals.done,
    )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user_fields(entity: entities.User) -> dict[str, Any]:
    return {
        "id": entity.id,
        "name": entity.name,
        "email": entity.email,
        "role": entity.role,
        "created_at": timestamp(entity.created_at),
    }


def _is_restored(entity: Activity) -> Literal[True] | UnsetType:
    return True if entity.action is Action.RESTORED else UNSET


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _task_fields(entity: entities.Task) -> dict[str, Any]:
    return {
        "id": entity.id,
        "team": entity.team,
        "title": entity.title,
        "description": entity.description,
        "status": entity.status,
        "priority": entity.priority,
        "created_by": entity.created_by,
        "assigned_to": entity.assigned_to,
        "due_date": entity.due_date,
        "completed_at": timestamp(entity.completed_at) if entity.completed_at else None,
        "created_at": timestamp(entity.created_at),
        "updated_at": timestamp(entity.updated_at),
        "version": entity.version,
        "rank": entity.rank,
    }
