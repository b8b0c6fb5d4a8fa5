"""Passwords: which are acceptable, and their bcrypt hashes."""

from functools import cache
from pathlib import Path

from chalicelib.config import settings
from chalicelib.i18n import Message, message

# bcrypt reads no further, and bcrypt 5 raises: https://pypi.org/project/bcrypt/ (5.0.0).
LONGEST_BYTES = 72
# NIST SP 800-63B, 3.1.1.2: at least 8 characters, no composition rules, a list of refused ones.
SHORTEST = 8


def fault(password: str) -> Message | None:
    """Why the password cannot be used; None when it can."""
    if len(password) < SHORTEST:
        return message("error.password_short", least=SHORTEST)
    if len(password.encode()) > LONGEST_BYTES:
        return message("error.password_long", most=LONGEST_BYTES)
    if "\0" in password:
        return Message("error.password_null")
    if password.casefold() in _common():
        return Message("error.password_common")
    return None


def hashed(password: str) -> str:
    """The bcrypt hash of an acceptable password, at the configured cost."""
    import bcrypt  # noqa: PLC0415 - of all requests only these two need it

    salt = bcrypt.gensalt(settings().bcrypt_cost)
    return bcrypt.hashpw(password.encode(), salt).decode()


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password has that hash, with the work of one hash in every case.

    Without a hash (an unknown email) and for an over-long password the work is done on a
    dummy of the same cost, so that the time tells nothing.
    """
    import bcrypt  # noqa: PLC0415 - of all requests only these two need it

    secret = password.encode()
    is_possible = password_hash is not None and len(secret) <= LONGEST_BYTES
    known = password_hash if is_possible and password_hash else _dummy(settings().bcrypt_cost)
    return bcrypt.checkpw(secret[:LONGEST_BYTES], known.encode()) and is_possible


def is_outdated(password_hash: str) -> bool:
    """Whether the hash has another cost than configured today ("$2b$12$…")."""
    return password_hash.split("$")[2] != f"{settings().bcrypt_cost:02d}"


def _dummy(cost: int) -> str:
    """A well-formed hash that no password has; made of fixed parts, since hashing costs time."""
    return f"$2b${cost:02d}${'.' * 22}{'.' * 31}"


@cache
def _common() -> frozenset[str]:
    """The commonest passwords of 8 characters and more, lower case, one a line."""
    text = Path(__file__).with_name("common_passwords.txt").read_text()
    return frozenset(text.split())
