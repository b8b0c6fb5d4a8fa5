"""Presence: who is here, with what open, told to those who may know and only when it is news."""

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app
from chalicelib import clock
from chalicelib.entities import TeamRole, User
from chalicelib.services import accounts, presence, sockets, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import connections, tables
from tests import events, faults
from tests.conftest import (
    Client,
    Outbox,
    Pushed,
    Time,
    account,
    member_of,
    recorded_pushes,
    registered,
)
from tests.faults import Kind

NO_TASK = "Task must be the id of a task of yours, or null"
NOON = 1_795_435_200_000


def test_hello_brings_who_is_here(now: Time, alice: Client, bob: Client, pushed: Pushed) -> None:
    enter(alice, "a1")
    enter(bob, "b1")

    frames = [
        {"type": "presence", "team": "TF", "people": people, "at": NOON}
        for people in ([shown(alice)], [shown(alice), shown(bob)])
    ]
    assert pushed.presences[0] == ("a1", frames[0])
    assert sorted(pushed.presences[1:], key=str) == [("a1", frames[1]), ("b1", frames[1])]


def test_hello_is_answered_before_presence(alice: Client, pushed: Pushed) -> None:
    with faults.observed() as calls:
        enter(alice, "a1")

    sent = [json.loads(each["Data"])["type"] for name, each in calls if name == "PostToConnection"]
    assert sent == ["connected", "presence"]


def test_opened_task_is_shown_and_closed_again(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)

    show("a1", "TF-7")
    show("b1", "TF-7")
    show("a1", None)

    lists = [
        [shown(alice, "TF-7"), shown(bob)],
        [shown(alice, "TF-7"), shown(bob, "TF-7")],
        [shown(alice), shown(bob, "TF-7")],
    ]
    assert told(pushed, "a1") == told(pushed, "b1") == lists


def test_who_goes_is_no_longer_listed(alice: Client, bob: Client, pushed: Pushed) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)

    app.disconnect(events.socket("DISCONNECT", "b1"), None)

    assert pushed.presences[-1][1]["people"] == [shown(alice)]
    assert told(pushed, "b1") == []


def test_people_are_listed_once_by_name_with_all_that_they_have_open(
    alice: Client, bob: Client, pushed: Pushed
) -> None:
    for who, socket, task in (
        (bob, "b1", None),
        (alice, "a1", "TF-10"),
        (alice, "a2", "TF-9"),
        (alice, "a3", "TF-9"),
        (alice, "a4", None),
    ):
        enter(who, socket)
        show(socket, task)

    assert pushed.presences[-1][1]["people"] == [shown(alice, "TF-9", "TF-10"), shown(bob)]


def test_second_tab_is_told_and_is_no_news(alice: Client, bob: Client, pushed: Pushed) -> None:
    here(bob, "b1", pushed)
    here(alice, "a1", pushed)
    show("a1", "TF-7")
    pushed.presences.clear()

    enter(alice, "a2")
    assert [target for target, _ in pushed.presences] == ["a2"]
    assert told(pushed, "a2") == [[shown(alice, "TF-7"), shown(bob)]]
    pushed.presences.clear()

    show("a2", "TF-7")
    show("a2", "TF-7")
    app.disconnect(events.socket("DISCONNECT", "a2"), None)
    assert pushed.presences == []

    show("a1", "TF-7")
    show("a1", None)
    assert sorted(target for target, _ in pushed.presences) == ["a1", "b1"]


def test_viewer_is_here_too(alice: Client, viewer: Client, pushed: Pushed) -> None:
    here(alice, "a1", pushed)
    here(viewer, "v1", pushed)

    show("v1", "TF-1")

    assert told(pushed, "a1") == told(pushed, "v1") == [[shown(alice), shown(viewer, "TF-1")]]


def test_names_come_from_the_users(alice: Client, pushed: Pushed) -> None:
    here(alice, "a1", pushed)

    frame = {"type": "presence", "task": None, "id": "x", "name": "The boss", "team": "OPS"}
    say("a1", frame | {"task": "TF-1"})

    assert told(pushed, "a1") == [[shown(alice, "TF-1")]]


@pytest.mark.parametrize(
    "task",
    [
        "",
        "TF",
        "TF-",
        "TF-0",
        "TF-01",
        "tf-1",
        "OPS-1",
        "TF-1 ",
        " TF-1",
        "TF-1\n",
        "1",
        "TF-" + "9" * 13,
    ],
)
def test_what_is_no_task_of_theirs_is_refused(
    alice: Client, bob: Client, pushed: Pushed, task: str
) -> None:
    here(bob, "b1", pushed)
    here(alice, "a1", pushed)
    show("a1", "TF-1")
    pushed.presences.clear()

    show("a1", task)

    assert pushed.to("a1")[-1] == {"type": "error", "error": NO_TASK}
    assert (pushed.presences, pushed.closed) == ([], [])
    assert rows()["TF", "a1"].task == "TF-1"


@pytest.mark.parametrize("body", ['{"type":"presence"}', '{"type":"presence","task":7}'])
def test_unreadable_presence_is_told(alice: Client, pushed: Pushed, body: str) -> None:
    here(alice, "a1", pushed)

    app.message(events.socket("MESSAGE", "a1", body=body), None)

    assert pushed.to("a1")[-1]["type"] == "error"
    assert (pushed.presences, pushed.closed) == ([], [])


def test_presence_before_the_hello_shows_nobody(alice: Client, bob: Client, pushed: Pushed) -> None:
    here(bob, "b1", pushed)
    connect(alice, "a1")

    show("a1", "TF-1")

    assert pushed.presences == []
    assert rows().keys() == {("*", "a1"), ("*", "b1"), ("TF", "b1")}


def test_presence_of_an_unknown_socket_closes_it(aws: Any, pushed: Pushed) -> None:
    show("nobody", "TF-1")

    assert (pushed.frames, pushed.presences, pushed.closed) == ([], [], ["nobody"])


@pytest.mark.parametrize("reason", ["left the team", "logged out everywhere", "was disabled"])
def test_revoked_person_is_neither_listed_nor_told(
    alice: Client, bob: Client, pushed: Pushed, set_disabled: Callable[[str], None], reason: str
) -> None:
    assert bob.user is not None
    user = bob.user
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    show("b1", "TF-2")
    pushed.presences.clear()
    {
        "left the team": lambda: teams.remove_member("TF", user.id),
        "logged out everywhere": lambda: accounts.log_out_everywhere(user),
        "was disabled": lambda: set_disabled(user.id),
    }[reason]()

    show("a1", "TF-1")

    assert told(pushed, "a1") == [[shown(alice, "TF-1")]]
    assert told(pushed, "b1") == []


def test_revoked_session_shows_nothing_more_and_is_closed(
    alice: Client, bob: Client, pushed: Pushed
) -> None:
    assert bob.user is not None
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    accounts.log_out_everywhere(bob.user)

    show("b1", "TF-2")
    assert (pushed.presences, pushed.closed) == ([], ["b1"])
    app.disconnect(events.socket("DISCONNECT", "b1"), None)

    assert told(pushed, "a1") == [[shown(alice)]]


def test_outbox_that_finds_a_listener_revoked_says_who_is_left(
    alice: Client, bob: Client, outbox: Outbox, pushed: Pushed
) -> None:
    assert alice.user is not None
    assert bob.user is not None
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    accounts.log_out_everywhere(bob.user)
    tasks.create(alice.user, Draft("Ship it"))

    outbox.run()

    assert (told(pushed, "a1"), pushed.closed) == ([[shown(alice)]], ["b1"])


def test_socket_that_is_gone_is_news(alice: Client, bob: Client, pushed: Pushed) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    pushed.gone.add("b1")

    show("a1", "TF-1")

    assert told(pushed, "a1") == [[shown(alice, "TF-1"), shown(bob)], [shown(alice, "TF-1")]]
    assert rows().keys() == {("*", "a1"), ("TF", "a1")}


def test_socket_that_takes_nothing_delays_nobody(
    alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    pushed.broken.add("b1")

    show("a1", "TF-1")

    assert told(pushed, "a1") == [[shown(alice, "TF-1"), shown(bob)]]
    assert pushed.closed == []


def test_expired_row_is_nobody_though_it_is_still_there(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    """As after a disconnect that the gateway never told of."""
    here(bob, "b1", pushed)
    now.advance(hours=2, minutes=6)
    enter(alice, "a1")

    assert told(pushed, "a1") == [[shown(alice)]]
    assert told(pushed, "b1") == []
    assert ("TF", "b1") in rows()


def test_frames_that_overtake_each_other_leave_the_later_one(
    now: Time, alice: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    now.advance(seconds=1)
    first = opened("a1", "TF-1")
    now.advance(seconds=1)
    second = opened("a1", "TF-2")

    for event in (second, first):
        app.message(event, None)

    assert told(pushed, "a1") == [[shown(alice, "TF-2")]]


def test_teams_see_only_what_is_theirs(alice: Client, pushed: Pushed) -> None:
    olga = member_of("OPS", "Olga")
    ada = in_both_teams()
    here(alice, "a1", pushed)
    here(olga, "o1", pushed)

    enter(ada, "b1")
    show("b1", "OPS-3")

    assert told(pushed, "a1") == [[shown(ada), shown(alice)]]
    assert told(pushed, "o1") == [[shown(ada), shown(olga)], [shown(ada, "OPS-3"), shown(olga)]]
    assert {frame["team"] for target, frame in pushed.presences if target == "b1"} == {"TF", "OPS"}
    pushed.presences.clear()

    show("b1", "TF-1")
    app.disconnect(events.socket("DISCONNECT", "b1"), None)

    assert told(pushed, "a1") == [[shown(ada, "TF-1"), shown(alice)], [shown(alice)]]
    assert told(pushed, "o1") == [[shown(ada), shown(olga)], [shown(olga)]]


def test_newest_sockets_are_told_and_listed(
    now: Time,
    alice: Client,
    bob: Client,
    viewer: Client,
    pushed: Pushed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "MOST_SOCKETS", 2)
    for who, socket in ((alice, "a1"), (bob, "b1"), (viewer, "v1")):
        now.advance(seconds=1)
        here(who, socket, pushed)

    show("v1", "TF-1")

    assert sorted(target for target, _ in pushed.presences) == ["b1", "v1"]
    assert told(pushed, "v1") == [[shown(bob), shown(viewer, "TF-1")]]


def test_list_of_a_full_team_fits_a_frame(pushed: Pushed) -> None:
    """32 KB, API Gateway's: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html."""
    people = [
        {"id": "0" * 36, "name": "\U0001f680" * 25, "tasks": ["ABCDEFGHIJ-999999999999"]}
        for _ in range(presence.MOST_SOCKETS)
    ]

    assert len(json.dumps(people, ensure_ascii=False).encode()) < 32 * 1024


def test_two_tabs_that_open_a_task_at_once_do_not_both_leave_it_to_the_other(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(bob, "b1", pushed)
    for socket in ("a1", "a2"):
        here(alice, socket, pushed)
    both_wrote = itertools.count()

    def second() -> None:
        if next(both_wrote) == 0:
            show("a2", "TF-7")

    with faults.meanwhile("Query", second):
        show("a1", "TF-7")

    assert told(pushed, "b1")[-1] == [shown(alice, "TF-7"), shown(bob)]


def test_tab_gets_one_list_in_a_quarter_of_a_second_and_the_last_says_it_all(
    now: Time, alice: Client, bob: Client, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten tabs that show another task every 30 ms for two seconds, each in a process of its own."""
    tabs = [f"{'ab'[number % 2]}{number}" for number in range(10)]
    for tab in tabs:
        here(alice if tab[0] == "a" else bob, tab, pushed)
    now.advance(minutes=1)
    pushed.presences.clear()
    began = now.now
    coming = [(began + timedelta(milliseconds=30 * number), number) for number in range(60)]

    def let_pass(seconds: float) -> None:
        """What comes while one process sleeps is done by others."""
        moment = now.now + timedelta(seconds=seconds)
        while coming and coming[0][0] <= moment:
            now.now, number = coming.pop(0)
            show(tabs[number % 10], f"TF-{number + 1}")
        now.now = max(now.now, moment)

    monkeypatch.setattr(clock, "sleep", let_pass)
    monkeypatch.setattr(presence, "APART_SECONDS", 0.25)
    let_pass(3)

    newest = [f"TF-{number}" for number in range(51, 61)]
    for tab in tabs:
        lists = [frame for target, frame in pushed.presences if target == tab]
        times = [frame["at"] for frame in lists]
        assert all(later - earlier >= 250 for earlier, later in itertools.pairwise(times))
        assert 7 <= len(times) <= 9
        assert lists[-1]["people"] == [shown(alice, *newest[::2]), shown(bob, *newest[1::2])]


def test_who_comes_while_another_is_about_to_tell_is_told_at_once(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    connections.take_turn("TF", "a1", NOON + 2_000)

    enter(bob, "b1")

    assert told(pushed, "b1") == [[shown(alice), shown(bob)]]
    assert told(pushed, "a1") == []


def test_turn_of_a_process_that_died_is_over_after_two_seconds(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)
    connections.take_turn("TF", "b1", NOON + 2_000)
    now.advance(seconds=1.5)
    here(alice, "a2", pushed)
    show("a1", "TF-1")
    assert pushed.presences == []

    now.advance(seconds=0.5)
    show("a2", "TF-2")

    assert told(pushed, "b1") == [[shown(alice, "TF-1", "TF-2"), shown(bob)]]
    assert rows().keys() == {(key, tab) for key in ("*", "TF") for tab in ("a1", "a2", "b1")}


def test_turn_whose_answer_was_lost_is_taken_all_the_same(
    now: Time, alice: Client, bob: Client, pushed: Pushed
) -> None:
    here(alice, "a1", pushed)
    here(bob, "b1", pushed)

    with faults.failing(Kind.LOST, lambda number, _: number == 6, attempts=1) as lost:
        show("a1", "TF-1")

    assert lost.names == ["UpdateItem"]
    assert told(pushed, "b1") == [[shown(alice, "TF-1"), shown(bob)]]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[list[Client], Pushed]]:
    with account(), recorded_pushes() as record:
        yield [registered(name) for name in ("Alice", "Bob")], record


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["a1", "a2", "b1"]), st.sampled_from([None, "TF-1", "TF-2", "gone"])
        ),
        max_size=12,
    )
)
def test_everybody_knows_the_list_after_each_step(
    world: tuple[list[Client], Pushed], steps: list[tuple[str, str | None]]
) -> None:
    """And nobody is told what they know: against a model of who is here with what."""
    (alice, bob), pushed = world
    owners = {"a1": alice, "a2": alice, "b1": bob}
    model: dict[str, str | None] = {}
    known: dict[str, Any] = {}
    pushed.presences.clear()

    for socket, task in steps:
        before = expected(model, owners)
        has_come = task != "gone" and socket not in model
        if task == "gone":
            model.pop(socket, None)
            app.disconnect(events.socket("DISCONNECT", socket), None)
        elif has_come:
            model[socket] = None
            enter(owners[socket], socket)
        else:
            model[socket] = task
            show(socket, task)
        after = expected(model, owners)
        targets = {target for target, _ in pushed.presences}
        known = {target: known.get(target) for target in model}
        known |= {target: frame["people"] for target, frame in pushed.presences}
        pushed.presences.clear()

        assert {target: known[target] for target in model} == dict.fromkeys(model, after)
        if before == after:
            assert targets <= ({socket} if has_come else set())

    for socket in list(model):
        app.disconnect(events.socket("DISCONNECT", socket), None)


@pytest.mark.slow
def test_many_at_once_end_with_the_right_list(world: tuple[list[Client], Pushed]) -> None:
    """Lists may overtake each other: the one with the latest time counts."""
    people, pushed = world
    pushed.presences.clear()

    def come_and_open(number: int) -> None:
        enter(people[number % 2], f"s{number}")
        show(f"s{number}", f"TF-{1 + number // 4}")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(come_and_open, range(12)))

    tasks_open = [f"TF-{number}" for number in (1, 2, 3)]
    for socket in (f"s{number}" for number in range(12)):
        frames = [frame for target, frame in pushed.presences if target == socket]
        latest = max(frames, key=lambda frame: frame["at"])["at"]
        lists = [frame["people"] for frame in frames if frame["at"] == latest]
        assert [shown(each, *tasks_open) for each in people] in lists
    for number in range(12):
        app.disconnect(events.socket("DISCONNECT", f"s{number}"), None)


def expected(model: dict[str, str | None], owners: dict[str, Client]) -> list[dict[str, Any]]:
    people = {owners[socket].user.name: owners[socket] for socket in model}  # type: ignore[union-attr]
    return [
        shown(who, *sorted({task for at, task in model.items() if owners[at] is who and task}))
        for _, who in sorted(people.items())
    ]


def connect(who: Client, socket: str) -> None:
    assert who.user is not None
    sockets.open_with(sockets.issue_ticket(who.user), socket)


def enter(who: Client, socket: str) -> None:
    connect(who, socket)
    say(socket, {"type": "hello"})


def here(who: Client, socket: str, pushed: Pushed) -> None:
    """Somebody who has come before the test begins to look."""
    enter(who, socket)
    pushed.presences.clear()


def show(socket: str, task: str | None) -> None:
    app.message(opened(socket, task), None)


def opened(socket: str, task: str | None) -> dict[str, Any]:
    body = json.dumps({"type": "presence", "task": task})
    return events.socket("MESSAGE", socket, body=body)


def say(socket: str, frame: dict[str, Any]) -> None:
    app.message(events.socket("MESSAGE", socket, body=json.dumps(frame)), None)


def told(pushed: Pushed, socket: str) -> list[Any]:
    """The lists that a socket was sent."""
    return [frame["people"] for target, frame in pushed.presences if target == socket]


def shown(who: Client, *tasks: str) -> dict[str, Any]:
    assert who.user is not None
    return {"id": who.user.id, "name": who.user.name, "tasks": list(tasks)}


def in_both_teams() -> Client:
    """Ada, a member of the first team and of OPS."""
    ada = registered("Ada")
    assert ada.user is not None
    item = tables.UserItem.get(ada.user.id)
    item.update([tables.membership("OPS").set(TeamRole.MEMBER.value)])
    user = accounts.users.get(ada.user.id)
    assert isinstance(user, User)
    return Client(token=ada.token, user=user)


def rows() -> dict[tuple[str, str], tables.ConnectionItem]:
    return {(item.team, item.connection_id): item for item in tables.ConnectionItem.scan()}
