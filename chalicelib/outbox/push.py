"""Pushes: the changes of a team to everyone connected who may see them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib import clock, logs, representations
from chalicelib.delivery import functions, push
from chalicelib.entities import Activity, Span
from chalicelib.errors import Unavailable
from chalicelib.outbox import frames
from chalicelib.services import presence, sockets

# A socket gets one frame in that time; what happens meanwhile is in the next one. Changes of a
# team come to one process at a time, so what it remembers is enough.
APART_SECONDS = 0.25
# Each costs two writes. Those that are left are found gone again by the next push.
_FORGOTTEN_AT_ONCE = 200

_pushed_at: dict[str, float] = {}


class Share(msgspec.Struct, frozen=True):
    """The part of a push that another invocation does: a frame to the sockets from first to last."""

    team: str
    first: str
    last: str
    frame: msgspec.Raw


def deliver(team: str, changes: Sequence[Activity]) -> None:
    """Push the changes to the sockets of their team; raises Unavailable.

    Sockets of revoked sessions and memberships are closed instead. So is a socket that will
    not take a frame: its client comes back and resumes from its cursor, which misses nothing
    and keeps one bad socket from holding up the stream. What can be neither told nor closed is
    left to another invocation, and so are the sockets of a team that has very many.
    """
    _wait(team)
    bodies = frames.telling(changes)
    audience = sockets.audience(team)
    if isinstance(audience, sockets.Audience):
        stuck = _push(team, audience, bodies)
        spans = [Span(team, min(stuck), max(stuck))] if stuck else []
    else:
        spans = audience
    for span in spans:
        for body in bodies:
            functions.push(
                msgspec.json.encode(Share(team, span.first, span.last, msgspec.Raw(body)))
            )
    if spans:
        logs.event("push_shared_out", team=team, shares=len(spans) * len(bodies))
    _pushed_at[team] = _seconds()


def deliver_share(event: Mapping[str, Any]) -> None:
    """Do the part of a push that `event`, a Share, describes; raises Unavailable."""
    share = msgspec.json.decode(msgspec.json.encode(event), type=Share)
    span = Span(share.team, share.first, share.last)
    if _push(share.team, sockets.audience_within(span), [bytes(share.frame)]):
        raise Unavailable


def wait_seconds(team: str) -> float:
    """How long the team is still to be left alone."""
    rest = _pushed_at.get(team, 0.0) + APART_SECONDS - _seconds()
    return min(max(rest, 0.0), APART_SECONDS)


def _wait(team: str) -> None:
    if rest := wait_seconds(team):
        clock.sleep(rest)
    for other in [each for each in _pushed_at if not wait_seconds(each)]:
        del _pushed_at[other]


def _push(team: str, audience: sockets.Audience, bodies: Sequence[bytes]) -> list[str]:
    """Returns the sockets that took not everything, and could not be closed either."""
    listeners, gone, failed = audience.allowed, set[str](), set[str]()
    for body in bodies:
        report = push.send_all(listeners, body)
        gone.update(report.gone)
        failed.update(report.failed)
        listeners = [each for each in listeners if each not in gone and each not in failed]
    unreachable = push.close([*audience.revoked, *sorted(failed)])
    over = {*gone, *failed, *audience.revoked} - set(unreachable)
    for here in presence.without(team, sorted(over)[:_FORGOTTEN_AT_ONCE]):
        push.send_all(here.sockets, msgspec.json.encode(representations.presence(here)))
    logs.event(
        "change_pushed",
        team=team,
        sockets=len(audience.allowed),
        bytes=sum(map(len, bodies)),
        gone=len(gone),
        failed=len(failed),
        revoked=len(audience.revoked),
    )
    return sorted(failed.intersection(unreachable))


def _seconds() -> float:
    return clock.milliseconds(clock.now()) / 1000
