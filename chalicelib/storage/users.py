"""The users table: the one item that authenticates and authorises a request."""

import contextlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from chalicelib import clock
from chalicelib.entities import Credential, Role, Session, TeamRole, Theme, User
from chalicelib.errors import EmailTaken, SessionEnded, StaleVersion
from chalicelib.i18n import Language
from chalicelib.storage import stats, teams
from chalicelib.storage.tables import CredentialItem, UserItem, session
from chalicelib.storage.transactions import Transaction

_CONDITION = "ConditionalCheckFailedException"


def get(user_id: str) -> User | None:
    """The user, strongly consistent."""
    try:
        return _user(UserItem.get(user_id, consistent_read=True))
    except DoesNotExist:
        return None


def get_many(user_ids: Iterable[str]) -> dict[str, User]:
    """Those users that exist, by id; strongly consistent, 100 a round trip."""
    items = UserItem.batch_get(sorted(set(user_ids)), consistent_read=True)
    return {item.id: _user(item) for item in items}


def register(user: User, credential: Credential) -> None:
    """Create the account whole: person, credential, memberships, member counts.

    Raises EmailTaken, also when the one who took it is this very call, retried.
    """
    transaction = Transaction()
    transaction.put(
        CredentialItem(
            credential.email,
            user_id=credential.user_id,
            password_hash=credential.password_hash,
            addresses=list(credential.addresses) or None,
        ),
        condition=CredentialItem.email.does_not_exist(),
        otherwise=EmailTaken,
    )
    transaction.put(_item(user))
    for key, role in user.teams.items():
        teams.add_member(transaction, key, user, role)
        stats.count_member(transaction, key, 1)
    transaction.commit()


def change_profile(user: User, changes: Mapping[str, str | None]) -> None:
    """Set these fields of the profile, and the name in the rows of the user's teams with it.

    Raises StaleVersion when the user's teams are no longer those of `user`.
    """
    transaction = Transaction()
    transaction.update(
        UserItem(user.id),
        [_set(getattr(UserItem, field), value) for field, value in changes.items()],
        condition=size(UserItem.teams) == len(user.teams),  # type: ignore[no-untyped-call]
        otherwise=StaleVersion,
    )
    if changes.get("name"):
        for key in user.teams:
            teams.rename_member(transaction, key, user.id, str(changes["name"]))
    transaction.commit()


def change_password(user: User, password_hash: str, session: Session) -> None:
    """Store a new hash and end every session but a new one.

    Raises SessionEnded if somebody else just did.
    """
    transaction = Transaction()
    transaction.update(
        CredentialItem(user.email),
        [CredentialItem.password_hash.set(password_hash)],
        condition=CredentialItem.user_id == user.id,
        otherwise=SessionEnded,
    )
    transaction.update(
        UserItem(user.id),
        [UserItem.session_epoch.add(1), UserItem.sessions.set({session.id: _row(session)})],
        condition=(UserItem.session_epoch == user.session_epoch) & (UserItem.disabled == False),  # noqa: E712 - a condition of DynamoDB
        otherwise=SessionEnded,
    )
    transaction.commit()


def end_sessions(user_id: str) -> None:
    """Make every token issued so far useless."""
    UserItem(user_id).update(
        [UserItem.session_epoch.add(1), UserItem.sessions.set({})], condition=UserItem.id.exists()
    )


def begin_session(user_id: str, new: Session) -> User | None:
    """Add a session; returns the person as they are then, or None for nobody and the disabled."""
    item, may = UserItem(user_id), UserItem.disabled == False  # noqa: E712 - a condition of DynamoDB
    row = _row(new)
    try:
        item.update([session(new.id).set(row)], condition=may & UserItem.sessions.exists())
    except UpdateError as error:
        if error.cause_response_code != _CONDITION:
            raise
        return _begin_first_session(item, {new.id: row}, may)
    return _user(item)


def see_session(user_id: str, seen: Session) -> None:
    """Write a session anew, if it is still there."""
    with contextlib.suppress(UpdateError):
        UserItem(user_id).update(
            [session(seen.id).set(_row(seen))], condition=session(seen.id).exists()
        )


def remove_sessions(user_id: str, session_ids: Iterable[str]) -> None:
    UserItem(user_id).update(
        [session(each).remove() for each in session_ids], condition=UserItem.sessions.exists()
    )


def mark_guess(user_id: str) -> None:
    """Somebody is giving a wrong password."""
    UserItem(user_id).update(
        [UserItem.guessed_at.set(clock.milliseconds(clock.now()))], condition=UserItem.id.exists()
    )


def set_role(user_id: str, role: Role) -> None:
    UserItem(user_id).update([UserItem.role.set(role.value)], condition=UserItem.id.exists())


def set_disabled(user_id: str, *, disabled: bool) -> None:
    UserItem(user_id).update([UserItem.disabled.set(disabled)], condition=UserItem.id.exists())


def _begin_first_session(item: UserItem, rows: dict[str, str], may: Condition) -> User | None:
    """Of people of a former release, who have no room for sessions yet."""
    try:
        item.update(
            [UserItem.sessions.set(rows)], condition=may & UserItem.sessions.does_not_exist()
        )
    except UpdateError as error:
        if error.cause_response_code != _CONDITION:
            raise
        return None
    return _user(item)


def _set(attribute: Attribute[Any], value: str | None) -> Action:
    return attribute.remove() if value is None else attribute.set(value)


def _item(user: User) -> UserItem:
    return UserItem(
        user.id,
        name=user.name,
        email=user.email,
        role=user.role.value,
        teams={key: role.value for key, role in user.teams.items()},
        session_epoch=user.session_epoch,
        disabled=user.disabled,
        created_at=clock.milliseconds(user.created_at),
        sessions={each.id: _row(each) for each in user.sessions.values()},
    )


def _user(item: UserItem) -> User:
    rows = getattr(item.sessions, "attribute_values", {})
    return User(
        id=item.id,
        name=item.name,
        email=item.email,
        role=Role(item.role),
        teams={key: TeamRole(role) for key, role in item.teams.attribute_values.items()},
        session_epoch=int(item.session_epoch),
        disabled=item.disabled,
        created_at=clock.moment(int(item.created_at)),
        language=Language(item.language) if item.language else None,
        time_zone=item.time_zone,
        theme=Theme(item.theme) if item.theme else None,
        guessed_at=clock.moment(int(item.guessed_at)) if item.guessed_at else None,
        sessions={key: _session(key, row) for key, row in rows.items()},
    )


def _row(each: Session) -> str:
    """A session in few bytes: the user's item is read at every request."""
    created, seen = (clock.milliseconds(at) // 1000 for at in (each.created_at, each.seen_at))
    return f"{created}|{seen - created}|{each.address}|{each.agent}"


def _session(session_id: str, row: str) -> Session:
    created, seen, address, agent = row.split("|", 3)
    begun = clock.moment(int(created) * 1000)
    return Session(session_id, begun, begun + timedelta(seconds=int(seen)), agent, address)
