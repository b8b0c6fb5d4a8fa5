"""The feed: a team's changes in order, to read and to resume from."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib import clock, ids
from chalicelib.entities import Activity, User
from chalicelib.errors import Fault, Invalid
from chalicelib.services import access
from chalicelib.storage import activity

# A change takes its id before it commits, so one may appear after another with a later id has
# been read. Longer than a commit can take with every retry: older than this, all is there.
_SETTLED = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Feed:
    """Changes, oldest first; `cursor` is where the next reading starts."""

    changes: list[Activity]
    cursor: str
    has_more: bool


def read(caller: User, *, team: str | None, since: str | None, limit: int) -> Feed:
    """The changes after the position `since`, or from the beginning.

    The last page's cursor points before everything that may still be in flight, so what is
    read again is seen twice rather than missed. Raises TeamNotFound, and Invalid for a
    position that is none.
    """
    key = access.team_of(caller, team)
    position = _position(since)
    found, more = activity.after(key, position, limit)
    if more and found:
        return Feed(found, found[-1].id, has_more=True)
    newest = found[-1].id if found else since or settled()
    return Feed(found, min(newest, settled()), has_more=False)


def missed(caller: User, since: str, limit: int) -> tuple[list[Activity], bool]:
    """What a socket that saw `since` last may have missed, oldest first, and whether more is.

    Over all teams of the caller. Begins earlier by the time that a commit can take; the client
    drops what it has seen. Raises Invalid for a position that is none.
    """
    start = ids.first_at(ids.time_of(_position(since)) - _SETTLED)
    parts = [activity.after(team, start, limit) for team in caller.teams]
    found = sorted((each for some, _ in parts for each in some), key=lambda change: change.id)
    return found[:limit], len(found) > limit or any(more for _, more in parts)


def latest(caller: User, *, team: str | None, limit: int) -> list[Activity]:
    """The newest changes, newest first; raises TeamNotFound."""
    return activity.latest(access.team_of(caller, team), limit)


def settled() -> str:
    """The position before everything that may still be in flight."""
    return ids.first_at(clock.now() - _SETTLED)


def encode(change: Activity) -> str:
    """The change as the record that the stream brings and that queues carry."""
    return activity.encode(change)


def decode(record: str) -> Activity:
    """The change in such a record; raises msgspec.ValidationError on anything else."""
    return activity.decode(record)


def _position(since: str | None) -> str:
    if since is None:
        return "0"
    if not ids.is_uuid7(since):
        raise Invalid(Fault("since", "Since must be a cursor of this feed"))
    return since
