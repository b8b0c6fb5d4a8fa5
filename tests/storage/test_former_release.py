"""What the former release wrote is read forward: nothing is migrated, nothing is missing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.entities import Action, Filters, Priority, Status, Task, User
from chalicelib.services import accounts, changes, stats, tasks
from chalicelib.storage import schema, tables, upgrades
from tests import events, faults, former, recount
from tests.conftest import PASSWORD, ROOT, Client, Outbox, Pushed, Time


@pytest.fixture
def ada(aws: Any, now: Time) -> User:
    """A member of the former release's team, at the time when that wrote last."""
    now.now = former.WRITTEN_AT
    former.load()
    return accounts.log_in("ada@example.com", PASSWORD).user


def column(caller: User, status: Status) -> list[Task]:
    return listed(caller, Filters(status=status, sort="rank"))


def listed(caller: User, filters: Filters) -> list[Task]:
    return list(_pages(caller, filters))


def _pages(caller: User, filters: Filters) -> Iterator[Task]:
    cursor = None
    while True:
        page = tasks.find(caller, filters, team=None, limit=100, cursor=cursor)
        yield from page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def test_people_sign_in_with_their_passwords(ada: User) -> None:
    assert ada.name == "Ada"
    assert accounts.authenticate(accounts.log_in("vera@example.com", PASSWORD).token)


def test_board_shows_every_task_newest_first(ada: User) -> None:
    stored = recount.stored()

    for status in Status:
        numbers = [task.number for task in column(ada, status)]
        assert numbers == sorted(
            (task.number for task in stored if task.status is status), reverse=True
        )
    assert len(stored) == 109


@pytest.mark.parametrize("status", [Status.PENDING, Status.COMPLETED])
def test_list_by_due_date_has_open_and_finished_tasks(ada: User, status: Status) -> None:
    found = listed(ada, Filters(status=status, sort="due_date"))

    due = [
        task
        for task in recount.stored()
        if task.due_date and task.open_due == (task.due_date if status.is_open else None)
    ]
    assert sorted(task.number for task in found) == sorted(
        task.number for task in due if task.status is status
    )


def test_lists_of_the_table_need_nothing(ada: User) -> None:
    with faults.observed() as calls:
        found = listed(ada, Filters())

    assert [task.number for task in found] == sorted((t.number for t in found), reverse=True)
    assert len(found) == 109
    assert {name for name, _ in calls} == {"Query"}


def test_search_finds_what_is_among_the_newest(ada: User) -> None:
    assert {task.title for task in listed(ada, Filters(text="kettle"))} == {
        f"kettle {number}" for number in range(9, 105, 10)
    }


def test_statistics_are_right_in_the_snapshot_and_from_the_counters(ada: User, now: Time) -> None:
    assert recount.kept() == recount.recounted()
    answer = stats.of_team(ada).stats
    now.advance(minutes=5)
    later = stats.of_team(ada).stats

    assert answer.by_status == later.by_status == recount.recounted().by_status
    assert answer.recent == later.recent


def test_feed_has_every_change(ada: User) -> None:
    feed = changes.read(ada, team=None, since=None, limit=1000).changes

    assert len(feed) == 113
    assert [change.action for change in feed][-1] is Action.CREATED
    assert recount.stored()[0].title == feed[7].task.title


def test_history_of_a_task_goes_back_to_its_creation(ada: User) -> None:
    before = [change.action for change in changes.of_task(ada, "TF-1", limit=10, cursor=None).items]
    tasks.update(ada, "TF-1", {"title": "Renew it"})
    page = changes.of_task(ada, "TF-1", limit=2, cursor=None)
    rest = changes.of_task(ada, "TF-1", limit=10, cursor=page.next_cursor)

    assert before == [Action.UPDATED, Action.UPDATED, Action.CREATED]
    assert [change.action for change in (*page.items, *rest.items)] == [Action.UPDATED, *before]


def test_old_tasks_are_changed_moved_and_deleted_like_new_ones(ada: User, now: Time) -> None:
    first, second = column(ada, Status.PENDING)[:2]
    new = tasks.create(ada, tasks.Draft("New"))
    place = tasks.Place(after=second.id)
    moved = tasks.update(ada, new.id, {}, place=place)
    tasks.update(ada, first.id, {"priority": Priority.URGENT})
    tasks.delete(ada, second.id)

    assert second.rank < moved.rank
    assert [task.number for task in column(ada, Status.PENDING)][:2] == [first.number, new.number]
    assert recount.kept() == recount.recounted()


def test_old_records_that_wait_in_the_stream_are_delivered(ada: User, outbox: Outbox) -> None:
    record = next(line["item"] for line in former.lines() if line["table"] == "activity")

    failures = outbox.consume([events.stream_record(record["record"]["S"])])

    assert failures == {"batchItemFailures": []}
    assert {item.place.partition("#")[2] for item in tables.SearchItem.scan()} >= {"certificate"}


def test_a_change_meanwhile_is_not_overwritten(ada: User) -> None:
    change = lambda: tasks.update(ada, "TF-1", {"title": "Mine"})  # noqa: E731

    with faults.meanwhile("TransactWriteItems", change):
        upgrades.bring_up("TF")
    upgrades.forget()
    assert upgrades.bring_up("TF")

    assert tasks.get(ada, "TF-1").title == "Mine"
    assert len(column(ada, Status.PENDING)) == recount.recounted().by_status[Status.PENDING]


def test_a_large_team_is_brought_up_in_parts(ada: User) -> None:
    assert not upgrades.bring_up("TF", pages_at_once=1)
    assert not upgrades.bring_up("TF", pages_at_once=1)
    assert upgrades.bring_up("TF", pages_at_once=1)

    rows = tables.TaskItem.scan()
    assert {int(row.schema) for row in rows} == {schema.current("tasks")}
    assert not any(row.was_old for row in tables.TaskItem.scan())


def test_a_fresh_process_asks_once_whether_a_team_is_up(ada: User) -> None:
    column(ada, Status.PENDING)
    upgrades.forget()

    with faults.observed() as calls:
        column(ada, Status.PENDING)
        column(ada, Status.COMPLETED)

    assert [name for name, _ in calls] == ["GetItem", "Query", "Query"]


def test_a_new_team_is_not_asked_about(alice: Client, pushed: Pushed) -> None:
    with faults.observed() as calls:
        alice.get("/api/tasks?sort=rank&status=pending")

    assert [name for name, _ in calls] == ["GetItem", "Query"]


def test_a_later_release_s_item_is_left_alone() -> None:
    item = {"number": {"N": "1"}, "schema": {"N": "99"}}

    assert schema.forward("tasks", item) is item
    assert schema.is_current("tasks", item)


def test_indexes_keep_their_keys() -> None:
    """CloudFormation cannot give an index other keys: one that needs them needs another name."""
    template = json.loads((ROOT / "infra" / "resources.json").read_text())

    indexes = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for resource in template["Resources"].values()
        for index in resource.get("Properties", {}).get("GlobalSecondaryIndexes", [])
    }

    assert indexes == {
        "by_status": ["team_status", "rank"],
        "by_assignee": ["team_assignee", "created_at"],
        "by_due": ["team", "due_key"],
        "by_deletion": ["team", "deleted_at"],
    }
