"""Thirty-two threads at once: one winner where there may be one, and nothing lost elsewhere."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, TypeVar

import pytest

from chalicelib.delivery import clients
from chalicelib.entities import Action, Status, Task, Theme, User
from chalicelib.errors import (
    BadCredentials,
    Busy,
    EmailTaken,
    Invalid,
    SessionEnded,
    TaskFlowError,
    TaskNotFound,
)
from chalicelib.i18n import Language
from chalicelib.services import accounts, profiles, sockets, stats, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import users
from tests import conftest, faults, recount
from tests.conftest import Client, Outbox, Pushed

pytestmark = pytest.mark.slow

THREADS = 32
T = TypeVar("T")


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


def test_one_email_becomes_one_account(aws: Any) -> None:
    def register(number: int) -> User:
        return accounts.register(f"Person {number}", "same@example.com", conftest.PASSWORD)

    outcomes = at_once(register)

    (winner,) = [each for each in outcomes if isinstance(each, User)]
    assert Counter(map(type, outcomes)) == {User: 1, EmailTaken: THREADS - 1}
    assert recount.members() == [winner.id]
    recount.assert_consistent()


def test_one_of_many_new_passwords_wins(author: User) -> None:
    passwords = [f"new password {number}" for number in range(THREADS)]

    outcomes = at_once(
        lambda number: profiles.change_password(author, conftest.PASSWORD, passwords[number])
    )

    winners = [each for each in outcomes if isinstance(each, accounts.SignedIn)]
    assert [accounts.authenticate(each.token).id for each in winners] == [author.id]
    # Whoever read the credential late was told that the password is another one by now.
    losers = {type(each) for each in outcomes if each not in winners}
    assert losers <= {SessionEnded, Invalid, Busy}
    (good,) = [each for each in passwords if passes(author, each)]
    assert passwords.index(good) == outcomes.index(winners[0])


def test_changes_of_one_profile_merge(author: User) -> None:
    wanted: list[dict[str, Any]] = [
        {"name": "Alicia"},
        {"language": Language.DE},
        {"time_zone": "Europe/Berlin"},
        {"theme": Theme.DARK},
    ]

    at_once(lambda number: insist(lambda: profiles.change(author, wanted[number % 4])))

    stored = users.get(author.id)
    assert stored is not None
    values = {name: value for each in wanted for name, value in each.items()}
    assert {name: getattr(stored, name) for name in values} == values
    assert recount.names()[author.id] == ("Alicia", "Alicia")


def test_edits_of_different_fields_merge(author: User) -> None:
    task = tasks.create(author, Draft("Title"))
    wanted: list[dict[str, Any]] = [
        {"title": "Another title"},
        {"description": "A description"},
        {"status": Status.IN_PROGRESS},
        {"due_date": date(2030, 1, 1)},
        {"assigned_to": author.id},
    ]

    at_once(lambda number: insist(lambda: tasks.update(author, task.id, wanted[number % 5])))

    (merged,) = recount.stored()
    values = {name: value for each in wanted for name, value in each.items()}
    assert {name: getattr(merged, name) for name in values} == values
    assert merged.version == len(recount.feed()) == 1 + len(wanted)
    recount.assert_consistent()


def test_edits_of_one_field_are_all_in_the_activity(author: User) -> None:
    task = tasks.create(author, Draft("Title"))

    at_once(
        lambda number: insist(lambda: tasks.update(author, task.id, {"title": f"Title {number}"}))
    )

    updates = [change.task for change in recount.feed() if change.action is Action.UPDATED]
    assert {each.title for each in updates} == {f"Title {number}" for number in range(THREADS)}
    assert recount.stored() == [max(updates, key=lambda each: each.version)]
    assert recount.stored()[0].version == 1 + THREADS
    recount.assert_consistent()


def test_creations_take_distinct_numbers(author: User) -> None:
    outcomes = at_once(lambda number: tasks.create(author, Draft(f"Task {number}")))

    assert sorted(created(outcomes), key=lambda task: task.number) == recount.stored()
    assert len(recount.stored()) == THREADS
    assert stats.of_team(author).stats.total == THREADS
    recount.assert_consistent()


def test_creations_edits_and_deletions_mix(author: User) -> None:
    shared = [tasks.create(author, Draft(f"Shared {number}")) for number in range(4)]

    def anything(number: int) -> object:
        task_id = shared[number % 4].id
        if number % 8 == 7:
            return insist(lambda: tasks.delete(author, task_id))
        if number % 2:
            return tasks.create(author, Draft("New", due_date=date(2030, 1, 1)))
        return insist(
            lambda: tasks.update(author, task_id, {"due_date": date(2030, 1, number + 1)})
        )

    outcomes = at_once(anything)

    assert {type(each) for each in outcomes} <= {Task, TaskNotFound, type(None)}
    assert stats.of_team(author).stats.total == len(recount.stored())
    recount.assert_consistent()


@pytest.mark.parametrize("write", ["create", "update"])
def test_assignee_who_leaves_meanwhile_gets_nothing(write: str, author: User, bob: Client) -> None:
    """The membership is checked again as the assignment commits."""
    assert bob.user is not None
    task = tasks.create(author, Draft("Title"))
    leaver = bob.user.id
    assign = {
        "create": lambda: tasks.create(author, Draft("Another", assigned_to=leaver)),
        "update": lambda: tasks.update(author, task.id, {"assigned_to": leaver}),
    }[write]

    with (
        faults.meanwhile("TransactWriteItems", lambda: teams.remove_member("TF", leaver)),
        pytest.raises(Invalid, match="must be a member"),
    ):
        assign()

    assert recount.stored() == [task]
    recount.assert_consistent()


def test_two_consumers_of_one_batch_send_one_mail_per_assignment(
    author: User, bob: Client, outbox: Outbox, sent_mail: Callable[[], list[Any]]
) -> None:
    assert bob.user is not None
    for number in range(3):
        tasks.create(author, Draft(f"Task {number}", assigned_to=bob.user.id))
    batch = outbox.records()

    at_once(lambda _: outbox.consume(batch), threads=2)
    at_once(lambda _: outbox.run_mail(), threads=2)

    assert len(sent_mail()) == len(batch) == 3


def test_one_ticket_opens_one_socket(author: User, pushed: Pushed) -> None:
    ticket = sockets.issue_ticket(author)

    outcomes = at_once(lambda number: sockets.open_with(ticket, f"socket-{number}"))

    assert Counter(map(type, outcomes)) == {type(None): 1, SessionEnded: THREADS - 1}


def at_once(act: Callable[[int], T], *, threads: int = THREADS) -> list[T | TaskFlowError]:
    """What `act` returned or raised in each of the threads."""

    def outcome(number: int) -> T | TaskFlowError:
        try:
            return act(number)
        except TaskFlowError as error:
            return error

    clients.queues()
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(outcome, range(threads)))


def passes(person: User, password: str) -> bool:
    try:
        accounts.log_in(person.email, password)
    except BadCredentials:
        return False
    return True


def insist(act: Callable[[], T]) -> T:
    """As a client does that is told to try again."""
    while True:
        try:
            return act()
        except Busy:
            continue


def created(outcomes: list[Any]) -> list[Task]:
    return [each for each in outcomes if isinstance(each, Task)]
