"""Lists of tasks compared with a plain model: every filter, order and page."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import clock
from chalicelib.entities import Filters, Priority, Status, Task
from chalicelib.errors import Invalid
from chalicelib.services import tasks as service
from chalicelib.storage import listing, tables, tasks
from tests.conftest import Client, account, member_of, registered

START = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
DAY = date(2026, 11, 23)
TASKS = 240
PEOPLE = ("01934b5e-0000-7000-8000-00000000000a", "01934b5e-0000-7000-8000-00000000000b")
WORDS = ("alpha", "Beta", "GAMMA", "straße", "100%")
SORTS = ("-created_at", "created_at", "due_date", "-due_date", "rank")

DAYS = st.none() | st.integers(-8, 8).map(lambda step: DAY + timedelta(step))
FILTERS = st.builds(
    Filters,
    status=st.none() | st.sampled_from(Status),
    assigned_to=st.none() | st.sampled_from(PEOPLE),
    priority=st.none() | st.sampled_from(Priority),
    due_before=DAYS,
    due_after=DAYS,
    text=st.none() | st.sampled_from(["alpha", "BETA", "STRASSE", "0%", "nowhere", "task 1"]),
    sort=st.sampled_from(SORTS),
).map(
    lambda filters: (
        replace(filters, status=filters.status or Status.PENDING)
        if filters.sort == "rank"
        else filters
    )
)


@pytest.fixture(scope="module")
def stored() -> Iterator[list[Task]]:
    """Tasks of TF, oldest first; half as many of another team, for the same people."""
    with account():
        rows = [_task("TF", number) for number in range(1, TASKS + 1)]
        others = [_task("OPS", number) for number in range(1, TASKS // 2)]
        with tables.TaskItem.batch_write() as batch:
            for task in rows + others:
                batch.save(tasks.item_of(task))
        yield rows


@pytest.fixture(scope="module")
def alice(stored: list[Task]) -> Client:
    return registered("Alice")


@settings(max_examples=25, deadline=None)
@given(filters=FILTERS, limit=st.sampled_from([33, 100]))
def test_reading_on_finds_what_the_model_finds_once_and_in_order(
    stored: list[Task], filters: Filters, limit: int
) -> None:
    pages = list(_pages("TF", filters, limit))

    found = [task for page in pages for task in page.tasks]
    assert _keys(found, filters) == _keys(_model(stored, filters), filters)
    assert sorted(task.number for task in found) == sorted(
        task.number for task in _model(stored, filters)
    )
    assert all(len(page.tasks) <= limit for page in pages)
    assert all(page.looked_at <= max(listing.WINDOW, limit + 1) for page in pages)


@pytest.mark.parametrize("sort", ["-created_at", "due_date"])
@pytest.mark.parametrize(
    ("due_after", "due_before"),
    [
        (DAY, DAY),
        (DAY, DAY + timedelta(1)),
        (DAY - timedelta(1), DAY + timedelta(1)),
        (DAY + timedelta(1), DAY - timedelta(1)),
        (None, date.min),
        (date.max, None),
        (None, date.max),
        (date.min, None),
        (date.min, date.max),
    ],
)
def test_due_bounds_are_exclusive_and_may_leave_nothing(
    stored: list[Task], sort: str, due_after: date | None, due_before: date | None
) -> None:
    filters = Filters(due_after=due_after, due_before=due_before, sort=sort)

    found = [task for page in _pages("TF", filters, 100) for task in page.tasks]

    assert _keys(found, filters) == _keys(_model(stored, filters), filters)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_one_task_miss_none(stored: list[Task], sort: str) -> None:
    """Tasks of one day share their place in an index: the place alone is not where to go on."""
    filters = Filters(status=Status.PENDING, assigned_to=PEOPLE[0], sort=sort)

    found = [task for page in _pages("TF", filters, 1) for task in page.tasks]

    assert _keys(found, filters) == _keys(_model(stored, filters), filters)
    assert len({task.number for task in found}) == len(found)


def test_two_filters_both_count(stored: list[Task]) -> None:
    """CVE-2026-35596: a filter that was joined by "or" showed what another one had excluded."""
    filters = Filters(
        status=Status.PENDING, assigned_to=PEOPLE[0], priority=Priority.HIGH, text="alpha"
    )

    found = [task for page in _pages("TF", filters, 20) for task in page.tasks]

    assert found == _model(stored, filters) != []
    for task in found:
        assert (task.team, task.status, task.assigned_to) == ("TF", Status.PENDING, PEOPLE[0])


@pytest.mark.parametrize(
    "filters",
    [Filters(sort=sort) for sort in SORTS]
    + [Filters(assigned_to=PEOPLE[0]), Filters(status=Status.PENDING)],
)
def test_list_of_one_team_holds_nothing_of_another(stored: list[Task], filters: Filters) -> None:
    for team in ("TF", "OPS"):
        found = [task for page in _pages(team, filters, 100) for task in page.tasks]
        assert found
        assert {task.team for task in found} == {team}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(sort="created_at"),
        Filters(status=Status.PENDING),
        Filters(sort="due_date"),
        Filters(priority=Priority.HIGH),
    ],
    ids=str,
)
def test_numbered_pages_show_every_task_once(
    stored: list[Task], alice: Client, filters: Filters
) -> None:
    assert alice.user is not None
    pages = []
    while not pages or pages[-1].items:
        number = len(pages) + 1
        pages.append(service.find_paged(alice.user, filters, team="TF", limit=80, page=number))

    found = sorted(task.number for page in pages for task in page.items)
    assert found == sorted(task.number for task in _model(stored, filters))
    assert all(len(page.items) <= 80 for page in pages)


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(sort="created_at"), Filters(status=Status.PENDING)], ids=str
)
def test_numbered_pages_and_cursors_go_on_at_the_same_task(
    stored: list[Task], alice: Client, filters: Filters
) -> None:
    assert alice.user is not None
    expected = _model(stored, filters)

    for page in (1, 2, 3):
        paged = service.find_paged(alice.user, filters, team="TF", limit=10, page=page)
        onward = service.find(alice.user, filters, team="TF", limit=10, cursor=paged.next_cursor)
        assert [*paged.items, *onward.items] == expected[(page - 1) * 10 : (page + 1) * 10]


def test_page_beyond_the_first_thousand_rows_is_refused(stored: list[Task], alice: Client) -> None:
    assert alice.user is not None
    for limit, page in ((100, 11), (20, 51), (1, 1001)):
        with pytest.raises(Invalid, match="Pages end at row 1000"):
            service.find_paged(alice.user, Filters(), team="TF", limit=limit, page=page)


def test_newest_are_the_last_ones_made(stored: list[Task]) -> None:
    assert list(listing.newest("TF", 10)) == stored[:-11:-1]


def test_cursor_of_another_team_is_refused(stored: list[Task], alice: Client) -> None:
    stranger = member_of("OPS", "Olga")
    cursor = stranger.get("/api/tasks?limit=5").json["next_cursor"]

    reply = alice.get(f"/api/tasks?limit=5&cursor={cursor}")

    assert (cursor is not None, reply.status) == (True, 400)


def _pages(team: str, filters: Filters, limit: int) -> Iterator[listing.Rows]:
    start: Any = None
    while True:
        rows = listing.select(team, filters, limit=limit, start=start)
        yield rows
        start = rows.last_key
        if start is None:
            return


def _model(stored: list[Task], filters: Filters) -> list[Task]:
    """What the contract says of a list, said again in plain Python."""
    found = [task for task in stored if _fits(task, filters)]
    wants_open = filters.status is None or filters.status.is_open
    if filters.sort == "rank":
        found.sort(key=lambda task: task.rank)
    elif filters.sort.endswith("created_at"):
        found.sort(key=lambda task: task.created_at)
    else:
        found = sorted(
            (task for task in found if task.due_date and task.status.is_open is wants_open),
            key=lambda task: task.due_date or date.min,
        )
    return found[::-1] if filters.sort.startswith("-") else found


def _fits(task: Task, filters: Filters) -> bool:
    if filters.status is not None and task.status is not filters.status:
        return False
    if filters.assigned_to is not None and task.assigned_to != filters.assigned_to:
        return False
    if filters.priority is not None and task.priority is not filters.priority:
        return False
    if filters.due_before is not None and not (
        task.due_date and task.due_date < filters.due_before
    ):
        return False
    if filters.due_after is not None and not (task.due_date and task.due_date > filters.due_after):
        return False
    text = f"{task.title}\n{task.description}".casefold()
    return filters.text is None or all(word in text for word in filters.text.casefold().split())


def _keys(found: list[Task], filters: Filters) -> list[Any]:
    """By what a list is ordered: tasks of one day come in any order."""
    if filters.sort.endswith("due_date"):
        return [task.due_date for task in found]
    return [task.number for task in found]


def _task(team: str, number: int) -> Task:
    """A task whose fields go through all their values at different speeds."""
    status = list(Status)[number % 4]
    made = START + timedelta(minutes=number)
    return Task(
        team=team,
        number=number,
        title=f"Task {number} {WORDS[number % 5]}",
        description=WORDS[number % 3] if number % 2 else "",
        status=status,
        priority=list(Priority)[number // 4 % 4],
        created_by=PEOPLE[0],
        creator_name="A",
        assigned_to=(PEOPLE[0], None, PEOPLE[1])[number % 3],
        assignee_name=("A", None, "B")[number % 3],
        due_date=DAY + timedelta(number % 17 - 8) if number % 7 else None,
        completed_at=clock.now().replace(microsecond=0) if status is Status.COMPLETED else None,
        created_at=made,
        updated_at=made,
        version=1,
        rank=f"{number * 7919 % 1009:04d}",
    )
