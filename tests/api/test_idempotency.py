"""The Idempotency-Key: a request that comes twice is done once and answered alike."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chalicelib.services import accounts, teams
from chalicelib.services import tasks as service
from chalicelib.storage import idempotency, tables
from tests import faults, recount
from tests.conftest import Client, Reply, Time, member_of
from tests.faults import When

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
BODY = {"title": "Ship it", "description": "Größe \U0001f680"}
REUSED = "This Idempotency-Key was used for another request"
IN_FLIGHT = "The same request is being answered right now. Please try again"
BUSY = "Too many people are changing this at once. Please try again"
SAID_AGAIN = ("content-type", "etag", "location")
both_moments = pytest.mark.parametrize("when", When)


def test_request_that_comes_again_is_answered_again(alice: Client) -> None:
    first, *again = (alice.post("/api/tasks", BODY, headers=KEY) for _ in range(3))

    assert (first.status, "idempotency-replayed" in first.headers) == (201, False)
    for reply in again:
        assert (reply.status, reply.text) == (201, first.text)
        assert reply.headers["idempotency-replayed"] == "true"
        assert [reply.headers[name] for name in SAID_AGAIN] == [
            first.headers[name] for name in SAID_AGAIN
        ]
        assert reply.headers["x-request-id"] != first.headers["x-request-id"]
    assert len(recount.stored()) == len(recount.feed()) == 1


def test_answer_is_that_of_then_though_the_task_has_changed(alice: Client) -> None:
    first = alice.post("/api/tasks", BODY, headers=KEY)
    alice.patch("/api/tasks/TF-1", {"title": "Shipped"})
    changed = alice.post("/api/tasks", BODY, headers=KEY)
    alice.delete("/api/tasks/TF-1")
    deleted = alice.post("/api/tasks", BODY, headers=KEY)

    assert (changed.text, deleted.text) == (first.text, first.text)
    assert recount.stored() == []


def test_answer_is_given_again_though_the_assignee_has_left(alice: Client, bob: Client) -> None:
    assert bob.user is not None
    body = {"title": "Ship it", "assigned_to": bob.user.id}
    first = alice.post("/api/tasks", body, headers=KEY)
    teams.remove_member("TF", bob.user.id)

    assert alice.post("/api/tasks", body, headers=KEY).text == first.text


def test_who_has_left_the_team_is_not_answered_again(alice: Client) -> None:
    assert alice.user is not None
    alice.post("/api/tasks", BODY, headers=KEY)
    teams.remove_member("TF", alice.user.id)

    reply = alice.post("/api/tasks", BODY, headers=KEY)

    assert (reply.status, reply.json["error"]) == (404, "Team not found")


def test_keys_are_each_users_own(alice: Client, bob: Client) -> None:
    replies = [who.post("/api/tasks", BODY, headers=KEY) for who in (alice, bob)]

    assert [reply.json["id"] for reply in replies] == ["TF-1", "TF-2"]


@pytest.mark.parametrize("key", ["a", "x" * 255, "!~", '"quoted"'])
def test_key_within_its_bounds_is_served(alice: Client, key: str) -> None:
    for _ in range(2):
        reply = alice.post("/api/tasks", BODY, headers={"Idempotency-Key": key})
        assert (reply.status, reply.json["id"]) == (201, "TF-1")


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "Größe", "tab\t", "line\r\n"])
def test_key_beyond_its_bounds_is_400(alice: Client, key: str) -> None:
    reply = alice.post("/api/tasks", BODY, headers={"Idempotency-Key": key})

    message = "Idempotency-Key must be 1 to 255 visible ASCII characters"
    assert reply.status == 400
    assert reply.json["errors"] == [{"field": "Idempotency-Key", "message": message}]
    assert recount.stored() == []


@pytest.mark.parametrize(
    "body",
    ['{"title":"Ship it"}', '{"title": "Ship it", "a": 1}', "{}", "", '{"title": "Ship it"} '],
)
def test_key_with_another_body_is_422(alice: Client, body: str) -> None:
    json_headers = {**KEY, "Content-Type": "application/json"}
    alice("POST", "/api/tasks", raw='{"title": "Ship it"}', headers=json_headers)

    reply = alice("POST", "/api/tasks", raw=body, headers=json_headers)

    assert (reply.status, reply.json["error"]) == (422, REUSED)
    assert reply.json["title"] == "Unprocessable Content"
    assert len(recount.stored()) == 1


def test_other_routes_do_not_look_at_the_key(alice: Client) -> None:
    alice.post("/api/tasks", BODY)

    for title in ("One", "Two"):
        reply = alice.patch("/api/tasks/TF-1", {"title": title}, headers=KEY)
        assert (reply.status, reply.json["title"]) == (200, title)


def test_refusal_is_answered_again(alice: Client) -> None:
    first, second = (alice.post("/api/tasks", {"title": ""}, headers=KEY) for _ in range(2))

    assert (first.status, "idempotency-replayed" in first.headers) == (400, False)
    assert (second.status, second.text) == (400, first.text)
    assert second.headers["content-type"] == "application/problem+json"
    assert second.headers["idempotency-replayed"] == "true"
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 422


def test_refusal_of_a_viewer_is_answered_again(viewer: Client) -> None:
    first, second = (viewer.post("/api/tasks", BODY, headers=KEY) for _ in range(2))

    assert (first.status, second.status, second.text) == (403, 403, first.text)


def test_nobody_takes_a_key_without_signing_in(alice: Client, anonymous: Client) -> None:
    assert alice.user is not None
    accounts.log_out_everywhere(alice.user)

    assert [who.post("/api/tasks", BODY, headers=KEY).status for who in (anonymous, alice)] == [
        401,
        401,
    ]
    assert rows() == []


def test_refusal_that_asks_to_try_again_gives_the_key_back(
    alice: Client, naps: list[float]
) -> None:
    with faults.refused("TransactWriteItems", "TransactionInProgressException"):
        away = alice.post("/api/tasks", BODY, headers=KEY)
    with refused_by_contention():
        busy = alice.post("/api/tasks", BODY, headers=KEY)

    assert (away.status, busy.status, busy.json["error"]) == (503, 409, BUSY)
    assert rows() == []
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 201


def test_failure_of_our_own_gives_the_key_back(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(service.teams, "next_number", lambda _: 1 / 0)
        assert alice.post("/api/tasks", BODY, headers=KEY).status == 500

    assert alice.post("/api/tasks", BODY, headers=KEY).status == 201


def test_same_request_in_flight_is_409_and_another_one_422(alice: Client) -> None:
    replies: list[Reply] = []

    def meanwhile() -> None:
        replies.extend(
            alice.post("/api/tasks", body, headers=KEY) for body in (BODY, {"title": "Other"})
        )

    with faults.meanwhile("TransactWriteItems", meanwhile):
        winner = alice.post("/api/tasks", BODY, headers=KEY)

    same, other = replies
    assert (same.status, same.json["error"], same.headers["retry-after"]) == (409, IN_FLIGHT, "1")
    assert (other.status, other.json["error"]) == (422, REUSED)
    assert (winner.status, len(recount.stored())) == (201, 1)


@pytest.mark.slow
def test_many_at_once_with_one_key_make_one_task(alice: Client) -> None:
    def post(_: int) -> Reply:
        return alice.post("/api/tasks", BODY, headers=KEY)

    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(post, range(32)))

    statuses = Counter(reply.status for reply in replies)
    assert statuses.keys() <= {201, 409}
    assert len({reply.text for reply in replies if reply.status == 201}) == 1
    assert sum("idempotency-replayed" not in r.headers for r in replies if r.status == 201) == 1
    assert len(recount.stored()) == 1
    recount.assert_consistent()


def test_key_is_free_again_after_a_day(now: Time, alice: Client) -> None:
    assert alice.user is not None
    alice.post("/api/tasks", BODY, headers=KEY)
    now.advance(hours=23, minutes=59, seconds=59)
    alice = Client(token=accounts.tokens.issue(alice.user), user=alice.user)
    still = alice.post("/api/tasks", BODY, headers=KEY)
    now.advance(seconds=1)
    other = alice.post("/api/tasks", {"title": "Other"}, headers=KEY)

    assert still.json["id"] == "TF-1"
    assert (other.status, other.json["id"]) == (201, "TF-2")


def test_claim_of_a_dead_process_ends_with_its_lease(now: Time, alice: Client) -> None:
    with faults.crash(2, When.AFTER):
        alice.post("/api/tasks", BODY, headers=KEY)

    now.advance(seconds=idempotency.LEASE_SECONDS - 1)
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 409
    now.advance(seconds=1)
    assert alice.post("/api/tasks", {"title": "Other"}, headers=KEY).status == 422
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 201


def test_process_that_lost_its_claim_writes_nothing(now: Time, alice: Client) -> None:
    """It was thought dead, and another has taken on the request."""
    replies: list[Reply] = []

    def meanwhile() -> None:
        now.advance(seconds=idempotency.LEASE_SECONDS)
        replies.append(alice.post("/api/tasks", BODY, headers=KEY))

    with faults.meanwhile("TransactWriteItems", meanwhile):
        late = alice.post("/api/tasks", BODY, headers=KEY)

    assert (late.status, late.json["error"]) == (409, IN_FLIGHT)
    assert replies[0].status == 201
    assert len(recount.stored()) == 1
    assert alice.post("/api/tasks", BODY, headers=KEY).text == replies[0].text


def test_claim_is_not_spent_by_another_process(now: Time, alice: Client) -> None:
    """The one that was thought dead commits while the other one is still at it."""

    def meanwhile() -> None:
        now.advance(seconds=idempotency.LEASE_SECONDS)
        with faults.crash(2, When.AFTER):
            alice.post("/api/tasks", BODY, headers=KEY)

    with faults.meanwhile("TransactWriteItems", meanwhile):
        late = alice.post("/api/tasks", BODY, headers=KEY)

    assert (late.status, recount.stored()) == (409, [])
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 409
    now.advance(seconds=idempotency.LEASE_SECONDS)
    assert alice.post("/api/tasks", BODY, headers=KEY).status == 201


def test_lease_outlives_the_function() -> None:
    config = json.loads((Path(__file__).parents[2] / ".chalice" / "config.json").read_text())
    functions = config["stages"]["dev"]["lambda_functions"]

    assert functions["api_handler"]["lambda_timeout"] < idempotency.LEASE_SECONDS


@pytest.mark.slow
@both_moments
def test_creation_that_died_anywhere_is_done_once(now: Time, alice: Client, when: When) -> None:
    """The client sees no answer, and sends the same again until it does."""
    for at in range(1, 20):
        key = {"Idempotency-Key": f"{when.name}-{at}"}
        with faults.crash(at, when) as crash:
            alice.post("/api/tasks", BODY, headers=key)
        while (reply := alice.post("/api/tasks", BODY, headers=key)).status == 409:
            now.advance(seconds=float(reply.headers["retry-after"]))

        assert reply.status == 201
        assert len(recount.stored()) == len(recount.feed()) == at
        recount.assert_consistent()
        if not crash.happened:
            break

    assert "TransactWriteItems" in crash.names


@pytest.mark.slow
def test_lost_answer_neither_doubles_nor_hides_a_creation(alice: Client) -> None:
    for at in range(1, 20):
        key = {"Idempotency-Key": f"lost-{at}"}
        with faults.lost_answers(at) as lost:
            first = alice.post("/api/tasks", BODY, headers=key)
        again = alice.post("/api/tasks", BODY, headers=key)

        assert (first.status, again.text) == (201, first.text)
        assert len(recount.stored()) == at
        recount.assert_consistent()
        if not lost.happened:
            break

    assert lost.names.count("TransactWriteItems") == 1


@pytest.mark.slow
def test_commit_whose_every_answer_is_lost_is_found_by_the_key(alice: Client) -> None:
    """Not even the look at the activity answers: the client is told to try again."""
    with faults.lost_answers(4, 5, 6, 7, 8, 9) as lost:
        first = alice.post("/api/tasks", BODY, headers=KEY)
    again = alice.post("/api/tasks", BODY, headers=KEY)

    assert lost.names[3:9] == ["TransactWriteItems"] * 3 + ["GetItem"] * 3
    assert (first.status, again.status) == (503, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(recount.stored()) == 1


@pytest.mark.slow
@both_moments
def test_refusal_that_died_anywhere_can_be_had_again(now: Time, alice: Client, when: When) -> None:
    for at in range(1, 20):
        key = {"Idempotency-Key": f"{when.name}-{at}"}
        with faults.crash(at, when) as crash:
            alice.post("/api/tasks", {}, headers=key)
        now.advance(seconds=idempotency.LEASE_SECONDS)

        assert alice.post("/api/tasks", {}, headers=key).status == 400
        if not crash.happened:
            break

    assert crash.names == ["GetItem", "PutItem", "UpdateItem"]


@pytest.mark.parametrize("operation", ["UpdateItem", "DeleteItem"])
def test_answer_is_given_though_it_cannot_be_kept(
    alice: Client, operation: str, log: Callable[[], list[dict[str, Any]]]
) -> None:
    with (
        faults.refused(operation, "InternalServerError"),
        faults.refused("TransactWriteItems", "InternalServerError"),
    ):
        refused = alice.post("/api/tasks", {"title": ""}, headers=KEY)

    assert refused.status == 400
    kept = [line["event"] for line in log() if line["event"] == "answer_not_kept"]
    assert kept == (["answer_not_kept"] if operation == "UpdateItem" else [])


def test_failure_is_told_though_the_key_cannot_be_given_back(
    alice: Client, log: Callable[[], list[dict[str, Any]]]
) -> None:
    with (
        faults.refused("DeleteItem", "InternalServerError"),
        faults.refused("TransactWriteItems", "InternalServerError"),
    ):
        reply = alice.post("/api/tasks", BODY, headers=KEY)

    assert reply.status == 503
    assert "claim_not_given_back" in {line["event"] for line in log()}


def test_nothing_readable_is_in_the_row(alice: Client) -> None:
    """Nobody learns keys from the table, and a made task is not copied into it."""
    alice.post("/api/tasks", BODY, headers=KEY)

    (row,) = rows()
    assert row.key.startswith(f"request#{alice.user and alice.user.id}#")
    assert KEY["Idempotency-Key"] not in repr(row.attribute_values)
    assert "Ship it" not in repr(row.attribute_values)
    assert row.leased_until is None


def test_key_in_another_team_of_the_same_person_is_another_body(alice: Client) -> None:
    olga = member_of("OPS", "Olga")
    replies = [
        olga.post("/api/tasks", body, headers=KEY) for body in (BODY, {**BODY, "team": "TF"})
    ]

    assert [reply.status for reply in replies] == [201, 422]


def rows() -> list[tables.EphemeralItem]:
    return [item for item in tables.EphemeralItem.scan() if item.key.startswith("request#")]


def refused_by_contention() -> Any:
    return faults.refused(
        "TransactWriteItems", "TransactionCanceledException", reason="TransactionConflict"
    )
