"""The trash table: deleted tasks, until they expire."""

from collections.abc import Mapping
from typing import Any

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib import clock
from chalicelib.entities import Trashed
from chalicelib.errors import StaleVersion
from chalicelib.storage import pages
from chalicelib.storage.tables import TrashItem
from chalicelib.storage.transactions import Transaction

Position = Mapping[str, Any]


def put(transaction: Transaction, trashed: Trashed) -> None:
    transaction.put(item_of(trashed))


def item_of(trashed: Trashed) -> TrashItem:
    """The row of a deleted task."""
    task = trashed.task
    return TrashItem(
        task.team,
        task.number,
        record=msgspec.json.encode(trashed).decode(),
        version=task.version,
        deleted_at=clock.milliseconds(trashed.deleted_at),
        expires_at=clock.milliseconds(trashed.expires_at) // 1000,
    )


def take_out(transaction: Transaction, trashed: Trashed) -> None:
    """Let the transaction fail with StaleVersion unless exactly this is in the trash."""
    transaction.delete(
        TrashItem(trashed.task.team, trashed.task.number),
        condition=TrashItem.version == trashed.task.version,
        otherwise=StaleVersion,
    )


def get(team: str, number: int) -> Trashed | None:
    """The deleted task, strongly consistent; None once it has expired."""
    try:
        item = TrashItem.get(team, number, consistent_read=True)
    except DoesNotExist:
        return None
    return _living([item])[0] if _living([item]) else None


def latest(
    team: str, limit: int, start: Position | None = None
) -> tuple[tuple[Trashed, ...], Position | None]:
    """Up to `limit` deleted tasks, the last deletion first, and where to read on.

    From an index that may lag by moments.
    """
    results = TrashItem.by_deletion.query(
        team,
        scan_index_forward=False,
        last_evaluated_key=dict(start) if start else None,
        page_size=limit,
    )
    window = pages.first_page(TrashItem, results)
    return tuple(_living(window.items)), window.last_key


def _living(items: list[TrashItem]) -> list[Trashed]:
    """Without those that have expired, whether or not TTL has removed them."""
    now = clock.seconds()
    living = [item for item in items if item.expires_at > now]
    return [msgspec.json.decode(item.record, type=Trashed) for item in living]
