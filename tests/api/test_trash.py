"""The trash: deleting is not losing."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.services import sockets, teams, tokens
from tests.conftest import Client, Outbox, Pushed, Time, member_of


@pytest.fixture
def task(alice: Client, bob: Client, now: Time) -> str:
    """A task of bob's, in progress, described."""
    assert bob.user
    draft = {
        "title": "Plan the move",
        "description": "With a van",
        "status": "in_progress",
        "assigned_to": bob.user.id,
        "due_date": "2026-11-20",
    }
    return str(alice.post("/api/tasks", draft).json["id"])


def test_deleted_tasks_are_in_the_trash_latest_first(
    alice: Client, bob: Client, task: str, now: Time
) -> None:
    before = alice.get(f"/api/tasks/{task}").json
    assert alice.user
    second = alice.post("/api/tasks", {"title": "Second"}).json["id"]
    alice.delete(f"/api/tasks/{task}")
    now.advance(minutes=5)
    bob.delete(f"/api/tasks/{second}")

    found = bob.get("/api/trash").json

    assert [each["id"] for each in found["tasks"]] == [second, task]
    assert found["next_cursor"] is None
    del before["creator_name"], before["assignee_name"]
    assert found["tasks"][1] == before | {
        "deleted_at": "2026-11-23T12:00:00.000Z",
        "deleted_by": {"id": alice.user.id, "name": "Alice"},
        "expires_at": "2026-12-23T12:00:00.000Z",
    }


def test_the_trash_is_read_in_pages(alice: Client, now: Time) -> None:
    for number in range(5):
        made = alice.post("/api/tasks", {"title": str(number)}).json["id"]
        now.advance(seconds=1)
        alice.delete(f"/api/tasks/{made}")

    titles, cursor = [], ""
    while cursor is not None:
        page = alice.get(f"/api/trash?limit=2&cursor={cursor}").json
        titles += [each["title"] for each in page["tasks"]]
        cursor = page["next_cursor"]

    assert titles == ["4", "3", "2", "1", "0"]


def test_a_restored_task_is_what_and_where_it_was(alice: Client, task: str, now: Time) -> None:
    below = alice.post("/api/tasks", {"title": "Other", "status": "in_progress"}).json["id"]
    alice.patch(f"/api/tasks/{task}", {"before": below})
    before = alice.get(f"/api/tasks/{task}").json
    statistics = alice.get("/api/dashboard/stats").json
    alice.delete(f"/api/tasks/{task}")
    now.advance(days=2)
    alice = _signed_in_again(alice)

    reply = alice.post(f"/api/tasks/{task}/restore")

    assert (reply.status, reply.headers["etag"]) == (200, '"3"')
    assert alice.get(f"/api/tasks/{task}").json == before | {
        "version": 3,
        "updated_at": "2026-11-25T12:00:00.000Z",
    }
    column = alice.get("/api/tasks?status=in_progress&sort=rank").json["tasks"]
    assert [each["id"] for each in column] == [task, below]
    again = alice.get("/api/dashboard/stats").json
    assert {
        name: again[name] for name in again if name not in {"recent_tasks", "generated_at"}
    } == {
        name: statistics[name]
        for name in statistics
        if name not in {"recent_tasks", "generated_at"}
    }
    assert alice.get("/api/trash").json["tasks"] == []


def test_restoring_twice_is_404_the_second_time(alice: Client, task: str) -> None:
    alice.delete(f"/api/tasks/{task}")
    assert alice.post(f"/api/tasks/{task}/restore").status == 200

    assert alice.post(f"/api/tasks/{task}/restore").status == 404


def test_restoring_again_with_the_same_key_is_answered_again(alice: Client, task: str) -> None:
    alice.delete(f"/api/tasks/{task}")
    key = {"Idempotency-Key": "k"}

    first = alice.post(f"/api/tasks/{task}/restore", headers=key)
    again = alice.post(f"/api/tasks/{task}/restore", headers=key)

    assert (first.status, again.status, again.json) == (200, 200, first.json)
    assert again.headers["idempotency-replayed"] == "true"


def test_after_thirty_days_it_is_gone(alice: Client, task: str, now: Time) -> None:
    alice.delete(f"/api/tasks/{task}")
    now.advance(days=30, seconds=-1)
    alice = _signed_in_again(alice)
    assert len(alice.get("/api/trash").json["tasks"]) == 1
    now.advance(seconds=1)

    assert alice.get("/api/trash").json["tasks"] == []
    assert alice.post(f"/api/tasks/{task}/restore").status == 404


def test_a_task_of_somebody_who_left_comes_back_as_nobodys(
    alice: Client, bob: Client, task: str
) -> None:
    assert bob.user
    alice.delete(f"/api/tasks/{task}")
    teams.remove_member("TF", bob.user.id)

    restored = alice.post(f"/api/tasks/{task}/restore").json

    assert (restored["assigned_to"], restored["version"]) == (None, 2)


def test_restoring_is_pushed_as_a_creation_and_mails_nobody(
    alice: Client,
    bob: Client,
    task: str,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    ticket = bob.post("/api/live/ticket").json["ticket"]
    sockets.open_with(ticket, "c-1")
    sockets.listen("c-1")
    alice.delete(f"/api/tasks/{task}")
    alice.post(f"/api/tasks/{task}/restore")
    outbox.run()

    frames = [(frame["action"], frame.get("restored")) for frame in pushed.changes("c-1")]
    assert frames[-2:] == [("deleted", None), ("created", True)]
    assert len(sent_mail()) == 1


def test_the_trash_of_another_team_is_invisible(alice: Client, task: str) -> None:
    stranger = member_of("OPS", "Stranger")
    alice.delete(f"/api/tasks/{task}")

    assert stranger.get("/api/trash").json["tasks"] == []
    assert stranger.get("/api/trash?team=TF").status == 404
    assert stranger.post(f"/api/tasks/{task}/restore").status == 404
    assert len(alice.get("/api/trash").json["tasks"]) == 1


def _signed_in_again(client: Client) -> Client:
    assert client.user
    return Client(token=tokens.issue(client.user), user=client.user)
