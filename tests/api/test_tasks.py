"""The contract of tasks: create, read, change, delete, list."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Client, Time

FIELDS = {
    "id",
    "team",
    "title",
    "description",
    "status",
    "priority",
    "created_by",
    "assigned_to",
    "due_date",
    "completed_at",
    "created_at",
    "updated_at",
    "version",
    "rank",
}
STATUS_MESSAGE = "Invalid status. Must be one of: pending, in_progress, completed, cancelled"
PRIORITY_MESSAGE = "Invalid priority. Must be one of: low, medium, high, urgent"
DATE_MESSAGE = "Due date must be a real date such as 2026-11-23"
MEMBER_MESSAGE = "Assignee must be a member of the team"
NOON = "2026-11-23T12:00:00.000Z"
REFUSED = [
    ("title", "x" * 201, "Title must be a text of at most 200 characters"),
    ("title", 7, "Title must be a text of at most 200 characters"),
    ("title", ["x"], "Title must be a text of at most 200 characters"),
    ("description", "x" * 10_001, "Description must be a text of at most 10,000 characters"),
    ("description", 7, "Description must be a text of at most 10,000 characters"),
    ("description", None, "Description must be a text of at most 10,000 characters"),
    ("status", "done", STATUS_MESSAGE),
    ("status", "PENDING", STATUS_MESSAGE),
    ("status", "", STATUS_MESSAGE),
    ("status", None, STATUS_MESSAGE),
    ("status", 1, STATUS_MESSAGE),
    ("priority", "asap", PRIORITY_MESSAGE),
    ("priority", "High", PRIORITY_MESSAGE),
    ("priority", None, PRIORITY_MESSAGE),
    ("due_date", "2026-02-30", DATE_MESSAGE),
    ("due_date", "2025-02-29", DATE_MESSAGE),
    ("due_date", "23.11.2026", DATE_MESSAGE),
    ("due_date", "2026-11-23T00:00:00Z", DATE_MESSAGE),
    ("due_date", "tomorrow", DATE_MESSAGE),
    ("due_date", "", DATE_MESSAGE),
    ("due_date", 20261123, DATE_MESSAGE),
    ("assigned_to", "", MEMBER_MESSAGE),
    ("assigned_to", "nobody", MEMBER_MESSAGE),
    ("assigned_to", "x" * 65, MEMBER_MESSAGE),
    ("assigned_to", "019aaaaa-0000-7000-8000-000000000000", MEMBER_MESSAGE),
    ("assigned_to", 7, MEMBER_MESSAGE),
]


def test_create_needs_a_title_and_fills_in_the_rest(alice: Client, now: Time) -> None:
    reply = alice.post("/api/tasks", {"title": "Write tests"})

    assert alice.user is not None
    assert reply.status == 201
    assert (reply.headers["location"], reply.headers["etag"]) == ("/api/tasks/TF-1", '"1"')
    assert reply.json == {
        "id": "TF-1",
        "team": "TF",
        "title": "Write tests",
        "description": "",
        "status": "pending",
        "priority": "medium",
        "created_by": alice.user.id,
        "assigned_to": None,
        "due_date": None,
        "completed_at": None,
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
        "rank": reply.json["rank"],
    }


def test_create_answers_every_field_as_stored(alice: Client, bob: Client, now: Time) -> None:
    assert alice.user is not None
    assert bob.user is not None
    sent = {
        "title": "  <b>Größe</b> & \U0001f680  ",
        "description": "  two\nlines\t ",
        "status": "completed",
        "priority": "urgent",
        "assigned_to": bob.user.id,
        "due_date": "2028-02-29",
        "team": "TF",
    }

    created = alice.post("/api/tasks", sent)

    assert created.json == {
        **sent,
        "id": "TF-1",
        "title": "<b>Größe</b> & \U0001f680",
        "created_by": alice.user.id,
        "completed_at": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
        "rank": created.json["rank"],
    }
    names = {"creator_name": "Alice", "assignee_name": "Bob"}
    assert alice.get("/api/tasks/TF-1").json == created.json | names


def test_create_ignores_what_the_server_owns(alice: Client, bob: Client, now: Time) -> None:
    assert alice.user is not None
    assert bob.user is not None
    owned = {
        "id": "TF-99",
        "number": 99,
        "version": 7,
        "rank": "V",
        "created_by": bob.user.id,
        "creator_name": "Eve",
        "created_at": "2000-01-01T00:00:00.000Z",
        "updated_at": "2000-01-01T00:00:00.000Z",
        "completed_at": "2000-01-01T00:00:00.000Z",
        "unknown": {"deep": [1]},
    }

    plain = alice.post("/api/tasks", {"title": "T"}).json
    reply = alice.post("/api/tasks", {"title": "T", **owned})

    assert reply.json == plain | {"id": "TF-2", "rank": reply.json["rank"]}
    assert reply.json["rank"] != "V"
    assert alice.get("/api/tasks/TF-2").json["creator_name"] == "Alice"


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": None}, {"title": " \t\n"}, {"a": 1}])
def test_create_without_a_title_is_400(alice: Client, body: dict[str, Any]) -> None:
    reply = alice.post("/api/tasks", body)

    fault = {"field": "title", "message": "Title is required"}
    assert (reply.status, reply.json["error"], reply.json["errors"]) == (
        400,
        "Title is required",
        [fault],
    )


def test_refused_values_change_nothing(alice: Client) -> None:
    before = alice.post("/api/tasks", {"title": "T", "due_date": "2026-11-24"}).json

    for field, value, message in REFUSED:
        for reply in (
            alice.post("/api/tasks", {"title": "U", field: value}),
            alice.patch("/api/tasks/TF-1", {field: value}),
            alice.put("/api/tasks/TF-1", {field: value}),
        ):
            fault = {"field": field, "message": message}
            assert (reply.status, reply.json["error"]) == (400, message), (field, value)
            assert reply.json["errors"] == [fault]

    assert alice.get("/api/tasks").json["tasks"] == [before]


def test_create_names_every_fault(alice: Client) -> None:
    body = {"title": " ", "status": "x", "priority": "y", "due_date": "z", "description": 1}

    reply = alice.post("/api/tasks", body)

    fields = [fault["field"] for fault in reply.json["errors"]]
    assert fields == ["title", "description", "status", "priority", "due_date"]
    assert reply.json["error"] == "Title is required"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 200),
        ("title", "\U0001f680" * 200),
        ("description", "x" * 10_000),
        ("description", ""),
        ("due_date", "0001-01-01"),
        ("due_date", "9999-12-31"),
    ],
)
def test_longest_and_furthest_values_are_kept(alice: Client, field: str, value: str) -> None:
    created = alice.post("/api/tasks", {"title": "T", field: value})

    assert (created.status, created.json[field]) == (201, value)
    assert alice.get("/api/tasks/TF-1").json[field] == value


def test_get_names_the_creator_and_the_assignee(alice: Client, bob: Client) -> None:
    assert bob.user is not None
    alone = alice.post("/api/tasks", {"title": "Alone"}).json
    given = alice.post("/api/tasks", {"title": "Given", "assigned_to": bob.user.id}).json

    first, second = (bob.get(f"/api/tasks/{task['id']}") for task in (alone, given))

    assert (first.status, first.headers["etag"]) == (200, '"1"')
    assert first.json == alone | {"creator_name": "Alice"}
    assert second.json == given | {"creator_name": "Alice", "assignee_name": "Bob"}


@pytest.mark.parametrize("task_id", ["TF-2", "TF-0", "XX-1", "1", "nonsense"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_task_that_is_not_there_is_404(alice: Client, method: str, task_id: str) -> None:
    reply = alice(method, f"/api/tasks/{task_id}", {"title": "T"})

    assert (reply.status, reply.json["error"]) == (404, "Task not found")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_change_sets_what_is_sent_and_leaves_the_rest(
    alice: Client, bob: Client, now: Time, method: str
) -> None:
    assert bob.user is not None
    before = alice.post("/api/tasks", {"title": "T", "description": "D"}).json
    now.advance(seconds=1)
    sent = {"priority": "high", "assigned_to": bob.user.id, "due_date": "2026-12-01"}

    reply = bob(method, "/api/tasks/TF-1", sent)

    later = "2026-11-23T12:00:01.000Z"
    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    assert reply.json == before | sent | {"updated_at": later, "version": 2}
    cleared = alice(method, "/api/tasks/TF-1", {"assigned_to": None, "due_date": None}).json
    assert (cleared["assigned_to"], cleared["due_date"], cleared["priority"]) == (
        None,
        None,
        "high",
    )
    assert "assignee_name" not in alice.get("/api/tasks/TF-1").json


def test_change_ignores_what_the_server_owns(alice: Client, bob: Client, now: Time) -> None:
    assert bob.user is not None
    before = alice.post("/api/tasks", {"title": "T"}).json

    reply = alice.patch(
        "/api/tasks/TF-1",
        {
            "id": "TF-9",
            "team": "OPS",
            "version": 40,
            "created_by": bob.user.id,
            "completed_at": NOON,
            "created_at": "2000-01-01T00:00:00.000Z",
        },
    )

    assert (reply.status, reply.json) == (200, before)


def test_completed_at_follows_the_status(alice: Client, now: Time) -> None:
    alice.post("/api/tasks", {"title": "T"})
    seen = []

    for status in ("in_progress", "completed", "completed", "cancelled", "completed", "pending"):
        now.advance(seconds=1)
        task = alice.patch("/api/tasks/TF-1", {"status": status}).json
        seen.append((task["status"], task["completed_at"], task["version"]))

    assert seen == [
        ("in_progress", None, 2),
        ("completed", "2026-11-23T12:00:02.000Z", 3),
        ("completed", "2026-11-23T12:00:02.000Z", 3),
        ("cancelled", None, 4),
        ("completed", "2026-11-23T12:00:05.000Z", 5),
        ("pending", None, 6),
    ]


def test_change_of_nothing_changes_nothing_and_tells_nobody(alice: Client, now: Time) -> None:
    before = alice.post("/api/tasks", {"title": "T", "due_date": "2026-12-01"}).json
    now.advance(minutes=5)

    for body in ({}, {"title": "T"}, {"title": " T "}, {"status": "pending", "assigned_to": None}):
        for method in ("PUT", "PATCH"):
            reply = alice(method, "/api/tasks/TF-1", body)
            assert (reply.status, reply.json) == (200, before)

    assert len(alice.get("/api/changes").json["changes"]) == 1


def test_delete_answers_204_and_then_404(alice: Client, bob: Client) -> None:
    alice.post("/api/tasks", {"title": "T"})

    first, second = bob.delete("/api/tasks/TF-1"), bob.delete("/api/tasks/TF-1")

    assert (first.status, first.text) == (204, "")
    assert (second.status, second.json["error"]) == (404, "Task not found")
    assert alice.get("/api/tasks/TF-1").status == 404
    assert alice.get("/api/tasks").json["tasks"] == []


def test_number_of_a_deleted_task_is_not_given_again(alice: Client) -> None:
    alice.delete(alice.post("/api/tasks", {"title": "T"}).headers["location"])

    assert alice.post("/api/tasks", {"title": "U"}).json["id"] == "TF-2"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_of_an_old_version_is_412_with_the_current_task(
    alice: Client, method: str
) -> None:
    alice.post("/api/tasks", {"title": "T"})
    current = alice.patch("/api/tasks/TF-1", {"title": "U"}).json

    reply = alice(method, "/api/tasks/TF-1", {"title": "V"}, headers={"If-Match": '"1"'})

    assert (reply.status, reply.headers["etag"]) == (412, '"2"')
    assert reply.json["error"] == "The task was changed by someone else"
    assert reply.json["current"] == current
    assert alice.get("/api/tasks/TF-1").json["title"] == "U"


@pytest.mark.parametrize("header", ['"1"', "*", 'W/"1"', '"7", "1"', ' "1" '])
@pytest.mark.parametrize(("method", "status"), [("PUT", 200), ("PATCH", 200), ("DELETE", 204)])
def test_if_match_of_the_current_version_is_served(
    alice: Client, method: str, status: int, header: str
) -> None:
    alice.post("/api/tasks", {"title": "T"})

    reply = alice(method, "/api/tasks/TF-1", {"title": "U"}, headers={"If-Match": header})

    assert reply.status == status


def test_if_match_is_looked_at_after_the_body_and_the_role(alice: Client, viewer: Client) -> None:
    alice.post("/api/tasks", {"title": "T"})
    old = {"If-Match": '"7"'}

    assert alice.patch("/api/tasks/TF-1", {"title": ""}, headers=old).status == 400
    assert viewer.patch("/api/tasks/TF-1", {"title": "U"}, headers=old).status == 403
    assert alice.patch("/api/tasks/TF-9", {"title": "U"}, headers=old).status == 404


def test_list_is_newest_first_with_its_limit_and_page(alice: Client) -> None:
    tasks = [alice.post("/api/tasks", {"title": f"Task {number}"}).json for number in range(3)]

    reply = alice.get("/api/tasks")

    assert reply.status == 200
    assert reply.json == {"tasks": tasks[::-1], "limit": 20, "page": 1, "next_cursor": None}
    assert all(task.keys() == FIELDS for task in reply.json["tasks"])
    assert "link" not in reply.headers


def test_list_goes_on_by_page_by_cursor_and_by_link(alice: Client) -> None:
    for number in range(5):
        alice.post("/api/tasks", {"title": f"Task {number}"})

    first = alice.get("/api/tasks?limit=2")
    by_page = alice.get("/api/tasks?limit=2&page=2").json
    by_cursor = alice.get(f"/api/tasks?limit=2&cursor={first.json['next_cursor']}").json
    link = re.fullmatch(r'<(.+)>; rel="next"', first.headers["link"])

    assert link is not None
    assert _ids(first.json) == ["TF-5", "TF-4"]
    assert _ids(by_page) == _ids(by_cursor) == _ids(alice.get(link[1]).json) == ["TF-3", "TF-2"]
    assert (by_page["page"], "page" in by_cursor) == (2, False)
    last = alice.get("/api/tasks?limit=2&page=3").json
    assert (_ids(last), last["next_cursor"]) == (["TF-1"], None)
    assert alice.get("/api/tasks?limit=2&page=4").json["tasks"] == []


def test_me_is_the_caller(alice: Client, bob: Client) -> None:
    assert alice.user is not None
    alice.post("/api/tasks", {"title": "Hers", "assigned_to": alice.user.id})
    alice.post("/api/tasks", {"title": "Nobody's"})

    assert _ids(alice.get("/api/tasks?assigned_to=me").json) == ["TF-1"]
    assert _ids(alice.get(f"/api/tasks?assigned_to={alice.user.id}").json) == ["TF-1"]
    assert _ids(bob.get("/api/tasks?assigned_to=me").json) == []


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("status=done", "status", STATUS_MESSAGE),
        ("priority=asap", "priority", PRIORITY_MESSAGE),
        ("due_before=x", "due_before", "Due before must be a real date such as 2026-11-23"),
        ("due_after=x", "due_after", "Due after must be a real date such as 2026-11-23"),
        ("limit=0", "limit", "Limit must be a whole number from 1 to 100"),
        ("page=1001", "page", "Page must be a whole number from 1 to 1000"),
        ("page=51", "page", "Pages end at row 1000. Follow next_cursor to go on"),
        ("limit=100&page=11", "page", "Pages end at row 1000. Follow next_cursor to go on"),
        ("cursor=x", "cursor", "Cursor does not belong to this list. Start without one"),
        (
            "sort=title",
            "sort",
            "Invalid sort. Must be one of: -created_at, -due_date, created_at, due_date, rank",
        ),
    ],
)
def test_query_that_does_not_fit_is_400(
    alice: Client, query: str, field: str, message: str
) -> None:
    reply = alice.get(f"/api/tasks?{query}")

    assert (reply.status, reply.json["errors"]) == (400, [{"field": field, "message": message}])


@pytest.mark.parametrize(
    "query", ["limit=1", "limit=100", "page=50", "limit=100&page=10", "status="]
)
def test_query_at_its_bounds_is_served(alice: Client, query: str) -> None:
    assert alice.get(f"/api/tasks?{query}").status == 200


def test_cursor_is_bound_to_the_query_and_the_caller(alice: Client, bob: Client) -> None:
    for _ in range(3):
        alice.post("/api/tasks", {"title": "T"})
    cursor = alice.get("/api/tasks?limit=1&status=pending").json["next_cursor"]

    assert _ids(alice.get(f"/api/tasks?limit=1&status=pending&cursor={cursor}").json) == ["TF-2"]
    for client, query in (
        (bob, "status=pending"),
        (alice, "status=completed"),
        (alice, "priority=medium&status=pending"),
        (alice, "status=pending&sort=created_at"),
        (alice, "status=pending&q=T"),
        (alice, "status=pending&due_before=2027-01-01"),
        (alice, ""),
    ):
        reply = client.get(f"/api/tasks?limit=1&{query}&cursor={cursor}")
        assert reply.status == 400, query
        assert reply.json["errors"][0]["field"] == "cursor"


def test_cursor_that_was_altered_is_refused(alice: Client) -> None:
    for _ in range(2):
        alice.post("/api/tasks", {"title": "T"})
    cursor = alice.get("/api/tasks?limit=1").json["next_cursor"]

    for position in range(0, len(cursor) - 1, 3):
        other = "A" if cursor[position] != "A" else "B"
        altered = cursor[:position] + other + cursor[position + 1 :]
        assert alice.get(f"/api/tasks?cursor={altered}").status == 400, position


def test_tasks_that_were_deleted_do_not_stop_a_reading(alice: Client) -> None:
    for _ in range(4):
        alice.post("/api/tasks", {"title": "T"})
    cursor = alice.get("/api/tasks?limit=2").json["next_cursor"]

    for number in (2, 3):
        alice.delete(f"/api/tasks/TF-{number}")

    assert _ids(alice.get(f"/api/tasks?limit=2&cursor={cursor}").json) == ["TF-1"]


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_write_that_meets_others_again_and_again_is_409_with_retry_after(
    alice: Client, contended: Callable[[], None], operation: str
) -> None:
    alice.post("/api/tasks", {"title": "T"})
    contended()

    if operation == "create":
        reply = alice.post("/api/tasks", {"title": "U"})
    elif operation == "update":
        reply = alice.patch("/api/tasks/TF-1", {"title": "U"})
    else:
        reply = alice.delete("/api/tasks/TF-1")

    assert (reply.status, reply.headers["retry-after"]) == (409, "1")
    sentence = "Too many people are changing this at once. Please try again"
    assert reply.json["error"] == sentence
    assert alice.get("/api/tasks/TF-1").json["title"] == "T"


def _ids(body: dict[str, Any]) -> list[str]:
    return [task["id"] for task in body["tasks"]]
