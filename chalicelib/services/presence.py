"""Presence: who of a team is here, and which tasks they have open."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from msgspec import Struct

from chalicelib import clock, ids
from chalicelib.entities import Person, Presence, User
from chalicelib.errors import Fault, Invalid, SessionEnded, Unavailable
from chalicelib.i18n import Message
from chalicelib.services import access, sockets
from chalicelib.storage import connections, users
from chalicelib.storage.connections import Connection

# Whoever comes, goes or opens a task costs a push to each socket of the team: it grows with the
# square of the team. Beyond this many open tabs the newest are told, and are who is listed, which
# also bounds the frame and makes the look at the users a single one.
MOST_SOCKETS = 100
# A tab gets one list in that time; what happens meanwhile is in the next one.
APART_SECONDS = 0.25
# Where somebody else came or opened something this lately, a list may just have been sent.
_LATELY = timedelta(seconds=1)
# Who has taken it on to tell, and is not heard of again, holds the others up for so long.
_TURN = timedelta(seconds=2)


class _Look(Struct, frozen=True):
    """The sockets that are shown, and the list that they make."""

    rows: list[Connection]
    presence: Presence


def enter(user: User, connection_id: str, at: int) -> list[Presence]:
    """The user's listening socket is here since `at`, in milliseconds since 1970.

    Returns what is to be told, by team: to everyone, or to this socket alone when the others
    know already.
    """
    found = []
    for team in user.teams:
        former = connections.show(team, connection_id, None, at)
        if former is not None:
            look = _look(team)
            news = _in_turn(look, connection_id) if _is_news(look.rows, [former]) else None
            found.append(news or replace(look.presence, sockets=(connection_id,)))
    return found


def open_task(connection_id: str, task: str | None, at: int) -> list[Presence]:
    """The socket has had `task` open since `at`, or none; returns what is to be told.

    Raises Invalid for what is no task id of the user's teams, and SessionEnded when the socket
    is unknown or its session is over.
    """
    connection = connections.get(connection_id)
    if connection is None:
        raise SessionEnded
    user = sockets.owner(connection)
    task_team = _team_of(user, task)
    former = {
        team: connections.show(team, connection_id, task if team == task_team else None, at)
        for team in user.teams
    }
    return _news({team: [row] for team, row in former.items() if row}, connection_id)


def leave(connection_id: str) -> list[Presence]:
    """The socket is closed; returns what is to be told."""
    former = sockets.forget(connection_id)
    return _news({team: [row] for team, row in former.items()}, connection_id)


def without(team: str, connection_ids: Iterable[str]) -> list[Presence]:
    """These sockets turned out to be closed, or may no longer hear the team: forget them.

    Returns what is to be told.
    """
    gone = [connections.forget(each, (team,)).get(team) for each in connection_ids]
    former = [row for row in gone if row and row.shown_at]
    look = _look(team) if former else None
    return [look.presence] if look and _is_news(look.rows, former) else []


def _team_of(user: User, task: str | None) -> str | None:
    """The team of the task, one of the user's; raises Invalid."""
    if task is None:
        return None
    parsed = ids.parse_task(task)
    if parsed is None or not access.can_read(user, parsed[0]):
        raise Invalid(Fault("task", Message("error.presence_task")))
    return parsed[0]


def _news(former: Mapping[str, list[Connection]], connection_id: str) -> list[Presence]:
    """The lists of the teams where it makes a difference that sockets were as in `former`."""
    looks = ((_look(team), rows) for team, rows in former.items())
    news = [_in_turn(look, connection_id) for look, rows in looks if _is_news(look.rows, rows)]
    return [each for each in news if each]


def _in_turn(look: _Look, connection_id: str) -> Presence | None:
    """The list to tell for this socket; None where another is about to tell a newer one.

    While others say something, too, one takes it on, waits, and looks again for all: whoever
    finds that turn taken has written what there is to see before that look.
    """
    team, now = look.presence.team, clock.now()
    since = clock.milliseconds(now - _LATELY)
    if not any(row.shown_at > since for row in look.rows if row.id != connection_id):
        return look.presence
    if not connections.take_turn(team, connection_id, clock.milliseconds(now + _TURN)):
        return None
    clock.sleep(APART_SECONDS)
    with contextlib.suppress(Unavailable):  # it ends by itself
        connections.give_turn_back(team)
    return _look(team).presence


def _look(team: str) -> _Look:
    """Who is here now, with sessions and memberships checked."""
    at = clock.milliseconds(clock.now())
    shown = [row for row in connections.listening(team) if row.shown_at]
    shown = sorted(shown, key=lambda row: (row.connected_at, row.id))[-MOST_SOCKETS:]
    people = users.get_many(row.user_id for row in shown)
    rows = [row for row in shown if sockets.may_hear(people.get(row.user_id), row, team)]
    here = {row.user_id: people[row.user_id] for row in rows}
    listed = [Person(user.id, user.name, _tasks(rows, user)) for user in here.values()]
    listed.sort(key=lambda person: (person.name.casefold(), person.id))
    return _Look(rows, Presence(team, tuple(listed), tuple(row.id for row in rows), at))


def _tasks(rows: list[Connection], user: User) -> tuple[str, ...]:
    """What the user has open, the oldest task first."""
    tasks = {row.task for row in rows if row.user_id == user.id and row.task}
    return tuple(sorted(tasks, key=lambda task: (len(task), task)))


def _is_news(rows: list[Connection], former: list[Connection]) -> bool:
    """Whether the list is another than with sockets as in `former`.

    Of two sockets that say the same at the same time each sees the other, and both could leave
    it to the other to tell. So only what an older row says counts as told.
    """
    if not _facts(former) <= _facts(rows):
        return True
    before = {row.id: row for row in former}
    return any(
        not _facts([row])
        <= _facts([before[row.id], *(each for each in rows if _is_older(each, row))])
        for row in rows
        if row.id in before
    )


def _facts(rows: Iterable[Connection]) -> set[tuple[str, str | None]]:
    """Who is here, as (user, None), and who has what open, as (user, task)."""
    return {(row.user_id, said) for row in rows if row.shown_at for said in (None, row.task)}


def _is_older(one: Connection, other: Connection) -> bool:
    return (one.shown_at, one.id) < (other.shown_at, other.id)
