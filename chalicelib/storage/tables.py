"""The tables as PynamoDB models, private to storage/; infra/resources.json creates them."""

import threading
from collections.abc import Iterator
from typing import Any, Self

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import TableConnection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.config import settings
from chalicelib.storage import connection, schema

_PREFIX = settings().table_prefix
_first_use = threading.Lock()


class _Table(Model):
    """A model on the shared connection; PynamoDB would give each its own client."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        with _first_use:
            if cls._connection is None:
                table = super()._get_connection()
                keys = table.get_meta_table()
                table.connection = connection.shared()
                table.connection.add_meta_table(keys)
            return cls._connection  # type: ignore[return-value] # set just above


class _Versioned(_Table):
    """A table whose items are read forward; absent `schema` is the first."""

    schema = NumberAttribute(null=True)
    was_old = False

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        table = cls.Meta.table_name.removeprefix(_PREFIX)
        item = super().from_raw_data(schema.forward(table, data))
        item.was_old = not schema.is_current(table, data)
        return item


class UserItem(_Table):
    class Meta:
        table_name = _PREFIX + "users"

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    teams: MapAttribute[str, str] = MapAttribute(default=dict)  # type: ignore[no-untyped-call]
    session_epoch = NumberAttribute(default=1)
    disabled = BooleanAttribute(default=False)
    created_at = NumberAttribute()
    language = UnicodeAttribute(null=True)
    time_zone = UnicodeAttribute(null=True)
    theme = UnicodeAttribute(null=True)
    guessed_at = NumberAttribute(null=True)
    sessions: MapAttribute[str, str] = MapAttribute(null=True)  # type: ignore[no-untyped-call]


def session(session_id: str) -> Any:
    """The path of one session in a user's `sessions`."""
    return UserItem.sessions[session_id]


def membership(team: str) -> Any:
    """The path of one team in a user's `teams`, for conditions and updates."""
    return UserItem.teams[team]


class CredentialItem(_Table):
    class Meta:
        table_name = _PREFIX + "credentials"

    email = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    addresses: ListAttribute[str] = ListAttribute(null=True)


class TeamItem(_Table):
    """`item` is `team`, `sequence` or `member#<user id>`.

    The team's tasks are at least of the version `tasks_schema`; up to the number
    `brought_up_to` they are, while storage/upgrades.py is at it.
    """

    class Meta:
        table_name = _PREFIX + "teams"

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)
    last_number = NumberAttribute(null=True)
    tasks_schema = NumberAttribute(null=True)
    brought_up_to = NumberAttribute(null=True)


class ByStatus(GlobalSecondaryIndex["TaskItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    team_status = UnicodeAttribute(hash_key=True)
    rank = UnicodeAttribute(range_key=True)


class ByAssignee(GlobalSecondaryIndex["TaskItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_assignee"
        projection = AllProjection()

    team_assignee = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex["TaskItem"]):  # type: ignore[no-untyped-call]
    """Sparse: only tasks with a due date carry `due_key`, open and finished ones apart."""

    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    team = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)


class TaskItem(_Versioned):
    """`team_status` is "<team>#<status>", `team_assignee` "<team>#<user id>".

    They are the keys of indexes, and the only copies of status and assignee. `due_key` is
    "open#<date>" or "done#<date>".
    """

    class Meta:
        table_name = _PREFIX + "tasks"

    team = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    title = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    team_status = UnicodeAttribute()
    priority = UnicodeAttribute()
    created_by = UnicodeAttribute()
    creator_name = UnicodeAttribute()
    team_assignee = UnicodeAttribute(null=True)
    assignee_name = UnicodeAttribute(null=True)
    due_date = UnicodeAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    completed_at = NumberAttribute(null=True)
    created_at = NumberAttribute()
    updated_at = NumberAttribute()
    version = NumberAttribute()
    rank = UnicodeAttribute()
    trail = BinaryAttribute(null=True, legacy_encoding=False)

    by_status = ByStatus()
    by_assignee = ByAssignee()
    by_due = ByDue()


class ActivityItem(_Table):
    """`record` is the Activity as JSON; consumers of the stream read nothing else."""

    class Meta:
        table_name = _PREFIX + "activity"

    team = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    record = UnicodeAttribute()


class StatsItem(_Table):
    """`part` is `due#<month>`, `due#past`, `shard#<n>` or `snapshot`.

    They sort in this order, so that one query brings this month, the past and the rest.
    """

    class Meta:
        table_name = _PREFIX + "stats"

    team = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    pending = NumberAttribute(null=True)
    in_progress = NumberAttribute(null=True)
    completed = NumberAttribute(null=True)
    cancelled = NumberAttribute(null=True)
    members = NumberAttribute(null=True)
    changes = NumberAttribute(null=True)
    open_tasks = NumberAttribute(null=True)
    # day_1 to day_31: of the month's open tasks, those due on that day.
    vars().update({f"day_{number}": NumberAttribute(null=True) for number in range(1, 32)})
    generation = NumberAttribute(null=True)
    snapshot = BinaryAttribute(null=True, legacy_encoding=False)
    fresh_until = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    @classmethod
    def open_on(cls, day: int) -> Any:
        """The attribute that counts a day of the month."""
        return getattr(cls, f"day_{day}")


class TrendItem(_Table):
    """`part` is "<YYYY-MM>#<shard>"."""

    class Meta:
        table_name = _PREFIX + "trend"

    team = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    # created_1 to done_31: what a day of the month added.
    vars().update(
        {
            f"{name}_{number}": NumberAttribute(null=True)
            for name in ("created", "completed", "scope", "done")
            for number in range(1, 32)
        }
    )

    @classmethod
    def counter(cls, name: str, day: int) -> Any:
        """The attribute that counts on a day of the month."""
        return getattr(cls, f"{name}_{day}")

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """What each counter that is set counts, on which day, and how much."""
        for attribute, value in self.attribute_values.items():
            name, _, number = attribute.partition("_")
            if number:
                yield name, int(number), int(value)


class ByDeletion(GlobalSecondaryIndex["TrashItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_deletion"
        projection = AllProjection()

    team = UnicodeAttribute(hash_key=True)
    deleted_at = NumberAttribute(range_key=True)


class TrashItem(_Table):
    """`record` is the Trashed as JSON; `deleted_at` is in milliseconds since 1970."""

    class Meta:
        table_name = _PREFIX + "trash"

    team = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    record = UnicodeAttribute()
    version = NumberAttribute()
    deleted_at = NumberAttribute()
    expires_at = NumberAttribute()

    by_deletion = ByDeletion()


class ConnectionItem(_Table):
    """`team` is a team's key for a listening socket, "*" for the socket itself.

    It is "~" for a turn to tell the team `connection_id`, which the socket `user_id` has.
    """

    class Meta:
        table_name = _PREFIX + "connections"

    team = UnicodeAttribute(hash_key=True)
    connection_id = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute()
    session_epoch = NumberAttribute()
    session_id = UnicodeAttribute(null=True)
    connected_at = NumberAttribute()
    shown_at = NumberAttribute(null=True)
    turn_until = NumberAttribute(null=True)
    task = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class SearchItem(_Table):
    """`bucket` is "<team>#<how a word begins>", `place` "<inverted task number>#<the word>"."""

    class Meta:
        table_name = _PREFIX + "search"

    bucket = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class SuppressionItem(_Table):
    """`reason` is `bounce` or `complaint`; `suppressed_at` in seconds since 1970."""

    class Meta:
        table_name = _PREFIX + "suppressions"

    email = UnicodeAttribute(hash_key=True)
    reason = UnicodeAttribute()
    suppressed_at = NumberAttribute()


class EphemeralItem(_Table):
    """`key` says what the row is of.

    `ticket#<hash>`, `mail#<activity>#<user>`, `request#<user>#<hash>`, or
    `throttle#<what>#<whose, hashed>#<which window of time>`.
    """

    class Meta:
        table_name = _PREFIX + "ephemeral"

    key = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(null=True)
    session_epoch = NumberAttribute(null=True)
    session_id = UnicodeAttribute(null=True)
    done = BooleanAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)
    team = UnicodeAttribute(null=True)
    activity_id = UnicodeAttribute(null=True)
    tally = NumberAttribute(null=True)
    guessed_at = NumberAttribute(null=True)
    expires_at = NumberAttribute()


ALL: tuple[type[Any], ...] = (
    UserItem,
    CredentialItem,
    TeamItem,
    TaskItem,
    ActivityItem,
    StatsItem,
    TrendItem,
    TrashItem,
    ConnectionItem,
    SearchItem,
    SuppressionItem,
    EphemeralItem,
)
