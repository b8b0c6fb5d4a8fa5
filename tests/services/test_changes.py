"""The feed: in order, and nothing missed, whatever commits while it is read."""

from collections.abc import Callable

import pytest

from chalicelib import ids
from chalicelib.entities import Activity, Task, User
from chalicelib.errors import Invalid, TeamNotFound
from chalicelib.services import changes, tasks
from chalicelib.services.tasks import Draft
from chalicelib.storage import users
from tests import faults, recount
from tests.conftest import Client, Time


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


def test_changes_come_oldest_first(author: User) -> None:
    task = tasks.create(author, Draft("Ship it"))
    tasks.update(author, task.id, {"title": "Shipped"})
    tasks.delete(author, task.id)

    feed = changes.read(author, team=None, since=None, limit=10)

    assert [change.action for change in feed.changes] == ["created", "updated", "deleted"]
    assert not feed.has_more


def test_latest_are_newest_first(author: User) -> None:
    for title in ("One", "Two", "Three"):
        tasks.create(author, Draft(title))

    latest = changes.latest(author, team=None, limit=2)

    assert [change.task.title for change in latest] == ["Three", "Two"]


def test_walk_reads_everything_once(author: User) -> None:
    for number in range(7):
        tasks.create(author, Draft(f"Task {number}"))

    walked = walk(author, since=None, limit=3)

    assert walked.found == recount.feed()


def test_page_that_is_exactly_full_has_no_more(author: User) -> None:
    for number in range(3):
        tasks.create(author, Draft(f"Task {number}"))

    assert changes.read(author, team=None, since=None, limit=3).has_more is False


def test_settled_changes_do_not_come_again(author: User, now: Time) -> None:
    tasks.create(author, Draft("Old"))
    now.advance(minutes=1)
    cursor = walk(author, since=None).cursor

    tasks.create(author, Draft("New"))

    assert titles(walk(author, since=cursor).found) == ["New"]


def test_empty_feed_has_a_cursor_that_goes_on(author: User) -> None:
    cursor = walk(author, since=None).cursor

    tasks.create(author, Draft("First"))

    assert titles(walk(author, since=cursor).found) == ["First"]


def test_change_that_commits_late_is_not_missed(author: User, now: Time) -> None:
    """It took its id first, and another one, with a later id, was read before it committed."""
    seen: list[Activity] = []
    cursors: list[str] = []

    def read() -> None:
        now.advance(seconds=1)
        tasks.create(author, Draft("Overtaker"))
        walked = walk(author, since=None)
        seen.extend(walked.found)
        cursors.append(walked.cursor)

    late = create_late(author, read)
    walked = walk(author, since=cursors[0])

    assert titles(seen) == ["Overtaker"]
    assert late.title in titles(walked.found)


@pytest.mark.parametrize("pause", [0, 5, 14, 16, 60, 3600])
def test_change_that_commits_late_in_a_slow_walk_is_not_missed(
    pause: int, author: User, now: Time
) -> None:
    """The first page ends at a change that is not settled, and the next page is read later."""
    seen: list[Activity] = []
    cursors: list[str] = []

    def read_one_page() -> None:
        now.advance(seconds=1)
        for title in ("One", "Two", "Three"):
            tasks.create(author, Draft(title))
        page = changes.read(author, team=None, since=None, limit=2)
        assert page.has_more
        seen.extend(page.changes)
        cursors.append(page.cursor)

    create_late(author, read_one_page)
    now.advance(seconds=pause)
    walked = walk(author, since=cursors[0], limit=2)
    again = walk(author, since=walked.cursor, limit=2)

    found = [*seen, *walked.found, *again.found]
    assert {change.id for change in found} == {change.id for change in recount.feed()}


def test_walk_ends_though_much_is_not_settled(author: User, now: Time) -> None:
    for number in range(9):
        tasks.create(author, Draft(f"Task {number}"))

    first = walk(author, since=None, limit=2)
    now.advance(minutes=1)
    second = walk(author, since=first.cursor, limit=2)
    third = walk(author, since=second.cursor, limit=2)

    assert (len(first.found), len(second.found), third.found) == (9, 9, [])


@pytest.mark.parametrize("pause", [0, 20, 3600])
@pytest.mark.parametrize("limit", [1, 50])
def test_socket_that_resumes_misses_no_late_commit(
    limit: int, pause: int, author: User, now: Time
) -> None:
    """It saw the overtaker pushed, and was away when the late one was."""
    newest: list[str] = []

    def push() -> None:
        now.advance(seconds=10)
        tasks.create(author, Draft("Overtaker"))
        newest.append(recount.feed()[-1].id)

    late = create_late(author, push)
    now.advance(seconds=pause)
    missed = changes.missed(author, newest[0], limit)
    now.advance(seconds=pause)
    rest = walk(author, since=missed.cursor).found if missed.has_more else []

    assert late.title in titles([*missed.changes, *rest])


@pytest.mark.parametrize(
    "since",
    [
        "",
        "0",
        "TF-1",
        "~",
        "00000000-0000-7000-8000-000000000000~",
        "~01a20846-fe00-7bc8-9a55-c242b04c113c",
        "now",
        "00000000-0000-4000-8000-000000000000",
        "0" * 200,
        "é",
    ],
)
def test_foreign_cursor_is_refused(since: str, author: User) -> None:
    with pytest.raises(Invalid):
        changes.read(author, team=None, since=since, limit=10)
    with pytest.raises(Invalid):
        changes.missed(author, since, 10)


@pytest.mark.parametrize(
    "since",
    ["00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"],
    ids=["the beginning of time", "its end"],
)
def test_cursor_at_the_edge_of_time_is_read_from_there(since: str, author: User) -> None:
    tasks.create(author, Draft("Ship it"))

    page = changes.read(author, team=None, since=since, limit=10)
    missed = changes.missed(author, since, 10)

    assert titles(page.changes) == (["Ship it"] if since < "1" else [])
    assert titles(missed.changes) == ["Ship it"]
    assert not missed.has_more
    assert page.cursor <= ids.new()


def test_feed_is_the_teams_alone(author: User, outsider: Client) -> None:
    tasks.create(author, Draft("Ship it"))
    assert outsider.user is not None

    for team in ("TF", None):
        with pytest.raises(TeamNotFound):
            changes.read(former_member(outsider.user), team=team, since=None, limit=10)


class Walk:
    """What a client found that read to the end, and where it goes on the next time."""

    def __init__(self, found: list[Activity], cursor: str) -> None:
        self.found = found
        self.cursor = cursor


def walk(caller: User, *, since: str | None, limit: int = 100) -> Walk:
    found: list[Activity] = []
    for _ in range(100):
        page = changes.read(caller, team=None, since=since, limit=limit)
        found, since = [*found, *page.changes], page.cursor
        if not page.has_more:
            return Walk(found, since)
    raise AssertionError("The walk does not end")


def create_late(author: User, overtake: Callable[[], object]) -> Task:
    """A creation that has its id already when `overtake` happens, and commits after it."""
    with faults.meanwhile("TransactWriteItems", overtake) as overtaken:
        task = tasks.create(author, Draft("Late"))
    assert overtaken.happened
    assert titles(recount.feed())[0] == "Late"
    return task


def titles(found: list[Activity]) -> list[str]:
    return [change.task.title for change in found]


def former_member(user: User) -> User:
    current = users.get(user.id)
    assert current is not None
    return current
