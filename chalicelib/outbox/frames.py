"""The frames that tell a socket of changes: one for several, as small and as few as may be."""

from collections.abc import Iterable, Sequence

import msgspec

from chalicelib import representations
from chalicelib.entities import Activity

# The gateway takes 128 KB; the largest single change has a fourth of that.
_MOST_BYTES = 120_000


def telling(changes: Iterable[Activity]) -> list[bytes]:
    """Frames with every change once, in order.

    One change is a `task_update`, several are the `updates` of a `task_updates`. Each keeps its
    id, which clients count by, and what its sentence needs; the description, most of its bytes,
    comes with the newest version of a task alone.
    """
    once = list({change.id: change for change in changes}.values())
    if len(once) == 1:
        return [msgspec.json.encode(representations.change(once[0]))]
    newest = {
        change.task.id: change.id
        for change in sorted(once, key=lambda it: (it.task.version, it.id))
    }
    entries = [_entry(change, is_newest=newest[change.task.id] == change.id) for change in once]
    return [b'{"type":"task_updates","updates":[%b]}' % b",".join(each) for each in _split(entries)]


def _entry(change: Activity, *, is_newest: bool) -> bytes:
    shown = representations.change(change)
    if is_newest:
        return msgspec.json.encode(shown)
    entry = msgspec.to_builtins(shown)
    del entry["task"]["description"]
    return msgspec.json.encode(entry)


def _split(entries: Sequence[bytes]) -> Iterable[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for entry in entries:
        if part and size + len(entry) > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(entry)
        size += len(entry) + 1
    yield part
