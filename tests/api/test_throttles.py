"""Throttles over HTTP: 429 as a problem with when to try again, and as a sentence on the pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.services import guesses, throttles
from tests.conftest import PASSWORD, Client, Time

pytestmark = pytest.mark.usefixtures("limits", "now")

WRONG = {"email": "alice@example.com", "password": "wrong one"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def guessed(alice: Client) -> Client:
    """Somebody who has tried too many passwords of Alice's."""
    stranger = Client()
    for _ in range(guesses.PAIR.most):
        assert stranger.post("/api/auth/login", WRONG).status == 401
    return stranger


def test_too_many_guesses_are_a_problem_with_when_to_try_again(guessed: Client) -> None:
    reply = guessed.post("/api/auth/login", WRONG)

    said = "Too many attempts. Please try again in 15 minutes"
    assert reply.status == 429
    assert reply.headers["retry-after"] == "900"
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json | {"request_id": ""} == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": said,
        "error": said,
        "request_id": "",
    }


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"]
)
def test_no_header_says_another_address(guessed: Client, header: str) -> None:
    reply = guessed.post("/api/auth/login", WRONG, headers={header: "192.0.2.55"})

    assert reply.status == 429


def test_other_addresses_and_accounts_are_let_be(guessed: Client, bob: Client) -> None:
    right = {**WRONG, "password": PASSWORD}

    assert guessed.post("/api/auth/login", right).status == 429
    assert guessed.post("/api/auth/login", right, address="192.0.2.55").status == 200
    assert guessed.post("/api/auth/login", {**right, "email": "bob@example.com"}).status == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Too many attempts. Please try again in 15 minutes"),
        ("de", "Zu viele Versuche. Bitte versuch es in 15 Minuten noch einmal"),
    ],
)
def test_sign_in_form_says_it_and_keeps_what_was_typed(
    guessed: Client, language: str, said: str
) -> None:
    form = urlencode({**WRONG, "next": "/admin/list"})

    reply = guessed.post("/login", raw=form, headers={**FORM, "Accept-Language": language})

    assert (reply.status, reply.headers["retry-after"]) == (429, "900")
    assert said in reply.text
    assert 'value="alice@example.com"' in reply.text
    assert 'value="/admin/list"' in reply.text
    assert "wrong one" not in reply.text


def test_registration_form_says_it_and_keeps_what_was_typed(
    anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "REGISTRATIONS", throttles.Limit("registration", 1, 3600))
    anonymous.post("/api/auth/register", {"name": "B", "email": "b@x.org", "password": PASSWORD})
    form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}

    page = anonymous.post("/register", raw=urlencode(form), headers=FORM)
    reply = anonymous.post("/api/auth/register", form)

    assert (page.status, page.headers["retry-after"]) == (429, "3600")
    assert "Too many attempts. Please try again in 60 minutes" in page.text
    assert 'value="Ada"' in page.text
    assert 'value="ada@example.com"' in page.text
    assert reply.status == 429


def test_writes_are_refused_and_reads_are_not(alice: Client, bob: Client) -> None:
    for number in range(throttles.WRITES.most):
        assert alice.post("/api/tasks", {"title": ""}).status == 400, number

    refused = [
        alice.post("/api/tasks", {"title": "One too many"}),
        alice.patch("/api/tasks", {"ids": ["TF-1"], "changes": {"title": "T"}}),
        alice.delete("/api/tasks/TF-1"),
        alice.patch("/api/profile", {"name": "Alicia"}),
        alice.post("/api/live/ticket"),
    ]

    assert [reply.status for reply in refused] == [429] * 5
    assert {reply.headers["retry-after"] for reply in refused} == {"60"}
    assert alice.get("/api/tasks").status == 200
    assert bob.post("/api/tasks", {"title": "Another's"}).status == 201


def test_refused_write_gives_its_idempotency_key_back(alice: Client, now: Time) -> None:
    assert alice.user
    for _ in range(throttles.WRITES.most):
        throttles.require_write(alice.user)
    key = {"Idempotency-Key": "again"}

    refused = alice.post("/api/tasks", {"title": "Later"}, headers=key)
    now.advance(minutes=1)
    accepted = alice.post("/api/tasks", {"title": "Later"}, headers=key)

    assert (refused.status, accepted.status) == (429, 201)


def test_settings_page_says_it(alice: Client) -> None:
    assert alice.user
    for _ in range(throttles.WRITES.most):
        throttles.require_write(alice.user)
    cookie = {"Cookie": f"__Host-taskflow={alice.token}", "Sec-Fetch-Site": "same-origin"}

    reply = Client().post(
        "/admin/settings", raw="name=Alicia", headers={**FORM, **cookie, "Accept-Language": "de"}
    )

    assert reply.status == 429
    assert "Zu viele Versuche. Bitte versuch es in 1 Minute noch einmal" in reply.text


def test_log_tells_of_it_without_address_or_email(
    guessed: Client, log: Callable[[], list[dict[str, Any]]]
) -> None:
    guessed.post("/api/auth/login", WRONG)

    told = [line | {"at": ""} for line in log() if line["event"] == "throttled"]
    assert told == [{"at": "", "level": "info", "event": "throttled", "what": "login-pair"}]
