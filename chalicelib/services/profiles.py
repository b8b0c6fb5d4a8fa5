"""Profiles: what people say of themselves, how they want to read TaskFlow, and their password."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from chalicelib import logs
from chalicelib.entities import NOWHERE, Origin, Session, User
from chalicelib.errors import Fault, Invalid, SessionEnded, Unavailable
from chalicelib.i18n import Message
from chalicelib.services import accounts, passwords, retries, sessions, throttles, tokens
from chalicelib.services.accounts import SignedIn
from chalicelib.storage import credentials, users


def change(user: User, changes: Mapping[str, Any]) -> User:
    """Set name, language, time zone or theme; raises SessionEnded, Busy.

    A new name is at once the name in every team; tasks keep the name they were written with.
    """
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if not changed:
        return user
    retries.on_conflict(lambda: _change(user, changed))
    logs.event("profile_changed", user_id=user.id, fields=sorted(changed))
    return dataclasses.replace(user, **changed)


def change_password(user: User, current: str, new: str, origin: Origin = NOWHERE) -> SignedIn:
    """A new password, and with it the end of every session but the one returned.

    Raises Throttled before any of that; Invalid with every fault found, after one bcrypt check whatever they are; SessionEnded
    when the password was changed or the sessions were ended meanwhile; Busy.
    """
    throttles.require(throttles.PASSWORDS, user.id)
    credential = credentials.get(user.email)
    faults = []
    if not passwords.matches(current, credential.password_hash if credential else None):
        faults.append(Fault("current_password", Message("error.current_password")))
    unusable = passwords.fault(new)
    if unusable is not None:
        faults.append(Fault("new_password", unusable))
    if faults:
        raise Invalid(*faults)
    password_hash = passwords.hashed(new)
    session = sessions.begun(origin)
    retries.on_conflict(lambda: _replace_password(user, password_hash, session))
    logs.event("password_changed", user_id=user.id)
    renewed = dataclasses.replace(
        user,
        session_epoch=user.session_epoch + 1,
        sessions={session.id: session},
        session_id=session.id,
    )
    return SignedIn(tokens.issue(renewed), renewed)


def _change(user: User, changed: Mapping[str, Any]) -> None:
    """With the teams that the user is in by now, of which each keeps the name."""
    now = accounts.current(user.id, user.session_epoch, user.session_id)
    users.change_profile(now, changed)


def _replace_password(user: User, password_hash: str, session: Session) -> None:
    """A repetition that meets its own first success has succeeded: no other hash is the same."""
    try:
        users.change_password(user, password_hash, session)
    except (SessionEnded, Unavailable):
        stored = credentials.get(user.email)
        if stored is None or stored.password_hash != password_hash:
            raise
