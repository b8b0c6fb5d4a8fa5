"""The WebSocket edge: who may connect, what a frame is answered, what a hello brings."""

import json
from typing import Any

import pytest

import app
from chalicelib.entities import User
from chalicelib.live import sockets as edge
from chalicelib.services import accounts, sockets, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import tables, users
from tests import events, faults, recount
from tests.conftest import Client, Outbox, Pushed, Time

SOCKET = "the-socket"
LISTENING = "Listening for task updates"
UNREADABLE = 'Send {"type":"hello"}, {"type":"presence","task":…} or {"type":"ping"}'


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def listener(bob: Client) -> User:
    """Bob, whose socket is open and has not said hello."""
    assert bob.user is not None
    assert connect(sockets.issue_ticket(bob.user)) == 200
    return bob.user


def test_ticket_opens_one_socket(author: User) -> None:
    ticket = sockets.issue_ticket(author)

    assert connect(ticket, "first") == 200
    assert connect(ticket, "second") == 401
    assert rows() == {("*", "first")}


@pytest.mark.parametrize("ticket", [None, "", "guessed", "x" * 5000])
def test_no_socket_without_a_ticket(ticket: str | None, author: User) -> None:
    assert connect(ticket) == 401

    assert rows() == set()


def test_expired_ticket_is_dead_though_it_is_still_there(now: Time, author: User) -> None:
    early, late = sockets.issue_ticket(author), sockets.issue_ticket(author)

    now.advance(seconds=59)
    assert connect(early, "in-time") == 200
    now.advance(seconds=1)
    assert connect(late, "late") == 401

    assert len([row for row in tables.EphemeralItem.scan() if row.key.startswith("ticket#")]) == 1


@pytest.mark.parametrize("reason", ["logged out everywhere", "was disabled"])
def test_ticket_of_a_revoked_session_opens_nothing(reason: str, author: User) -> None:
    ticket = sockets.issue_ticket(author)
    if reason == "was disabled":
        users.set_disabled(author.id, disabled=True)
    else:
        accounts.log_out_everywhere(author)

    assert connect(ticket) == 401

    assert rows() == set()


def test_session_token_is_no_ticket(alice: Client) -> None:
    assert connect(alice.token) == 401


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "http://taskflow.test",
        "https://taskflow.test.evil.test",
        "https://taskflow.test:444",
        "null",
        "https://[",
    ],
)
def test_foreign_origin_is_refused_and_costs_no_ticket(origin: str, author: User) -> None:
    ticket = sockets.issue_ticket(author)

    assert connect(ticket, origin=origin) == 403
    assert connect(ticket, origin="https://taskflow.test") == 200


def test_socket_is_refused_plainly_while_the_database_is_away(author: User) -> None:
    ticket = sockets.issue_ticket(author)

    with faults.refused("GetItem", "InternalServerError"):
        assert connect(ticket) == 503

    assert connect(ticket) == 200


def test_hello_is_answered(listener: User, pushed: Pushed) -> None:
    say({"type": "hello"})

    (frame,) = pushed.to(SOCKET)
    assert frame == {
        "type": "connected",
        "message": LISTENING,
        "cursor": frame["cursor"],
        "has_more": False,
    }


def test_hello_brings_what_was_missed_in_order(
    now: Time, alice: Client, author: User, listener: User, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Old"))
    now.advance(minutes=1)
    tasks.create(author, Draft("Seen just before"))
    now.advance(minutes=1)
    cursor = alice.get("/api/changes").json["cursor"]
    task = tasks.create(author, Draft("Missed"))
    tasks.update(author, task.id, {"title": "Renamed"})
    tasks.delete(author, task.id)

    say({"type": "hello", "since": cursor})

    *missed, connected = pushed.to(SOCKET)
    assert [frame["id"] for frame in missed] == [change.id for change in recount.feed()[1:]]
    assert [frame["action"] for frame in missed[1:]] == ["created", "updated", "deleted"]
    assert connected["type"] == "connected"


def test_cursor_of_the_hello_resumes(author: User, listener: User, pushed: Pushed) -> None:
    say({"type": "hello"})
    cursor = pushed.to(SOCKET)[-1]["cursor"]
    tasks.create(author, Draft("Missed"))

    say({"type": "hello", "since": cursor})

    assert pushed.to(SOCKET)[1]["task"]["title"] == "Missed"


def test_hello_is_bounded_and_the_feed_brings_the_rest(
    now: Time,
    alice: Client,
    author: User,
    listener: User,
    pushed: Pushed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edge, "_MISSED", 5)
    cursor = alice.get("/api/changes").json["cursor"]
    for number in range(9):
        tasks.create(author, Draft(f"Task {number}"))

    say({"type": "hello", "since": cursor})

    *missed, connected = pushed.to(SOCKET)
    assert (len(missed), connected["has_more"]) == (5, True)
    now.advance(minutes=5)
    rest = alice.get(f"/api/changes?since={connected['cursor']}&limit=100").json
    assert not rest["has_more"]
    ids = [each["id"] for each in (*missed, *rest["changes"])]
    assert ids == [change.id for change in recount.feed()]


def test_nothing_falls_between_the_hello_and_the_first_push(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    """Committed while the hello reads what was missed: it was listening before it read."""
    cursor = "00000000-0000-7000-8000-000000000000"

    # The first query finds the user's sockets, the second what was missed.
    with faults.meanwhile(
        "Query", lambda: (tasks.create(author, Draft("Now")), outbox.run()), nth=2
    ) as happened:
        say({"type": "hello", "since": cursor})

    assert happened.happened
    heard = [frame["task"]["title"] for frame in pushed.to(SOCKET) if "task" in frame]
    assert heard == ["Now", "Now"]


def test_ping_is_answered(listener: User, pushed: Pushed) -> None:
    say({"type": "ping"})

    assert pushed.to(SOCKET) == [{"type": "pong"}]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "null",
        "[]",
        "{}",
        '{"type":"hello"',
        '{"type":"goodbye"}',
        '{"type":null}',
        '{"type":"hello","since":7}',
        '{"type":"hello","since":["a"]}',
        "[" * 20_000,
        '{"type":"' + "x" * 30_000 + '"}',
        '{"type":"hello","since":"\\ud800"}',
    ],
    ids=range(13),
)
def test_unreadable_frame_is_told_and_the_socket_stays_open(
    body: str, listener: User, pushed: Pushed
) -> None:
    app.message(events.socket("MESSAGE", SOCKET, body=body), None)
    say({"type": "ping"})

    error, pong = pushed.to(SOCKET)
    assert error == {"type": "error", "error": UNREADABLE}
    assert pong == {"type": "pong"}
    assert pushed.closed == []


@pytest.mark.parametrize("since", ["", "0", "yesterday", "TF-1"])
def test_hello_with_a_foreign_cursor_is_told_so(since: str, listener: User, pushed: Pushed) -> None:
    say({"type": "hello", "since": since})

    (frame,) = pushed.to(SOCKET)
    assert frame == {"type": "error", "error": "Since must be a cursor of this feed"}
    assert pushed.closed == []


def test_error_is_told_while_the_database_is_away(listener: User, pushed: Pushed) -> None:
    with faults.refused("GetItem", "InternalServerError"):
        say({"type": "hello"})

    (frame,) = pushed.to(SOCKET)
    assert frame == {"type": "error", "error": "Temporarily unavailable. Please try again"}


@pytest.mark.parametrize("reason", ["logged out everywhere", "was disabled", "never connected"])
def test_hello_of_no_session_closes_the_socket(reason: str, listener: User, pushed: Pushed) -> None:
    endings: dict[str, Any] = {
        "logged out everywhere": lambda: accounts.log_out_everywhere(listener),
        "was disabled": lambda: users.set_disabled(listener.id, disabled=True),
        "never connected": lambda: sockets.forget(SOCKET),
    }
    endings[reason]()

    say({"type": "hello"})

    assert (pushed.frames, pushed.closed) == ([], [SOCKET])


def test_hello_after_the_socket_has_expired_closes_it(
    now: Time, listener: User, pushed: Pushed
) -> None:
    now.advance(hours=3)

    say({"type": "hello"})

    assert (pushed.frames, pushed.closed) == ([], [SOCKET])


def test_hello_of_someone_in_no_team_hears_nothing(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Before"))
    teams.remove_member("TF", listener.id)

    say({"type": "hello", "since": "00000000-0000-7000-8000-000000000000"})
    tasks.create(author, Draft("After"))
    outbox.run()

    assert [frame["type"] for frame in pushed.to(SOCKET)] == ["connected"]


def test_answer_to_a_closed_socket_forgets_it(listener: User, pushed: Pushed) -> None:
    pushed.gone.add(SOCKET)

    say({"type": "hello"})

    assert rows() == set()


def test_disconnect_removes_every_row(listener: User, pushed: Pushed) -> None:
    say({"type": "hello"})
    assert rows() == {("*", SOCKET), ("TF", SOCKET)}

    app.disconnect(events.socket("DISCONNECT", SOCKET), None)

    assert rows() == set()


def test_oldest_sockets_make_room(
    now: Time, bob: Client, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_PER_USER", 3)
    assert bob.user is not None
    for number in range(sockets.MOST_PER_USER + 2):
        now.advance(seconds=1)
        assert connect(sockets.issue_ticket(bob.user), f"socket-{number}") == 200
        say({"type": "hello"}, f"socket-{number}")
        for closed in pushed.closed:
            app.disconnect(events.socket("DISCONNECT", closed), None)

    assert pushed.closed == ["socket-0", "socket-1"]
    assert len(rows()) == 2 * sockets.MOST_PER_USER


def test_cap_is_each_users_own(
    alice: Client, bob: Client, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_PER_USER", 3)
    for who in (alice, bob):
        for number in range(sockets.MOST_PER_USER):
            assert who.user is not None
            connect(sockets.issue_ticket(who.user), f"{who.user.name}-{number}")
            say({"type": "hello"}, f"{who.user.name}-{number}")

    assert pushed.closed == []


def connect(ticket: str | None, connection_id: str = SOCKET, *, origin: str | None = None) -> int:
    """The status code of the answer to a connect."""
    event = events.socket("CONNECT", connection_id, ticket=ticket, origin=origin)
    answer: dict[str, Any] = app.connect(event, None)
    return int(answer["statusCode"])


def say(frame: dict[str, Any], connection_id: str = SOCKET) -> None:
    app.message(events.socket("MESSAGE", connection_id, body=json.dumps(frame)), None)


def rows() -> set[tuple[str, str]]:
    """What is in the connections table."""
    return {(item.team, item.connection_id) for item in tables.ConnectionItem.scan()}
