"""The users table: the one item that authenticates and authorises a request."""

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from chalicelib import clock
from chalicelib.entities import Credential, Role, TeamRole, Theme, User
from chalicelib.errors import EmailTaken, SessionEnded, StaleVersion
from chalicelib.i18n import Language
from chalicelib.storage import stats, teams
from chalicelib.storage.tables import CredentialItem, UserItem
from chalicelib.storage.transactions import Transaction


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


def change_password(user: User, password_hash: str) -> None:
    """Store a new hash and end every session; raises SessionEnded if somebody else just did."""
    transaction = Transaction()
    transaction.update(
        CredentialItem(user.email),
        [CredentialItem.password_hash.set(password_hash)],
        condition=CredentialItem.user_id == user.id,
        otherwise=SessionEnded,
    )
    transaction.update(
        UserItem(user.id),
        [UserItem.session_epoch.add(1)],
        condition=(UserItem.session_epoch == user.session_epoch) & (UserItem.disabled == False),  # noqa: E712 - a condition of DynamoDB
        otherwise=SessionEnded,
    )
    transaction.commit()


def end_sessions(user_id: str) -> None:
    """Make every token issued so far useless."""
    UserItem(user_id).update([UserItem.session_epoch.add(1)], condition=UserItem.id.exists())


def mark_guess(user_id: str) -> None:
    """Somebody is giving a wrong password."""
    UserItem(user_id).update(
        [UserItem.guessed_at.set(clock.milliseconds(clock.now()))], condition=UserItem.id.exists()
    )


def set_role(user_id: str, role: Role) -> None:
    UserItem(user_id).update([UserItem.role.set(role.value)], condition=UserItem.id.exists())


def set_disabled(user_id: str, *, disabled: bool) -> None:
    UserItem(user_id).update([UserItem.disabled.set(disabled)], condition=UserItem.id.exists())


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
    )


def _user(item: UserItem) -> User:
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
    )
