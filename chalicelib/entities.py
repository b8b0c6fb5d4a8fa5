"""The nouns of TaskFlow: frozen values that every layer shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from chalicelib import words
from chalicelib.i18n import Language

T = TypeVar("T")


class Status(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Only open tasks can be overdue."""
        return self in {Status.PENDING, Status.IN_PROGRESS}


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Role(StrEnum):
    """What a person is in the whole installation."""

    USER = "user"
    ADMIN = "admin"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class TeamRole(StrEnum):
    """What a person is in one team; a viewer reads and changes nothing."""

    MEMBER = "member"
    VIEWER = "viewer"


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Session:
    """Somewhere that a person is signed in: since when, until about when, from what and where.

    `agent` is a summary such as "Firefox, Linux", `address` a part of one; empty when unknown.
    """

    id: str
    created_at: datetime
    seen_at: datetime
    agent: str
    address: str


@dataclass(frozen=True, slots=True)
class User:
    """A person; `session_epoch` is the generation of sessions that may still work.

    Those that do are `sessions`, by id. Who makes a request does so in the one of `session_id`;
    it is None for other people, and for a token of a former release, which names none.

    Language, time zone (an IANA name) and theme are what they chose; without a choice the
    browser's and the system's apply. At `guessed_at` somebody last gave a wrong password.
    """

    id: str
    name: str
    email: str
    role: Role
    teams: Mapping[str, TeamRole]
    session_epoch: int
    disabled: bool
    created_at: datetime
    language: Language | None = None
    time_zone: str | None = None
    theme: Theme | None = None
    guessed_at: datetime | None = field(default=None, compare=False)
    sessions: Mapping[str, Session] = field(default_factory=dict, compare=False)
    session_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """How a person proves to be `user_id`; kept apart so that no profile carries a hash.

    `addresses` are marks of those that they have signed in from, the newest last.
    """

    email: str
    user_id: str
    password_hash: str
    addresses: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the address that the gateway saw, and what the client calls itself."""

    address: str = ""
    agent: str = ""


# What no request is behind.
NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted under `key` in a window of time that ends at `ends_at`, seconds since 1970.

    No more than `most` are allowed in it.
    """

    key: str
    most: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    name: str
    email: str
    role: TeamRole


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, under the name they had when they did it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task; `creator_name` and `assignee_name` are the names at the time of writing.

    `rank` is its place among the tasks of its status, ascending from the top of the column;
    `trail` the ids of its latest changes, as storage/activity.py packs them.
    """

    team: str
    number: int
    title: str
    description: str
    status: Status
    priority: Priority
    created_by: str
    creator_name: str
    assigned_to: str | None
    assignee_name: str | None
    due_date: date | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    rank: str
    trail: bytes = b""

    @property
    def id(self) -> str:
        return f"{self.team}-{self.number}"

    @property
    def open_due(self) -> date | None:
        """The day after which the task is overdue; none for finished and undated tasks."""
        return self.due_date if self.status.is_open else None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks of a team are wanted, and in what order.

    The due bounds are exclusive. Sorted by `due_date`, only tasks with a date are listed: the
    open ones, or those that are finished where `status` asks for them. Sorted by `rank`, one
    `status` is listed.
    """

    status: Status | None = None
    assigned_to: str | None = None
    priority: Priority | None = None
    due_before: date | None = None
    due_after: date | None = None
    text: str | None = None
    sort: str = "-created_at"

    def fit(self, task: Task) -> bool:
        """Whether the task is one of those that are wanted, of whatever team it is."""
        return (
            self.status in {None, task.status}
            and self.assigned_to in {None, task.assigned_to}
            and self.priority in {None, task.priority}
            and (not self.due_before or _is_before(task.due_date, self.due_before))
            and (not self.due_after or _is_before(self.due_after, task.due_date))
            and (not self.text or words.occur(self.text, (task.title, task.description)))
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """One committed change: the feed, the audit log and the outbox in one record.

    `task` is the task after the change (before it, for a deletion); `before` holds the
    former values of the fields that an update changed.
    """

    id: str
    action: Action
    task: Task
    before: Mapping[str, str | None]
    actor: Actor
    at: datetime

    @property
    def assigns(self) -> bool:
        """Whether this change gave the task to somebody."""
        given = self.action is Action.CREATED or "assigned_to" in self.before
        return given and self.task.assigned_to is not None


@dataclass(frozen=True, slots=True)
class Span:
    """Some of a team's sockets: those whose ids are from the first to the last, both included."""

    team: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is here, with the team's tasks that they have open on any of their sockets."""

    id: str
    name: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is here, and the sockets to be told.

    `at` is in milliseconds since 1970, from before the look: the later of two lists knows
    everything that the earlier one does.
    """

    team: str
    people: tuple[Person, ...]
    sockets: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A process's hold on a request that may come twice; `owner` is no other process's.

    `change` is the team and the id of the activity that the request has already led to.
    """

    row: str
    owner: str
    change: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What such a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Trashed:
    """A deleted task as it was, until it expires."""

    task: Task
    deleted_by: Actor
    deleted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Stats:
    """What a team's dashboard counts, as of `generated_at`."""

    by_status: Mapping[Status, int]
    overdue: int
    members: int
    recent: tuple[Task, ...]
    generated_at: datetime

    @property
    def total(self) -> int:
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class Day:
    """Tasks created and completed on a day; those not cancelled, and the completed ones of them.

    The latter two are what the day added, or what there was when it ended.
    """

    created: int = 0
    completed: int = 0
    scope: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A bounded part of a list; `next_cursor` is absent on the last one."""

    items: tuple[T, ...]
    next_cursor: str | None


def _is_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other
