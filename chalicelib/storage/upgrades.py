"""Tasks of a former release brought into the indexes of this one, by whoever asks those first.

A team says in `tasks_schema` from which version on all of its tasks are. Teams that a former
release made do not: then the first lists that need an index write its old tasks again, as they
are read forward, some hundreds a time, until there are none.
"""

import threading

from pynamodb.exceptions import DoesNotExist

from chalicelib.errors import Contention, StaleVersion
from chalicelib.storage import pages, schema
from chalicelib.storage.tables import TaskItem, TeamItem
from chalicelib.storage.transactions import Transaction

TASKS = schema.current("tasks")
# Together well under a second.
_AT_ONCE = 10
_PAGE = 50

_lock = threading.Lock()
_known: set[str] = set()


def note(team: str) -> None:
    """The team is known to have no task of a former release."""
    with _lock:
        _known.add(team)


def forget() -> None:
    """What a fresh process does not know."""
    with _lock:
        _known.clear()


def bring_up(team: str, pages_at_once: int = _AT_ONCE) -> bool:
    """Let the indexes have the team's old tasks; whether they have all of them.

    Asks DynamoDB nothing more once it is done, in this process, and one thing in a fresh one.
    Whoever changes a task meanwhile brings it up by that; the next one who comes looks again.
    """
    if team in _known:
        return True
    row = _team(team)
    if row is None:
        return True
    done = int(row.tasks_schema or 1) >= TASKS or _write_again(row, pages_at_once)
    if done:
        note(team)
    return done


def _write_again(row: TeamItem, pages_at_once: int) -> bool:
    position = int(row.brought_up_to or 0)
    for _ in range(pages_at_once):
        results = TaskItem.query(
            row.key, TaskItem.number > position, consistent_read=True, page_size=_PAGE
        )
        page = pages.first_page(TaskItem, results)
        if not _written([item for item in page.items if item.was_old]):
            return False
        if page.last_key is None:
            row.update([TeamItem.tasks_schema.set(TASKS), TeamItem.brought_up_to.remove()])
            return True
        position = int(page.last_key["number"]["N"])
    row.update([TeamItem.brought_up_to.set(position)])
    return False


def _written(items: list[TaskItem]) -> bool:
    """Whether they could be written: not when somebody else was at one of them."""
    if not items:
        return True
    transaction = Transaction()
    for item in items:
        transaction.put(item, condition=TaskItem.version == item.version, otherwise=StaleVersion)
    try:
        transaction.commit()
    except (StaleVersion, Contention):
        return False
    return True


def _team(team: str) -> TeamItem | None:
    try:
        return TeamItem.get(team, "team", consistent_read=True)
    except DoesNotExist:
        return None
