"""What DynamoDB may answer to a transaction, and what becomes of it; moto says none of it."""

from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.entities import Origin, User
from chalicelib.errors import Busy, Contention, NotAMember, StaleVersion
from chalicelib.services import accounts, tasks, teams
from chalicelib.services.tasks import Draft
from chalicelib.storage import connection, tables
from chalicelib.storage.transactions import Transaction
from tests import conftest, faults, recount
from tests.conftest import Client

COMMIT = "TransactWriteItems"
CANCELED = "TransactionCanceledException"
CONFLICT = "TransactionConflict"
ATTEMPTS = 8


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


@pytest.fixture
def writes(author: User) -> dict[str, Callable[[], object]]:
    """Each write of a user, on a task and a person of its own."""
    edited, deleted = (tasks.create(author, Draft(title)) for title in ("Edited", "Deleted"))
    bob = accounts.register("Bob", "bob@example.com", conftest.PASSWORD)
    return {
        "register": lambda: accounts.register("Carol", "carol@example.com", conftest.PASSWORD),
        "create": lambda: tasks.create(author, Draft("Created")),
        "update": lambda: tasks.update(author, edited.id, {"title": "Renamed"}),
        "delete": lambda: tasks.delete(author, deleted.id),
        "remove a member": lambda: teams.remove_member("TF", bob.id),
    }


each_write = pytest.mark.parametrize(
    "write", ["register", "create", "update", "delete", "remove a member"]
)


@each_write
def test_conflict_is_tried_again_after_a_pause(
    write: str, writes: dict[str, Callable[[], object]], naps: list[float]
) -> None:
    with faults.refused(COMMIT, CANCELED, reason=CONFLICT, times=3) as refused:
        writes[write]()

    assert len(refused.names) == len(naps) == 3
    recount.assert_consistent()


@each_write
def test_conflict_without_end_is_busy_and_writes_nothing(
    write: str, writes: dict[str, Callable[[], object]], naps: list[float]
) -> None:
    before = (recount.stored(), recount.feed(), recount.kept())

    with faults.refused(COMMIT, CANCELED, reason=CONFLICT) as refused, pytest.raises(Busy):
        writes[write]()

    assert len(refused.names) == ATTEMPTS
    assert (recount.stored(), recount.feed(), recount.kept()) == before


def test_pauses_grow_are_bounded_and_differ(author: User, naps: list[float]) -> None:
    with faults.refused(COMMIT, CANCELED, reason=CONFLICT):
        for _ in range(20):
            with pytest.raises(Busy):
                tasks.create(author, Draft("Ship it"))

    ceilings = [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0]
    rounds = [naps[at : at + len(ceilings)] for at in range(0, len(naps), len(ceilings))]
    assert all(nap <= most for each in rounds for nap, most in zip(each, ceilings, strict=True))
    assert len(set(naps)) == len(naps) == 20 * len(ceilings)


def test_busy_is_told_as_a_conflict(alice: Client, naps: list[float]) -> None:
    with faults.refused(COMMIT, CANCELED, reason=CONFLICT):
        reply = alice.post("/api/tasks", {"title": "Ship it"})

    assert (reply.status, reply.headers["retry-after"]) == (409, "1")
    assert reply.json["error"].startswith("Too many people")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ThrottlingException", None),
        ("ProvisionedThroughputExceededException", None),
        ("RequestLimitExceeded", None),
        ("InternalServerError", None),
        ("TransactionInProgressException", None),
        (CANCELED, "ThrottlingError"),
        (CANCELED, "ProvisionedThroughputExceeded"),
    ],
)
def test_throttling_is_unavailable(
    code: str, reason: str | None, alice: Client, naps: list[float]
) -> None:
    with faults.refused(COMMIT, code, reason=reason):
        reply = alice.post("/api/tasks", {"title": "Ship it"})

    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert (recount.stored(), recount.feed(), naps) == ([], [], [])


def test_timeouts_are_unavailable(alice: Client, naps: list[float]) -> None:
    with faults.lost_answers(*range(1, 100)) as lost:
        reply = alice.get("/api/tasks")

    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    # Two retries, as the time a request has allows.
    assert lost.names == ["GetItem"] * 3


def test_single_writes_that_meet_a_transaction_are_tried_again(
    alice: Client, naps: list[float]
) -> None:
    """DynamoDB refuses an UpdateItem while a transaction holds the item."""
    with faults.refused("UpdateItem", "TransactionConflictException", times=2) as refused:
        reply = alice.post("/api/auth/logout", {"everywhere": True})

    assert (reply.status, len(refused.names), len(naps)) == (204, 2, 2)
    assert alice.get("/api/profile").status == 401


def test_login_does_not_wait_for_its_rehash(
    alice: Client, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for the note of where it came from: both are writes of the credential."""
    monkeypatch.setattr("chalicelib.services.passwords.is_outdated", lambda _: True)
    client = connection.shared().client
    call, refused = client._make_api_call, []

    def contended(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "UpdateItem" and arguments["TableName"].endswith("credentials"):
            refused.append(operation)
            answer: Any = {"Error": {"Code": "TransactionConflictException", "Message": ""}}
            raise client.exceptions.ClientError(answer, operation)
        return call(operation, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(client, "_make_api_call", contended)
        signed_in = accounts.log_in("alice@example.com", conftest.PASSWORD, Origin("192.0.2.1"))

    assert (signed_in.user, len(refused), naps) == (alice.user, 2, [])


def test_repetition_of_a_lost_commit_bears_the_same_token(author: User) -> None:
    """By it DynamoDB knows that it is the same transaction; moto does not look."""
    tokens: list[str] = []

    def note(request: Any, **_: Any) -> None:
        if request.headers["X-Amz-Target"].endswith(COMMIT.encode()):
            tokens.append(request.body.decode().partition('"ClientRequestToken":')[2][:40])

    events = connection.shared().client.meta.events
    events.register_first("before-send", note)
    with faults.lost_answers(2, 3):
        tasks.create(author, Draft("First"))
    tasks.create(author, Draft("Second"))
    events.unregister("before-send", note)

    first, *repeated, second = tokens
    assert repeated
    assert set(repeated) == {first}
    assert "" != first != second


class TestMeanings:
    """PynamoDB sends checks, deletes, puts and updates in this order, whatever ours was."""

    @pytest.mark.parametrize(
        ("failing", "meaning"),
        [("check", NotAMember), ("delete", Contention), ("put", StaleVersion), ("update", Busy)],
    )
    def test_each_operation_carries_its_own_error(
        self, failing: str, meaning: type[Exception], aws: Any
    ) -> None:
        absent, present = tables.TeamItem.key.exists(), tables.TeamItem.key.does_not_exist()
        conditions = {
            kind: absent if kind == failing else present
            for kind in ("check", "delete", "put", "update")
        }
        transaction = Transaction()
        transaction.update(
            tables.TeamItem("XX", "update"),
            [tables.TeamItem.last_number.add(1)],
            condition=conditions["update"],
            otherwise=Busy,
        )
        transaction.put(
            tables.TeamItem("XX", "put"), condition=conditions["put"], otherwise=StaleVersion
        )
        transaction.delete(
            tables.TeamItem("XX", "delete"), condition=conditions["delete"], otherwise=Contention
        )
        transaction.check(
            tables.UserItem,
            "XX",
            condition=(
                tables.UserItem.id.exists()
                if failing == "check"
                else tables.UserItem.id.does_not_exist()
            ),
            otherwise=NotAMember,
        )

        with pytest.raises(meaning):
            transaction.commit()

        assert list(tables.TeamItem.query("XX")) == []

    def test_what_nobody_foresaw_is_raised_as_it_is(self, author: User) -> None:
        with (
            faults.refused(COMMIT, "ValidationException"),
            pytest.raises(TransactWriteError) as raised,
        ):
            tasks.create(author, Draft("Ship it"))

        assert raised.value.cause_response_code == "ValidationException"
