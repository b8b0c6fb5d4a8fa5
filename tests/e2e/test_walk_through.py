"""The main job on the artifact that deploys: sign in, work, be told, be counted."""

import pytest

from tests.e2e.conftest import PASSWORD, Person
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e

PROBLEM = {"type", "title", "status", "detail", "error", "request_id"}


def test_health_reaches_the_database(stack: RunningStack) -> None:
    answer = stack.request("GET", "/health")

    assert (answer.status, answer.json["status"], answer.json["database"]) == (
        200,
        "ok",
        "connected",
    )


def test_profile_is_the_person_who_registered(alice: Person) -> None:
    profile = alice.call("GET", "/api/profile").json

    assert (profile["id"], profile["name"], profile["email"]) == (
        alice.id,
        alice.name,
        alice.email,
    )


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(
    stack: RunningStack, alice: Person
) -> None:
    credentials = {"email": alice.email, "password": PASSWORD}

    cookie = stack.request("POST", "/api/auth/login", json_body=credentials).headers["Set-Cookie"]

    assert cookie.startswith("__Host-taskflow=")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_task_from_creation_to_deletion(alice: Person) -> None:
    created = alice.call("POST", "/api/tasks", {"title": "Water the plants", "priority": "high"})
    task = created.json
    read = alice.call("GET", f"/api/tasks/{task['id']}")
    changed = alice.call("PATCH", f"/api/tasks/{task['id']}", {"status": "completed"})
    stale = alice.call("DELETE", f"/api/tasks/{task['id']}", If_Match='"1"')
    deleted = alice.call("DELETE", f"/api/tasks/{task['id']}")
    gone = alice.call("GET", f"/api/tasks/{task['id']}")

    assert (created.status, task["version"], created.headers["ETag"]) == (201, 1, '"1"')
    assert created.headers["Location"].endswith(f"/api/tasks/{task['id']}")
    assert read.json == task | {"creator_name": "Alice"}
    assert (changed.json["status"], changed.json["version"]) == ("completed", 2)
    assert changed.json["completed_at"] is not None
    assert (stale.status, stale.json["current"]["version"]) == (412, 2)
    assert deleted.status == 204
    assert (gone.status, gone.json["error"]) == (404, "Task not found")


def test_statistics_follow_every_change(alice: Person) -> None:
    before = alice.call("GET", "/api/dashboard/stats").json
    overdue = {"title": "Return the books", "due_date": "2020-02-29"}

    task = alice.call("POST", "/api/tasks", overdue).json
    created = alice.call("GET", "/api/dashboard/stats").json
    cached = alice.call("GET", "/api/dashboard/stats").json
    alice.call("PATCH", f"/api/tasks/{task['id']}", {"status": "cancelled"})
    cancelled = alice.call("GET", "/api/dashboard/stats").json

    def counts(stats: dict[str, int]) -> tuple[int, ...]:
        names = ("total_tasks", "pending", "cancelled", "overdue")
        return tuple(stats[name] - before[name] for name in names)

    assert counts(created) == (1, 1, 0, 1)
    assert (cached["source"], counts(cached)) == ("cache", counts(created))
    assert counts(cancelled) == (1, 0, 1, 0)
    assert created["recent_tasks"][0]["id"] == task["id"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/api/nothing", {}, None, 404),
        ("GET", "/api/tasks/../../etc/passwd", {}, None, 404),
        ("DELETE", "/api/auth/login", {}, None, 405),
        ("POST", "/api/auth/login", {"Content-Type": "text/plain"}, "hello", 415),
        ("POST", "/api/auth/login", {"Content-Type": "application/json"}, "{", 400),
        ("POST", "/api/auth/login", {"Content-Type": "application/json"}, "[" * 500, 400),
        ("GET", "/api/profile", {}, None, 401),
        ("GET", "/api/profile", {"Authorization": "Bearer a.b.c"}, None, 401),
    ],
)
def test_failures_have_one_shape(
    stack: RunningStack,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None,
    status: int,
) -> None:
    answer = stack.request(method, path, headers=headers, body=body)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json.keys() >= PROBLEM
    assert (answer.json["status"], answer.json["error"]) == (status, answer.json["detail"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]


def test_wrong_method_names_the_right_ones(stack: RunningStack) -> None:
    answer = stack.request("DELETE", "/health")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_head_is_get_without_a_body(stack: RunningStack) -> None:
    answer = stack.request("HEAD", "/health")

    assert (answer.status, answer.text) == (200, "")


def test_pages_arrive_with_their_files(stack: RunningStack) -> None:
    page = stack.request("GET", "/login")
    style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    file = stack.request("GET", style)

    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert file.status == 200
    assert file.headers["Content-Type"].startswith("text/css")
    assert "immutable" in file.headers["Cache-Control"]


def test_root_leads_to_the_dashboard(stack: RunningStack) -> None:
    answer = stack.request("GET", "/")

    assert (answer.status // 100, answer.headers["Location"]) == (3, "/admin")


def test_unknown_page_is_a_page(stack: RunningStack) -> None:
    answer = stack.request("GET", "/nowhere", headers={"Accept": "text/html"})

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_links_carry_the_stage_where_there_is_one(stack: RunningStack) -> None:
    host = f"{stack.api_id}.execute-api.localhost"

    page = stack.request("GET", "/local/login", host=host)

    assert page.status == 200
    assert 'href="/local/static/' in page.text
    assert 'action="/local/login"' in page.text


def test_description_of_the_api_is_served(stack: RunningStack) -> None:
    document = stack.request("GET", "/api/openapi.json").json

    assert document["openapi"].startswith("3.1")
    assert "/api/tasks/{id}" in document["paths"]
