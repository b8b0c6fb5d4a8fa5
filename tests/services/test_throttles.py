"""Throttles: counted before anything is hashed, whatever a request says of itself, and never for good."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import bcrypt
import pytest

from chalicelib import clock
from chalicelib.entities import Origin
from chalicelib.errors import BadCredentials, Throttled
from chalicelib.services import accounts, guesses, profiles, sockets, throttles
from chalicelib.storage import connection, users
from tests.conftest import PASSWORD, Client, Time

pytestmark = pytest.mark.usefixtures("limits")

HOME = Origin("198.51.100.7")
AWAY = Origin("203.0.113.9")
ALICE = "alice@example.com"
NOBODY = "nobody@example.com"
both = pytest.mark.parametrize("email", [ALICE, NOBODY])


@pytest.fixture
def now() -> Iterator[Time]:
    """A clock that stands still at the beginning of every window."""
    time = Time(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    with clock.running(lambda: time.now):
        yield time


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What bcrypt was asked so far."""
    asked: list[bool] = []
    check = bcrypt.checkpw

    def checked(secret: bytes, known: bytes) -> bool:
        asked.append(check(secret, known))
        return asked[-1]

    monkeypatch.setattr(bcrypt, "checkpw", checked)
    return asked


@contextmanager
def asking() -> Iterator[list[str]]:
    """What DynamoDB is asked meanwhile."""
    asked: list[str] = []
    events = connection.shared().client.meta.events

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    events.register("before-call.dynamodb", note)
    yield asked
    events.unregister("before-call.dynamodb", note)


def attempt(email: str, password: str, origin: Origin = AWAY) -> str:
    try:
        accounts.log_in(email, password, origin)
    except (BadCredentials, Throttled) as error:
        return type(error).__name__
    return "in"


def attempts(
    count: int, email: str, password: str = "wrong one", origin: Origin = AWAY
) -> list[str]:
    return [attempt(email, password, origin) for _ in range(count)]


@both
def test_wrong_passwords_are_counted_before_the_next_is_hashed(
    now: Time, alice: Client, checks: list[bool], email: str
) -> None:
    most = guesses.PAIR.most

    assert attempts(most + 3, email) == ["BadCredentials"] * most + ["Throttled"] * 3
    assert len(checks) == most


def test_right_password_is_not_let_in_either_until_the_window_ends(
    now: Time, alice: Client, checks: list[bool]
) -> None:
    attempts(guesses.PAIR.most, ALICE)
    checks.clear()

    with pytest.raises(Throttled) as refused:
        accounts.log_in(ALICE, PASSWORD, AWAY)
    seconds = refused.value.seconds
    now.advance(seconds=seconds - 1)
    just_before = attempt(ALICE, PASSWORD)
    now.advance(seconds=1)

    assert (seconds, just_before, checks) == (guesses.PAIR.seconds, "Throttled", [])
    assert attempt(ALICE, PASSWORD) == "in"


def test_owner_gets_in_from_another_address_meanwhile(now: Time, alice: Client) -> None:
    attempts(guesses.PAIR.most + 1, ALICE)

    assert attempt(ALICE, PASSWORD, HOME) == "in"


@both
def test_account_has_a_limit_over_all_addresses(now: Time, alice: Client, email: str) -> None:
    strangers = [Origin(f"203.0.113.{number}") for number in range(guesses.ACCOUNT.most + 1)]

    outcomes = [attempt(email, "wrong one", each) for each in strangers]

    assert outcomes == ["BadCredentials"] * guesses.ACCOUNT.most + ["Throttled"]


def test_strangers_do_not_keep_the_owner_out_where_they_have_been_before(
    now: Time, alice: Client
) -> None:
    assert attempt(ALICE, PASSWORD, HOME) == "in"
    for number in range(guesses.ACCOUNT.most):
        attempt(ALICE, "wrong one", Origin(f"203.0.113.{number}"))

    assert attempt(ALICE, PASSWORD, Origin("192.0.2.1")) == "Throttled"
    assert attempt(ALICE, PASSWORD, HOME) == "in"


def test_who_registers_is_known_at_that_address(now: Time, aws: Any) -> None:
    accounts.register("Ada", "ada@example.com", PASSWORD, HOME)
    for number in range(guesses.ACCOUNT.most):
        attempt("ada@example.com", "wrong one", Origin(f"203.0.113.{number}"))

    assert attempt("ada@example.com", PASSWORD, HOME) == "in"


def test_address_has_a_limit_over_all_accounts(now: Time, alice: Client) -> None:
    outcomes = [
        attempt(f"person.{number}@example.com", PASSWORD)
        for number in range(guesses.ADDRESS.most + 1)
    ]

    assert outcomes == ["BadCredentials"] * guesses.ADDRESS.most + ["Throttled"]
    assert attempt(ALICE, PASSWORD) == "Throttled"
    assert attempt(ALICE, PASSWORD, HOME) == "in"


def test_right_passwords_are_not_counted(now: Time, alice: Client) -> None:
    assert attempts(guesses.ADDRESS.most + 1, ALICE, PASSWORD) == ["in"] * (
        guesses.ADDRESS.most + 1
    )


def test_of_guesses_at_once_no_more_learn_anything_than_the_limit(alice: Client) -> None:
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: attempt(ALICE, "wrong one"), range(50)))

    assert outcomes.count("BadCredentials") <= guesses.PAIR.most
    assert outcomes.count("BadCredentials") + outcomes.count("Throttled") == len(outcomes)


def test_of_guesses_at_once_no_more_are_hashed_than_the_limit_and_one_for_each_other_process(
    now: Time, alice: Client, checks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst that can be: a process serves one request at a time, and here all look at once."""
    processes = 8
    attempts(guesses.PAIR.most - 1, ALICE)
    look, all_looked = guesses.credentials.get_with_tallies, threading.Barrier(processes)

    def look_together(*arguments: Any) -> Any:
        found = look(*arguments)
        all_looked.wait(timeout=30)
        return found

    with monkeypatch.context() as patch, ThreadPoolExecutor(processes) as pool:
        patch.setattr(guesses.credentials, "get_with_tallies", look_together)
        outcomes = list(pool.map(lambda _: attempt(ALICE, "wrong one"), range(processes)))

    assert sorted(outcomes) == ["BadCredentials"] + ["Throttled"] * (processes - 1)
    assert len(checks) == guesses.PAIR.most + processes - 1
    assert attempts(3, ALICE) == ["Throttled"] * 3
    assert len(checks) == guesses.PAIR.most + processes - 1


def test_right_guess_that_comes_after_too_many_wrong_ones_at_once_is_not_told(
    now: Time, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has looked at the counters before the others counted."""
    look = guesses.credentials.get_with_tallies
    answers: list[Any] = []

    def meanwhile(*arguments: Any) -> Any:
        answer = look(*arguments)
        monkeypatch.setattr(guesses.credentials, "get_with_tallies", look)
        answers.extend(attempts(guesses.PAIR.most, ALICE))
        return answer

    monkeypatch.setattr(guesses.credentials, "get_with_tallies", meanwhile)

    assert attempt(ALICE, PASSWORD) == "Throttled"
    assert answers == ["BadCredentials"] * guesses.PAIR.most


@both
def test_wrong_sign_in_asks_as_much_for_known_as_for_unknown_emails(
    now: Time, alice: Client, email: str
) -> None:
    with asking() as asked:
        attempt(email, "wrong one")

    assert asked == ["BatchGetItem", *["UpdateItem"] * 4]


def test_disabled_person_is_counted_like_a_wrong_password(
    now: Time, alice: Client, set_disabled: Callable[[str], None]
) -> None:
    assert alice.user
    set_disabled(alice.user.id)

    outcomes = attempts(guesses.PAIR.most + 1, ALICE, PASSWORD)

    assert outcomes == ["BadCredentials"] * guesses.PAIR.most + ["Throttled"]


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("no:address", "no:address"),
        ("", ""),
    ],
)
def test_ipv6_customer_is_one_address(address: str, site: str) -> None:
    assert throttles.site(address) == site


def test_registrations_from_one_address_have_a_limit(
    now: Time, aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        throttles, "REGISTRATIONS", throttles.Limit("registration", 2, seconds=3600)
    )
    accounts.register("One", "one@example.com", PASSWORD, HOME)
    accounts.register("Two", "two@example.com", PASSWORD, HOME)

    with pytest.raises(Throttled) as refused:
        accounts.register("Three", "three@example.com", PASSWORD, HOME)

    assert refused.value.seconds == 3600
    accounts.register("Three", "three@example.com", PASSWORD, AWAY)
    now.advance(hours=1)
    accounts.register("Four", "four@example.com", PASSWORD, HOME)


def test_password_change_guesses_no_further(now: Time, alice: Client, checks: list[bool]) -> None:
    assert alice.user
    for _ in range(throttles.PASSWORDS.most):
        with pytest.raises(accounts.Invalid):
            profiles.change_password(alice.user, "wrong one", "another good one")
    checks.clear()

    with pytest.raises(Throttled):
        profiles.change_password(alice.user, PASSWORD, "another good one")

    assert checks == []


def test_tickets_have_a_limit(now: Time, alice: Client, bob: Client) -> None:
    assert alice.user
    assert bob.user
    for _ in range(throttles.TICKETS.most):
        sockets.issue_ticket(alice.user)

    with pytest.raises(Throttled):
        sockets.issue_ticket(alice.user)
    sockets.issue_ticket(bob.user)


def test_counter_holds_however_many_count_at_once(aws: Any) -> None:
    limit = throttles.Limit("test", 7, 3600)

    def allowed(_: int) -> bool:
        try:
            throttles.require(limit, "somebody")
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(allowed, range(20))) == limit.most


def test_writes_of_a_person_at_work_ask_nothing(now: Time, alice: Client) -> None:
    assert alice.user
    with asking() as asked:
        for _ in range(throttles.WRITES.most // 4 - 1):
            throttles.require_write(alice.user)

    assert asked == []


def test_writes_in_one_process_stop_at_the_limit(now: Time, alice: Client, bob: Client) -> None:
    assert alice.user
    assert bob.user
    with asking() as asked:
        for _ in range(throttles.WRITES.most):
            throttles.require_write(alice.user)
        with pytest.raises(Throttled) as refused:
            throttles.require_write(alice.user)

    assert refused.value.seconds == 60
    assert len(asked) == 10
    throttles.require_write(bob.user)
    now.advance(minutes=1)
    throttles.require_write(alice.user)


@pytest.mark.parametrize("processes", [2, 8])
def test_writes_spread_over_processes_pass_the_limit_by_a_quarter_each_at_most(
    now: Time, alice: Client, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.user
    written = 0
    paces: list[dict[str, Any]] = [{} for _ in range(processes)]
    for number in range(processes * throttles.WRITES.most):
        monkeypatch.setattr(throttles, "_paces", paces[number % processes])
        try:
            throttles.require_write(alice.user)
        except Throttled:
            continue
        written += 1

    quarter = throttles.WRITES.most // 4
    assert throttles.WRITES.most <= written <= throttles.WRITES.most + processes * quarter


def test_mark_of_a_guess_is_kept_on_the_person(now: Time, alice: Client) -> None:
    assert alice.user
    attempt(ALICE, "wrong one")

    person = users.get(alice.user.id)

    assert person
    assert person.guessed_at == now.now
