"""Pushes: to everyone who may hear a change, and to nobody else."""

from typing import Any

import pytest

from chalicelib.entities import Status, TeamRole, User
from chalicelib.services import accounts, sockets, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import connections, tables, users
from tests.conftest import Client, Outbox, Pushed, Time

FIELDS = {"type", "action", "task", "changed", "actor", "id", "at"}


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


def test_frame_is_the_change(author: User, bob: Client, outbox: Outbox, pushed: Pushed) -> None:
    listen(bob, "s1")
    task = tasks.create(author, Draft("Ship it"))
    tasks.update(author, task.id, {"status": Status.COMPLETED, "title": "Shipped"})
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
