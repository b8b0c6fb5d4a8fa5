"""Live updates and mail, from one person's change to another person's screen and mailbox."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from tests.e2e.conftest import Live, Person
from tests.e2e.waiting import eventually
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e


def test_handshake_and_ping(alice: Person) -> None:
    with alice.connect() as live:
        connected = live.hello()
        live.send({"type": "ping"})
        pong = live.until("pong")

    assert connected["message"] == "Listening for task updates"
    assert connected["cursor"]
    assert pong == {"type": "pong"}


@pytest.mark.parametrize("frame", ["not json", "[]", '{"type":"dance"}', '{"type":{}}'])
def test_unreadable_frames_leave_the_socket_open(alice: Person, frame: str) -> None:
    with alice.connect() as live:
        live.hello()
        live.send(frame)
        error = live.until("error")
        live.send({"type": "ping"})

        assert error["error"]
        assert live.until("pong")


def test_every_change_reaches_the_other_person(alice: Person, bob: Person) -> None:
    with bob.connect() as live:
        live.hello()
        task = alice.call("POST", "/api/tasks", {"title": "Sharpen the pencils"}).json
        created = live.change_of(task["id"], "created")
        alice.call("PATCH", f"/api/tasks/{task['id']}", {"priority": "urgent"})
        updated = live.change_of(task["id"], "updated")
        alice.call("DELETE", f"/api/tasks/{task['id']}")
        deleted = live.change_of(task["id"], "deleted")

    assert created["task"] == task
    assert created["actor"] == {"id": alice.id, "name": "Alice"}
    assert (updated["task"]["priority"], updated["changed"]) == ("urgent", ["priority"])
    assert len({created["id"], updated["id"], deleted["id"]}) == 3


def test_what_was_missed_comes_with_the_next_hello(alice: Person, bob: Person) -> None:
    with bob.connect() as live:
        cursor = live.hello()["cursor"]

    task = alice.call("POST", "/api/tasks", {"title": "Feed the cat"}).json
    with bob.connect() as live:
        live.send({"type": "hello", "since": cursor})
        missed = live.change_of(task["id"], "created")

    assert missed["task"]["title"] == "Feed the cat"


def test_the_same_changes_are_there_to_be_read(alice: Person) -> None:
    task = alice.call("POST", "/api/tasks", {"title": "Wind the clock"}).json

    changes = alice.call("GET", "/api/changes?limit=100").json
    while changes["has_more"]:
        changes = alice.call("GET", f"/api/changes?limit=100&since={changes['cursor']}").json

    assert changes["changes"][-1]["task"]["id"] == task["id"]


def test_people_see_each_other_come_open_a_task_and_go(
    join: Callable[[str], Person], bob: Person
) -> None:
    grace = join("Grace")
    with bob.connect() as live:
        live.hello()
        assert opened_by(bob, live) == []
        with grace.connect() as other:
            other.hello()
            assert opened_by(grace, live) == []
            assert opened_by(bob, other) == []
            other.send({"type": "presence", "task": "TF-1"})
            assert opened_by(grace, live) == ["TF-1"]
            other.send({"type": "presence", "task": "nonsense"})
            assert other.until("error")["error"].startswith("Task must be the id of a task")
        assert opened_by(grace, live) is None


def opened_by(who: Person, live: Live) -> list[str] | None:
    """What somebody has open by the next list of who is here; None when they are not."""
    people = live.until("presence")["people"]
    return next((person["tasks"] for person in people if person["id"] == who.id), None)


def test_ticket_opens_one_socket_once(stack: RunningStack, alice: Person) -> None:
    opened = alice.call("POST", "/api/live/ticket").json
    stack.open_socket(opened["url"], opened["ticket"]).close()

    with pytest.raises(websocket.WebSocketBadStatusException):
        stack.open_socket(opened["url"], opened["ticket"])


def test_foreign_pages_are_refused(stack: RunningStack, alice: Person) -> None:
    opened = alice.call("POST", "/api/live/ticket").json

    with pytest.raises(websocket.WebSocketBadStatusException):
        stack.open_socket(opened["url"], opened["ticket"], origin="https://evil.example")


def test_assignee_gets_one_mail(stack: RunningStack, alice: Person, bob: Person) -> None:
    title = "Count <b>the</b> stars"
    draft = {"title": title, "assigned_to": bob.id, "due_date": "2031-05-17", "priority": "low"}
    created = alice.call("POST", "/api/tasks", draft)
    task = created.json

    def mails() -> list[dict[str, Any]]:
        return [message for message in stack.sent_mail() if title in message["Subject"]]

    eventually(mails)
    alice.call("PATCH", f"/api/tasks/{task['id']}", {"priority": "medium"})
    later = alice.call("POST", "/api/tasks", {"title": "Later", "assigned_to": bob.id}).json
    eventually(lambda: [m for m in stack.sent_mail() if "Later" in m["Subject"]])

    (message,) = mails()
    assert created.status == 201
    assert later["assigned_to"] == bob.id
    assert (message["To"], message["Subject"]) == ([bob.email], f"Task assigned: {title}")
    for expected in ("Bob", "Alice", title, "No description", "2031-05-17"):
        assert expected in message["BodyText"]
    assert f"{stack.url}/admin#task-{task['id']}" in message["BodyText"]
    assert "Count &lt;b&gt;the&lt;/b&gt; stars" in message["BodyHtml"]


def test_nobody_is_told_of_giving_a_task_to_oneself(stack: RunningStack, alice: Person) -> None:
    before = len(stack.sent_mail())
    alice.call("POST", "/api/tasks", {"title": "Mine", "assigned_to": alice.id})
    alice.call("POST", "/api/tasks", {"title": "Nobody's"})
    time.sleep(1)

    assert len(stack.sent_mail()) == before
