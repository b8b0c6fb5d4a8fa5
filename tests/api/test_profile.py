"""The profile and the password: what a person may change about themselves."""

import zoneinfo
from typing import Any

import pytest

from chalicelib.services import time_zones
from tests.conftest import PASSWORD, Client

PROFILE, PASSWORDS = "/api/profile", "/api/auth/password"
NEW = "quite another battery"
GOOD = {"current_password": PASSWORD, "new_password": NEW}


def test_profile_changes_what_is_sent_and_nothing_else(alice: Client) -> None:
    before = alice.get(PROFILE).json
    wanted = {"name": "Alicia", "language": "de", "time_zone": "Europe/Berlin", "theme": "dark"}

    everything = alice.patch(PROFILE, wanted)
    nothing = alice.patch(PROFILE, {})
    cleared = alice.patch(PROFILE, {"language": None, "time_zone": None, "theme": None})

    assert (everything.status, everything.json) == (200, before | wanted)
    assert (nothing.status, nothing.json) == (200, before | wanted)
    assert (cleared.status, cleared.json) == (200, before | {"name": "Alicia"})
    assert alice.get(PROFILE).json == before | {"name": "Alicia"}


def test_new_name_is_the_name_in_the_team(alice: Client, bob: Client) -> None:
    alice.patch(PROFILE, {"name": " Alicia "})

    members = bob.get("/api/teams/TF/members").json["members"]
    assert [member["name"] for member in members] == ["Alicia", "Bob"]


def test_profile_ignores_what_the_server_owns(alice: Client) -> None:
    before = alice.get(PROFILE).json
    owned = {"id": "x", "email": "x@example.com", "role": "admin", "teams": {}, "disabled": True}

    reply = alice.patch(PROFILE, owned | {"session_epoch": 7, "created_at": "2020"})

    assert (reply.status, reply.json) == (200, before)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": ""}, "Name is required"),
        ({"name": " "}, "Name is required"),
        ({"name": None}, "Name is required"),
        ({"name": "x" * 101}, "Name must be a text of at most 100 characters"),
        ({"language": "fr"}, "Invalid language. Must be one of: en, de"),
        ({"language": ""}, "Invalid language. Must be one of: en, de"),
        ({"theme": "blue"}, "Invalid theme. Must be one of: light, dark"),
        ({"time_zone": "Europe/Atlantis"}, "Time zone must be a name such as Europe/Berlin"),
        ({"time_zone": "europe/berlin"}, "Time zone must be a name such as Europe/Berlin"),
        ({"time_zone": "~UTC"}, "Time zone must be a name such as Europe/Berlin"),
        ({"time_zone": "../etc/passwd"}, "Time zone must be a name such as Europe/Berlin"),
        ({"time_zone": "x" * 10_000}, "Time zone must be a name such as Europe/Berlin"),
        ({"time_zone": 1}, "Time zone must be a name such as Europe/Berlin"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_profile_refuses_what_does_not_fit(
    alice: Client, body: dict[str, Any], message: str
) -> None:
    before = alice.get(PROFILE).json

    reply = alice.patch(PROFILE, body)

    (field,) = body
    assert (reply.status, reply.json["error"]) == (400, message)
    assert reply.json["errors"] == [{"field": field, "message": message}]
    assert alice.get(PROFILE).json == before


def test_time_zones_are_those_of_the_iana_database() -> None:
    names = time_zones._names()

    assert {name for name in names if zoneinfo.ZoneInfo(name).key != name} == set()
    assert set(time_zones.offered()) <= names
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= set(time_zones.offered())
    assert max(map(len, names)) == time_zones.LONGEST


def test_new_password_ends_every_other_session_at_once(alice: Client) -> None:
    here, there = _signed_in(), _signed_in()

    reply = here.post(PASSWORDS, GOOD)

    renewed = Client(token=reply.json["token"])
    assert (reply.status, reply.json.keys()) == (200, {"token"})
    assert [cookie.partition(";")[0] for cookie in reply.cookies] == [
        f"__Host-taskflow={renewed.token}"
    ]
    assert [each.get(PROFILE).status for each in (alice, here, there)] == [401, 401, 401]
    assert renewed.get(PROFILE).status == 200
    assert Client().post("/api/auth/login", _login(PASSWORD)).status == 401
    assert Client().post("/api/auth/login", _login(NEW)).status == 200


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"current_password": "Current password is required", "new_password": "New"}),
        ({"current_password": PASSWORD}, {"new_password": "New password is required"}),
        (GOOD | {"current_password": "wrong"}, {"current_password": "Current password is wrong"}),
        (GOOD | {"current_password": "x" * 73}, {"current_password": "Current password is wrong"}),
        (GOOD | {"new_password": "short"}, {"new_password": "Password must be at least 8"}),
        (GOOD | {"new_password": "x" * 73}, {"new_password": "Password must be at most 72 bytes"}),
        (GOOD | {"new_password": "password1"}, {"new_password": "Password is too common"}),
        (
            {"current_password": "wrong", "new_password": "password1"},
            {"current_password": "Current password is wrong", "new_password": "Password is too"},
        ),
        (GOOD | {"new_password": ["x" * 9]}, {"new_password": "New password must be a text"}),
    ],
    ids=str,
)
def test_refused_password_changes_nothing_and_names_every_fault(
    alice: Client, body: dict[str, Any], faults: dict[str, str]
) -> None:
    reply = alice.post(PASSWORDS, body)

    told = {each["field"]: each["message"] for each in reply.json["errors"]}
    assert (reply.status, told.keys()) == (400, faults.keys())
    assert all(told[field].startswith(faults[field]) for field in faults)
    assert alice.get(PROFILE).status == 200
    assert Client().post("/api/auth/login", _login(PASSWORD)).status == 200


def test_absent_passwords_are_said_in_one_sentence(alice: Client) -> None:
    reply = alice.post(PASSWORDS, {})

    assert reply.json["error"] == "Current password and new password are required"


def test_theme_of_the_profile_comes_with_signing_in(alice: Client) -> None:
    without = Client().post("/api/auth/login", _login(PASSWORD)).cookies
    alice.patch(PROFILE, {"theme": "dark"})

    cookies = Client().post("/api/auth/login", _login(PASSWORD)).cookies

    assert [cookie.partition("=")[0] for cookie in without] == ["__Host-taskflow"]
    assert cookies[1] == "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax"


def _login(password: str) -> dict[str, str]:
    return {"email": "alice@example.com", "password": password}


def _signed_in() -> Client:
    return Client(token=Client().post("/api/auth/login", _login(PASSWORD)).json["token"])
