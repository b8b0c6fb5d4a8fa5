"""The contract, line by line: accounts, dashboard, teams, changes, health, and what is everywhere."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import app
from chalicelib import VERSION
from chalicelib.config import settings
from tests.conftest import KEYS, PASSWORD, Client, Reply, Time

REGISTER, LOGIN, LOGOUT = "/api/auth/register", "/api/auth/login", "/api/auth/logout"
ADA = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EMAIL_MESSAGE = "Email must be a valid address such as ada@example.com"


# Everywhere


@pytest.mark.parametrize(
    ("method", "target", "status", "sentence"),
    [
        ("POST", "/api/auth/register", 400, "Request body must be a JSON object"),
        ("GET", "/api/profile", 401, "Authentication required"),
        ("POST", "/logout", 403, "Cross-site request refused"),
        ("GET", "/api/nothing", 404, "Not found"),
        ("GET", "/static/x/nothing.js", 404, "Not found"),
        ("DELETE", "/health", 405, "Method not allowed"),
    ],
)
def test_failure_is_a_problem(
    anonymous: Client, method: str, target: str, status: int, sentence: str
) -> None:
    reply = anonymous(method, target)

    titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
    expected: dict[str, Any] = {
        "type": "about:blank",
        "title": titles.get(status, "Method Not Allowed"),
        "status": status,
        "detail": sentence,
        "error": sentence,
        "request_id": reply.headers["x-request-id"],
    }
    if status == 400:
        expected["errors"] = [{"field": "", "message": sentence}]
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.json == expected


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json", ""])
def test_failure_under_api_is_never_html(anonymous: Client, accept: str) -> None:
    for target in ("/api/nothing", "/api/profile", "/api/", "/api", "/health/x", "/static/x"):
        reply = anonymous.get(target, headers={"Accept": accept})

        assert reply.headers["content-type"] == "application/problem+json", target


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/auth/register", "POST"),
        ("/api/profile", "GET, HEAD, PATCH"),
        ("/api/tasks", "GET, HEAD, PATCH, POST"),
        ("/api/tasks/TF-1", "DELETE, GET, HEAD, PATCH, PUT"),
        ("/login", "GET, HEAD, POST"),
        ("/", "GET, HEAD"),
        ("/static/x/js/api.js", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PURGE"])
def test_method_that_a_path_has_not_is_405_with_allow(
    anonymous: Client, path: str, allowed: str, method: str
) -> None:
    reply = anonymous(method, path)

    assert (reply.status, reply.headers["allow"]) == (405, allowed)


def test_every_route_says_405_with_all_its_methods(anonymous: Client) -> None:
    for path, methods in app.app.routes.items():
        reply = anonymous("CONNECT", path.replace("{", "").replace("}", ""))

        allowed = {*methods, *(["HEAD"] if "GET" in methods else [])}
        assert (reply.status, set(reply.headers["allow"].split(", "))) == (405, allowed)


@pytest.mark.parametrize(
    "target",
    ["/health", "/api/openapi.json", "/login", "/admin", "/api/profile", "/api/nothing", "/"],
)
def test_head_is_get_without_a_body(anonymous: Client, target: str) -> None:
    got, asked = anonymous.get(target), anonymous("HEAD", target)

    assert (asked.status, asked.text) == (got.status, "")
    assert asked.headers.keys() == got.headers.keys()
    assert asked.headers.get("content-type") == got.headers.get("content-type")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        *(("GET", path) for path in ("/", "/admin", "/login", "/health", "/api/openapi.json")),
        *(("GET", path) for path in ("/api/profile", "/api/nothing", "/nothing", "/api/docs")),
        *(("POST", path) for path in ("/api/auth/login", "/login", "/health")),
    ],
)
def test_every_response_carries_the_common_headers(
    anonymous: Client, method: str, target: str
) -> None:
    plain = anonymous(method, target)
    secure = anonymous(method, target, headers={"X-Forwarded-Proto": "https"})

    for reply in (plain, secure):
        assert re.fullmatch(r"[0-9a-f-]{36}", reply.headers["x-request-id"])
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
    assert "strict-transport-security" not in plain.headers
    assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_answers_are_not_kept(alice: Client) -> None:
    for target in ("/api/profile", "/api/tasks", "/admin", "/api/nothing"):
        assert alice.get(target).headers["cache-control"] == "no-store"


def test_our_own_bug_is_500_without_detail(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)

    reply = alice.get("/api/profile")

    sentence = "Internal server error"
    assert (reply.status, reply.json["error"], reply.json["detail"]) == (500, sentence, sentence)
    assert "secret detail" not in reply.text
    assert "Traceback" not in reply.text


def test_bug_is_logged_once_with_the_request_id(
    alice: Client, monkeypatch: pytest.MonkeyPatch, log: Callable[[], list[dict[str, Any]]]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    reply = alice.get("/api/profile")

    failures = [line for line in log() if line["level"] == "error"]
    assert [(line["event"], line["request_id"]) for line in failures] == [
        ("request_failed", reply.json["request_id"])
    ]
    assert "RuntimeError: secret detail" in failures[0]["traceback"]


def test_database_that_does_not_answer_is_503_with_retry_after(
    alice: Client, unreachable: Callable[[], None]
) -> None:
    unreachable()

    reply = alice.get("/api/profile")

    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert reply.json["error"] == "Temporarily unavailable. Please try again"


def test_each_request_is_one_line_of_log_without_secrets(
    alice: Client, log: Callable[[], list[dict[str, Any]]]
) -> None:
    reply = alice.get("/api/tasks?q=private", headers={"Cookie": "theme=dark"})

    (line,) = log()
    assert line | {"at": "", "milliseconds": 0} == {
        "at": "",
        "level": "info",
        "event": "request_answered",
        "request_id": reply.headers["x-request-id"],
        "method": "GET",
        "route": "/api/tasks",
        "status": 200,
        "milliseconds": 0,
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_scheme_is_case_insensitive(alice: Client, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {alice.token}"}

    assert Client().get("/api/profile", headers=headers).status == 200


def test_header_names_are_case_insensitive(alice: Client) -> None:
    headers = {"aUTHORIZATION": f"Bearer {alice.token}"}

    assert Client().get("/api/profile", headers=headers).status == 200


# Accounts


def test_register_answers_201_with_the_account(anonymous: Client) -> None:
    reply = anonymous.post(REGISTER, ADA)

    assert (reply.status, reply.headers["content-type"]) == (201, "application/json")
    assert UUID7.fullmatch(reply.json["id"])
    assert reply.json == {
        "message": "Registration successful",
        "id": reply.json["id"],
        "name": "Ada",
        "email": "ada@example.com",
    }


def test_register_trims_the_name_and_normalises_the_email(anonymous: Client) -> None:
    reply = anonymous.post(REGISTER, ADA | {"name": " Ada ", "email": " Ada@EXAMPLE.com "})

    assert (reply.json["name"], reply.json["email"]) == ("Ada", "ada@example.com")


@pytest.mark.parametrize("missing", ["name", "email", "password"])
@pytest.mark.parametrize("value", ["absent", None, ""])
def test_register_needs_name_email_and_password(
    anonymous: Client, missing: str, value: str | None
) -> None:
    body = {name: text for name, text in ADA.items() if name != missing}
    if value != "absent":
        body[missing] = value  # type: ignore[assignment]

    reply = anonymous.post(REGISTER, body)

    assert (reply.status, reply.json["error"]) == (400, "Name, email, and password are required")
    message = f"{missing.capitalize()} is required"
    assert reply.json["errors"] == [{"field": missing, "message": message}]


@pytest.mark.parametrize("field", ["name", "email"])
def test_register_takes_blank_for_missing(anonymous: Client, field: str) -> None:
    reply = anonymous.post(REGISTER, ADA | {field: " \t\n"})

    assert reply.json["error"] == "Name, email, and password are required"


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "ada@", "@example.com", "ada@example", "a@b@example.com", "ada@.com"),
        *("ada@example..com", "ada@-example.com", "ada@example.c", "ada@example.com."),
        *("ada lovelace@example.com", "ada@exam ple.com", "ada@example.com\r\nBcc: x@example.com"),
        *("ü@example.com", "a..b@example.com", ".a@example.com", "a\u200bb@example.com"),
        *("ada,b@example.com", "ada;b@example.com", "<ada@example.com>", '"ada"@example.com'),
        *(
            "ada@[127.0.0.1]",
            "ada@example.com\0",
            "mailto:ada@example.com",
            "x" * 65 + "@example.com",
        ),
        *(
            "ada@" + "x" * 64 + ".com",
            "ada@" + "x." * 126 + "com",
            7,
            True,
            ["ada@example.com"],
            {},
        ),
    ],
)
def test_register_refuses_an_unusable_email(anonymous: Client, email: object) -> None:
    reply = anonymous.post(REGISTER, ADA | {"email": email})

    assert (reply.status, reply.json["errors"]) == (
        400,
        [{"field": "email", "message": EMAIL_MESSAGE}],
    )


@pytest.mark.parametrize(
    "email",
    [
        "a@b.co",
        "ada+tag@example.com",
        "o'brien@example.co.uk",
        "x" * 64 + "@example.com",
        "a.b@x-y.de",
    ],
)
def test_register_accepts_usual_emails(anonymous: Client, email: str) -> None:
    assert anonymous.post(REGISTER, ADA | {"email": email}).status == 201


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("seven77", "Password must be at least 8 characters"),
        ("ü" * 7, "Password must be at least 8 characters"),
        ("x" * 73, "Password must be at most 72 bytes"),
        ("ü" * 37, "Password must be at most 72 bytes"),
        ("password", "Password is too common"),
        ("PassWord", "Password is too common"),
        ("12345678", "Password is too common"),
        ("qwertyuiop", "Password is too common"),
        (12345678, "Password must be a text"),
        (["correct", "horse"], "Password must be a text"),
    ],
)
def test_register_refuses_an_unusable_password(
    anonymous: Client, password: object, message: str
) -> None:
    reply = anonymous.post(REGISTER, ADA | {"password": password})

    assert (reply.status, reply.json["error"]) == (400, message)
    assert reply.json["errors"] == [{"field": "password", "message": message}]


@pytest.mark.parametrize("password", ["x1y2z3w4", "ü" * 36, "x" * 64, "x" * 72, "  spaces  "])
def test_register_accepts_other_passwords_and_they_sign_in(
    anonymous: Client, password: str
) -> None:
    registered = anonymous.post(REGISTER, ADA | {"password": password})
    signed_in = anonymous.post(LOGIN, {"email": ADA["email"], "password": password})

    assert (registered.status, signed_in.status) == (201, 200)


def test_register_judges_email_and_password_at_once(anonymous: Client) -> None:
    body = {"name": "Ada", "email": "ada", "password": "short"}

    faults = anonymous.post("/api/auth/register", body).json["errors"]

    assert faults == [
        {"field": "email", "message": "Email must be a valid address such as ada@example.com"},
        {"field": "password", "message": "Password must be at least 8 characters"},
    ]


def test_register_names_every_fault(anonymous: Client) -> None:
    reply = anonymous.post(REGISTER, {"name": "x" * 101, "email": "nobody", "password": 7})

    assert reply.json["errors"] == [
        {"field": "name", "message": "Name must be a text of at most 100 characters"},
        {"field": "email", "message": EMAIL_MESSAGE},
        {"field": "password", "message": "Password must be a text"},
    ]


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com", "  Ada@Example.COM "])
def test_register_answers_409_for_a_taken_email(anonymous: Client, email: str) -> None:
    anonymous.post(REGISTER, ADA)

    reply = anonymous.post(REGISTER, ADA | {"name": "Eve", "email": email})

    assert (reply.status, reply.json["error"]) == (409, "Email already registered")


def test_register_ignores_what_the_server_owns(anonymous: Client) -> None:
    reply = anonymous.post(
        REGISTER,
        ADA
        | {
            "id": "me",
            "role": "admin",
            "is_admin": True,
            "teams": {"OPS": "member"},
            "session_epoch": 9,
            "disabled": True,
            "created_at": "1815-12-10T00:00:00.000Z",
        },
    )

    profile = _signed_in(anonymous, ADA["email"]).get("/api/profile").json
    assert profile | {"created_at": ""} == {
        "id": reply.json["id"],
        "name": "Ada",
        "email": "ada@example.com",
        "role": "user",
        "created_at": "",
        "language": None,
        "time_zone": None,
        "theme": None,
        "teams": [{"key": "TF", "name": "TaskFlow", "role": "member"}],
    }
    assert UUID7.fullmatch(profile["id"])
    assert profile["created_at"] > "2026"


def test_login_answers_a_token_the_user_and_the_cookie(anonymous: Client, now: Time) -> None:
    registered = anonymous.post(REGISTER, ADA).json

    reply = anonymous.post(LOGIN, {"email": " ADA@example.com ", "password": PASSWORD})

    assert reply.status == 200
    token = reply.json["token"]
    assert reply.json == {
        "token": token,
        "user": {
            "id": registered["id"],
            "name": "Ada",
            "email": "ada@example.com",
            "role": "user",
            "created_at": "2026-11-23T12:00:00.000Z",
        },
    }
    assert reply.cookies == [
        f"__Host-taskflow={token}; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax"
    ]
    assert Client(token=token).get("/api/profile").status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.com"},
        {"password": PASSWORD},
        {"email": "", "password": PASSWORD},
        {"email": "  ", "password": PASSWORD},
        {"email": "ada@example.com", "password": ""},
        {"email": None, "password": None},
    ],
)
def test_login_needs_email_and_password(anonymous: Client, body: dict[str, Any]) -> None:
    reply = anonymous.post(LOGIN, body)

    assert (reply.status, reply.json["error"]) == (400, "Email and password are required")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong password"),
        ("ada@example.com", PASSWORD + " "),
        ("ada@example.com", PASSWORD.upper()),
        ("ada@example.com", "x" * 73),
        ("ada@example.com", PASSWORD + "\0"),
        ("ada@example.com", "x" * 200_000),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", "x" * 73),
        ("no email", PASSWORD),
        ("x" * 100_000, PASSWORD),
        ("\0", PASSWORD),
    ],
    ids=lambda text: text[:24],
)
def test_login_that_does_not_fit_is_401_with_one_answer(
    anonymous: Client, email: str, password: str
) -> None:
    anonymous.post(REGISTER, ADA)

    reply = anonymous.post(LOGIN, {"email": email, "password": password})

    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert (reply.json["error"], reply.cookies) == ("Invalid credentials", [])


def test_logout_answers_204_and_clears_the_cookie(alice: Client) -> None:
    reply = alice.post(LOGOUT)

    assert (reply.status, reply.text) == (204, "")
    assert reply.cookies == ["__Host-taskflow=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"]
    assert alice.get("/api/profile").status == 200


@pytest.mark.parametrize("body", [{}, {"everywhere": False}, {"else": True}])
def test_logout_here_leaves_other_sessions(alice: Client, body: dict[str, Any]) -> None:
    assert alice.post(LOGOUT, body).status == 204
    assert alice.get("/api/profile").status == 200


def test_logout_everywhere_ends_every_session(anonymous: Client) -> None:
    anonymous.post(REGISTER, ADA)
    here, there = (_signed_in(anonymous, ADA["email"]) for _ in range(2))

    reply = here.post(LOGOUT, {"everywhere": True})

    assert reply.status == 204
    for session in (here, there):
        ended = session.get("/api/profile")
        assert (ended.status, ended.json["error"]) == (401, "Invalid or expired token")
    assert _signed_in(anonymous, ADA["email"]).get("/api/profile").status == 200


@pytest.mark.parametrize("value", ["true", 1, None, "yes", [True]])
def test_logout_everywhere_is_true_or_false(alice: Client, value: object) -> None:
    reply = alice.post(LOGOUT, {"everywhere": value})

    assert (reply.status, reply.json["error"]) == (400, "Everywhere must be true or false")
    assert alice.get("/api/profile").status == 200


def test_profile_is_the_user_with_teams(alice: Client) -> None:
    reply = alice.get("/api/profile")

    assert alice.user is not None
    assert reply.status == 200
    assert reply.json == {
        "id": alice.user.id,
        "name": "Alice",
        "email": "alice@example.com",
        "role": "user",
        "created_at": reply.json["created_at"],
        "language": None,
        "time_zone": None,
        "theme": None,
        "teams": [{"key": "TF", "name": "TaskFlow", "role": "member"}],
    }


# Dashboard, teams, changes, health


def test_stats_count_by_status_and_what_is_overdue(alice: Client, bob: Client, now: Time) -> None:
    assert bob.user is not None
    for status in ("pending", "in_progress", "completed", "cancelled"):
        for due_date in ("2026-11-22", "2026-11-23", None):
            alice.post("/api/tasks", {"title": status, "status": status, "due_date": due_date})
    newest = alice.post("/api/tasks", {"title": "N", "assigned_to": bob.user.id}).json

    body = alice.get("/api/dashboard/stats").json

    assert body | {"recent_tasks": []} == {
        "total_tasks": 13,
        "pending": 4,
        "in_progress": 3,
        "completed": 3,
        "cancelled": 3,
        "overdue": 2,
        "total_users": 2,
        "recent_tasks": [],
        "source": "database",
        "generated_at": "2026-11-23T12:00:00.000Z",
    }
    assert body["recent_tasks"][0] == newest | {"assignee_name": "Bob"}
    assert [task["id"] for task in body["recent_tasks"]] == [f"TF-{n}" for n in range(13, 3, -1)]
    assert body["recent_tasks"][1]["assignee_name"] is None


def test_stats_of_an_empty_team_are_zero(alice: Client) -> None:
    body = alice.get("/api/dashboard/stats").json

    counted = ("total_tasks", "pending", "in_progress", "completed", "cancelled", "overdue")
    assert {body[name] for name in counted} == {0}
    assert (body["total_users"], body["recent_tasks"]) == (1, [])


def test_stats_are_cached_for_30_seconds(alice: Client, now: Time) -> None:
    first = alice.get("/api/dashboard/stats").json
    now.advance(seconds=29)
    second = alice.get("/api/dashboard/stats").json
    now.advance(seconds=1)
    third = alice.get("/api/dashboard/stats").json

    assert [each["source"] for each in (first, second, third)] == ["database", "cache", "database"]
    assert second == first | {"source": "cache"}
    assert third["generated_at"] == "2026-11-23T12:00:30.000Z"


@pytest.mark.parametrize("change", ["create", "update", "delete", "register"])
def test_any_change_of_the_team_drops_the_cached_stats(
    alice: Client, sign_up: Callable[[str], Client], now: Time, change: str
) -> None:
    task = alice.post("/api/tasks", {"title": "T"}).json
    before = alice.get("/api/dashboard/stats").json
    assert alice.get("/api/dashboard/stats").json["source"] == "cache"

    if change == "create":
        alice.post("/api/tasks", {"title": "U"})
    elif change == "update":
        alice.patch(f"/api/tasks/{task['id']}", {"title": "V"})
    elif change == "delete":
        alice.delete(f"/api/tasks/{task['id']}")
    else:
        sign_up("Carol")

    after = alice.get("/api/dashboard/stats").json
    assert after["source"] == "database"
    assert after != before


def test_stats_are_computed_anew_when_the_day_ends(alice: Client, now: Time) -> None:
    alice.post("/api/tasks", {"title": "Due today", "due_date": "2026-11-23"})
    now.advance(hours=11, minutes=59, seconds=50)
    before = alice.get("/api/dashboard/stats").json
    now.advance(seconds=10)
    after = alice.get("/api/dashboard/stats").json

    assert (before["overdue"], after["overdue"], after["source"]) == (0, 1, "database")


def test_teams_are_those_of_the_caller(alice: Client) -> None:
    reply = alice.get("/api/teams")

    assert reply.json == {"teams": [{"key": "TF", "name": "TaskFlow", "role": "member"}]}


def test_members_are_for_the_assignee_picker(alice: Client, bob: Client, viewer: Client) -> None:
    reply = bob.get("/api/teams/TF/members")

    people = ((alice, "member"), (bob, "member"), (viewer, "viewer"))
    assert reply.json == {
        "members": [
            {
                "id": person.user.id,
                "name": person.user.name,
                "email": person.user.email,
                "role": role,
            }
            for person, role in people
            if person.user
        ]
    }


def test_changes_are_the_activity_in_order(alice: Client, now: Time) -> None:
    assert alice.user is not None
    created = alice.post("/api/tasks", {"title": "T"}).json
    now.advance(seconds=1)
    updated = alice.patch("/api/tasks/TF-1", {"status": "completed", "title": "U"}).json
    now.advance(seconds=1)
    alice.delete("/api/tasks/TF-1")
    now.advance(seconds=60)

    reply = alice.get("/api/changes")

    actor = {"id": alice.user.id, "name": "Alice"}
    assert reply.json["changes"] == [
        _change("created", created, [], actor, reply.json["changes"][0]["id"], 0),
        _change("updated", updated, ["status", "title"], actor, reply.json["changes"][1]["id"], 1),
        _change("deleted", updated, [], actor, reply.json["changes"][2]["id"], 2),
    ]
    assert reply.json.keys() == {"changes", "cursor", "has_more"}
    assert reply.json["has_more"] is False


def test_changes_are_read_on_from_the_cursor(alice: Client, now: Time) -> None:
    titles = [f"Task {number}" for number in range(7)]
    for title in titles:
        alice.post("/api/tasks", {"title": title})
        now.advance(seconds=1)
    now.advance(seconds=60)

    seen, cursor, more = [], "", True
    while more:
        page = alice.get(f"/api/changes?limit=3&since={cursor}").json
        seen += [change["task"]["title"] for change in page["changes"]]
        cursor, more = page["cursor"], page["has_more"]

    assert seen == titles
    alice.post("/api/tasks", {"title": "Later"})
    fresh = alice.get(f"/api/changes?since={cursor}").json["changes"]
    assert [change["task"]["title"] for change in fresh] == ["Later"]


def test_change_that_may_have_been_overtaken_is_read_again(alice: Client, now: Time) -> None:
    alice.post("/api/tasks", {"title": "T"})

    first = alice.get("/api/changes").json
    again = alice.get(f"/api/changes?since={first['cursor']}").json

    assert again["changes"] == first["changes"]


@pytest.mark.parametrize("since", ["abc", "TF-1", "0", "019aaaaa-0000-4000-8000-000000000000"])
def test_changes_refuse_a_cursor_that_is_none(alice: Client, since: str) -> None:
    reply = alice.get(f"/api/changes?since={since}")

    message = "Since must be a cursor of this feed"
    assert (reply.status, reply.json["errors"]) == (400, [{"field": "since", "message": message}])


def test_health_says_that_the_database_answers(anonymous: Client) -> None:
    reply = anonymous.get("/health")

    assert reply.status == 200
    assert reply.json == {
        "status": "ok",
        "version": VERSION,
        "build": "source",
        "database": "connected",
    }


def test_health_is_503_when_the_database_does_not_answer(
    anonymous: Client, unreachable: Callable[[], None]
) -> None:
    unreachable()

    reply = anonymous.get("/health")

    assert reply.status == 503
    assert reply.json == {
        "status": "degraded",
        "version": VERSION,
        "build": "source",
        "database": "unreachable",
    }


# Live updates over HTTP


def test_ticket_is_for_one_socket_within_a_minute(alice: Client) -> None:
    reply = alice.post("/api/live/ticket")

    assert reply.status == 200
    assert reply.json == {
        "url": "wss://sockets.test/test",
        "ticket": reply.json["ticket"],
        "expires_in": 60,
    }
    assert len(reply.json["ticket"]) >= 43
    assert alice.post("/api/live/ticket").json["ticket"] != reply.json["ticket"]


# Under a stage


def test_links_carry_the_stage(alice: Client) -> None:
    created = alice.post("/api/tasks", {"title": "A"}, prefix="/dev")
    alice.post("/api/tasks", {"title": "B"})
    listed = alice.get("/api/tasks?limit=1&status=pending", prefix="/dev")

    assert created.headers["location"] == "/dev/api/tasks/TF-1"
    cursor = listed.json["next_cursor"]
    link = f'</dev/api/tasks?limit=1&status=pending&cursor={cursor}>; rel="next"'
    assert listed.headers["link"] == link


@pytest.mark.parametrize(
    ("full_path", "path", "prefix"),
    [
        ("/api/tasks", "/api/tasks", ""),
        ("/dev/api/tasks", "/api/tasks", "/dev"),
        ("/v1/api/tasks", "/api/tasks", "/v1"),
        ("/dev/api/%74asks", "/api/tasks", "/dev"),
        ("/api/%74asks", "/api/tasks", ""),
        ("//elsewhere/api/tasks", "/api/tasks", ""),
        ("/else.where/api/tasks", "/api/tasks", ""),
        ("/something/else", "/api/tasks", ""),
    ],
)
def test_only_a_stage_gets_from_an_address_into_links(
    alice: Client, full_path: str, path: str, prefix: str
) -> None:
    reply = alice.post(path, {"title": "A"}, full_path=full_path)

    assert reply.headers["location"] == f"{prefix}/api/tasks/TF-1"


def test_settings_and_keys_never_reach_an_answer(alice: Client) -> None:
    secrets = [json.dumps(KEYS), KEYS["current"]["key"], settings().jwt_key_parameter]

    for target in ("/health", "/api/openapi.json", "/api/docs", "/admin", "/api/profile"):
        text = alice.get(target).text
        assert not any(secret in text for secret in secrets)


def _signed_in(client: Client, email: str) -> Client:
    reply: Reply = client.post(LOGIN, {"email": email, "password": PASSWORD})
    return Client(token=reply.json["token"])


def _change(
    action: str, task: Any, changed: list[str], actor: Any, identifier: str, second: int
) -> dict[str, Any]:
    return {
        "type": "task_update",
        "action": action,
        "task": task,
        "changed": changed,
        "actor": actor,
        "id": identifier,
        "at": f"2026-11-23T12:00:0{second}.000Z",
    }
