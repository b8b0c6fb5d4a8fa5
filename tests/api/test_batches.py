"""One change to many tasks."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from tests.conftest import Client, Time, member_of


def test_each_task_is_changed_and_has_its_result_in_order(alice: Client, bob: Client) -> None:
    assert bob.user
    for title in "ABC":
        alice.post("/api/tasks", {"title": title})
    stranger = member_of("OPS", "Stranger")
    stranger.post("/api/tasks", {"title": "Secret"})
    changes = {"status": "completed", "assigned_to": bob.user.id}

    reply = alice.patch(
        "/api/tasks", {"ids": ["TF-3", "OPS-1", "TF-9", "no id", "TF-1"], "changes": changes}
    )

    assert reply.status == 200
    told = [(each["id"], each["status"]) for each in reply.json["results"]]
    assert told == [("TF-3", 200), ("OPS-1", 404), ("TF-9", 404), ("no id", 404), ("TF-1", 200)]
    assert reply.json["results"][0]["task"] == {
        name: value
        for name, value in alice.get("/api/tasks/TF-3").json.items()
        if name not in {"creator_name", "assignee_name"}
    }
    assert reply.json["results"][1] == {"id": "OPS-1", "status": 404, "error": "Task not found"}
    statistics = alice.get("/api/dashboard/stats").json
    assert (statistics["completed"], statistics["pending"]) == (2, 1)
    assert len(alice.get("/api/changes").json["changes"]) == 5


def test_what_a_batch_does_not_change_has_a_result_too(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "A", "priority": "high"})

    reply = alice.patch("/api/tasks", {"ids": ["TF-1"], "changes": {"priority": "high"}})

    assert reply.json["results"][0]["task"]["version"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": [], "changes": {}}, "ids"),
        ({"ids": ["TF-1"] * 2, "changes": {}}, "ids"),
        ({"ids": [f"TF-{n}" for n in range(1, 52)], "changes": {}}, "ids"),
        ({"ids": "TF-1", "changes": {}}, "ids"),
        ({"ids": [1], "changes": {}}, "ids"),
        ({"ids": ["TF-1"], "changes": []}, "changes"),
        ({"ids": ["TF-1"], "changes": "x"}, "changes"),
        ({"ids": ["TF-1"]}, "changes"),
        ({"ids": ["TF-1"], "changes": {"status": "done"}}, "changes.status"),
        ({"ids": ["TF-1"], "changes": {"title": " "}}, "changes.title"),
    ],
)
def test_a_batch_that_does_not_fit_changes_nothing(
    alice: Client, body: dict[str, Any], field: str
) -> None:
    alice.post("/api/tasks", {"title": "A"})

    reply = alice.patch("/api/tasks", body)

    assert (reply.status, reply.json["errors"][0]["field"]) == (400, field)
    assert alice.get("/api/tasks/TF-1").json["version"] == 1


def test_fifty_tasks_fit(alice: Client) -> None:
    made = [alice.post("/api/tasks", {"title": str(n)}).json["id"] for n in range(50)]

    reply = alice.patch("/api/tasks", {"ids": made, "changes": {"priority": "urgent"}})

    assert [each["status"] for each in reply.json["results"]] == [200] * 50


def test_an_assignee_outside_the_team_is_refused_for_each(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "A"})
    changes = {"assigned_to": "01934b5e-0000-7000-8000-00000000000a"}

    result = alice.patch("/api/tasks", {"ids": ["TF-1"], "changes": changes}).json["results"][0]

    message = "Assignee must be a member of the team"
    assert result == {
        "id": "TF-1",
        "status": 400,
        "error": message,
        "errors": [{"field": "assigned_to", "message": message}],
    }


def test_those_whose_turn_does_not_come_in_time_are_told(
    alice: Client, now: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [alice.post("/api/tasks", {"title": str(n)}).json["id"] for n in range(3)]
    reading = iter(range(100))
    monkeypatch.setattr(clock, "_source", lambda: now.now + timedelta(seconds=4 * next(reading)))

    reply = alice.patch("/api/tasks", {"ids": made, "changes": {"priority": "low"}})

    told = [each["status"] for each in reply.json["results"]]
    assert (told[0], told[-1]) == (200, 503)
