"""Assignment mail: to whom, what it says, and that it comes once."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from email.utils import parseaddr
from typing import Any

import pytest

import app
from chalicelib.delivery import clients
from chalicelib.entities import Priority, Status, User
from chalicelib.services import assignments, changes, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import activity, users
from tests import events, faults
from tests.conftest import Client, Outbox, Time

SENT: dict[str, Any] = {"batchItemFailures": []}
COMES_AGAIN = {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
HOSTILE = '<b>&"Bob"</b>'


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def assignee(bob: Client) -> User:
    assert bob.user is not None
    return bob.user


@pytest.fixture
def carol(sign_up: Callable[[str], Client]) -> User:
    user = sign_up("Carol").user
    assert user is not None
    return user


@pytest.fixture
def job(author: User, assignee: User, outbox: Outbox) -> dict[str, Any]:
    """The queue message for a task that Alice gave to Bob."""
    tasks.create(author, Draft("Ship it", assigned_to=assignee.id))
    outbox.consume(outbox.records())
    (body,) = waiting(os.environ["MAIL_QUEUE_URL"])
    return events.queue_message(body)


def test_both_parts_say_what_was_assigned(author: User, assignee: User, outbox: Outbox) -> None:
    draft = Draft(
        "Ship it",
        description="All of it.\nToday.",
        priority=Priority.URGENT,
        assigned_to=assignee.id,
        due_date=date(2030, 2, 3),
    )
    task = tasks.create(author, draft)

    mail = only(mails(outbox))

    assert parseaddr(mail["FromEmailAddress"])[1] == "taskflow@example.com"
    assert mail["Destination"] == {"ToAddresses": [assignee.email]}
    assert mail["ConfigurationSetName"] == "taskflow-test"
    assert subject_of(mail) == "Task assigned: Ship it"
    for part in parts_of(mail):
        for fact in ("Bob", "Alice", "Ship it", "All of it.\nToday.", "Urgent", "2030-02-03"):
            assert fact in part
        assert f"https://taskflow.test/admin#task-{task.id}" in part


def test_both_parts_name_what_is_absent(author: User, assignee: User, outbox: Outbox) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=assignee.id))

    for part in parts_of(only(mails(outbox))):
        assert "No description" in part
        assert "No due date" in part


def test_what_people_wrote_is_text(
    sign_up: Callable[[str], Client], assignee: User, outbox: Outbox
) -> None:
    author = sign_up("<img src=x onerror=alert(1)>").user
    assert author is not None
    tasks.create(author, Draft(HOSTILE, description="<script>x</script>", assigned_to=assignee.id))

    mail = only(mails(outbox))
    text, html = parts_of(mail)

    assert subject_of(mail) == f"Task assigned: {HOSTILE}"
    assert HOSTILE in text
    assert "&lt;b&gt;&amp;&#34;Bob&#34;&lt;/b&gt;" in html
    assert "&lt;script&gt;" in html
    assert not any(tag in html for tag in ("<b>", "<script", "<img"))


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0"])
def test_subject_is_one_line(line_break: str, author: User, assignee: User, outbox: Outbox) -> None:
    title = f"Ship{line_break}Bcc: everyone@example.com"
    tasks.create(author, Draft(title, assigned_to=assignee.id))

    subject = subject_of(only(mails(outbox)))

    assert subject == "Task assigned: Ship Bcc: everyone@example.com"


def test_only_an_assignment_to_somebody_else_is_mailed(
    author: User, assignee: User, carol: User, outbox: Outbox
) -> None:
    task = tasks.create(author, Draft("Ship it"))
    steps: list[tuple[User, dict[str, Any], list[str]]] = [
        (author, {"assigned_to": author.id}, []),
        (author, {"assigned_to": assignee.id}, [assignee.email]),
        (author, {"title": "Shipped"}, []),
        (author, {"assigned_to": assignee.id, "status": Status.COMPLETED}, []),
        (assignee, {"assigned_to": carol.id}, [carol.email]),
        (author, {"assigned_to": None}, []),
        (author, {"assigned_to": carol.id}, [carol.email]),
        (carol, {"status": Status.PENDING}, []),
    ]

    told = []
    for actor, values, _ in steps:
        tasks.update(actor, task.id, values)
        told.append([each["Destination"]["ToAddresses"][0] for each in mails(outbox)])
    tasks.delete(author, task.id)

    assert told == [expected for _, _, expected in steps]
    assert mails(outbox) == []


def test_job_that_comes_twice_is_one_mail(
    job: dict[str, Any], sent_mail: Callable[[], list[Any]]
) -> None:
    assert app.mailer({"Records": [job, job]}, None) == SENT
    assert app.mailer({"Records": [job]}, None) == SENT

    assert len(sent_mail()) == 1


def test_job_waits_while_another_sender_is_at_it(
    job: dict[str, Any], sent_mail: Callable[[], list[Any]]
) -> None:
    assignments.begin_mail(activity.decode(job["body"]))

    assert app.mailer({"Records": [job]}, None) == COMES_AGAIN

    assert sent_mail() == []


def test_sender_that_died_is_replaced_when_its_lease_ends(
    now: Time, job: dict[str, Any], sent_mail: Callable[[], list[Any]]
) -> None:
    assignments.begin_mail(activity.decode(job["body"]))
    now.advance(minutes=2)

    assert app.mailer({"Records": [job]}, None) == SENT

    assert len(sent_mail()) == 1


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "SendingPausedException", "MessageRejected"]
)
def test_refused_mail_comes_again_and_is_then_sent_once(
    code: str, job: dict[str, Any], sent_mail: Callable[[], list[Any]]
) -> None:
    with faults.refused("SendEmail", code):
        assert app.mailer({"Records": [job]}, None) == COMES_AGAIN
    assert sent_mail() == []

    assert app.mailer({"Records": [job, job]}, None) == SENT

    assert len(sent_mail()) == 1


def test_refused_mail_delays_no_other(
    author: User, assignee: User, carol: User, outbox: Outbox, sent_mail: Callable[[], list[Any]]
) -> None:
    for number, who in enumerate((assignee, carol, assignee)):
        tasks.create(author, Draft(f"Task {number}", assigned_to=who.id))
    outbox.consume(outbox.records())
    bodies = waiting(os.environ["MAIL_QUEUE_URL"])
    batch = [events.queue_message(body, message_id=f"m-{at}") for at, body in enumerate(bodies)]
    carols = [at for at, body in enumerate(bodies) if changes.decode(body).task.number == 2]

    with refusing_mail_to(carol):
        failures = app.mailer({"Records": batch}, None)

    assert failures == {"batchItemFailures": [{"itemIdentifier": f"m-{at}"} for at in carols]}
    assert len(sent_mail()) == 2


def test_unreadable_job_comes_again_until_the_queue_sets_it_aside(aws: Any) -> None:
    job = events.queue_message("no json")

    assert app.mailer({"Records": [job]}, None) == COMES_AGAIN


@pytest.mark.parametrize("reason", ["left the team", "was disabled"])
def test_nobody_is_mailed_who_may_not_see_the_task(
    reason: str, job: dict[str, Any], assignee: User, sent_mail: Callable[[], list[Any]]
) -> None:
    if reason == "left the team":
        teams.remove_member("TF", assignee.id)
    else:
        users.set_disabled(assignee.id, disabled=True)

    assert app.mailer({"Records": [job]}, None) == SENT

    assert sent_mail() == []


def test_broken_mail_service_delays_no_request(alice: Client, assignee: User) -> None:
    with faults.refused("SendEmail", "ServiceUnavailable"), faults.observed() as calls:
        reply = alice.post("/api/tasks", {"title": "Ship it", "assigned_to": assignee.id})

    assert reply.status == 201
    assert {operation for operation, _ in calls} <= {"GetItem", "UpdateItem", "TransactWriteItems"}


def mails(outbox: Outbox) -> list[Mapping[str, Any]]:
    """Run the outbox; what SES was asked to send, both parts included, which moto drops."""
    with faults.observed() as calls:
        outbox.run()
    return [arguments for operation, arguments in calls if operation == "SendEmail"]


def only(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    (one,) = found
    return one


def subject_of(mail: Mapping[str, Any]) -> str:
    return str(mail["Content"]["Simple"]["Subject"]["Data"])


def parts_of(mail: Mapping[str, Any]) -> tuple[str, str]:
    """The text and the HTML."""
    body = mail["Content"]["Simple"]["Body"]
    return body["Text"]["Data"], body["Html"]["Data"]


@contextmanager
def refusing_mail_to(user: User) -> Iterator[None]:
    original = clients.mail()._make_api_call

    def call(operation: str, arguments: Mapping[str, Any]) -> Any:
        if user.email in arguments["Destination"]["ToAddresses"]:
            raise faults.refusal(operation, "MessageRejected")
        return original(operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients.mail(), "_make_api_call", call)
        yield


def waiting(url: str) -> list[str]:
    """Takes what is in the queue."""
    answer = clients.queues().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [each["Body"] for each in answer.get("Messages", [])]
