"""Moto with shortcuts: what it answers is the same, what it copies and looks up for that is less."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from moto.core import serialize
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType

Items = Sequence[Mapping[str, Any]]
# Values of these types are in an answer as moto holds them. Binary ones and those with others
# inside are left to moto.
PLAIN = frozenset({"S", "N", "BOOL"})


@contextmanager
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.DynamoDBBackend, "transact_write_items", _written(models.DynamoDBBackend.transact_write_items))
        patch.setattr(models, "copy", _Copy)
        patch.setattr(serialize.BaseJSONSerializer, "_serialize_type_structure", _served(serialize.BaseJSONSerializer._serialize_type_structure))
        yield


def _written(original: Any) -> Any:
    """A transaction copies what it touches, not whole tables, and brings that back if it fails."""

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

    return write


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


def _served(original: Any) -> Any:
    """A value of an item is not looked for under every name that botocore could give to each type."""

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= PLAIN:
            serialized[key] = value
        else:
            original(self, serialized, value, shape, key)

    return serialize
