"""Live sockets: tickets that open them, and who may hear what when something is pushed."""

import secrets
from collections.abc import Sequence

from msgspec import Struct

from chalicelib import clock
from chalicelib.entities import Span, User
from chalicelib.errors import SessionEnded
from chalicelib.services import accounts, throttles
from chalicelib.storage import connections, tickets, users
from chalicelib.storage.connections import Connection

TICKET_SECONDS = 60
# API Gateway ends a WebSocket after two hours; the row dies a little later.
_LONGEST_SECONDS = 2 * 3600 + 300
# More open tabs than a person has; the oldest make room.
MOST_PER_USER = 20
# A team with more sockets is pushed to by several invocations, each with so many of them.
AT_ONCE = 2_000
_SPAN = 1_000


class Audience(Struct, frozen=True):
    """Who hears a push now, and whose sockets are to be closed instead."""

    allowed: list[str]
    revoked: list[str]


def issue_ticket(user: User) -> str:
    """A ticket that opens one socket, once, within a minute; raises Throttled."""
    throttles.require(throttles.TICKETS, user.id)
    ticket = secrets.token_urlsafe(32)
    claim = tickets.Claim(user.id, user.session_epoch, user.session_id)
    tickets.put(ticket, claim, expires_at=clock.seconds() + TICKET_SECONDS)
    return ticket


def open_with(ticket: str, connection_id: str) -> None:
    """Use the ticket up for this socket; raises SessionEnded."""
    claim = tickets.take(ticket)
    if claim is None:
        raise SessionEnded
    user = accounts.current(claim.user_id, claim.session_epoch, claim.session_id)
    now = clock.seconds()
    connections.open(
        Connection(
            connection_id,
            user.id,
            user.session_epoch,
            now,
            now + _LONGEST_SECONDS,
            session_id=claim.session_id,
        )
    )


def listen(connection_id: str) -> tuple[User, list[str]]:
    """Let the socket hear its user's teams.

    Returns the user and the sockets that must be closed to keep within the cap. Raises
    SessionEnded when the socket is unknown or its session is over.
    """
    connection = connections.get(connection_id)
    if connection is None:
        raise SessionEnded
    user = owner(connection)
    connections.listen(connection, user.teams)
    return user, _surplus(user)


def owner(connection: Connection) -> User:
    """Whose socket it is; raises SessionEnded when the session that opened it is over."""
    return accounts.current(connection.user_id, connection.session_epoch, connection.session_id)


def forget(connection_id: str) -> dict[str, Connection]:
    """The socket is closed; returns how it listened, by team."""
    connection = connections.get(connection_id)
    if connection is None:
        return {}
    user = users.get(connection.user_id)
    return connections.forget(connection_id, user.teams if user else ())


def audience(team: str) -> Audience | list[Span]:
    """Everyone connected to the team, with session and membership checked as of now.

    If these are more than AT_ONCE, spans of them, each an audience of its own.
    """
    found = connections.listening_or_spans(team, AT_ONCE, _SPAN)
    spans = [each for each in found if isinstance(each, Span)]
    return spans or _checked(team, [each for each in found if isinstance(each, Connection)])


def audience_within(span: Span) -> Audience:
    """Those of the span, session and membership checked as of now."""
    return _checked(span.team, connections.listening_within(span))


def _checked(team: str, listening: Sequence[Connection]) -> Audience:
    people = users.get_many(connection.user_id for connection in listening)
    allowed: list[str] = []
    revoked: list[str] = []
    for connection in listening:
        is_allowed = may_hear(people.get(connection.user_id), connection, team)
        (allowed if is_allowed else revoked).append(connection.id)
    return Audience(allowed, revoked)


def may_hear(user: User | None, connection: Connection, team: str) -> bool:
    """Whether the session that opened the socket and the user's membership are still good."""
    if user is None or team not in user.teams:
        return False
    return accounts.is_live(user, connection.session_epoch, connection.session_id)


def _surplus(user: User) -> list[str]:
    """The user's oldest sockets beyond the cap."""
    team = min(user.teams, default=None)
    if team is None:
        return []
    own = [each for each in connections.listening(team) if each.user_id == user.id]
    own.sort(key=lambda connection: connection.connected_at)
    return [connection.id for connection in own[:-MOST_PER_USER]]
