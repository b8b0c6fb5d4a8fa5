"""The activity table: every committed change, in order."""

import base64
import uuid
import zlib
from typing import Any

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.entities import Activity, Task
from chalicelib.storage import pages, schema
from chalicelib.storage.tables import ActivityItem
from chalicelib.storage.transactions import Transaction

# Enough for half a page of a task's history in one reading, and few enough to keep it small.
_TRAIL = 8
_ID_BYTES = 16


def append(transaction: Transaction, activity: Activity) -> None:
    transaction.put(
        ActivityItem(
            activity.task.team,
            activity.id,
            record=encode(activity),
        )
    )


def get(team: str, activity_id: str) -> Activity:
    """A change that is known to have been committed; strongly consistent."""
    return decode(ActivityItem.get(team, activity_id, consistent_read=True).record)


def exists(team: str, activity_id: str) -> bool:
    """Whether that change was committed; strongly consistent."""
    try:
        ActivityItem.get(team, activity_id, consistent_read=True, attributes_to_get=["id"])
    except DoesNotExist:
        return False
    return True


def after(team: str, position: str, limit: int) -> tuple[list[Activity], bool]:
    """The first `limit` changes after the id `position`, oldest first, and whether there are more."""
    results = ActivityItem.query(
        team, ActivityItem.id > position, consistent_read=True, page_size=limit + 1
    )
    window = pages.first_page(ActivityItem, results)
    more = len(window.items) > limit or window.last_key is not None
    return [decode(item.record) for item in window.items[:limit]], more


def followed(trail: bytes, activity_id: str) -> bytes:
    """The trail of a task that had `trail` before the change of that id.

    A task carries the ids of its latest changes, 16 bytes each, newest last, and each change's
    record the task with them: where one trail ends, the oldest of its changes leads on. It costs
    a write nothing, where an index of the changes by task would cost every one a unit.
    """
    return (trail + uuid.UUID(activity_id).bytes)[-_TRAIL * _ID_BYTES :]


def on_trail(trail: bytes) -> list[str]:
    """The ids of the changes on a trail, oldest first."""
    parts = range(0, len(trail), _ID_BYTES)
    return [str(uuid.UUID(bytes=trail[part : part + _ID_BYTES])) for part in parts]


def along(team: str, trail: bytes, before: str | None = None) -> list[Activity]:
    """The changes on a trail, those before the one of that id, newest first; consistent."""
    found = on_trail(trail)
    if before in found:
        found = found[: found.index(before)]
    items = ActivityItem.batch_get([(team, each) for each in found], consistent_read=True)
    records = {item.id: decode(item.record) for item in items}
    return [records[each] for each in reversed(found)]


def off_trail(task: Task, before: str) -> list[Activity]:
    """Changes of the task, before the one of that id, newest first, by a release without trails.

    Those that one query finds, which reads a megabyte of the team's changes at most; consistent.
    """
    results = ActivityItem.query(
        task.team,
        ActivityItem.id < before,
        filter_condition=ActivityItem.record.contains(f'"number":{task.number},'),
        consistent_read=True,
        scan_index_forward=False,
    )
    return [decode(item.record) for item in pages.first_page(ActivityItem, results).items]


def latest(team: str, limit: int) -> list[Activity]:
    """The newest changes, newest first."""
    results = ActivityItem.query(
        team, consistent_read=True, scan_index_forward=False, page_size=limit
    )
    return [decode(item.record) for item in pages.first_page(ActivityItem, results).items]


def encode(activity: Activity) -> str:
    """The record of a change, as it is stored and queued: JSON, packed into half the room.

    Records are kept for good, and one over a kilobyte costs a write two units more.
    """
    return base64.b85encode(zlib.compress(msgspec.json.encode(activity))).decode()


def decode(record: str) -> Activity:
    """The Activity in a stored record; raises msgspec.DecodeError on anything else."""
    if record.startswith("{"):
        return _from_plain(record)
    try:
        unpacked = zlib.decompress(base64.b85decode(record))
    except (ValueError, zlib.error) as error:
        raise msgspec.DecodeError(str(error)) from error
    return msgspec.json.decode(unpacked, type=Activity)


def _from_plain(record: str) -> Activity:
    """A record of a former release, which packed none and knew no order by hand."""
    fields = msgspec.json.decode(record, type=dict[str, Any])
    task = fields.get("task")
    if isinstance(task, dict) and "rank" not in task:
        task["rank"] = schema.rank_of_old(int(task.get("number") or 0))
    return msgspec.convert(fields, Activity)
