"""Every route for every kind of caller: a route that nobody has classified fails here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import jwt
import pytest

import app
from chalicelib import clock
from chalicelib.entities import Role, TeamRole
from chalicelib.services import sockets, teams, tokens
from chalicelib.storage import users
from tests.conftest import Client, account, member_of, registered

OK, CREATED, NOTHING = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
UNAUTHORIZED, FORBIDDEN, ABSENT = 401, 403, 404

# Who may use a route. Pages answer everyone, assets are files; the rest is enforced below.
PUBLIC, SIGNED_IN, READS_TEAM, WRITES_TEAM, PAGE, ASSET = (
    "public",
    "signed in",
    "reads team",
    "writes team",
    "page",
    "asset",
)
RESTORE = ("POST", "/api/tasks/{id}/restore")
ROUTES: dict[tuple[str, str], str] = {
    ("POST", "/api/auth/register"): PUBLIC,
    ("POST", "/api/auth/login"): PUBLIC,
    ("GET", "/api/openapi.json"): PUBLIC,
    ("GET", "/health"): PUBLIC,
    ("POST", "/api/auth/logout"): SIGNED_IN,
    ("POST", "/api/auth/password"): SIGNED_IN,
    ("GET", "/api/profile"): SIGNED_IN,
    ("PATCH", "/api/profile"): SIGNED_IN,
    ("GET", "/api/sessions"): SIGNED_IN,
    ("DELETE", "/api/sessions/{id}"): SIGNED_IN,
    ("GET", "/api/teams"): SIGNED_IN,
    ("POST", "/api/live/ticket"): SIGNED_IN,
    ("GET", "/api/tasks"): READS_TEAM,
    ("GET", "/api/tasks/{id}"): READS_TEAM,
    ("GET", "/api/dashboard/stats"): READS_TEAM,
    ("GET", "/api/teams/{key}/members"): READS_TEAM,
    ("GET", "/api/changes"): READS_TEAM,
    ("POST", "/api/tasks"): WRITES_TEAM,
    ("PUT", "/api/tasks/{id}"): WRITES_TEAM,
    ("PATCH", "/api/tasks/{id}"): WRITES_TEAM,
    ("DELETE", "/api/tasks/{id}"): WRITES_TEAM,
    RESTORE: WRITES_TEAM,
    ("PATCH", "/api/tasks"): SIGNED_IN,  # each task has an answer of its own: see below
    ("GET", "/api/tasks/{id}/activity"): READS_TEAM,
    ("GET", "/api/trash"): READS_TEAM,
    ("GET", "/api/dashboard/trend"): READS_TEAM,
    ("GET", "/"): PAGE,
    ("GET", "/admin"): PAGE,
    ("GET", "/admin/{view}"): PAGE,
    ("GET", "/admin/settings"): PAGE,
    ("POST", "/admin/settings"): PAGE,
    ("POST", "/admin/settings/password"): PAGE,
    ("POST", "/admin/settings/sessions"): PAGE,
    ("POST", "/admin/settings/sessions/{id}"): PAGE,
    ("GET", "/login"): PAGE,
    ("POST", "/login"): PAGE,
    ("GET", "/register"): PAGE,
    ("POST", "/register"): PAGE,
    ("POST", "/logout"): PAGE,
    ("GET", "/api/docs"): PAGE,
    ("GET", "/static/{version}/{path}"): ASSET,
    ("GET", "/manifest.webmanifest"): ASSET,
    ("GET", "/sw.js"): ASSET,
}
SUCCESSES = {
    ("POST", "/api/auth/register"): HTTPStatus.BAD_REQUEST,  # sent without a body
    ("POST", "/api/auth/login"): HTTPStatus.BAD_REQUEST,
    ("POST", "/api/auth/logout"): NOTHING,
    ("POST", "/api/auth/password"): HTTPStatus.BAD_REQUEST,  # without the current one
    ("POST", "/api/tasks"): CREATED,
    ("DELETE", "/api/tasks/{id}"): NOTHING,
    ("DELETE", "/api/sessions/{id}"): HTTPStatus.NOT_FOUND,  # a task's id is no session's
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/api/profile"): {"language": None},
    ("POST", "/api/tasks"): {"title": "New"},
    ("PUT", "/api/tasks/{id}"): {"title": "Changed"},
    ("PATCH", "/api/tasks/{id}"): {"title": "Changed"},
    ("PATCH", "/api/tasks"): {"ids": ["TF-999"], "changes": {"title": "Changed"}},
}
MEMBERS = ("member", "admin")
STRANGERS = (
    "anonymous",
    "garbage",
    "disabled",
    "logged out everywhere",
    "expired",
    "ticket",
    "other audience",
)
CALLERS = (*MEMBERS, "viewer", "removed member", "member of another team", *STRANGERS)
ENFORCED = [route for route, kind in ROUTES.items() if kind not in {PAGE, ASSET}]
WRITES = [route for route in ENFORCED if route[0] != "GET" and ROUTES[route] is not PUBLIC]
FOREIGN_ORIGINS: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://taskflow.test"},
    {"Origin": "https://elsewhere.test"},
    {"Origin": "https://taskflow.test.elsewhere"},
    {"Origin": "null"},
    {"Referer": "https://taskflow.test/admin"},
]


@pytest.fixture(scope="module")
def callers() -> Iterator[dict[str, Client]]:
    """One of each kind, in an account that all tests of this module share."""
    with account():
        yield {
            "member": registered("Alice"),
            "admin": _admin(registered("Ada")),
            "viewer": _viewer(registered("Vera")),
            "removed member": _removed(registered("Oscar")),
            "member of another team": member_of("OPS", "Olga"),
            "anonymous": Client(),
            "garbage": Client(token="garbage"),
            "disabled": _disabled(registered("Dora")),
            "logged out everywhere": _logged_out(registered("Lea")),
            "expired": _expired(registered("Emil")),
            "ticket": _with_ticket(registered("Tom")),
            "other audience": _for_another_audience(registered("Otto")),
        }


def test_every_route_is_classified() -> None:
    routes = {(method, path) for path, methods in app.app.routes.items() for method in methods}

    assert routes == ROUTES.keys()


@pytest.mark.parametrize("route", ENFORCED, ids=" ".join)
@pytest.mark.parametrize("way", ["bearer", "cookie"])
def test_route_answers_each_caller_as_its_class_says(
    callers: dict[str, Client], route: tuple[str, str], way: str
) -> None:
    method, pattern = route
    target = _target(callers, route)
    answers = {}

    for caller in CALLERS:
        path = pattern.replace("{id}", target).replace("{key}", "TF")
        client = callers[caller] if way == "bearer" else _by_cookie(callers[caller])
        answers[caller] = client(method, path, BODIES.get(route)).status
        if answers[caller] >= UNAUTHORIZED:
            assert _is_untouched(callers, target), caller
        elif "{id}" in pattern:
            target = _target(callers, route)

    assert answers == {caller: _expected(route, caller) for caller in CALLERS}


@pytest.mark.parametrize(
    ("caller", "message"),
    [
        ("anonymous", "Authentication required"),
        *((caller, "Invalid or expired token") for caller in STRANGERS if caller != "anonymous"),
    ],
)
def test_strangers_are_told_to_sign_in(
    callers: dict[str, Client], caller: str, message: str
) -> None:
    reply = callers[caller].get("/api/profile")

    assert (reply.status, reply.json["error"]) == (UNAUTHORIZED, message)
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", [r for r in ENFORCED if ROUTES[r] is not PUBLIC], ids=" ".join)
def test_nobody_learns_what_is_wrong_with_a_body_they_may_not_send(
    callers: dict[str, Client], route: tuple[str, str]
) -> None:
    method, path = route

    reply = callers["anonymous"](method, path, raw="{", headers={"Content-Type": "text/plain"})

    assert reply.status == UNAUTHORIZED


def test_each_task_of_a_batch_is_refused_to_whom_it_is_refused_alone(
    callers: dict[str, Client],
) -> None:
    target = _new_task(callers)
    body = {"ids": [target], "changes": {"title": "Changed"}}

    for caller in ("viewer", "removed member", "member of another team"):
        (result,) = callers[caller].patch("/api/tasks", body).json["results"]
        assert result["status"] == (FORBIDDEN if caller == "viewer" else ABSENT), caller
        assert _is_untouched(callers, target)
    (result,) = callers["member"].patch("/api/tasks", body).json["results"]
    assert result["status"] == OK


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_task_of_another_team_is_absent(callers: dict[str, Client], method: str) -> None:
    foreign = callers["member of another team"]
    task = foreign.post("/api/tasks", {"title": "Theirs"}).json

    reply = callers["member"](method, f"/api/tasks/{task['id']}", {"title": "Mine"})

    assert (reply.status, reply.json["error"]) == (ABSENT, "Task not found")
    assert foreign.get(f"/api/tasks/{task['id']}").json["title"] == "Theirs"


@pytest.mark.parametrize("team", ["OPS", "NONE", "tf", "TF ", "*", "\0"])
def test_team_that_is_not_the_callers_is_absent(callers: dict[str, Client], team: str) -> None:
    member = callers["member"]
    before = member.get("/api/dashboard/stats").json["total_tasks"]

    replies = [
        member.post("/api/tasks", {"title": "Smuggled", "team": team}),
        member.get(f"/api/teams/{team}/members"),
        *(
            member.get(f"{path}?team={team}")
            for path in (
                "/api/tasks",
                "/api/dashboard/stats",
                "/api/dashboard/trend",
                "/api/changes",
                "/api/trash",
            )
        ),
    ]

    assert {(reply.status, reply.json["error"]) for reply in replies} == {
        (ABSENT, "Team not found")
    }
    assert member.get("/api/dashboard/stats").json["total_tasks"] == before


def test_task_is_given_to_members_of_its_team_only(callers: dict[str, Client]) -> None:
    member = callers["member"]
    task = member.post("/api/tasks", {"title": "Ours"}).json
    no_members = [
        *(_id(callers[each]) for each in ("member of another team", "removed member")),
        *("01934b5e-0000-7000-8000-000000000000", "me", "TF-1", "", "*"),
    ]

    for assignee in no_members:
        for reply in (
            member.post("/api/tasks", {"title": "Given", "assigned_to": assignee}),
            member.patch(f"/api/tasks/{task['id']}", {"assigned_to": assignee}),
        ):
            message = "Assignee must be a member of the team"
            assert (reply.status, reply.json["error"]) == (400, message)
    assert member.get(f"/api/tasks/{task['id']}").json["assigned_to"] is None


def test_membership_that_ended_counts_at_the_next_request(callers: dict[str, Client]) -> None:
    leaving = registered("Lars")
    before = leaving.get("/api/tasks")

    teams.remove_member("TF", _id(leaving))

    assert (before.status, leaving.get("/api/tasks").status) == (200, ABSENT)
    assert leaving.get("/api/profile").json["teams"] == []


def test_role_that_changed_counts_at_the_next_request(callers: dict[str, Client]) -> None:
    demoted = registered("Dean")
    before = demoted.post("/api/tasks", {"title": "Still a member"})

    teams.set_role("TF", _id(demoted), TeamRole.VIEWER)

    refused = demoted.post("/api/tasks", {"title": "A viewer"})
    assert (before.status, refused.status, refused.json["error"]) == (201, FORBIDDEN, "Not allowed")


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_write_by_cookie_from_another_origin_is_refused(
    callers: dict[str, Client], route: tuple[str, str]
) -> None:
    method, pattern = route
    target = _new_task(callers)

    for origin in FOREIGN_ORIGINS:
        client = Client(headers={"Cookie": f"__Host-taskflow={callers['member'].token}", **origin})
        reply = client(method, pattern.replace("{id}", target), BODIES.get(route))
        refusal = (FORBIDDEN, "Cross-site request refused")
        assert (reply.status, reply.json["error"]) == refusal, origin

    assert _is_untouched(callers, target)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://taskflow.test"}], ids=str
)
def test_write_by_cookie_from_our_pages_is_served(
    callers: dict[str, Client], headers: dict[str, str]
) -> None:
    client = Client(headers={"Cookie": f"__Host-taskflow={callers['member'].token}", **headers})

    assert client.post("/api/tasks", {"title": "From our page"}).status == CREATED


def test_write_by_cookie_must_be_json(callers: dict[str, Client]) -> None:
    client = _by_cookie(callers["member"])

    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": content_type}
        reply = client("POST", "/api/tasks", raw='{"title":"A form"}', headers=headers)
        assert reply.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_bearer_header_counts_before_the_cookie(callers: dict[str, Client]) -> None:
    client = replace(_by_cookie(callers["member"]), token="garbage")

    assert client.get("/api/profile").status == UNAUTHORIZED


def _expected(route: tuple[str, str], caller: str) -> int:
    kind, success = ROUTES[route], SUCCESSES.get(route, OK)
    if kind is PUBLIC:
        return success
    if caller in STRANGERS:
        return UNAUTHORIZED
    if kind is SIGNED_IN or caller in MEMBERS:
        return success
    if caller == "viewer":
        return FORBIDDEN if kind is WRITES_TEAM else success
    # Someone of another team reads and writes their own where the path names no team.
    is_own = caller == "member of another team" and "{" not in route[1]
    return success if is_own else ABSENT


def _new_task(callers: dict[str, Client]) -> str:
    return str(callers["member"].post("/api/tasks", {"title": "Target"}).json["id"])


def _target(callers: dict[str, Client], route: tuple[str, str]) -> str:
    """A task that the route can do something with."""
    task_id = _new_task(callers)
    if route == RESTORE:
        callers["member"].delete(f"/api/tasks/{task_id}")
    return task_id


def _is_untouched(callers: dict[str, Client], task_id: str) -> bool:
    """At its first version, among the tasks or in the trash."""
    seen = callers["member"].get(f"/api/tasks/{task_id}").json
    if "id" not in seen:
        trash = callers["member"].get("/api/trash?limit=100").json["tasks"]
        seen = next(task for task in trash if task["id"] == task_id)
    return (seen["title"], seen["version"]) == ("Target", 1)


def _by_cookie(client: Client) -> Client:
    if client.token is None:
        return client
    cookie = {"Cookie": f"__Host-taskflow={client.token}", "Sec-Fetch-Site": "same-origin"}
    return Client(user=client.user, headers=cookie)


def _id(client: Client) -> str:
    assert client.user is not None
    return client.user.id


def _admin(client: Client) -> Client:
    users.set_role(_id(client), Role.ADMIN)
    return client


def _viewer(client: Client) -> Client:
    teams.set_role("TF", _id(client), TeamRole.VIEWER)
    return client


def _removed(client: Client) -> Client:
    teams.remove_member("TF", _id(client))
    return client


def _disabled(client: Client) -> Client:
    users.set_disabled(_id(client), disabled=True)
    return client


def _logged_out(client: Client) -> Client:
    reply = client.post("/api/auth/logout", {"everywhere": True})
    assert reply.status == NOTHING
    return client


def _expired(client: Client) -> Client:
    assert client.user is not None
    yesterday = clock.now() - timedelta(hours=24, minutes=1)
    with clock.running(lambda: yesterday):
        return replace(client, token=tokens.issue(client.user))


def _with_ticket(client: Client) -> Client:
    assert client.user is not None
    return replace(client, token=sockets.issue_ticket(client.user))


def _for_another_audience(client: Client) -> Client:
    """A token that our key signed for another purpose, otherwise good."""
    assert client.token is not None
    ring = tokens._keys()
    key = ring.keys[ring.current]
    claims = jwt.decode(client.token, options={"verify_signature": False})
    claims["aud"] = "taskflow:reset"
    return replace(client, token=jwt.encode(claims, key, "HS256", {"kid": ring.current}))
