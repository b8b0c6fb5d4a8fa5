"""The connections table: who listens to which team, on which socket."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib import clock
from chalicelib.entities import Span
from chalicelib.storage.tables import ConnectionItem

# The partition of the rows that say whose a socket is, before and beside its teams.
_SOCKETS = "*"
# The partition of the rows that say who is about to tell a team who is here.
_TURNS = "~"


class Connection(Struct, frozen=True):
    """An open socket of a user, authenticated by the session `session_id` of `session_epoch`.

    Times are in seconds since 1970, but `shown_at` is in milliseconds: since then the team sees
    that its user is here, with the team's `task` open. It is 0 before that.
    """

    id: str
    user_id: str
    session_epoch: int
    connected_at: int
    expires_at: int
    shown_at: int = 0
    task: str | None = None
    session_id: str | None = None


def open(connection: Connection) -> None:  # noqa: A001 - a socket is opened
    """Remember whose socket this is; it hears nothing yet."""
    _item(_SOCKETS, connection).save()


def get(connection_id: str) -> Connection | None:
    """The open socket, strongly consistent; None once it has expired."""
    try:
        item = ConnectionItem.get(_SOCKETS, connection_id, consistent_read=True)
    except DoesNotExist:
        return None
    connection = _connection(item)
    return connection if connection.expires_at > clock.seconds() else None


def listen(connection: Connection, teams: Iterable[str]) -> None:
    """From now on, send the changes of these teams to the socket."""
    for team in teams:
        _item(team, connection).save()


def listening(team: str) -> list[Connection]:
    """The sockets that hear the team, those that expired left out; strongly consistent."""
    return _living(_rows(team, None))


def listening_within(span: Span) -> list[Connection]:
    """Those of them that are in the span."""
    return _living(_rows(span.team, ConnectionItem.connection_id.between(span.first, span.last)))


def listening_or_spans(team: str, most: int, size: int) -> list[Connection] | list[Span]:
    """The sockets that hear the team, or, if these are more than `most`, spans of `size` of them.

    Costs one reading either way; making connections of rows is what takes long.
    """
    rows = _rows(team, None)
    if len(rows) <= most:
        return _living(rows)
    ids = [row["connection_id"]["S"] for row in rows]
    parts = (ids[start : start + size] for start in range(0, len(ids), size))
    return [Span(team, part[0], part[-1]) for part in parts]


def show(team: str, connection_id: str, task: str | None, at: int) -> Connection | None:
    """Let the team see from `at` on, in milliseconds, that the socket has `task` open.

    Returns what it saw before; None when the socket does not listen, or says otherwise since.
    """
    set_task = ConnectionItem.task.set(task) if task else ConnectionItem.task.remove()
    is_newer = ConnectionItem.shown_at.does_not_exist() | (ConnectionItem.shown_at <= at)
    try:
        answer = ConnectionItem._get_connection().update_item(  # noqa: SLF001 - models return only what is new
            team,
            connection_id,
            actions=[ConnectionItem.shown_at.set(at), set_task],
            condition=ConnectionItem.user_id.exists() & is_newer,
            return_values="ALL_OLD",
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return _former(answer)


def take_turn(team: str, connection_id: str, until: int) -> bool:
    """Take it on to tell the team who is here, for this socket; False where another has.

    A turn is over at `until`, in milliseconds since 1970, or when it is given back.
    """
    now = clock.milliseconds(clock.now())
    is_free = ConnectionItem.turn_until.does_not_exist() | (ConnectionItem.turn_until <= now)
    is_ours = ConnectionItem.user_id == connection_id  # when the first answer was lost
    try:
        ConnectionItem(_TURNS, team).update(
            [
                ConnectionItem.user_id.set(connection_id),
                ConnectionItem.turn_until.set(until),
                ConnectionItem.expires_at.set(until // 1000 + 1),
            ],
            condition=is_free | is_ours,
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def give_turn_back(team: str) -> None:
    ConnectionItem(_TURNS, team).delete()


def forget(connection_id: str, teams: Iterable[str]) -> dict[str, Connection]:
    """The socket is closed: remove it from these teams, and itself. Returns what the teams had."""
    former = {team: _removed(team, connection_id) for team in (*teams, _SOCKETS)}
    return {team: row for team, row in former.items() if row and team != _SOCKETS}


def _rows(team: str, condition: Condition | None) -> list[dict[str, Any]]:
    table = ConnectionItem._get_connection()  # noqa: SLF001 - models would be made of every row
    rows: list[dict[str, Any]] = []
    start: Any = None
    while True:
        page = table.query(team, condition, consistent_read=True, exclusive_start_key=start)
        rows += page["Items"]
        start = page.get("LastEvaluatedKey")
        if not start:
            return rows


def _living(rows: Iterable[dict[str, Any]]) -> list[Connection]:
    found = (_connection(ConnectionItem.from_raw_data(row)) for row in rows)
    now = clock.seconds()
    return [connection for connection in found if connection.expires_at > now]


def _removed(team: str, connection_id: str) -> Connection | None:
    table = ConnectionItem._get_connection()  # noqa: SLF001 - models do not return what they delete
    return _former(table.delete_item(team, connection_id, return_values="ALL_OLD"))


def _former(answer: Mapping[str, Any]) -> Connection | None:
    row = answer.get("Attributes")
    return _connection(ConnectionItem.from_raw_data(row)) if row else None


def _item(team: str, connection: Connection) -> ConnectionItem:
    return ConnectionItem(
        team,
        connection.id,
        user_id=connection.user_id,
        session_epoch=connection.session_epoch,
        session_id=connection.session_id,
        connected_at=connection.connected_at,
        expires_at=connection.expires_at,
    )


def _connection(item: ConnectionItem) -> Connection:
    return Connection(
        id=item.connection_id,
        user_id=item.user_id,
        session_epoch=int(item.session_epoch),
        session_id=item.session_id,
        connected_at=int(item.connected_at),
        expires_at=int(item.expires_at),
        shown_at=int(item.shown_at or 0),
        task=item.task,
    )
