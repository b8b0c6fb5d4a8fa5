"""Search: tasks by words of their title and description."""

from collections.abc import Mapping
from typing import Any

from chalicelib import words
from chalicelib.entities import Action, Activity, Filters, Task
from chalicelib.storage import listing, search, tasks

# Of a long description so many distinct words are found by the index.
DESCRIPTION_WORDS = 200
# The tasks that a page reads because the index names them; a larger page reads its own size.
_FETCHED = 50


def answers(filters: Filters) -> bool:
    """Whether the index helps: it knows words, newest task first."""
    return filters.sort == "-created_at" and _index_word(filters) is not None


def find(
    team: str, filters: Filters, *, limit: int, start: Mapping[str, Any] | None
) -> listing.Rows:
    """Tasks in which every word of the text occurs and that the other filters fit, newest first.

    Two sources: the newest tasks below the start, strongly consistent, whatever is in them; and
    from there on those that the index names, which is by the beginnings of words. Each reads
    its window, so a page may hold fewer than `limit` while there are more.
    """
    below = listing.number_in(start)
    recent = listing.newest_that_fit(team, filters, below=below)
    seen_to = listing.number_in(recent.last_key)
    if seen_to is None or len(recent.tasks) >= limit:
        return _page(team, recent.tasks, limit, seen_to or 0)
    older = search.beginning(team, _index_word(filters) or "", below=seen_to)
    numbers = older.numbers[: max(limit, _FETCHED)]
    complete_to = older.complete_to if numbers == older.numbers else numbers[-1]
    fetched = tasks.get_many(team, numbers)
    fitting = [fetched[n] for n in numbers if n in fetched and filters.fit(fetched[n])]
    return _page(team, (*recent.tasks, *fitting), limit, min(seen_to, complete_to))


def follow(change: Activity) -> None:
    """Let the index follow a change of a task; raises Unavailable."""
    task = change.task
    after = set() if change.action is Action.DELETED else indexed(task.title, task.description)
    before = _words_before(change)
    if before != after:
        search.change(task.team, task.number, removed=before - after, added=after - before)


def indexed(title: str, description: str) -> set[str]:
    """The words by which the index has a task of these texts."""
    described = words.distinct(description)[:DESCRIPTION_WORDS]
    return {word[: search.LONGEST] for word in (*words.distinct(title), *described)}


def _words_before(change: Activity) -> set[str]:
    task = change.task
    if change.action in {Action.CREATED, Action.RESTORED}:
        return set()
    title, description = (
        str(change.before.get(name) or "") if name in change.before else getattr(task, name)
        for name in ("title", "description")
    )
    return indexed(title, description)


def _index_word(filters: Filters) -> str | None:
    """The longest word of the text: the one that the fewest tasks are likely to have."""
    return max(words.distinct(filters.text or ""), key=len, default=None)


def _page(team: str, found: tuple[Task, ...], limit: int, complete_to: int) -> listing.Rows:
    """The page, and the task below which the next one goes on."""
    last = found[limit - 1].number if len(found) > limit else complete_to
    return listing.Rows(found[:limit], listing.key_of(team, last) if last else None)
