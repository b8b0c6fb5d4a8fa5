"""Reading and writing items in bulk: page by page, many at a time, and patient when throttled."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from infra.data.meter import Meter
from infra.data.tables import Item, Tables

T = TypeVar("T")

_PAGE = 500
# DynamoDB takes so many a call: keys to read, items to write.
_READ_AT_ONCE = 100
_WRITTEN_AT_ONCE = 25
_FIRST_NAP = 0.05


def pages(tables: Tables, table: str, meter: Meter | None = None) -> Iterator[list[Item]]:
    """The whole table, strongly consistent, a page at a time."""
    start: dict[str, Any] = {}
    while True:
        answer = tables.client.scan(
            TableName=tables.name(table),
            Limit=_PAGE,
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
            **start,
        )
        if meter:
            units = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
            meter.add(len(answer["Items"]), units)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def is_empty(tables: Tables, table: str) -> bool:
    return not tables.client.scan(TableName=tables.name(table), Limit=1)["Items"]


def get_many(tables: Tables, table: str, keys: Iterable[Item]) -> Iterator[Item]:
    """Those items that exist, in any order; strongly consistent."""
    name = tables.name(table)
    for some in batched(keys, _READ_AT_ONCE):
        wanted: dict[str, Any] = {name: {"Keys": some, "ConsistentRead": True}}
        for _ in _naps():
            answer = tables.client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(name, [])
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                break


def write_many(tables: Tables, table: str, requests: Iterable[dict[str, Any]]) -> None:
    """PutRequests and DeleteRequests of one table, no two of one item."""
    name = tables.name(table)
    for some in batched(requests, _WRITTEN_AT_ONCE):
        left: dict[str, Any] = {name: some}
        for _ in _naps():
            answer = tables.client.batch_write_item(RequestItems=left)
            left = answer.get("UnprocessedItems") or {}
            if not left:
                break


def batched(each: Iterable[T], size: int) -> Iterator[list[T]]:
    """All of them in lists of that size, the last one maybe shorter."""
    left = iter(each)
    while some := list(islice(left, size)):
        yield some


def _naps() -> Iterator[None]:
    """Without end, each turn after a longer pause than the last one, of five seconds at most."""
    pause = _FIRST_NAP
    yield
    while True:
        time.sleep(pause)
        pause = min(2 * pause, 5.0)
        yield
