"""The activity stream: what fails is told, what cannot be read is set aside, nothing waits."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.delivery import clients
from chalicelib.entities import User
from chalicelib.services import sockets, tasks
from chalicelib.services.tasks import Draft
from chalicelib.storage import tables
from tests import events, faults, recount
from tests.conftest import Client, Outbox, Pushed, member_of

SOCKET = "the-socket"
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
unreadable = pytest.mark.parametrize(
    "record",
    ["", "no json", "{}", "[]", '{"id":"x","action":"exploded"}', '{"id":"\\ud800"}'],
    ids=["empty", "no json", "no fields", "a list", "unknown action", "a lone surrogate"],
)


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def listener(bob: Client) -> User:
    assert bob.user is not None
    sockets.open_with(sockets.issue_ticket(bob.user), SOCKET)
    sockets.listen(SOCKET)
    return bob.user


def test_change_is_pushed_and_mailed(
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    task = tasks.create(author, Draft("Ship it", assigned_to=listener.id))

    assert outbox.run() == NOTHING_FAILED

    (frame,) = pushed.to(SOCKET)
    (mail,) = sent_mail()
    assert (frame["type"], frame["action"], frame["task"]["id"]) == (
        "task_update",
        "created",
        task.id,
    )
    assert mail.destinations["ToAddresses"] == [listener.email]


@unreadable
def test_unreadable_record_is_set_aside_and_delays_nothing(
    record: str, author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Before"))
    tasks.create(author, Draft("After"))
    before, after = outbox.records()
    poison = events.stream_record(record, sequence_number="99")

    assert outbox.consume([before, poison, after]) == NOTHING_FAILED

    assert [each["task"]["title"] for each in pushed.changes(SOCKET)] == ["Before", "After"]
    (kept,) = set_aside()
    assert json.loads(kept)["dynamodb"]["SequenceNumber"] == "99"


def test_record_without_an_image_is_set_aside(outbox: Outbox) -> None:
    record = events.stream_record("{}")
    del record["dynamodb"]["NewImage"]

    assert outbox.consume([record]) == NOTHING_FAILED

    assert len(set_aside()) == 1


def test_unreadable_record_comes_again_while_it_cannot_be_set_aside(outbox: Outbox) -> None:
    with faults.refused("SendMessage", "ServiceUnavailable"):
        failures = outbox.consume([events.stream_record("{}", sequence_number="7")])

    assert failures == {"batchItemFailures": [{"itemIdentifier": "7"}]}


@pytest.mark.parametrize("kind", ["MODIFY", "REMOVE"])
def test_only_new_records_are_changes(
    kind: str, author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=listener.id))
    (record,) = outbox.records()

    assert outbox.consume([{**record, "eventName": kind}]) == NOTHING_FAILED

    assert pushed.frames == []
    assert outbox.run_mail() == NOTHING_FAILED
    assert set_aside() == []


def test_imported_changes_were_told_where_they_happened(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=listener.id))
    (record,) = outbox.records()
    record["dynamodb"]["NewImage"]["imported"] = {"BOOL": True}

    assert outbox.consume([record]) == NOTHING_FAILED

    assert pushed.frames == []
    assert outbox.run_mail() == NOTHING_FAILED
    assert list(tables.SearchItem.scan()) == []


def test_only_the_record_that_failed_comes_again(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    for title in ("One", "Two", "Three"):
        tasks.create(author, Draft(title))
    records = outbox.records()

    with nth_call_fails("BatchWriteItem", 2):
        failures = outbox.consume(records)

    assert failures == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert [each["task"]["title"] for each in pushed.changes(SOCKET)] == ["One", "Two", "Three"]


def test_team_that_cannot_be_pushed_to_delays_no_other(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    elsewhere = member_of("OPS", "Olga")
    assert elsewhere.user is not None
    sockets.open_with(sockets.issue_ticket(elsewhere.user), "theirs")
    sockets.listen("theirs")
    for title in ("One", "Two"):
        tasks.create(author, Draft(title))
        tasks.create(elsewhere.user, Draft(title), team="OPS")
    ours, theirs = outbox.records(), outbox.records("OPS")
    for number, record in enumerate((ours[0], theirs[0], ours[1], theirs[1]), 1):
        record["dynamodb"]["SequenceNumber"] = str(number)

    with nth_call_fails("Query", 1):
        failures = outbox.consume([ours[0], theirs[0], ours[1], theirs[1]])

    assert failures == {"batchItemFailures": [{"itemIdentifier": each} for each in ("1", "3")]}
    assert [each["task"]["title"] for each in pushed.changes("theirs")] == ["One", "Two"]
    assert outbox.consume(ours) == NOTHING_FAILED
    assert [each["task"]["title"] for each in pushed.changes(SOCKET)] == ["One", "Two"]


def test_teams_that_are_not_reached_in_time_come_again(
    author: User, listener: User, outbox: Outbox, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.outbox.consumer._PUSHING_SECONDS", -1)
    tasks.create(author, Draft("Ship it"))

    failures = outbox.consume(outbox.records())

    assert (failures, pushed.frames) == ({"batchItemFailures": [{"itemIdentifier": "1"}]}, [])


def test_mail_is_queued_when_pushing_fails(
    author: User, listener: User, outbox: Outbox, sent_mail: Callable[[], list[Any]]
) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=listener.id))
    records = outbox.records()

    with faults.refused("Query", "InternalServerError"):
        failures = outbox.consume(records)
    outbox.run_mail()

    assert failures == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert len(sent_mail()) == 1


def test_change_is_pushed_when_queueing_the_mail_fails(
    author: User, listener: User, outbox: Outbox, pushed: Pushed
) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=listener.id))

    with faults.refused("SendMessage", "ServiceUnavailable"):
        failures = outbox.consume(outbox.records())

    assert failures == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert len(pushed.to(SOCKET)) == 1


def test_duplicates_and_reordering_do_no_harm(
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    task = tasks.create(author, Draft("Ship it", assigned_to=listener.id))
    tasks.update(author, task.id, {"title": "Shipped"})
    first, second = outbox.records()

    assert outbox.consume([second, first, second, first]) == NOTHING_FAILED
    outbox.run_mail()

    assert {each["id"] for each in pushed.changes(SOCKET)} == {each.id for each in recount.feed()}
    assert len(sent_mail()) == 1


def set_aside() -> list[str]:
    """The bodies in the queue of what cannot be delivered."""
    answer = clients.queues().receive_message(
        QueueUrl=os.environ["FAILED_QUEUE_URL"], MaxNumberOfMessages=10
    )
    return [each["Body"] for each in answer.get("Messages", [])]


def nth_call_fails(operation: str, nth: int) -> Any:
    """DynamoDB refuses one call of that operation."""
    calls: list[str] = []

    def handle(name: str, call: faults.Call) -> Any:
        if name == operation:
            calls.append(name)
            if len(calls) == nth:
                raise faults.refusal(name, "ProvisionedThroughputExceededException")
        return call()

    return faults.around(handle)
