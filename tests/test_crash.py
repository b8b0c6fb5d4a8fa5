"""The process dies at call 1, 2, 3, ... to AWS, or an answer is lost: nothing half is left."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import app
from chalicelib.delivery import clients
from chalicelib.entities import Action, Status, Task, User
from chalicelib.errors import (
    BadCredentials,
    EmailTaken,
    SessionEnded,
    TaskFlowError,
    TaskNotFound,
    Unavailable,
)
from chalicelib.services import accounts, assignments, profiles, sockets, tasks, tokens, trash
from chalicelib.services.tasks import Draft
from chalicelib.storage import activity
from tests import conftest, events, faults, recount
from tests.conftest import Client, Outbox, Pushed, Time
from tests.faults import When

pytestmark = pytest.mark.slow

SOCKET = "the-socket"
both_moments = pytest.mark.parametrize("when", When)


@pytest.fixture
def listener(bob: Client) -> User:
    """Bob, who listens on SOCKET."""
    assert bob.user is not None
    sockets.open_with(sockets.issue_ticket(bob.user), SOCKET)
    sockets.listen(SOCKET)
    return bob.user


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@both_moments
def test_registration_is_whole_or_absent(when: When) -> None:
    for at in crash_points():
        with conftest.account():
            with faults.crash(at, when) as crash:
                accounts.register("Alice", "alice@example.com", conftest.PASSWORD)
            again("alice@example.com")

            recount.assert_consistent()
            assert recount.kept().members == 1
            assert accounts.log_in("alice@example.com", conftest.PASSWORD).user.name == "Alice"
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_new_name_is_everywhere_or_nowhere(when: When, author: User) -> None:
    for at in crash_points():
        former, name = recount.names()[author.id], f"Alice the {at}th"
        with faults.crash(at, when) as crash:
            profiles.change(author, {"name": name})
        after_crash = recount.names()[author.id]
        profiles.change(author, {"name": name})

        assert after_crash in ((former[0],) * 2, (name,) * 2)
        assert recount.names()[author.id] == (name, name)
        recount.assert_consistent()
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_new_password_and_the_end_of_sessions_come_together(when: When) -> None:
    for at in crash_points():
        with conftest.account():
            user = accounts.register("Alice", "alice@example.com", conftest.PASSWORD)
            token = tokens.issue(user)
            with faults.crash(at, when) as crash:
                profiles.change_password(user, conftest.PASSWORD, "another good one")

            has_ended = isinstance(outcome(accounts.authenticate, token), SessionEnded)
            good = "another good one" if has_ended else conftest.PASSWORD
            bad = conftest.PASSWORD if has_ended else "another good one"
            assert accounts.log_in("alice@example.com", good).user.id == user.id
            assert isinstance(outcome(accounts.log_in, "alice@example.com", bad), BadCredentials)
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_creation_is_whole_or_absent_and_always_told(
    when: When,
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    draft = Draft("Ship it", assigned_to=listener.id)

    for at in crash_points():
        known = len(recount.feed())
        with faults.crash(at, when) as crash:
            tasks.create(author, draft)
        after_crash = len(recount.feed()) - known
        tasks.create(author, draft)
        outbox.run()

        recount.assert_consistent()
        assert after_crash in {0, 1}
        assert_told(pushed, sent_mail)
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_update_happens_once_and_is_always_told(
    when: When,
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    changes = {"status": Status.COMPLETED, "assigned_to": listener.id}

    for at in crash_points():
        task = tasks.create(author, Draft("Ship it"))
        with faults.crash(at, when) as crash:
            tasks.update(author, task.id, changes)
        updated = tasks.update(author, task.id, changes)
        outbox.run()

        recount.assert_consistent()
        assert (updated.status, updated.version) == (Status.COMPLETED, 2)
        assert_told(pushed, sent_mail)
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_deletion_happens_once_and_is_always_told(
    when: When,
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    for at in crash_points():
        task = tasks.create(author, Draft("Ship it"))
        with faults.crash(at, when) as crash:
            tasks.delete(author, task.id)
        delete_again(author, task)
        outbox.run()

        recount.assert_consistent()
        assert recount.stored() == []
        assert [change.action for change in recount.feed()[-2:]] == [Action.CREATED, Action.DELETED]
        assert_told(pushed, sent_mail)
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_restoration_happens_once_and_loses_nothing(when: When, author: User) -> None:
    for at in crash_points():
        task = tasks.create(author, Draft("Ship it"))
        tasks.delete(author, task.id)
        with faults.crash(at, when) as crash:
            trash.restore(author, task.id)
        with contextlib.suppress(TaskNotFound):
            trash.restore(author, task.id)

        recount.assert_consistent()
        assert tasks.get(author, task.id).version == 2
        assert trash.find(author, team=None, limit=10, cursor=None).items == ()
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@both_moments
def test_outbox_pushes_and_mails_what_a_dead_one_left(
    when: When,
    author: User,
    listener: User,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    for at in crash_points():
        for title in ("One", "Two"):
            tasks.create(author, Draft(title, assigned_to=listener.id))
        batch = outbox.records()[-2:]
        with faults.crash(at, when) as crash:
            outbox.consume(batch)
        assert outbox.consume(batch) == {"batchItemFailures": []}
        outbox.run_mail()

        assert_told(pushed, sent_mail)
        if not crash.happened:
            break

    assert {"PostToConnection", "SendMessage"} <= set(crash.names)


@both_moments
def test_mailer_sends_what_a_dead_one_left(
    when: When,
    author: User,
    listener: User,
    outbox: Outbox,
    now: Time,
    sent_mail: Callable[[], list[Any]],
) -> None:
    """SES cannot be asked what it took: only a death between its yes and our note doubles."""
    for at in crash_points():
        tasks.create(author, Draft("Ship it", assigned_to=listener.id))
        outbox.consume(outbox.records()[-1:])
        (job,) = waiting_jobs()
        sent_before = len(sent_mail())

        with faults.crash(at, when) as crash:
            app.mailer({"Records": [job]}, None)
        accepted = len(sent_mail()) - sent_before
        is_noted = assignments.is_mailed(activity.decode(job["body"]))
        now.advance(minutes=3)
        assert app.mailer({"Records": [job]}, None) == {"batchItemFailures": []}

        assert len(sent_mail()) - sent_before == (2 if accepted and not is_noted else 1)
        if not crash.happened:
            break

    assert "SendEmail" in crash.names


def test_lost_answer_of_a_registration_is_no_taken_email() -> None:
    for at in crash_points():
        with conftest.account():
            with faults.lost_answers(at) as lost:
                user = accounts.register("Alice", "alice@example.com", conftest.PASSWORD)

            recount.assert_consistent()
            assert accounts.log_in("alice@example.com", conftest.PASSWORD).user == user
        if not lost.happened:
            break

    assert "TransactWriteItems" in lost.names


def test_lost_answer_of_a_new_password_is_no_ended_session() -> None:
    for at in crash_points():
        with conftest.account():
            user = accounts.register("Alice", "alice@example.com", conftest.PASSWORD)
            with faults.lost_answers(at) as lost:
                signed_in = profiles.change_password(user, conftest.PASSWORD, "another good one")

            assert accounts.authenticate(signed_in.token).id == user.id
            assert accounts.log_in("alice@example.com", "another good one").user.id == user.id
        if not lost.happened:
            break

    assert "TransactWriteItems" in lost.names


def test_lost_answer_neither_doubles_nor_hides_a_creation(author: User, listener: User) -> None:
    for at in crash_points():
        former = recount.stored()
        with faults.lost_answers(at) as lost:
            task = tasks.create(author, Draft("Ship it", assigned_to=listener.id))

        recount.assert_consistent()
        assert recount.stored() == [*former, task]
        if not lost.happened:
            break

    assert "TransactWriteItems" in lost.names


def test_lost_answer_neither_doubles_nor_hides_an_update(author: User, listener: User) -> None:
    for at in crash_points():
        task = tasks.create(author, Draft("Ship it"))
        with faults.lost_answers(at) as lost:
            updated = tasks.update(
                author, task.id, {"assigned_to": listener.id}, expected=[task.version]
            )

        recount.assert_consistent()
        assert (updated.assigned_to, updated.version) == (listener.id, 2)
        assert recount.stored()[-1] == updated
        if not lost.happened:
            break

    assert "TransactWriteItems" in lost.names


def test_lost_answer_neither_doubles_nor_hides_a_deletion(author: User) -> None:
    for at in crash_points():
        task = tasks.create(author, Draft("Ship it"))
        with faults.lost_answers(at) as lost:
            tasks.delete(author, task.id, expected=[task.version])

        recount.assert_consistent()
        assert recount.stored() == []
        if not lost.happened:
            break

    assert "TransactWriteItems" in lost.names


def test_write_whose_every_answer_is_lost_is_found_by_its_activity(author: User) -> None:
    task = tasks.create(author, Draft("Ship it"))

    # 1 reads the task; 2 to 4 write it, as often as botocore tries.
    with faults.lost_answers(2, 3, 4) as lost:
        updated = tasks.update(author, task.id, {"title": "Shipped"})

    assert lost.names[1:5] == ["TransactWriteItems"] * 3 + ["GetItem"]
    assert recount.stored() == [updated]
    recount.assert_consistent()


def test_write_that_did_not_happen_is_not_taken_for_one_that_did(author: User) -> None:
    task = tasks.create(author, Draft("Ship it"))

    with (
        faults.refused("TransactWriteItems", "InternalServerError"),
        pytest.raises(Unavailable),
    ):
        tasks.update(author, task.id, {"title": "Shipped"})

    assert recount.stored() == [task]
    recount.assert_consistent()


def crash_points() -> Iterator[int]:
    return itertools.count(1)


def again(email: str) -> None:
    """What a client does that saw no answer."""
    with contextlib.suppress(EmailTaken):
        accounts.register("Alice", email, conftest.PASSWORD)


def outcome(action: Callable[..., Any], *arguments: str) -> Any:
    try:
        return action(*arguments)
    except TaskFlowError as error:
        return error


def delete_again(author: User, task: Task) -> None:
    with contextlib.suppress(TaskNotFound):
        tasks.delete(author, task.id)


def assert_told(pushed: Pushed, sent_mail: Callable[[], list[Any]]) -> None:
    """Each change is on the socket, and each assignment was mailed once."""
    changes = recount.feed()
    assert {each["id"] for each in pushed.changes(SOCKET)} == {change.id for change in changes}
    assert len(sent_mail()) == sum(map(assignments.needs_mail, changes))


def waiting_jobs() -> list[dict[str, Any]]:
    """Takes every message from the mail queue, as the event that the mailer gets."""
    queue, url = clients.queues(), os.environ["MAIL_QUEUE_URL"]
    messages = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    for each in messages:
        queue.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return [events.queue_message(each["Body"], message_id=each["MessageId"]) for each in messages]
