"""What SES says became of our mail: addresses that bounce for good or complain get no more."""

from collections.abc import Iterator
from email.utils import parseaddr

import msgspec

from chalicelib import logs
from chalicelib.services import suppressions
from chalicelib.services.suppressions import Reason


class _Recipient(msgspec.Struct):
    address: str = msgspec.field(name="emailAddress")


class _Bounce(msgspec.Struct):
    # Permanent, or Transient or Undetermined, which may go better the next time.
    kind: str = msgspec.field(name="bounceType")
    recipients: list[_Recipient] = msgspec.field(name="bouncedRecipients")


class _Complaint(msgspec.Struct):
    recipients: list[_Recipient] = msgspec.field(name="complainedRecipients")
    kind: str | None = msgspec.field(name="complaintFeedbackType", default=None)


class _Event(msgspec.Struct):
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html."""

    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


def receive(message: str) -> None:
    """Suppress whom a message of SES names.

    Raises msgspec.MsgspecError for one that is not SES's, Unavailable: Lambda brings both again,
    and then sets them aside where a person looks.
    """
    event = msgspec.json.decode(message, type=_Event)
    for recipient, reason in _hopeless(event):
        suppressions.suppress(parseaddr(recipient.address)[1], reason)
        logs.event("address_suppressed", reason=reason)


def _hopeless(event: _Event) -> Iterator[tuple[_Recipient, Reason]]:
    bounce, complaint = event.bounce, event.complaint
    if bounce is not None and bounce.kind == "Permanent":
        yield from ((recipient, Reason.BOUNCE) for recipient in bounce.recipients)
    # "not-spam" takes a complaint back (RFC 5965, 7.3).
    if complaint is not None and complaint.kind != "not-spam":
        yield from ((recipient, Reason.COMPLAINT) for recipient in complaint.recipients)
