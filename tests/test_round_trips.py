"""How often a request asks DynamoDB, authentication included: the bars of `make bench`, held always."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.services import tokens
from chalicelib.storage import connection
from tests.conftest import PASSWORD, Client, Outbox, Time

Count = Callable[[Callable[[], Any]], list[str]]

LISTS = (
    "",
    "?status=pending",
    "?assigned_to=me",
    "?priority=urgent",
    "?assigned_to=me&status=cancelled&priority=urgent",
    "?sort=due_date",
    "?limit=10&page=2",
)


@dataclass
class Counter:
    """The operations that the app's DynamoDB client was asked for."""

    operations: list[str] = field(default_factory=list)

    def __call__(self, model: Any, **_: Any) -> None:
        self.operations.append(model.name)


@pytest.fixture
def count(alice: Client) -> Iterator[Count]:
    """What an action asks of DynamoDB, in order, in a process that has served Alice before."""
    counter = Counter()
    alice.get("/api/tasks")
    events = connection.shared().client.meta.events
    events.register("before-call.dynamodb", counter)

    def operations_of(action: Callable[[], Any]) -> list[str]:
        counter.operations.clear()
        action()
        return list(counter.operations)

    yield operations_of
    events.unregister("before-call.dynamodb", counter)


@pytest.fixture
def task(alice: Client, bob: Client) -> str:
    """The path of a task of Alice's, due tomorrow."""
    body = {"title": "Renew the certificate", "assigned_to": _id(alice), "due_date": _day(1)}
    return alice.post("/api/tasks", body).headers["location"]


def test_login_asks_twice(alice: Client, count: Count) -> None:
    body = {"email": "alice@example.com", "password": PASSWORD}

    first = count(lambda: Client().post("/api/auth/login", body))
    asked = count(lambda: Client().post("/api/auth/login", body))

    assert asked == ["BatchGetItem", "UpdateItem"]
    # An address that a person has not signed in from before is remembered.
    assert first == [*asked, "UpdateItem"]


def test_changing_ones_name_asks_four_times(alice: Client, count: Count) -> None:
    asked = count(lambda: alice.patch("/api/profile", {"name": "Alicia"}))

    assert asked == ["GetItem", "GetItem", "TransactWriteItems", "BatchGetItem"]


def test_changing_the_password_asks_four_times(alice: Client, count: Count) -> None:
    body = {"current_password": PASSWORD, "new_password": "another good one"}

    asked = count(lambda: alice.post("/api/auth/password", body))

    assert asked == ["GetItem", "UpdateItem", "GetItem", "TransactWriteItems"]


def test_reading_a_task_asks_twice(alice: Client, task: str, count: Count) -> None:
    assert count(lambda: alice.get(task)) == ["GetItem", "GetItem"]


def test_a_list_asks_twice_whatever_is_wanted(alice: Client, count: Count) -> None:
    for number in range(22):
        alice.post("/api/tasks", {"title": f"Task {number}", "assigned_to": _id(alice)})

    asked = {query: count(lambda query=query: alice.get(f"/api/tasks{query}")) for query in LISTS}

    assert asked == {query: ["GetItem", "Query"] for query in LISTS}


def test_a_search_asks_twice_where_the_newest_tasks_are_all_there_are(
    alice: Client, task: str, count: Count
) -> None:
    assert count(lambda: alice.get("/api/tasks?q=certificate")) == ["GetItem", "Query"]


def test_a_search_asks_four_times_at_most(
    alice: Client, task: str, outbox: Outbox, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.storage.listing.WINDOW", 3)
    alice.post("/api/tasks", {"title": "Renew the other certificate"})
    outbox.run()
    for _ in range(3):
        alice.post("/api/tasks", {"title": "Certificates"})

    asked = {
        query: count(lambda query=query: alice.get(f"/api/tasks?{query}"))
        for query in ("q=cert", "q=cert&limit=3", "q=nothing")
    }

    assert asked == {
        "q=cert": ["GetItem", "Query", "Query", "BatchGetItem"],
        "q=cert&limit=3": ["GetItem", "Query"],
        "q=nothing": ["GetItem", "Query", "Query"],
    }


def test_statistics_from_the_cache_ask_twice(alice: Client, task: str, count: Count) -> None:
    alice.get("/api/dashboard/stats")

    asked = count(lambda: alice.get("/api/dashboard/stats"))

    assert asked == ["GetItem", "Query"]


def test_statistics_from_tables_ask_four_times(alice: Client, task: str, count: Count) -> None:
    asked = count(lambda: alice.get("/api/dashboard/stats"))

    assert asked == ["GetItem", "Query", "Query", "PutItem"]


def test_statistics_ask_five_times_once_a_month(now: Time, alice: Client, count: Count) -> None:
    alice.post("/api/tasks", {"title": "Plan the move", "due_date": "2026-11-23"})
    now.advance(days=30)
    assert alice.user
    signed_in = Client(token=tokens.issue(alice.user))

    asked = count(lambda: signed_in.get("/api/dashboard/stats"))

    assert asked == ["GetItem", "Query", "TransactWriteItems", "Query", "PutItem"]


def test_creating_asks_four_times_at_most(alice: Client, bob: Client, count: Count) -> None:
    body = {"title": "Plan the move", "assigned_to": _id(bob), "due_date": _day(9)}

    asked = count(lambda: alice.post("/api/tasks", body))

    assert asked == ["GetItem", "GetItem", "UpdateItem", "TransactWriteItems"]


def test_creating_with_an_idempotency_key_asks_once_more(alice: Client, count: Count) -> None:
    def post() -> Any:
        return alice.post("/api/tasks", {"title": "Once"}, headers={"Idempotency-Key": "k"})

    first, again = count(post), count(post)

    assert first == ["GetItem", "PutItem", "UpdateItem", "TransactWriteItems"]
    assert again == ["GetItem", "PutItem", "GetItem", "GetItem"]


def test_updating_asks_four_times_at_most(
    alice: Client, bob: Client, task: str, count: Count
) -> None:
    changes = {"status": "in_progress", "assigned_to": _id(bob), "due_date": _day(5)}

    asked = count(lambda: alice.patch(task, changes, headers={"If-Match": '"1"'}))

    assert asked == ["GetItem", "GetItem", "GetItem", "TransactWriteItems"]


def test_moving_between_two_tasks_asks_three_times(alice: Client, task: str, count: Count) -> None:
    others = [alice.post("/api/tasks", {"title": title}).json["id"] for title in ("One", "Two")]
    place = {"status": "completed", "after": others[1], "before": others[0]}

    asked = count(lambda: alice.patch(task, place))

    assert asked == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_moving_next_to_one_task_asks_four_times(alice: Client, task: str, count: Count) -> None:
    other = alice.post("/api/tasks", {"title": "Plan the return"}).json["id"]

    asked = count(lambda: alice.patch(task, {"before": other}))

    assert asked == ["GetItem", "BatchGetItem", "Query", "TransactWriteItems"]


def test_deleting_asks_three_times(alice: Client, task: str, count: Count) -> None:
    asked = count(lambda: alice.delete(task))

    assert asked == ["GetItem", "GetItem", "TransactWriteItems"]


def _id(person: Client) -> str:
    assert person.user is not None
    return person.user.id


def _day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()
