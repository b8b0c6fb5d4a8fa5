"""Accounts: register, sign in, sign out, and the person behind a token."""

import dataclasses
import re

from msgspec import Struct

from chalicelib import clock, ids, logs
from chalicelib.config import settings
from chalicelib.entities import NOWHERE, Credential, Origin, Role, User
from chalicelib.errors import (
    BadCredentials,
    EmailTaken,
    Fault,
    Invalid,
    SessionEnded,
    Throttled,
    Unavailable,
)
from chalicelib.services import guesses, passwords, retries, sessions, teams, throttles, tokens
from chalicelib.storage import credentials, users

# One address that SES can take: the dot-atom of RFC 5321, 4.1.2, in ASCII, of at most 64 characters
# before the "@"; quoted local parts are left out.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{1,62}}$"
LONGEST_EMAIL = 254


class SignedIn(Struct, frozen=True):
    token: str
    user: User


def normalised(email: str) -> str:
    """The form in which emails are stored and compared."""
    return email.strip().lower()


def register(name: str, email: str, password: str, origin: Origin = NOWHERE) -> User:
    """A new account in the team that everyone joins.

    Raises Invalid for an unusable password, Throttled, EmailTaken, Busy. One bcrypt hash in every
    case but the first two.
    """
    fault = passwords.fault(password)
    if fault is not None:
        raise Invalid(Fault("password", fault))
    throttles.require(throttles.REGISTRATIONS, throttles.site(origin.address))
    password_hash = passwords.hashed(password)
    teams.ensure_first()
    user = User(
        id=ids.new(),
        name=name,
        email=normalised(email),
        role=Role.USER,
        teams=teams.joined_at_registration(),
        session_epoch=1,
        disabled=False,
        created_at=clock.now(),
    )
    addresses = (guesses.mark(user.email, origin),)
    credential = Credential(user.email, user.id, password_hash, addresses)
    retries.on_conflict(lambda: _claim(user, credential))
    logs.event("user_registered", user_id=user.id)
    return user


def log_in(email: str, password: str, origin: Origin = NOWHERE) -> SignedIn:
    """Raises BadCredentials, with the same work, whatever did not fit; Throttled, without it."""
    tokens.require_keys()
    attempt = guesses.begin(normalised(email), origin, is_possible=_is_email(email))
    credential = attempt.credential
    password_hash = credential.password_hash if credential else None
    is_right = passwords.matches(password, password_hash)
    user = sessions.begin(credential.user_id, origin) if credential and is_right else None
    if credential is None or user is None:
        guesses.fail(attempt)
        raise BadCredentials
    try:
        guesses.succeed(attempt, user)
    except Throttled:
        sessions.end(user, str(user.session_id))
        raise
    if passwords.is_outdated(credential.password_hash):
        credentials.replace_hash(credential, passwords.hashed(password))
        logs.event("password_rehashed", user_id=user.id, cost=settings().bcrypt_cost)
    return SignedIn(tokens.issue(user), user)


def enter(user: User, origin: Origin) -> SignedIn:
    """Sign in who has just registered; raises SessionEnded for who is disabled meanwhile."""
    tokens.require_keys()
    entered = sessions.begin(user.id, origin)
    if entered is None:
        raise SessionEnded
    return SignedIn(tokens.issue(entered), entered)


def log_out(user: User) -> None:
    """End the session that the user is in, sockets included, at their next request or push."""
    sessions.end_current(user)


def log_out_everywhere(user: User) -> None:
    """End every session of the user, sockets included, at their next request or push."""
    retries.on_conflict(lambda: users.end_sessions(user.id))
    logs.event("sessions_ended", user_id=user.id)


def authenticate(token: str) -> User:
    """The person a token belongs to, as they are now; raises SessionEnded."""
    claims = tokens.verify(token)
    user = current(claims.user_id, claims.session_epoch, claims.session_id)
    sessions.see(user)
    return user


def current(user_id: str, session_epoch: int, session_id: str | None) -> User:
    """The user, if that session of that epoch is still good; raises SessionEnded."""
    user = users.get(user_id)
    if user is None or not is_live(user, session_epoch, session_id):
        raise SessionEnded
    return dataclasses.replace(user, session_id=session_id)


def is_live(user: User, session_epoch: int, session_id: str | None) -> bool:
    """Whether requests and sockets of the session count, as the user is now."""
    if user.disabled or user.session_epoch != session_epoch:
        return False
    return session_id is None or session_id in user.sessions


def _is_email(text: str) -> bool:
    return len(text) <= LONGEST_EMAIL and re.match(EMAIL, normalised(text)) is not None


def _claim(user: User, credential: Credential) -> None:
    """Write the account; a repetition that meets its own first success has succeeded."""
    try:
        users.register(user, credential)
    except (EmailTaken, Unavailable):
        if not _is_ours(credential):
            raise


def _is_ours(credential: Credential) -> bool:
    taken = credentials.get(credential.email)
    return taken is not None and taken.user_id == credential.user_id
