"""Moto's transactions without the copy of whole tables that it makes before each."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType

Items = Sequence[Mapping[str, Any]]


@contextmanager
def transactions() -> Iterator[None]:
    """Copy what a transaction touches, and bring that back if it fails."""
    original = models.DynamoDBBackend.transact_write_items

    def write(self: Any, transact_items: Items) -> None:
        former = [_touched(self, item) for item in transact_items]
        try:
            original(self, transact_items)
        except Exception:
            for place, key, item in former:
                place.pop(key, None)
                if item is not None:
                    place[key] = item
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.DynamoDBBackend, "transact_write_items", write)
        patch.setattr(models, "copy", _Copy)
        yield


class _Copy:
    """`copy`, but a table is itself."""

    @staticmethod
    def deepcopy(thing: Any) -> Any:
        return thing if isinstance(thing, models.Table) else copy.deepcopy(thing)


def _touched(backend: Any, item: Mapping[str, Any]) -> tuple[dict[Any, Any], Any, Any]:
    """The dictionary, the key in it, and what is there now."""
    part = next(iter(item.values()))
    table = backend.get_table(part["TableName"])
    key = part.get("Key") or part["Item"]
    first = DynamoType(key[table.hash_key_attr])
    if table.range_key_attr is None:
        return table.items, first, copy.deepcopy(table.items.get(first))
    last = DynamoType(key[table.range_key_attr])
    place = table.items[first]
    return place, last, copy.deepcopy(place.get(last))
