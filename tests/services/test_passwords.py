"""Which passwords are acceptable, and the work that checking one takes."""

import dataclasses

import bcrypt
import pytest

from chalicelib import config
from chalicelib.services import passwords

LONG = "x" * 73


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "Password must be at least 8 characters"),
        ("1234567", "Password must be at least 8 characters"),
        ("x" * 73, "Password must be at most 72 bytes"),
        ("\U0001f680" * 19, "Password must be at most 72 bytes"),
        ("null\0character", "Password must not contain a null character"),
        ("password1", "Password is too common"),
        ("PASSWORD1", "Password is too common"),
        ("x1y2z3w4", None),
        ("x" * 72, None),
        ("\U0001f680" * 18, None),
        ("correct horse battery", None),
    ],
)
def test_fault_is_a_sentence_or_nothing(password: str, fault: str | None) -> None:
    found = passwords.fault(password)

    assert (None if found is None else str(found)) == fault


def test_hash_is_bcrypt_at_the_configured_cost_and_salted() -> None:
    first, second = passwords.hashed("correct horse"), passwords.hashed("correct horse")

    assert first.startswith("$2b$04$")
    assert first != second
    assert passwords.matches("correct horse", first)
    assert passwords.matches("correct horse", second)


@pytest.mark.parametrize("password", ["correct hors", "correct horse ", "Correct horse", "", LONG])
def test_other_passwords_do_not_match(password: str) -> None:
    assert not passwords.matches(password, passwords.hashed("correct horse"))


def test_password_that_only_begins_like_the_right_one_does_not_match() -> None:
    """Bcrypt reads 72 bytes: what follows must not be taken for nothing."""
    assert not passwords.matches("x" * 73, passwords.hashed("x" * 72))


@pytest.mark.parametrize("password", ["correct horse", LONG, "", "\0", "x" * 200_000])
@pytest.mark.parametrize("is_known", [True, False])
def test_check_is_one_bcrypt_of_the_same_cost_in_every_case(
    monkeypatch: pytest.MonkeyPatch, password: str, *, is_known: bool
) -> None:
    password_hash = passwords.hashed("correct horse") if is_known else None
    salts: list[bytes] = []
    check = bcrypt.checkpw

    def count(secret: bytes, known: bytes) -> bool:
        salts.append(known[:7])
        return check(secret, known)

    monkeypatch.setattr(bcrypt, "checkpw", count)
    matches = passwords.matches(password, password_hash)

    assert salts == [b"$2b$04$"]
    assert matches == (is_known and password == "correct horse")


def test_hash_of_another_cost_is_outdated(monkeypatch: pytest.MonkeyPatch) -> None:
    password_hash = passwords.hashed("correct horse")
    before = passwords.is_outdated(password_hash)

    dearer = dataclasses.replace(config.settings(), bcrypt_cost=5)
    monkeypatch.setattr(passwords, "settings", lambda: dearer)

    assert (before, passwords.is_outdated(password_hash)) == (False, True)
