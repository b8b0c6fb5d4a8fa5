"""Statistics: right after each write, cached between them, and cheap to ask for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.entities import Status, User
from chalicelib.errors import TeamNotFound
from chalicelib.services import accounts, stats, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import users
from tests import conftest, faults, recount
from tests.conftest import Client, Time

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def author(now: Time, alice: Client) -> User:
    assert alice.user is not None
    return alice.user


def test_answer_comes_from_the_cache_until_it_is_thirty_seconds_old(
    author: User, now: Time
) -> None:
    tasks.create(author, Draft("Ship it"))

    sources = []
    for seconds in (0, 29, 1):
        now.advance(seconds=seconds)
        sources.append(stats.of_team(author).is_cached)

    assert sources == [False, True, False]


def test_cached_answer_is_the_computed_one(author: User) -> None:
    tasks.create(author, Draft("Ship it", assigned_to=author.id, due_date=YESTERDAY))

    computed, cached = stats.of_team(author), stats.of_team(author)

    assert (computed.is_cached, cached.is_cached) == (False, True)
    assert cached.stats == computed.stats


@pytest.mark.parametrize(
    "write", ["create", "rename", "complete", "delete", "register", "remove a member"]
)
def test_each_write_drops_the_cache(write: str, author: User) -> None:
    task = tasks.create(author, Draft("Ship it"))
    bob = accounts.register("Bob", "bob@example.com", conftest.PASSWORD)
    stats.of_team(author)
    assert stats.of_team(author).is_cached

    {
        "create": lambda: tasks.create(author, Draft("Another")),
        "rename": lambda: tasks.update(author, task.id, {"title": "Shipped"}),
        "complete": lambda: tasks.update(author, task.id, {"status": Status.COMPLETED}),
        "delete": lambda: tasks.delete(author, task.id),
        "register": lambda: accounts.register("Eve", "eve@example.com", conftest.PASSWORD),
        "remove a member": lambda: teams.remove_member("TF", bob.id),
    }[write]()
    answer = stats.of_team(author)

    assert not answer.is_cached
    assert answer.stats.total == len(recount.stored())
    assert answer.stats.members == len(recount.members())
    assert list(answer.stats.recent) == recount.stored()[::-1]


def test_change_of_nothing_keeps_the_cache(author: User) -> None:
    task = tasks.create(author, Draft("Ship it"))
    stats.of_team(author)

    tasks.update(author, task.id, {"title": "Ship it", "status": Status.PENDING})

    assert stats.of_team(author).is_cached


@pytest.mark.parametrize(("operation", "nth"), [("Query", 1), ("Query", 2), ("PutItem", 1)])
def test_answer_that_a_write_overtook_is_not_served_to_the_next(
    operation: str, nth: int, author: User
) -> None:
    """The reader has read some, somebody writes, then the reader stores what it computed."""

    def write() -> None:
        tasks.create(author, Draft("New", due_date=YESTERDAY))

    with faults.meanwhile(operation, write, nth=nth) as overtaken:
        stats.of_team(author)

    answer = stats.of_team(author).stats
    assert overtaken.happened
    assert (answer.total, answer.overdue, len(answer.recent)) == (1, 1, 1)


def test_slow_reader_does_not_bring_an_old_answer_back(author: User) -> None:
    """It read before the write, and stores its snapshot after a later reader stored a right one."""

    def write_and_read() -> None:
        tasks.create(author, Draft("New", due_date=YESTERDAY))
        assert stats.of_team(author).stats.total == 1
        assert stats.of_team(author).is_cached

    with faults.meanwhile("PutItem", write_and_read):
        assert stats.of_team(author).stats.total == 0

    answer = stats.of_team(author).stats
    assert (answer.total, answer.overdue) == (1, 1)


@pytest.mark.parametrize(
    ("status", "due_date", "overdue"),
    [
        (Status.PENDING, YESTERDAY, 1),
        (Status.IN_PROGRESS, YESTERDAY, 1),
        (Status.COMPLETED, YESTERDAY, 0),
        (Status.CANCELLED, YESTERDAY, 0),
        (Status.PENDING, TODAY, 0),
        (Status.PENDING, TOMORROW, 0),
        (Status.PENDING, None, 0),
        (Status.PENDING, date(1, 1, 1), 1),
        (Status.PENDING, date(999, 1, 1), 1),
        (Status.PENDING, date(9999, 12, 31), 0),
    ],
)
def test_overdue_is_open_and_due_before_today(
    status: Status, due_date: date | None, overdue: int, author: User
) -> None:
    tasks.create(author, Draft("Ship it", status=status, due_date=due_date))

    assert stats.of_team(author).stats.overdue == overdue


def test_task_becomes_overdue_at_midnight_though_the_answer_is_fresh(
    author: User, now: Time
) -> None:
    tasks.create(author, Draft("Ship it", due_date=TODAY))
    now.now = datetime(2026, 11, 23, 23, 59, 59, 900_000, tzinfo=UTC)
    assert stats.of_team(author).stats.overdue == 0

    now.advance(seconds=0.1)

    assert stats.of_team(author).stats.overdue == 1


def test_the_ten_newest_are_recent_newest_first(author: User) -> None:
    for number in range(12):
        tasks.create(author, Draft(f"Task {number}"))

    recent = stats.of_team(author).stats.recent

    assert [task.title for task in recent] == [f"Task {number}" for number in range(11, 1, -1)]


def test_numbers_of_a_team_are_its_members(author: User, outsider: Client) -> None:
    assert outsider.user is not None
    former = users.get(outsider.user.id)
    assert former is not None

    for team in (None, "TF", "XX"):
        with pytest.raises(TeamNotFound):
            stats.of_team(former, team)


def test_answer_too_large_to_keep_is_given_all_the_same(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.stats._LARGEST_SNAPSHOT", 100)
    tasks.create(author, Draft("Ship it"))

    answers = [stats.of_team(author) for _ in range(2)]

    assert [(answer.stats.total, answer.is_cached) for answer in answers] == [(1, False)] * 2
