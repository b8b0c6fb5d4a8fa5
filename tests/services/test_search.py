"""Search against a plain model: words by how they begin, and whatever is in the newest tasks."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import clock, words
from chalicelib.entities import (
    Action,
    Activity,
    Actor,
    Filters,
    Priority,
    Status,
    Task,
)
from chalicelib.services import search
from chalicelib.storage import listing, tables
from chalicelib.storage import search as index
from chalicelib.storage import tasks as storage
from tests import faults
from tests.conftest import account

WINDOW = 10
TASKS = 120
START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = date(2026, 11, 23)
PERSON = "01934b5e-0000-7000-8000-00000000000a"
VOCABULARY = (
    *("certain", "certificate", "Certify", "cer", "ce", "c", "renew", "RENEWAL", "re-new"),
    *("straße", "STRASSE", "naïve", "nai\u0308ve", "日本語", "ﬁnish", "100%", "x_y", "№7"),
)
QUERIES = (
    *(
        "cert",
        "CERTIF",
        "cer",
        "ce",
        "c",
        "tif",
        "renew cert",
        "new",
        "strass",
        "naïve",
        "NAI\u0308",
    ),
    *(
        "日本",
        "本語",
        "finish",
        "100",
        "0%",
        "%",
        "x_",
        "no7",
        "re-new",
        "certain renewal c",
        " ",
        "zzz",
    ),
)
FILTERS = st.builds(
    Filters,
    text=st.sampled_from(QUERIES),
    status=st.none() | st.sampled_from(Status),
    assigned_to=st.none() | st.just(PERSON),
    priority=st.none() | st.sampled_from(Priority),
    due_before=st.none() | st.just(DAY),
    due_after=st.none() | st.just(DAY - timedelta(3)),
)


@pytest.fixture(scope="module")
def stored() -> Iterator[list[Task]]:
    """Tasks of TF that the index knows, oldest first, and others of OPS; small windows."""
    with account(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "WINDOW", WINDOW)
        patch.setattr(index, "WINDOW", 30)
        patch.setattr(search, "_FETCHED", 5)
        rows = [_task("TF", number) for number in range(1, TASKS + 1)]
        others = [_task("OPS", number) for number in range(1, TASKS)]
        with tables.TaskItem.batch_write() as batch:
            for task in rows + others:
                batch.save(storage.item_of(task))
        for task in rows + others:
            search.follow(created(task))
        yield rows


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(filters=FILTERS, limit=st.sampled_from([1, 3, 7, 100]))
def test_reading_on_finds_what_the_model_finds_once_and_newest_first(
    stored: list[Task], filters: Filters, limit: int
) -> None:
    pages = list(_pages(filters, limit))

    found = [task.number for page in pages for task in page.tasks]
    assert found == sorted(set(found), reverse=True)
    assert all(len(page.tasks) <= limit for page in pages)
    assert set(found) >= {task.number for task in stored if _must_be_found(task, filters)}
    assert set(found) <= {task.number for task in stored if _may_be_found(task, filters)}
    assert {task.team for page in pages for task in page.tasks} <= {"TF"}


@pytest.mark.parametrize("text", ["cert", "certain", "strasse", "日本語", "finish"])
def test_word_is_found_to_the_end_of_the_table(stored: list[Task], text: str) -> None:
    found = [task.number for page in _pages(Filters(text=text), 7) for task in page.tasks]

    expected = [t.number for t in stored if _may_be_found(t, Filters(text=text))]
    assert found == expected[::-1] != []
    assert min(found) < TASKS - 5 * WINDOW


def test_page_reads_no_more_than_its_windows(stored: list[Task]) -> None:
    with faults.observed() as calls:
        pages = list(_pages(Filters(text="certificate"), 3))

    read = [(name, each.get("Limit"), _keys(each)) for name, each in calls]
    assert {(name, limit) for name, limit, _ in read} == {
        ("Query", WINDOW),
        ("Query", 30),
        ("BatchGetItem", None),
    }
    assert max(keys for *_, keys in read) <= 5
    assert len(read) <= 3 * len(pages)


def test_bounds_that_leave_no_day_find_nothing(stored: list[Task]) -> None:
    filters = Filters(text="cert", due_after=DAY, due_before=DAY)

    assert [task for page in _pages(filters, 10) for task in page.tasks] == []


@pytest.mark.parametrize("sort", ["created_at", "due_date", "-due_date"])
def test_other_orders_look_at_their_window(stored: list[Task], sort: str) -> None:
    assert not search.answers(Filters(text="cert", sort=sort))


def created(task: Task) -> Activity:
    return Activity("", Action.CREATED, task, {}, Actor(PERSON, "A"), clock.now())


def _pages(filters: Filters, limit: int) -> Iterator[listing.Rows]:
    start: Any = None
    while True:
        select = search.find if search.answers(filters) else listing.select
        page = select("TF", filters, limit=limit, start=json.loads(json.dumps(start)))
        yield page
        start = page.last_key
        if start is None:
            return


def _may_be_found(task: Task, filters: Filters) -> bool:
    """Every word of the query is somewhere in the text, and the other filters fit."""
    text = words.normalised(f"{task.title}\n{task.description}")
    return (
        filters.status in {None, task.status}
        and filters.assigned_to in {None, task.assigned_to}
        and filters.priority in {None, task.priority}
        and (filters.due_before is None or (task.due_date or date.max) < filters.due_before)
        and (filters.due_after is None or (task.due_date or date.min) > filters.due_after)
        and all(word in text for word in words.normalised(filters.text or "").split())
    )


def _must_be_found(task: Task, filters: Filters) -> bool:
    """The longest word of the query begins one of the text; or the task is one of the newest."""
    if not _may_be_found(task, filters):
        return False
    longest = max(words.distinct(filters.text or ""), key=len, default="")
    own = words.distinct(f"{task.title} {task.description}")
    begins = any(word.startswith(longest) for word in own) if len(longest) > 2 else longest in own
    return begins or task.number > TASKS - WINDOW


def _task(team: str, number: int) -> Task:
    """A task whose fields go through all their values at different speeds."""
    made = START + timedelta(minutes=number)
    chosen = [VOCABULARY[number * step % len(VOCABULARY)] for step in (1, 5, 7)]
    blank = storage.task_of(
        tables.TaskItem(
            team,
            number,
            title=f"{chosen[0]} {chosen[1]}",
            team_status=f"{team}#{list(Status)[number % 4].value}",
            priority=list(Priority)[number // 4 % 4].value,
            rank="A",
            created_by=PERSON,
            creator_name="A",
            created_at=clock.milliseconds(made),
            updated_at=clock.milliseconds(made),
            version=1,
        )
    )
    return dataclasses.replace(
        blank,
        description=f"({chosen[2]})" if number % 3 else "",
        assigned_to=PERSON if number % 2 else None,
        assignee_name="A" if number % 2 else None,
        due_date=DAY + timedelta(number % 9 - 4) if number % 7 else None,
    )


def _keys(arguments: Any) -> int:
    """How many items a BatchGetItem asks for."""
    asked = arguments.get("RequestItems", {})
    return sum(len(each["Keys"]) for each in asked.values())
