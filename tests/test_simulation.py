"""A small busy day adds up, and what does not add up is noticed."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.storage import tables
from tests import conftest
from tests.simulation.day import Day, Plan
from tests.simulation.sums import wrong


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """Twenty people, more faults than there ever are."""
    day = Day(Plan(people=20, changes=120, faulty=0.05))
    with day.open():
        day.begin(print)
        day.work(print)
        day.end()
        yield day


@pytest.mark.slow
def test_day_with_faults_adds_up(day: Day) -> None:
    assert wrong(day) == []
    assert {
        "DynamoDB: carried out, the answer lost",
        "DynamoDB: throttled",
        "SES: refused",
        "queue: jobs brought again after a failure",
        "requests told to come again (503)",
        "sockets that died or were closed",
    } <= set(day.counts)


def skew_a_counter(day: Day) -> None:
    row = next(each for each in tables.StatsItem.query("T0") if each.part.startswith("shard#"))
    row.update([tables.StatsItem.pending.add(1)])


def lose_a_mail(day: Day) -> None:
    conftest.mail_backend().sent_messages.pop()


def leave_a_tab_behind(day: Day) -> None:
    person = day.teams[0].people[0]
    person.shown.popitem()


def tell_a_stranger(day: Day) -> None:
    day.teams[0].people[1].foreign += 1


def lose_a_word(day: Day) -> None:
    next(iter(tables.SearchItem.scan())).delete()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (skew_a_counter, "T0: counters"),
        (lose_a_mail, "mails: 1 are missing"),
        (leave_a_tab_behind, "T0: the tab of"),
        (tell_a_stranger, "was told of 1 foreign"),
        (lose_a_word, "search: 1 words are missing"),
    ],
)
def test_what_does_not_add_up_is_told(harm: Callable[[Day], None], told: str, day: Day) -> None:
    before = wrong(day)

    harm(day)

    fresh = [fault for fault in wrong(day) if fault not in before]
    assert len(fresh) == 1
    assert told in fresh[0]
