"""The activity stream: each record is pushed, mailed and indexed, and delays no other."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec

from chalicelib import logs
from chalicelib.delivery import queues
from chalicelib.entities import Activity
from chalicelib.errors import TaskFlowError
from chalicelib.outbox import mail, push, search
from chalicelib.services import changes

Failures = dict[str, list[dict[str, str]]]


def consume(records: Iterable[Mapping[str, Any]]) -> Failures:
    """Deliver a batch of stream records; returns those that Lambda shall bring again.

    A record that cannot be read never will be: it is set aside at once, since bringing it
    again would hold up the whole shard. Delivered twice, a record does no harm: clients drop
    ids they have seen, mail is sent once an assignment, and the index is as the last one left it.
    """
    failed = [_sequence_number(record) for record in records if not _is_handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def _is_handled(record: Mapping[str, Any]) -> bool:
    if record.get("eventName") != "INSERT" or _is_imported(record):
        return True
    try:
        change = _decoded(record)
        if change is None:
            queues.set_aside(msgspec.json.encode(record).decode())
        else:
            _deliver(change)
    except TaskFlowError:
        logs.failure("activity_not_delivered", sequence_number=_sequence_number(record))
        return False
    return True


def _deliver(change: Activity) -> None:
    """By every channel, before the failure of any is told."""
    with ExitStack() as channels:
        # The last one that was put on goes first.
        channels.callback(search.update, change)
        channels.callback(mail.enqueue, change)
        channels.callback(push.deliver, change)


def _is_imported(record: Mapping[str, Any]) -> bool:
    """Whether it happened elsewhere: who was to hear of it has heard, and the import indexes."""
    return "imported" in record.get("dynamodb", {}).get("NewImage", {})


def _decoded(record: Mapping[str, Any]) -> Activity | None:
    try:
        return changes.decode(record["dynamodb"]["NewImage"]["record"]["S"])
    except (KeyError, TypeError, msgspec.MsgspecError):
        logs.failure("activity_unreadable", sequence_number=_sequence_number(record))
        return None


def _sequence_number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
