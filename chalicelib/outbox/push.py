"""Pushes: a change to everyone connected who may see it."""

import msgspec

from chalicelib import logs, representations
from chalicelib.delivery import push
from chalicelib.entities import Activity
from chalicelib.services import presence, sockets


def deliver(change: Activity) -> None:
    """Push the change to the sockets of its team; raises Unavailable for storage only.

    Sockets of revoked sessions and memberships are closed instead. So is a socket that will
    not take the frame: its client comes back and resumes from its cursor, which misses
    nothing and keeps one bad socket from holding up the stream.
    """
    team = change.task.team
    audience = sockets.audience(team)
    frame = msgspec.json.encode(representations.change(change))
    report = push.send_all(audience.allowed, frame)
    push.close((*audience.revoked, *report.failed))
    for here in presence.without(team, (*audience.revoked, *report.failed, *report.gone)):
        push.send_all(here.sockets, msgspec.json.encode(representations.presence(here)))
    logs.event(
        "change_pushed",
        activity_id=change.id,
        sockets=len(audience.allowed),
        gone=len(report.gone),
        failed=len(report.failed),
        revoked=len(audience.revoked),
    )
