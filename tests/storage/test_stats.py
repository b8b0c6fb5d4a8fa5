"""The counters: sharded, exact, and folded away when their month is over."""

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.entities import Status, User
from chalicelib.services import tasks
from chalicelib.services.tasks import Draft
from chalicelib.storage import stats, tables
from tests import faults, recount
from tests.conftest import Client, Time

PAST, NEXT_YEAR = date(2026, 1, 9), date(2027, 6, 1)
FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
NOVEMBER = "due#975676"


@pytest.fixture
def author(now: Time, alice: Client) -> User:
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
    assert stats.current("TF", clock.today())[0].by_status == dict.fromkeys(Status, 0)


def test_every_change_counts_as_a_generation(author: User) -> None:
    generations = [stats.current("TF", clock.today())[0].changes]
    task = tasks.create(author, Draft("Ship it"))
    generations.append(stats.current("TF", clock.today())[0].changes)
    tasks.update(author, task.id, {"description": "No counter moves"})
    generations.append(stats.current("TF", clock.today())[0].changes)
    tasks.delete(author, task.id)
    generations.append(stats.current("TF", clock.today())[0].changes)

    assert [later - generations[0] for later in generations] == [0, 1, 2, 3]


def test_counters_are_spread_over_shards(author: User) -> None:
    for number in range(40):
        tasks.create(author, Draft(f"Task {number}"))

    shards = [row for row in tables.StatsItem.query("TF") if row.part.startswith("shard#")]

    assert 4 <= len(shards) <= 8
    assert sum(int(shard.pending or 0) for shard in shards) == 40


def test_overdue_leaves_out_the_day_itself_and_what_comes(author: User, now: Time) -> None:
    for due_date in (PAST, PAST, FIRST, SECOND, now.now.date(), NEXT_YEAR):
        tasks.create(author, Draft("Ship it", due_date=due_date))

    assert overdue() == 4


def test_due_date_moves_within_one_row_of_its_month(author: User, now: Time) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=FIRST))

    tasks.update(author, task.id, {"due_date": SECOND})

    assert due_rows() == [NOVEMBER]
    assert recount.kept().open_by_day == {SECOND: 1}


def test_due_date_moves_within_the_past_without_a_trace(author: User, now: Time) -> None:
    task = tasks.create(author, Draft("Ship it", due_date=PAST))

    tasks.update(author, task.id, {"due_date": PAST - timedelta(days=99)})

    assert due_rows() == ["due#past"]
    assert overdue() == 1


def test_ended_month_is_folded_into_the_past(author: User, now: Time) -> None:
    for _ in range(2):
        task = tasks.create(author, Draft("Ship it", due_date=FIRST))
    now.advance(days=30)
    tasks.update(author, task.id, {"status": Status.COMPLETED})
    assert due_rows() == [NOVEMBER, "due#past"]

    fold()

    assert due_rows() == ["due#past"]
    assert overdue() == 1
    recount.assert_consistent()


def test_folding_gives_way_to_a_writer(author: User, now: Time) -> None:
    tasks.create(author, Draft("Ship it", due_date=FIRST))
    counters, _ = stats.current("TF", now.now.date() + timedelta(days=30))
    assert counters.ended == {NOVEMBER: stats.Ended(open_tasks=1, changes=1)}
    tasks.create(author, Draft("Another", due_date=FIRST))

    stats.fold("TF", counters.ended)

    assert due_rows() == [NOVEMBER]
    assert overdue() == 2
    recount.assert_consistent()


def test_generation_counts_due_rows_and_shards_apart(author: User, now: Time) -> None:
    """So an answer from a month before a transaction and shards after it is not kept."""
    today = now.now.date()
    generation = stats.current("TF", today)[0].changes
    tasks.create(author, Draft("Ship it", due_date=FIRST))
    after = tables.StatsItem.get("TF", NOVEMBER)
    shards = sum(
        int(row.changes or 0)
        for row in tables.StatsItem.query("TF")
        if row.part.startswith("shard#")
    )

    assert stats.current("TF", today)[0].changes == shards + int(after.changes) > shards
    assert shards > generation


def test_folding_twice_at_once_counts_once(author: User, now: Time) -> None:
    tasks.create(author, Draft("Ship it", due_date=FIRST))
    now.advance(days=30)

    with faults.meanwhile("TransactWriteItems", fold) as folded:
        fold()

    assert folded.happened
    assert overdue() == 1
    recount.assert_consistent()


def test_clock_that_lags_behind_the_fold_counts_the_same(author: User, now: Time) -> None:
    for due_date in (FIRST, SECOND):
        task = tasks.create(author, Draft("Ship it", due_date=due_date))
    now.advance(days=30)
    fold()
    now.advance(days=-30)

    tasks.delete(author, task.id)

    assert overdue() == 1


def overdue() -> int:
    return stats.current("TF", clock.today())[0].overdue


def fold() -> None:
    stats.fold("TF", stats.current("TF", clock.today())[0].ended)


def due_rows() -> list[str]:
    return [row.part for row in tables.StatsItem.query("TF") if row.part.startswith("due#")]
