"""The counters: sharded, exact, and cleared away when a day has nothing left."""

from datetime import date
from typing import Any

import pytest

from chalicelib.entities import Status, User
from chalicelib.services import tasks
from chalicelib.services.tasks import Draft
from chalicelib.storage import stats, tables
from tests import faults, recount
from tests.conftest import Client

FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)
LATER, NEXT_MONTH = date(2026, 6, 1), date(2026, 7, 1)
FIRST_MONTH = "due#2026-01"


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.mark.parametrize(
    ("changes", "open_by_day"),
    [
        ({"due_date": SECOND}, {SECOND: 1}),
        ({"due_date": None}, {}),
        ({"status": Status.COMPLETED}, {}),
        ({"status": Status.CANCELLED}, {}),
        ({"status": Status.IN_PROGRESS}, {FIRST: 1}),
        ({"status": Status.COMPLETED, "due_date": SECOND}, {}),
        ({"title": "Shipped"}, {FIRST: 1}),
    ],
)
def test_due_day_follows_the_task(
    changes: dict[str, Any], open_by_day: dict[date, int], author: User
) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))

    tasks.update(author, task.id, changes)

    assert recount.kept().open_by_day == open_by_day
    recount.assert_consistent()


def test_reopened_task_is_due_again(author: User) -> None:
    task = tasks.create(author, Draft("Ship it", status=Status.COMPLETED, due_date=FIRST))
    assert recount.kept().open_by_day == {}

    tasks.update(author, task.id, {"status": Status.PENDING})

    assert recount.kept().open_by_day == {FIRST: 1}


def test_deleted_task_is_not_counted(author: User) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))

    tasks.delete(author, task.id)

    assert recount.kept().open_by_day == {}
    assert stats.current("TF")[0].by_status == dict.fromkeys(Status, 0)


def test_every_change_counts_as_a_generation(author: User) -> None:
    generations = [stats.current("TF")[0].changes]
    task = tasks.create(author, Draft("Ship it"))
    generations.append(stats.current("TF")[0].changes)
    tasks.update(author, task.id, {"description": "No counter moves"})
    generations.append(stats.current("TF")[0].changes)
    tasks.delete(author, task.id)
    generations.append(stats.current("TF")[0].changes)

    assert [later - generations[0] for later in generations] == [0, 1, 2, 3]


def test_counters_are_spread_over_shards(author: User) -> None:
    for number in range(40):
        tasks.create(author, Draft(f"Task {number}"))

    shards = [row for row in tables.StatsItem.query("TF") if row.part.startswith("shard#")]

    assert 4 <= len(shards) <= 8
    assert sum(int(shard.pending or 0) for shard in shards) == 40


def test_days_before_leave_out_the_day_itself(author: User) -> None:
    for due_date in (FIRST, FIRST, SECOND, LATER):
        tasks.create(author, Draft("Ship it", due_date=due_date))

    assert stats.open_before("TF", FIRST) == 0
    assert stats.open_before("TF", SECOND) == 2
    assert stats.open_before("TF", LATER) == 3
    assert stats.open_before("TF", NEXT_MONTH) == 4


def test_due_date_moves_within_one_row_of_its_month(author: User) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))

    tasks.update(author, task.id, {"due_date": SECOND})

    assert due_rows() == [FIRST_MONTH]
    assert recount.kept().open_by_day == {SECOND: 1}


def test_empty_months_are_cleared_away_one_a_call(author: User) -> None:
    for due_date in (FIRST, LATER):
        task = tasks.create(author, Draft("Ship it", due_date=due_date))
        tasks.delete(author, task.id)

    left = []
    for _ in range(3):
        assert stats.open_before("TF", NEXT_MONTH) == 0
        left.append(len(due_rows()))

    assert left == [1, 0, 0]


def test_month_that_fills_again_is_not_cleared_away(author: User) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))
    tasks.delete(author, task.id)

    with faults.meanwhile(
        "DeleteItem", lambda: tasks.create(author, Draft("Another", due_date=FIRST))
    ) as filled:
        stats.open_before("TF", NEXT_MONTH)

    assert filled.happened
    assert stats.open_before("TF", NEXT_MONTH) == 1
    recount.assert_consistent()


def test_clearing_gives_way_to_a_transaction(author: User) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))
    tasks.delete(author, task.id)

    with faults.refused("DeleteItem", "TransactionConflictException"):
        assert stats.open_before("TF", NEXT_MONTH) == 0

    assert due_rows() == [FIRST_MONTH]


def due_rows() -> list[str]:
    return [row.part for row in tables.StatsItem.query("TF") if row.part.startswith("due#")]
