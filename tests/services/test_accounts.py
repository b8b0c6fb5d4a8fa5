"""Accounts: the same work and the same answer for everyone, and sessions that end at once."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import bcrypt
import pytest

from chalicelib import config
from chalicelib.entities import Role
from chalicelib.errors import BadCredentials, EmailTaken, Invalid, SessionEnded
from chalicelib.services import accounts, passwords, tokens
from chalicelib.storage import credentials, users
from tests.conftest import PASSWORD, Client, Time


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bcrypt computations so far, by name."""
    computed: list[str] = []
    hash_password, check = bcrypt.hashpw, bcrypt.checkpw

    def hashed(secret: bytes, salt: bytes) -> bytes:
        computed.append("hashpw")
        return hash_password(secret, salt)

    def checked(secret: bytes, known: bytes) -> bool:
        computed.append("checkpw")
        return check(secret, known)

    monkeypatch.setattr(bcrypt, "hashpw", hashed)
    monkeypatch.setattr(bcrypt, "checkpw", checked)
    return computed


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.com", "wrong password"),
        ("alice@example.com", "x" * 73),
        ("alice@example.com", ""),
        ("alice@example.com", "\0"),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", "x" * 73),
        ("no email", PASSWORD),
        ("x" * 10_000, PASSWORD),
        ("", ""),
        ("dora@example.com", PASSWORD),
    ],
    ids=lambda text: repr(text[:24]),
)
def test_refused_sign_in_is_one_hash_and_one_answer(
    alice: Client,
    sign_up: Callable[[str], Client],
    set_disabled: Callable[[str], None],
    hashes: list[str],
    email: str,
    password: str,
) -> None:
    dora = sign_up("Dora").user
    assert dora is not None
    set_disabled(dora.id)
    hashes.clear()

    with pytest.raises(BadCredentials) as refused:
        accounts.log_in(email, password)

    assert (str(refused.value), hashes) == ("Invalid credentials", ["checkpw"])


def test_sign_in_is_one_hash(alice: Client, hashes: list[str]) -> None:
    signed_in = accounts.log_in("alice@example.com", PASSWORD)

    assert (signed_in.user, hashes) == (alice.user, ["checkpw"])


def test_registration_is_one_hash_for_new_and_for_taken_emails(
    alice: Client, hashes: list[str]
) -> None:
    accounts.register("Bob", "bob@example.com", PASSWORD)
    with pytest.raises(EmailTaken):
        accounts.register("Eve", "Alice@example.com ", PASSWORD)

    assert hashes == ["hashpw", "hashpw"]


def test_unusable_password_is_refused_alike_for_new_and_for_taken_emails(
    alice: Client, hashes: list[str]
) -> None:
    for email in ("alice@example.com", "new@example.com"):
        with pytest.raises(Invalid) as refused:
            accounts.register("Eve", email, "password")
        assert str(refused.value) == "Password is too common"

    assert hashes == []


def test_taken_email_leaves_no_second_account(alice: Client) -> None:
    with pytest.raises(EmailTaken):
        accounts.register("Eve", "alice@example.com", "another password")

    assert accounts.log_in("alice@example.com", PASSWORD).user == alice.user
    with pytest.raises(BadCredentials):
        accounts.log_in("alice@example.com", "another password")
    assert len(alice.get("/api/teams/TF/members").json["members"]) == 1


def test_hash_of_another_cost_is_renewed_at_sign_in(
    alice: Client, monkeypatch: pytest.MonkeyPatch, hashes: list[str]
) -> None:
    dearer = dataclasses.replace(config.settings(), bcrypt_cost=5)
    for module in (passwords, accounts):
        monkeypatch.setattr(module, "settings", lambda: dearer)

    accounts.log_in("alice@example.com", PASSWORD)
    accounts.log_in("alice@example.com", PASSWORD)

    stored = credentials.get("alice@example.com")
    assert stored is not None
    assert stored.password_hash.startswith("$2b$05$")
    assert hashes == ["checkpw", "hashpw", "checkpw"]


def test_disabled_person_is_out_at_once_and_everywhere(
    alice: Client, set_disabled: Callable[[str], None]
) -> None:
    assert alice.user is not None
    assert alice.token is not None
    set_disabled(alice.user.id)

    with pytest.raises(SessionEnded):
        accounts.authenticate(alice.token)
    with pytest.raises(BadCredentials):
        accounts.log_in("alice@example.com", PASSWORD)


def test_signing_out_everywhere_ends_what_was_issued_before(alice: Client) -> None:
    assert alice.user is not None
    assert alice.token is not None
    accounts.log_out_everywhere(alice.user)

    with pytest.raises(SessionEnded):
        accounts.authenticate(alice.token)
    fresh = accounts.log_in("alice@example.com", PASSWORD)
    assert accounts.authenticate(fresh.token) == fresh.user


def test_role_counts_at_the_next_request_whatever_the_token_says(alice: Client) -> None:
    assert alice.user is not None
    assert alice.token is not None
    users.set_role(alice.user.id, Role.ADMIN)

    assert accounts.authenticate(alice.token).role is Role.ADMIN


def test_token_of_nobody_is_refused(alice: Client) -> None:
    assert alice.user is not None
    stranger = dataclasses.replace(alice.user, id="019aaaaa-0000-7000-8000-000000000000")

    with pytest.raises(SessionEnded):
        accounts.authenticate(tokens.issue(stranger))


def test_expired_token_is_refused_though_its_person_is_there(alice: Client, now: Time) -> None:
    assert alice.user is not None
    token = tokens.issue(alice.user)
    now.now += timedelta(days=2)

    with pytest.raises(SessionEnded):
        accounts.authenticate(token)


@pytest.mark.parametrize(
    ("entered", "normalised"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("ÄDA@example.com", "äda@example.com"),
    ],
)
def test_emails_compare_trimmed_and_in_lower_case(entered: str, normalised: str) -> None:
    assert accounts.normalised(entered) == normalised


def test_log_tells_of_a_registration_by_id_alone(
    aws: Any, log: Callable[[], list[dict[str, Any]]]
) -> None:
    user = accounts.register("Ada", "ada@example.com", PASSWORD)
    accounts.log_in("ada@example.com", PASSWORD)

    assert [line | {"at": ""} for line in log()] == [
        {"at": "", "level": "info", "event": "user_registered", "user_id": user.id}
    ]
