"""Moto with shortcuts: what it answers is the same, what it copies and looks up for that is less.

Most of the time of the tests in process went into this.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from botocore import useragent
from moto.core import models as mocks
from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType

Call = Callable[..., Any]
# Moto holds values of these types as it answers them.
PLAIN = frozenset({"S", "N", "BOOL"})
# What is made anew of the same few things with every request, or for every test.
SAME_EACH_TIME = (
    (mocks, "CallbackResponse"),
    (responses, "method_names_from_class"),
    (useragent, "sanitize_user_agent_string_component"),
)


@contextmanager
def quick() -> Iterator[None]:
    """Moto as it is in all tests in process, and in the simulation."""
    backend, serializer = models.DynamoDBBackend, BaseJSONSerializer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "copy", _Copy)
        written = _restoring_what_is_touched(backend.transact_write_items)
        patch.setattr(backend, "transact_write_items", written)
        answered = _with_plain_values(serializer._serialize_type_structure)
        patch.setattr(serializer, "_serialize_type_structure", answered)
        for module, name in SAME_EACH_TIME:
            patch.setattr(module, name, cache(getattr(module, name)))
        yield


class _Copy:
    """`copy`, but a table is itself."""

    @staticmethod
    def deepcopy(thing: Any) -> Any:
        return thing if isinstance(thing, models.Table) else copy.deepcopy(thing)


def _restoring_what_is_touched(original: Call) -> Call:
    """A transaction that copies its items, not whole tables, and brings them back if it fails."""

    def write(self: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
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


def _with_plain_values(original: Call) -> Call:
    """A value that is not looked for under every name of every type there is."""

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= PLAIN:
            serialized[key] = value
        else:
            original(self, serialized, value, shape, key)

    return serialize
