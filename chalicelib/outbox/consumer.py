"""The activity stream: each record is pushed, mailed and indexed, and delays no other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from chalicelib import clock, logs
from chalicelib.delivery import queues
from chalicelib.entities import Activity
from chalicelib.errors import TaskFlowError
from chalicelib.outbox import mail, push, search
from chalicelib.services import changes

Failures = dict[str, list[dict[str, str]]]

# Pushes that were not begun by then come again: the function has 60 s, for mail and the index too.
_PUSHING_SECONDS = 25


def consume(records: Iterable[Mapping[str, Any]]) -> Failures:
    """Deliver a batch of stream records; returns those that Lambda shall bring again.

    A record that cannot be read never will be: it is set aside at once, since bringing it
    again would hold up the whole shard. Delivered twice, a record does no harm: clients drop
    ids they have seen, mail is sent once an assignment, and the index is as the last one left it.
    """
    batch = _Batch(records)
    batch.push()
    for number, change in batch.changes.items():
        batch.attempt([number], mail.enqueue, change)
        batch.attempt([number], search.update, change)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in batch.failed]}


class _Batch:
    """The changes of a batch by their sequence numbers, and the numbers of those that failed."""

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        self.changes: dict[str, Activity] = {}
        self._numbers: list[str] = []
        self._failures: set[str] = set()
        for record in records:
            if record.get("eventName") == "INSERT" and not _is_imported(record):
                self._read(record)

    @property
    def failed(self) -> list[str]:
        return [number for number in self._numbers if number in self._failures]

    def push(self) -> None:
        """Team by team; those that are to be left alone for a while come last."""
        began = clock.now()
        teams: dict[str, list[str]] = {}
        for number, change in self.changes.items():
            teams.setdefault(change.task.team, []).append(number)
        for team in sorted(teams, key=push.wait_seconds):
            if (clock.now() - began).total_seconds() > _PUSHING_SECONDS:
                self._fail(teams[team])
            else:
                own = [self.changes[number] for number in teams[team]]
                self.attempt(teams[team], push.deliver, team, own)

    def attempt(self, numbers: Sequence[str], action: Callable[..., None], *of: Any) -> None:
        """What fails fails for these records, and for no other."""
        try:
            action(*of)
        except TaskFlowError:
            self._fail(numbers)

    def _read(self, record: Mapping[str, Any]) -> None:
        number = str(record["dynamodb"]["SequenceNumber"])
        self._numbers.append(number)
        change = _decoded(record)
        if change is None:
            body = msgspec.json.encode(record).decode()
            self.attempt([number], queues.set_aside, body)
        else:
            self.changes[number] = change

    def _fail(self, numbers: Sequence[str]) -> None:
        self._failures.update(numbers)
        for number in numbers:
            logs.failure("activity_not_delivered", sequence_number=number)


def _is_imported(record: Mapping[str, Any]) -> bool:
    """Whether it happened elsewhere: who was to hear of it has heard, and the import indexes."""
    return "imported" in record.get("dynamodb", {}).get("NewImage", {})


def _decoded(record: Mapping[str, Any]) -> Activity | None:
    try:
        return changes.decode(record["dynamodb"]["NewImage"]["record"]["S"])
    except (KeyError, TypeError, msgspec.MsgspecError):
        logs.failure("activity_unreadable", sequence_number=record["dynamodb"]["SequenceNumber"])
        return None
