"""Profiles: one bcrypt check in every branch, and teams that keep the name."""

import dataclasses
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from chalicelib.entities import TeamRole, User
from chalicelib.errors import Invalid, SessionEnded, StaleVersion, TaskFlowError
from chalicelib.services import accounts, profiles, teams
from chalicelib.storage import users
from tests.conftest import PASSWORD, Client

NEW = "quite another battery"


@pytest.fixture
def person(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bcrypt computations so far, by name."""
    computed: list[str] = []
    for name in ("hashpw", "checkpw"):
        original = getattr(bcrypt, name)

        def counted(*arguments: bytes, name: str = name, original: Any = original) -> Any:
            computed.append(name)
            return original(*arguments)

        monkeypatch.setattr(bcrypt, name, counted)
    return computed


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        (PASSWORD, NEW, ["checkpw", "hashpw"]),
        ("wrong", NEW, ["checkpw"]),
        ("x" * 73, NEW, ["checkpw"]),
        ("", NEW, ["checkpw"]),
        (PASSWORD, "short", ["checkpw"]),
        ("wrong", "short", ["checkpw"]),
    ],
)
def test_password_is_checked_once_whatever_is_wrong(
    person: User, work: list[str], current: str, new: str, expected: list[str]
) -> None:
    outcome = _outcome(lambda: profiles.change_password(person, current, new))

    assert work == expected
    assert isinstance(outcome, accounts.SignedIn if "hashpw" in expected else Invalid)


def test_person_without_a_credential_costs_the_same(person: User, work: list[str]) -> None:
    stranger = dataclasses.replace(person, email="nobody@example.com")

    assert isinstance(_outcome(lambda: profiles.change_password(stranger, PASSWORD, NEW)), Invalid)
    assert work == ["checkpw"]


def test_password_of_a_session_that_ended_meanwhile_stays(person: User) -> None:
    users.end_sessions(person.id)

    with pytest.raises(SessionEnded):
        profiles.change_password(person, PASSWORD, NEW)

    assert accounts.log_in(person.email, PASSWORD).user.id == person.id


def test_disabled_person_keeps_the_password(
    person: User, set_disabled: Callable[[str], None]
) -> None:
    set_disabled(person.id)

    with pytest.raises(SessionEnded):
        profiles.change_password(person, PASSWORD, NEW)


def test_name_follows_a_membership_that_ended_meanwhile(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of the team is read with the person: a change in between is met and read again."""
    original, removals = users.change_profile, iter([True])

    def change(user: User, changes: Any) -> None:
        if next(removals, False):
            teams.remove_member("TF", user.id)
        original(user, changes)

    monkeypatch.setattr(users, "change_profile", change)

    profiles.change(person, {"name": "Alicia"})

    stored = users.get(person.id)
    assert stored is not None
    assert (stored.name, stored.teams) == ("Alicia", {})
    assert teams.teams.members("TF") == []


def test_name_is_written_to_no_team_that_the_person_has_left(person: User) -> None:
    before_a_swap = dataclasses.replace(person, teams={"OPS": TeamRole.MEMBER})

    with pytest.raises(StaleVersion):
        users.change_profile(before_a_swap, {"name": "Alicia"})

    assert users.get(person.id) == person
    assert teams.teams.members("OPS") == []


def test_log_tells_which_fields_changed_and_not_to_what(
    person: User, log: Callable[[], list[dict[str, Any]]]
) -> None:
    profiles.change(person, {"name": "Alicia", "theme": None})
    profiles.change_password(person, PASSWORD, NEW)

    assert [{**line, "at": ""} for line in log()] == [
        {
            "at": "",
            "level": "info",
            "event": "profile_changed",
            "user_id": person.id,
            "fields": ["name"],
        },
        {"at": "", "level": "info", "event": "password_changed", "user_id": person.id},
    ]


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except TaskFlowError as error:
        return error
