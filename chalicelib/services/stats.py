"""Statistics: counted as tasks change, cached for seconds, never older than the last write."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from msgspec import Struct

from chalicelib import clock
from chalicelib.entities import Day, Stats, Status, User
from chalicelib.services import access
from chalicelib.storage import listing, stats
from chalicelib.storage import trend as history

_FRESH = timedelta(seconds=30)
_RECENT = 10
# DynamoDB's limit is 400 KB an item, name and keys included.
_LARGEST_SNAPSHOT = 380_000


class Answer(Struct, frozen=True):
    stats: Stats
    is_cached: bool


class Trend(Struct, frozen=True):
    days: Mapping[date, Day]
    generated_at: datetime


def of_team(caller: User, team: str | None = None) -> Answer:
    """The team's statistics; raises TeamNotFound.

    The snapshot is used only under the generation it was computed from, and every write bumps
    the generation, so the answer includes each write that had returned before the request.
    """
    key = access.team_of(caller, team)
    now = clock.now()
    counters, snapshot = stats.current(key, now.date())
    if snapshot and snapshot.generation == counters.changes and _is_fresh(snapshot):
        cached = _unpacked(snapshot.body)
        if cached is not None:
            return Answer(cached, is_cached=True)
    if counters.ended:
        stats.fold(key, counters.ended)
    fresh = Stats(
        by_status=counters.by_status,
        overdue=counters.overdue,
        members=counters.members,
        recent=listing.newest(key, _RECENT),
        generated_at=now,
    )
    _store(key, fresh, counters.changes)
    return Answer(fresh, is_cached=False)


def trend(caller: User, days: int, team: str | None = None) -> Trend:
    """The last `days` days up to today, oldest first; raises TeamNotFound.

    Reckoned back from what there is now, so that the last day agrees with the statistics.
    """
    key = access.team_of(caller, team)
    now = clock.now()
    today = now.date()
    first = today - timedelta(days=days - 1)
    added = history.days(key, first, today)
    counters, _ = stats.current(key, today)
    done = counters.by_status[Status.COMPLETED]
    scope = sum(counters.by_status.values()) - counters.by_status[Status.CANCELLED]
    totals: dict[date, Day] = {}
    for back in range(days):
        day = today - timedelta(days=back)
        step = added.get(day, Day())
        totals[day] = replace(step, scope=scope, done=done)
        scope, done = scope - step.scope, done - step.done
    return Trend(dict(sorted(totals.items())), now)


def _is_fresh(snapshot: stats.Snapshot) -> bool:
    return clock.seconds() < snapshot.fresh_until


def _store(key: str, computed: Stats, generation: int) -> None:
    """Keep the answer until it ages or the day ends, when other tasks become overdue."""
    body = zlib.compress(msgspec.json.encode(computed))
    if len(body) > _LARGEST_SNAPSHOT:
        return
    tomorrow = datetime.combine(computed.generated_at.date() + timedelta(days=1), time(), UTC)
    until = min(computed.generated_at + _FRESH, tomorrow)
    stats.store_snapshot(key, stats.Snapshot(body, generation, clock.milliseconds(until) // 1000))


def _unpacked(body: bytes) -> Stats | None:
    """The answer in a snapshot; None in one of another release, which is computed anew."""
    try:
        return msgspec.json.decode(zlib.decompress(body), type=Stats)
    except msgspec.DecodeError:
        return None
