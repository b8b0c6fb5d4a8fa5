"""Pushes: to everyone who may hear a change, and to nobody else."""

import json
from typing import Any

import pytest

import app
from chalicelib.delivery import clients
from chalicelib.entities import Status, TeamRole, User
from chalicelib.errors import Unavailable
from chalicelib.outbox import push
from chalicelib.services import accounts, sockets, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import connections, tables, users
from tests import faults, recount
from tests.conftest import Client, Outbox, Pushed, Time

FIELDS = {"type", "action", "task", "changed", "actor", "id", "at"}


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def shared_out(aws: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What other invocations were asked to do; moto would need Docker to do it."""
    shares: list[dict[str, Any]] = []

    def call(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert (operation, arguments["InvocationType"]) == ("Invoke", "Event")
        assert arguments["FunctionName"] == "taskflow-test-Pusher"
        shares.append(json.loads(arguments["Payload"]))
        return {"StatusCode": 202}

    monkeypatch.setattr(clients.functions(), "_make_api_call", call)
    return shares


def test_frame_is_the_change(author: User, bob: Client, outbox: Outbox, pushed: Pushed) -> None:
    listen(bob, "s1")
    task = tasks.create(author, Draft("Ship it"))
    outbox.run()
    tasks.update(author, task.id, {"status": Status.COMPLETED, "title": "Shipped"})
    outbox.run()
    tasks.delete(author, task.id)
    outbox.run()

    frames = pushed.to("s1")
    assert [(frame["action"], frame["changed"]) for frame in frames] == [
        ("created", []),
        ("updated", ["status", "title"]),
        ("deleted", []),
    ]
    assert [frame["task"]["version"] for frame in frames] == [1, 2, 2]
    assert frames[1]["task"]["status"] == "completed"
    assert all(frame["actor"] == {"id": author.id, "name": "Alice"} for frame in frames)
    assert all(set(frame) == FIELDS for frame in frames)


def test_changes_of_a_batch_are_one_frame_for_each_socket(
    author: User, bob: Client, viewer: Client, outbox: Outbox, pushed: Pushed
) -> None:
    listen(bob, "b1")
    listen(viewer, "v1")
    task = tasks.create(author, Draft("Ship it", description="With care"))
    other = tasks.create(author, Draft("Another", description="With love"))
    tasks.update(author, task.id, {"title": "Shipped"})
    records = outbox.records()

    with faults.observed() as calls:
        outbox.consume(records)

    assert sorted(target for target, _ in pushed.frames) == ["b1", "v1"]
    assert [name for name, _ in calls].count("Query") == 1
    (frame,) = pushed.to("b1")
    assert set(frame) == {"type", "updates"}
    assert [each["id"] for each in frame["updates"]] == [each.id for each in recount.feed()]
    assert all(set(each) == FIELDS for each in frame["updates"])
    assert [
        (each["action"], each["task"]["id"], each["task"].get("description"))
        for each in frame["updates"]
    ] == [
        ("created", task.id, None),
        ("created", other.id, "With love"),
        ("updated", task.id, "With care"),
    ]


def test_changes_that_come_again_or_late_end_with_the_newest_version(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    listen(bob, "b1")
    task = tasks.create(author, Draft("Ship it", description="First"))
    tasks.update(author, task.id, {"description": "Last"})
    first, second = outbox.records()

    outbox.consume([second, first, second])

    (frame,) = pushed.to("b1")
    told = [(each["task"]["version"], each["task"].get("description")) for each in frame["updates"]]
    assert told == [(2, "Last"), (1, None)]


def test_large_changes_are_told_in_frames_that_the_gateway_takes(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    listen(bob, "b1")
    for number in range(8):
        tasks.create(author, Draft(f"Task {number}", description="\N{GRINNING FACE}" * 10_000))

    with faults.observed() as calls:
        outbox.run()

    sizes = [len(each["Data"]) for name, each in calls if name == "PostToConnection"]
    assert (len(sizes), max(sizes) < 128 * 1024) == (4, True)
    assert [each["id"] for each in pushed.changes("b1")] == [each.id for each in recount.feed()]


def test_one_task_changed_again_and_again_is_a_small_frame(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    listen(bob, "b1")
    task = tasks.create(author, Draft("Ship it", description="\N{GRINNING FACE}" * 10_000))
    for number in range(20):
        tasks.update(author, task.id, {"title": f"Title {number}"})

    outbox.run()

    (frame,) = pushed.to("b1")
    assert len(frame["updates"]) == 21
    assert len(json.dumps(frame, ensure_ascii=False).encode()) < 64_000


def test_team_is_left_alone_for_a_while_after_each_push(
    now: Time,
    author: User,
    bob: Client,
    outbox: Outbox,
    pushed: Pushed,
    naps: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(push, "APART_SECONDS", 0.25)
    listen(bob, "b1")

    for pause in (0.0, 0.1, 0.25, -3600.0):
        now.advance(seconds=pause)
        tasks.create(author, Draft("Ship it"))
        outbox.run()

    assert len(pushed.to("b1")) == 4
    assert naps == [pytest.approx(0.15), 0.25]


def test_many_sockets_are_shared_out(
    author: User,
    bob: Client,
    outbox: Outbox,
    pushed: Pushed,
    shared_out: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "AT_ONCE", 4)
    monkeypatch.setattr(sockets, "_SPAN", 2)
    for number in range(5):
        listen(bob, f"b{number}")
    task = tasks.create(author, Draft("Ship it"))

    assert outbox.run() == {"batchItemFailures": []}
    assert pushed.frames == []
    assert [(each["first"], each["last"]) for each in shared_out] == [
        ("b0", "b1"),
        ("b2", "b3"),
        ("b4", "b4"),
    ]
    for share in shared_out:
        app.pusher(share, None)

    assert sorted(target for target, _ in pushed.frames) == [f"b{number}" for number in range(5)]
    assert {frame["task"]["id"] for _, frame in pushed.frames} == {task.id}


def test_share_is_checked_when_it_is_done(
    author: User,
    bob: Client,
    viewer: Client,
    outbox: Outbox,
    pushed: Pushed,
    shared_out: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "AT_ONCE", 1)
    listen(bob, "b1")
    listen(viewer, "v1")
    tasks.create(author, Draft("Ship it", description="A secret"))
    outbox.run()
    assert bob.user is not None
    accounts.log_out_everywhere(bob.user)
    (share,) = shared_out

    for _ in range(2):
        app.pusher(share, None)

    assert [target for target, _ in pushed.frames] == ["v1", "v1"]
    assert pushed.closed == ["b1"]
    assert rows() == {("TF", "v1"), ("*", "v1")}


def test_batch_comes_again_when_it_cannot_be_shared_out(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "AT_ONCE", 0)
    listen(bob, "b1")
    tasks.create(author, Draft("Ship it"))

    with faults.refused("Invoke", "TooManyRequestsException"):
        assert outbox.run() == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_socket_that_can_be_neither_told_nor_closed_is_tried_again_elsewhere(
    author: User,
    bob: Client,
    outbox: Outbox,
    pushed: Pushed,
    shared_out: list[dict[str, Any]],
) -> None:
    for socket in ("first", "stuck"):
        listen(bob, socket)
    pushed.broken.add("stuck")
    pushed.unclosable.add("stuck")
    task = tasks.create(author, Draft("Ship it"))

    assert outbox.run() == {"batchItemFailures": []}
    (share,) = shared_out
    with pytest.raises(Unavailable):
        app.pusher(share, None)
    assert ("TF", "stuck") in rows()
    pushed.broken.clear()
    app.pusher(share, None)

    assert [each["task"]["id"] for each in pushed.to("stuck")] == [task.id]
    assert len(pushed.to("first")) == 1


def test_every_socket_of_everyone_hears_it(
    author: User, alice: Client, bob: Client, viewer: Client, outbox: Outbox, pushed: Pushed
) -> None:
    for who, socket in ((alice, "a1"), (bob, "b1"), (bob, "b2"), (viewer, "v1")):
        listen(who, socket)
    tasks.create(author, Draft("Ship it"))

    outbox.run()

    assert sorted(target for target, _ in pushed.frames) == ["a1", "b1", "b2", "v1"]


def test_nobody_outside_the_team_hears_it(
    author: User, outsider: Client, outbox: Outbox, pushed: Pushed
) -> None:
    assert outsider.user is not None
    listen(outsider, "o1")
    tasks.create(author, Draft("Ship it"))

    outbox.run()

    assert (pushed.frames, pushed.closed) == ([], [])


@pytest.mark.parametrize("reason", ["left the team", "logged out everywhere", "was disabled"])
def test_revoked_listener_hears_nothing_and_is_closed(
    reason: str, author: User, bob: Client, viewer: Client, outbox: Outbox, pushed: Pushed
) -> None:
    assert bob.user is not None
    listen(bob, "b1")
    listen(viewer, "v1")
    revoke(bob.user, reason)
    tasks.create(author, Draft("Ship it", description="A secret"))

    outbox.run()

    assert [target for target, _ in pushed.frames] == ["v1"]
    assert pushed.closed == ["b1"]
    assert rows() == {("TF", "v1"), ("*", "v1")}


def test_listener_who_becomes_a_viewer_still_hears(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    assert bob.user is not None
    listen(bob, "b1")
    teams.set_role("TF", bob.user.id, TeamRole.VIEWER)
    tasks.create(author, Draft("Ship it"))

    outbox.run()

    assert [target for target, _ in pushed.frames] == ["b1"]


def test_socket_that_is_gone_is_forgotten(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    listen(bob, "dead")
    listen(bob, "living")
    pushed.gone.add("dead")
    tasks.create(author, Draft("Ship it"))

    assert outbox.run() == {"batchItemFailures": []}

    assert [target for target, _ in pushed.frames] == ["living"]
    assert pushed.closed == []
    assert rows() == {("TF", "living"), ("*", "living")}


def test_socket_that_takes_nothing_is_closed_and_the_others_still_hear(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    for socket in ("first", "stuck", "last"):
        listen(bob, socket)
    pushed.broken.add("stuck")
    tasks.create(author, Draft("Ship it"))

    assert outbox.run() == {"batchItemFailures": []}

    assert sorted(target for target, _ in pushed.frames) == ["first", "last"]
    assert pushed.closed == ["stuck"]
    assert rows() == {(key, socket) for key in ("TF", "*") for socket in ("first", "last")}


def test_expired_row_is_dead_though_it_is_still_there(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed, now: Time
) -> None:
    listen(bob, "b1")
    now.advance(hours=3)
    tasks.create(author, Draft("Ship it"))

    outbox.run()

    assert pushed.frames == []
    assert rows() == {("TF", "b1"), ("*", "b1")}


def test_socket_before_its_hello_is_not_pushed_to(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    """Between connect and hello a gateway cannot send: a push would find the socket dead."""
    assert bob.user is not None
    sockets.open_with(sockets.issue_ticket(bob.user), "b1")
    pushed.gone.add("b1")
    tasks.create(author, Draft("Ship it"))

    outbox.run()

    assert rows() == {("*", "b1")}
    assert sockets.listen("b1")[0].id == bob.user.id


def test_forgetting_takes_the_socket_from_every_table_row(bob: Client) -> None:
    listen(bob, "b1")

    sockets.forget("b1")

    assert rows() == set()
    assert connections.get("b1") is None


def listen(who: Client, socket: str) -> None:
    assert who.user is not None
    sockets.open_with(sockets.issue_ticket(who.user), socket)
    sockets.listen(socket)


def revoke(user: User, reason: str) -> None:
    actions: dict[str, Any] = {
        "left the team": lambda: teams.remove_member("TF", user.id),
        "logged out everywhere": lambda: accounts.log_out_everywhere(user),
        "was disabled": lambda: users.set_disabled(user.id, disabled=True),
    }
    actions[reason]()


def rows() -> set[tuple[str, str]]:
    """What is left in the connections table."""
    return {(item.team, item.connection_id) for item in tables.ConnectionItem.scan()}
