"""The search table: which tasks have which words.

A row is a word of a task. Rows of words that begin alike lie together, newest task first:

bucket "TF#cer"   place "999999999957#certain"       TF-42
                  place "999999999957#certificate"   TF-42
                  place "999999999992#certificate"   TF-7
"""

from collections.abc import Iterable

from msgspec import Struct
from pynamodb.exceptions import PutError

from chalicelib.errors import Unavailable
from chalicelib.storage import pages
from chalicelib.storage.tables import SearchItem

# The rows that one look reads, some forty bytes each: the same at a hundred tasks and at a
# million. More than the words of one task, so that every look gets on.
WINDOW = 500
# A key has at most 1,024 bytes, and what is longer than this is no word.
LONGEST = 50
_BUCKET = 3
_DIGITS = 12
_HIGHEST = 10**_DIGITS - 1


class Found(Struct, frozen=True):
    """Numbers of tasks, newest first: all of those not below `complete_to`, 0 at the end."""

    numbers: list[int]
    complete_to: int


def change(team: str, number: int, *, removed: Iterable[str], added: Iterable[str]) -> None:
    """Let a task have other words than before; repeated it does no harm. Raises Unavailable.

    No word is longer than LONGEST.
    """
    try:
        with SearchItem.batch_write() as batch:
            for word in removed:
                batch.delete(row(team, number, word))
            for word in added:
                batch.save(row(team, number, word))
    except PutError as error:
        raise Unavailable from error


def row(team: str, number: int, word: str) -> SearchItem:
    """The row of a word of a task."""
    return SearchItem(_bucket(team, word), f"{_HIGHEST - number:0{_DIGITS}d}#{word}")


def beginning(team: str, word: str, *, below: int | None = None) -> Found:
    """Tasks with a word that begins like this, of numbers below; it may lag by moments.

    What has one or two characters finds only itself.
    """
    first = _HIGHEST + 1 - below if below is not None else 0
    results = SearchItem.query(
        _bucket(team, word), SearchItem.place >= f"{first:0{_DIGITS}d}", page_size=WINDOW
    )
    page = pages.first_page(SearchItem, results)
    rows = [_task_and_word(item) for item in page.items]
    # The last task may have more words behind the end of the page.
    complete_to = rows[-1][0] + 1 if page.last_key is not None else 0
    found = [n for n, each in rows if each.startswith(word[:LONGEST]) and n >= complete_to]
    return Found(list(dict.fromkeys(found)), complete_to)


def _bucket(team: str, word: str) -> str:
    return f"{team}#{word[:_BUCKET]}"


def _task_and_word(item: SearchItem) -> tuple[int, str]:
    inverted, _, word = item.place.partition("#")
    return _HIGHEST - int(inverted), word
