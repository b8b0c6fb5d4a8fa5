"""What whoever runs TaskFlow decides about an account: its role, and whether it may be used."""

from chalicelib import logs
from chalicelib.entities import Role, User
from chalicelib.services import accounts, retries
from chalicelib.storage import credentials, users


def find(email: str) -> User | None:
    """The account of an email, as it is now."""
    credential = credentials.get(accounts.normalised(email))
    return users.get(credential.user_id) if credential else None


def set_role(user: User, role: Role) -> None:
    """Holds from the next request on: each one reads the user anew."""
    retries.on_conflict(lambda: users.set_role(user.id, role))
    logs.event("role_set", user_id=user.id, role=role)


def disable(user: User) -> None:
    """End every session and let none begin; raises nothing for an account that is disabled."""
    retries.on_conflict(lambda: users.set_disabled(user.id, disabled=True))
    accounts.log_out_everywhere(user)
    logs.event("user_disabled", user_id=user.id)


def enable(user: User) -> None:
    """Let the person sign in again; sessions from before stay ended."""
    retries.on_conflict(lambda: users.set_disabled(user.id, disabled=False))
    logs.event("user_enabled", user_id=user.id)
