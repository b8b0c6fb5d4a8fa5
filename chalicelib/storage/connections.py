"""The connections table: who listens to which team, on which socket."""

from collections.abc import Iterable
from dataclasses import dataclass

from pynamodb.exceptions import DoesNotExist

from chalicelib import clock
from chalicelib.storage.tables import ConnectionItem

# The partition of the rows that say whose a socket is, before and beside its teams.
_SOCKETS = "*"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open socket of a user, authenticated when the user's session had `session_epoch`.

    Times are in seconds since 1970.
    """

    id: str
    user_id: str
    session_epoch: int
    connected_at: int
    expires_at: int


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
    items = ConnectionItem.query(team, consistent_read=True)
    now = clock.seconds()
    return [_connection(item) for item in items if item.expires_at > now]


def forget(connection_id: str, teams: Iterable[str]) -> None:
    """The socket is closed: remove it from these teams, and itself."""
    for team in (*teams, _SOCKETS):
        ConnectionItem(team, connection_id).delete()


def _item(team: str, connection: Connection) -> ConnectionItem:
    return ConnectionItem(
        team,
        connection.id,
        user_id=connection.user_id,
        session_epoch=connection.session_epoch,
        connected_at=connection.connected_at,
        expires_at=connection.expires_at,
    )


def _connection(item: ConnectionItem) -> Connection:
    return Connection(
        id=item.connection_id,
        user_id=item.user_id,
        session_epoch=int(item.session_epoch),
        connected_at=int(item.connected_at),
        expires_at=int(item.expires_at),
    )
