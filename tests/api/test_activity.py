"""What happened to one task, and to the team's tasks day by day."""

from chalicelib.services import tokens
from tests.conftest import Client, Time, member_of


def test_a_tasks_activity_tells_what_changed_latest_first(
    alice: Client, bob: Client, now: Time
) -> None:
    assert alice.user
    assert bob.user
    alice.post("/api/tasks", {"title": "Plan the move"})
    alice.post("/api/tasks", {"title": "Another"})
    now.advance(minutes=1)
    bob.patch("/api/tasks/TF-1", {"status": "in_progress", "assigned_to": bob.user.id})
    alice.patch("/api/tasks/TF-1", {"description": "Long text", "due_date": "2026-12-01"})
    alice.patch("/api/tasks/TF-2", {"title": "Yet another"})

    found = alice.get("/api/tasks/TF-1/activity").json

    assert found["next_cursor"] is None
    assert [(each["action"], each["changed"]) for each in found["activity"]] == [
        ("updated", ["description", "due_date"]),
        ("updated", ["assigned_to", "status"]),
        ("created", []),
    ]
    assert found["activity"][1] | {"id": ""} == {
        "id": "",
        "action": "updated",
        "changed": ["assigned_to", "status"],
        "before": {"assigned_to": None, "status": "pending"},
        "after": {"assigned_to": bob.user.id, "status": "in_progress"},
        "actor": {"id": bob.user.id, "name": "Bob"},
        "at": "2026-11-23T12:01:00.000Z",
    }
    assert found["activity"][0]["after"] == {"due_date": "2026-12-01"}


def test_a_long_history_is_read_in_pages_to_its_beginning(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "0"})
    for number in range(1, 30):
        alice.patch("/api/tasks/TF-1", {"title": str(number)})

    told, cursor = [], ""
    while cursor is not None:
        page = alice.get(f"/api/tasks/TF-1/activity?limit=7&cursor={cursor}").json
        assert len(page["activity"]) <= 7
        told += [each["after"].get("title") for each in page["activity"]]
        cursor = page["next_cursor"]

    assert told == [*(str(number) for number in range(29, 0, -1)), None]


def test_history_goes_on_through_the_trash(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "A"})
    alice.delete("/api/tasks/TF-1")
    alice.post("/api/tasks/TF-1/restore")

    found = alice.get("/api/tasks/TF-1/activity").json["activity"]

    assert [(each["action"], each.get("restored")) for each in found] == [
        ("created", True),
        ("deleted", None),
        ("created", None),
    ]


def test_a_cursor_of_another_task_is_refused(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "A"})
    alice.post("/api/tasks", {"title": "B"})
    other = alice.get("/api/tasks/TF-2/activity").json["activity"][0]["id"]

    for cursor in (other, "nonsense", "01a20000-0000-7000-8000-000000000000"):
        reply = alice.get(f"/api/tasks/TF-1/activity?cursor={cursor}")
        assert (reply.status, reply.json["errors"][0]["field"]) == (400, "cursor")


def test_a_foreign_tasks_activity_is_invisible(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "A"})
    stranger = member_of("OPS", "Stranger")

    assert stranger.get("/api/tasks/TF-1/activity").status == 404


def test_the_trend_tells_each_day(alice: Client, now: Time) -> None:
    for number in range(4):
        alice.post("/api/tasks", {"title": str(number)})
    now.advance(days=1)
    alice = _again(alice)
    alice.patch("/api/tasks/TF-1", {"status": "completed"})
    alice.patch("/api/tasks/TF-2", {"status": "completed"})
    alice.patch("/api/tasks/TF-3", {"status": "cancelled"})
    now.advance(days=1)
    alice = _again(alice)
    alice.patch("/api/tasks/TF-1", {"status": "pending"})
    alice.delete("/api/tasks/TF-2")
    alice.post("/api/tasks", {"title": "New", "status": "completed"})

    trend = alice.get("/api/dashboard/trend?days=4").json

    assert [tuple(day.values()) for day in trend["days"]] == [
        ("2026-11-22", 0, 0, 0, 0),
        ("2026-11-23", 4, 0, 4, 0),
        ("2026-11-24", 0, 2, 3, 2),
        ("2026-11-25", 1, 1, 3, 1),
    ]
    assert list(trend["days"][0]) == ["date", "created", "completed", "scope", "done"]
    assert trend["generated_at"] == "2026-11-25T12:00:00.000Z"


def test_a_trend_over_the_end_of_the_year(alice: Client, now: Time) -> None:
    now.advance(days=38)  # 31 December
    alice = _again(alice)
    alice.post("/api/tasks", {"title": "Old"})
    now.advance(days=1)
    alice = _again(alice)
    alice.post("/api/tasks", {"title": "New"})

    days = alice.get("/api/dashboard/trend?days=2").json["days"]

    assert [(day["date"], day["created"], day["scope"]) for day in days] == [
        ("2026-12-31", 1, 1),
        ("2027-01-01", 1, 2),
    ]


def test_the_trend_is_thirty_days_unless_asked(alice: Client) -> None:
    assert len(alice.get("/api/dashboard/trend").json["days"]) == 30
    assert alice.get("/api/dashboard/trend?days=91").status == 400
    assert alice.get("/api/dashboard/trend?days=0").status == 400
    assert alice.get("/api/dashboard/trend?team=OPS").status == 404


def _again(client: Client) -> Client:
    """Signed in anew: a session lasts a day."""
    assert client.user
    return Client(token=tokens.issue(client.user), user=client.user)
