"""The activity table: every committed change, in order."""

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.entities import Activity
from chalicelib.storage import pages
from chalicelib.storage.tables import ActivityItem
from chalicelib.storage.transactions import Transaction


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


def latest(team: str, limit: int) -> list[Activity]:
    """The newest changes, newest first."""
    results = ActivityItem.query(
        team, consistent_read=True, scan_index_forward=False, page_size=limit
    )
    return [decode(item.record) for item in pages.first_page(ActivityItem, results).items]


def encode(activity: Activity) -> str:
    """The record of a change as JSON, as it is stored and queued."""
    return msgspec.json.encode(activity).decode()


def decode(record: str) -> Activity:
    """The Activity in a stored record; raises msgspec.ValidationError on anything else."""
    return msgspec.json.decode(record, type=Activity)
