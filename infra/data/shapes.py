"""Whether an item is one that TaskFlow wrote: said before anything of a file is imported."""

from functools import cache
from typing import Any

import msgspec
from pynamodb.attributes import Attribute

from chalicelib.entities import Trashed
from chalicelib.storage import activity, schema, tables, tasks
from infra.data.tables import Item


def fault(table: str, item: Item) -> str:
    """What is wrong with an item of this release or an earlier one; empty for nothing."""
    try:
        item = schema.forward(table, item)
        for name, attribute in _attributes(table).items():
            value = item.get(name)
            if value is None and _is_required(attribute):
                return f"has no {name}"
            if value is not None and attribute.attr_type not in value:
                return f"has {name} as {'/'.join(value)}, not as {attribute.attr_type}"
        _read(table, item)
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        return f"cannot be read ({error})"
    return ""


def _read(table: str, item: Item) -> None:
    """As the app does; raises TypeError, ValueError, msgspec.MsgspecError."""
    if table == "tasks":
        tasks.task_of(tables.TaskItem.from_raw_data(item))
    if table == "activity":
        activity.decode(item["record"]["S"])
    if table == "trash":
        msgspec.json.decode(item["record"]["S"], type=Trashed)


@cache
def _attributes(table: str) -> dict[str, Attribute[Any]]:
    """By the name that they have in the table."""
    (model,) = [each for each in tables.ALL if each.Meta.table_name.endswith(f"-{table}")]
    return {each.attr_name: each for each in model.get_attributes().values()}


def _is_required(attribute: Attribute[Any]) -> bool:
    return not attribute.null and attribute.default is None
