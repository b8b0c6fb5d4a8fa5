"""What SES says became of mail: whom it suppresses, and that they get no more."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import app
from chalicelib.errors import Unavailable
from chalicelib.storage import tables
from tests import events, faults
from tests.conftest import Client, Outbox, Time

Log = Callable[[], list[dict[str, Any]]]
ADDRESS = "bob@example.com"


def bounce(kind: str, *addresses: str) -> str:
    """As SES publishes it, shortened."""
    recipients = [
        {"emailAddress": each, "action": "failed", "status": "5.1.1"} for each in addresses
    ]
    about = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients}
    return json.dumps({"eventType": "Bounce", "bounce": about, "mail": {"messageId": "m"}})


def complaint(kind: str | None, *addresses: str) -> str:
    recipients = [{"emailAddress": each} for each in addresses]
    about = {"complainedRecipients": recipients, "complaintFeedbackType": kind}
    return json.dumps({"eventType": "Complaint", "complaint": about, "mail": {"messageId": "m"}})


@pytest.mark.parametrize(
    ("message", "suppressed"),
    [
        (bounce("Permanent", ADDRESS), {ADDRESS: "bounce"}),
        (bounce("Permanent", "Bob <BOB@Example.com>"), {ADDRESS: "bounce"}),
        (
            bounce("Permanent", ADDRESS, "eve@b.example"),
            {ADDRESS: "bounce", "eve@b.example": "bounce"},
        ),
        (bounce("Transient", ADDRESS), {}),
        (bounce("Undetermined", ADDRESS), {}),
        (complaint("abuse", ADDRESS), {ADDRESS: "complaint"}),
        (complaint(None, ADDRESS), {ADDRESS: "complaint"}),
        (complaint("not-spam", ADDRESS), {}),
        ('{"eventType": "Delivery", "delivery": {"recipients": ["bob@example.com"]}}', {}),
        ("{}", {}),
    ],
)
def test_permanent_bounces_and_complaints_suppress(
    message: str, suppressed: dict[str, str], aws: Any, now: Time
) -> None:
    app.mail_feedback(events.mail_feedback(message), None)

    assert list_of_suppressed() == suppressed


def test_feedback_that_comes_twice_is_one_suppression(aws: Any, log: Log) -> None:
    for message in (bounce("Permanent", ADDRESS), complaint("abuse", ADDRESS)) * 2:
        app.mail_feedback(events.mail_feedback(message), None)

    assert list_of_suppressed() == {ADDRESS: "complaint"}
    assert ADDRESS not in json.dumps(log())


@pytest.mark.parametrize("message", ["no json", "[]", '{"bounce": {"bounceType": "Permanent"}}'])
def test_unreadable_feedback_is_brought_again(message: str, aws: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        app.mail_feedback(events.mail_feedback(message), None)


def test_feedback_that_cannot_be_stored_is_brought_again(aws: Any) -> None:
    message = events.mail_feedback(bounce("Permanent", ADDRESS))

    with faults.refused("PutItem", "InternalServerError"), pytest.raises(Unavailable):
        app.mail_feedback(message, None)
    app.mail_feedback(message, None)

    assert list_of_suppressed() == {ADDRESS: "bounce"}


def test_suppressed_address_gets_no_mail_and_its_job_is_done(
    alice: Client, bob: Client, outbox: Outbox, sent_mail: Callable[[], list[Any]], log: Log
) -> None:
    assert bob.user is not None
    app.mail_feedback(events.mail_feedback(bounce("Permanent", "Bob@Example.com")), None)
    alice.post("/api/tasks", {"title": "Ship it", "assigned_to": bob.user.id})

    assert outbox.run() == {"batchItemFailures": []}

    assert sent_mail() == []
    (line,) = [each for each in log() if each["event"] == "mail_suppressed"]
    assert line["user_id"] == bob.user.id


def test_others_are_mailed_as_before(
    alice: Client, bob: Client, outbox: Outbox, sent_mail: Callable[[], list[Any]]
) -> None:
    assert bob.user is not None
    app.mail_feedback(events.mail_feedback(complaint("abuse", "eve@b.example")), None)
    alice.post("/api/tasks", {"title": "Ship it", "assigned_to": bob.user.id})

    outbox.run()

    assert len(sent_mail()) == 1


def list_of_suppressed() -> dict[str, str]:
    addresses = (ADDRESS, "BOB@Example.com", "eve@b.example")
    found = tables.SuppressionItem.batch_get(addresses)
    return {item.email: item.reason for item in found}
