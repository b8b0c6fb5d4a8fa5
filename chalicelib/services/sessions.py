"""Sessions: where a person is signed in, in the one item that authenticates their requests.

A session is live while its row is there. Ending it removes the row, which the next request and
the next push find without asking anything more.
"""

import dataclasses
import re
import secrets
from datetime import timedelta

from chalicelib import clock, logs
from chalicelib.config import settings
from chalicelib.entities import Origin, Session, User
from chalicelib.errors import SessionNotFound, TaskFlowError
from chalicelib.services import retries, throttles
from chalicelib.storage import users

# More devices than a person has; the oldest session makes room. At some 60 bytes each they keep
# the person's item near 1 KB.
MOST = 20
# Expired rows are removed by a write of its own, so not at once.
_EXPIRED = 5
# How old "last seen" may be: one write an hour, and none that a request waits for twice.
_SEEN_EVERY = timedelta(hours=1)

# The more particular first: Edge calls itself Chrome too, and Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,23}")


def begun(origin: Origin) -> Session:
    """A session that begins now; it is live once it is written."""
    now = clock.now()
    return Session(
        secrets.token_urlsafe(12), now, now, _summary(origin.agent), _part(origin.address)
    )


def begin(user_id: str, origin: Origin) -> User | None:
    """Let the person be signed in from there; returns them, in the new session.

    None for nobody and for the disabled.
    """
    new = begun(origin)
    user = retries.on_conflict(lambda: users.begin_session(user_id, new))
    if user is None:
        return None
    surplus = _surplus(user)
    if surplus:
        retries.on_conflict(lambda: users.remove_sessions(user_id, surplus))
    return dataclasses.replace(user, session_id=new.id)


def of(user: User) -> list[Session]:
    """The live sessions of the user, the newest first."""
    live = [each for each in user.sessions.values() if not _is_over(each)]
    return sorted(live, key=lambda each: (each.created_at, each.id), reverse=True)


def end(user: User, session_id: str) -> None:
    """End one session of the user, its sockets too, at their next request or push.

    Raises SessionNotFound for every id that is not that of one of theirs.
    """
    if session_id not in user.sessions:
        raise SessionNotFound
    retries.on_conflict(lambda: users.remove_sessions(user.id, [session_id]))
    logs.event("session_ended", user_id=user.id)


def end_current(user: User) -> None:
    """End the session that the user is in."""
    if user.session_id is not None and user.session_id in user.sessions:
        end(user, user.session_id)


def see(user: User) -> None:
    """Note now and then that the session is in use; that it cannot be noted is no harm."""
    current = user.sessions.get(user.session_id or "")
    now = clock.now()
    if current is None or now - current.seen_at < _SEEN_EVERY:
        return
    try:
        users.see_session(user.id, dataclasses.replace(current, seen_at=now))
    except TaskFlowError:
        logs.event("session_not_noted", user_id=user.id)


def _surplus(user: User) -> list[str]:
    """What is to be removed: the oldest beyond the cap, and the expired once they are several."""
    live = of(user)
    expired = [each.id for each in user.sessions.values() if _is_over(each)]
    if len(live) > MOST or len(expired) >= _EXPIRED:
        return [*expired, *(each.id for each in live[MOST:])]
    return []


def _is_over(session: Session) -> bool:
    return clock.now() - session.created_at > timedelta(hours=settings().token_hours)


def _summary(agent: str) -> str:
    """Browser and system, or the name of the program; never what a stranger wrote at length."""
    if "Mozilla/" not in agent:
        program = _PROGRAM.match(agent)
        return program[0] if program else ""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(each for each in (browser, system) if each)


def _part(address: str) -> str:
    """Enough of an address to recognise it by: without the last number, or the customer's network."""
    if ":" in address:
        return throttles.site(address)
    network, _, last = address.rpartition(".")
    return f"{network}.*" if last.isdecimal() else ""
