"""What whoever runs TaskFlow decides about an account, and from when it holds."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from chalicelib.entities import Role
from chalicelib.services import administration
from infra import person
from infra.progress import Failure
from tests.conftest import Client
from tests.faults import around


def test_admin_is_one_at_the_next_request(alice: Client) -> None:
    person.decide("admin", " ALICE@example.com ")

    assert alice.get("/api/profile").json["role"] == "admin"


def test_role_is_taken_back(alice: Client) -> None:
    person.decide("admin", "alice@example.com")
    person.decide("role", "alice@example.com", "user")

    assert alice.get("/api/profile").json["role"] == "user"


def test_role_that_somebody_has_is_said(alice: Client, capsys: pytest.CaptureFixture[str]) -> None:
    person.decide("role", "alice@example.com", "user")

    assert "has the role user already" in capsys.readouterr().out


def test_disabled_account_is_out_at_once_and_old_sessions_stay_ended(alice: Client) -> None:
    person.decide("disable", "alice@example.com")
    during = alice.get("/api/profile").status
    person.decide("enable", "alice@example.com")

    user = administration.find("alice@example.com")
    assert user
    assert (during, alice.get("/api/profile").status) == (401, 401)
    assert (user.disabled, user.role) == (False, Role.USER)


def test_unknown_account_is_named(alice: Client) -> None:
    with pytest.raises(Failure, match=r"Nobody has registered as bob@example\.com"):
        person.decide("admin", "bob@example.com")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (ConnectTimeoutError(endpoint_url="https://x"), "run the same command again"),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetItem"),
            "These credentials may not do that, GetItem: no",
        ),
    ],
)
def test_database_that_does_not_answer_is_told_in_a_sentence(
    alice: Client, fault: Exception, sentence: str
) -> None:
    def refuse(_operation: str, _call: object) -> Any:
        raise fault

    with pytest.raises(Failure, match=sentence), around(refuse), person.told():
        person.decide("admin", "alice@example.com")
