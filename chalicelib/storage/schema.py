"""Schema versions: an item as a former release wrote it, read as this one writes it.

An item carries the version it was written in as `schema`; without one it is of the first. To
change how a table's items look: add a step, which makes an item of one version one of the next,
and let the steps stay for good. A step knows nothing but its item, and does no harm to an item
that is further than it says. Keys of indexes are what reading forward cannot bring: until such
an item has been written again no index has it, see storage/upgrades.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

# An item as DynamoDB sends it: {"number": {"N": "42"}, …}.
RawItem = dict[str, Any]

_DIGITS = 12
_HIGHEST = 10**_DIGITS - 1


def forward(table: str, item: RawItem) -> RawItem:
    """The item of a table as this release writes it; the very same one if it is."""
    steps = _STEPS.get(table, ())
    version = _version(item)
    if version > len(steps):
        return item
    item = dict(item)
    for step in steps[version - 1 :]:
        step(item)
    return item | {"schema": {"N": str(len(steps) + 1)}}


def current(table: str) -> int:
    """The version in which this release writes the table's items."""
    return len(_STEPS.get(table, ())) + 1


def is_current(table: str, item: Mapping[str, Any]) -> bool:
    """Whether an item was written as this release does, or by a later one."""
    return _version(item) >= current(table)


def is_later(table: str, item: Mapping[str, Any]) -> bool:
    """Whether only a later release knows what the item means."""
    return _version(item) > current(table)


def rank_of_old(number: int) -> str:
    """The place of a task from before the order was kept by hand: the newest of them on top.

    Under all that the services put on top of a column, above all that they put at its bottom.
    """
    return f"B{_HIGHEST - number:0{_DIGITS}d}"


def _version(item: Mapping[str, Any]) -> int:
    return int(item["schema"]["N"]) if "schema" in item else 1


def _task_2(item: RawItem) -> None:
    """The order of a column is kept by hand, and finished tasks have a due date, too."""
    item.pop("open_due", None)
    item.setdefault("rank", {"S": rank_of_old(int(item["number"]["N"]))})
    if "due_date" in item:
        status = item["team_status"]["S"].partition("#")[2]
        state = "open" if status in {"pending", "in_progress"} else "done"
        item["due_key"] = {"S": f"{state}#{item['due_date']['S']}"}


_STEPS: dict[str, tuple[Callable[[RawItem], None], ...]] = {"tasks": (_task_2,)}
