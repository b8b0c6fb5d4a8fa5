"""Requests that may come twice: who is at one, and what became of it, in the ephemeral table.

absent ──take──> taken ──finish, or spend with the change it makes──> finished
  ^               │ │ lease runs out: the process died, whoever repeats the request may take it
  └───give back───┘ └─take──> taken by another

0 s           lease: 25 s                                   24 h
├ taken: 409 ─┼ free for the same request, 422 for another ─┤ free, whether or not TTL was here
├ finished: answered again, 422 for another ────────────────┤ free
"""

import hashlib

import msgspec
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib import clock, ids
from chalicelib.entities import Activity, Answered, Claim
from chalicelib.errors import Contention, InFlight, KeyReused
from chalicelib.storage.tables import EphemeralItem
from chalicelib.storage.transactions import Transaction

# Longer than the API's Lambda may run, so that a lease never ends under a living process.
LEASE_SECONDS = 25
MEMORY_SECONDS = 86_400


def take(user_id: str, key: str, fingerprint: str) -> Claim | Answered:
    """Take on the user's request of that key, or what it was answered.

    A claim whose `change` is set has done its work: only the answer is wanted again. Raises
    KeyReused when the key belongs to a request of another fingerprint, and InFlight while
    another process is at it.
    """
    now = clock.seconds()
    claim = Claim(_row(user_id, key), owner=ids.new())
    fresh = EphemeralItem(
        claim.row,
        fingerprint=fingerprint,
        owner=claim.owner,
        leased_until=now + LEASE_SECONDS,
        expires_at=now + MEMORY_SECONDS,
    )
    absent = EphemeralItem.key.does_not_exist() | (EphemeralItem.expires_at <= now)
    died = (EphemeralItem.leased_until <= now) & (EphemeralItem.fingerprint == fingerprint)
    try:
        fresh.save(condition=absent | died)
    except Contention as error:
        raise InFlight from error
    except PutError as error:
        _require_condition(error)
        return _found(claim, fingerprint)
    return claim


def spend(transaction: Transaction, claim: Claim, activity: Activity) -> None:
    """Let the request be finished by the very change it makes.

    The transaction fails with InFlight when the claim is another's by now.
    """
    transaction.update(
        EphemeralItem(claim.row),
        [
            EphemeralItem.leased_until.remove(),
            EphemeralItem.team.set(activity.task.team),
            EphemeralItem.activity_id.set(activity.id),
        ],
        condition=_is_held(claim),
        otherwise=InFlight,
    )


def finish(claim: Claim, answered: Answered) -> None:
    """Keep the answer, unless the claim is another's by now or has been spent."""
    text = msgspec.json.encode(answered).decode()
    try:
        EphemeralItem(claim.row).update(
            [EphemeralItem.leased_until.remove(), EphemeralItem.answer.set(text)],
            condition=_is_held(claim),
        )
    except UpdateError as error:
        _require_condition(error)


def give_back(claim: Claim) -> None:
    """Nothing came of it: whoever repeats the request need not wait for the lease to run out."""
    try:
        EphemeralItem(claim.row).delete(condition=_is_held(claim))
    except DeleteError as error:
        _require_condition(error)


def _found(claim: Claim, fingerprint: str) -> Claim | Answered:
    """What is in the way of a claim: perhaps the claim itself, whose answer was lost."""
    try:
        item = EphemeralItem.get(claim.row, consistent_read=True)
    except DoesNotExist as error:
        raise InFlight from error
    if item.fingerprint != fingerprint:
        raise KeyReused
    if item.answer:
        return msgspec.json.decode(item.answer, type=Answered)
    if item.activity_id:
        return Claim(claim.row, claim.owner, change=(str(item.team), item.activity_id))
    if item.owner != claim.owner:
        raise InFlight
    return claim


def _is_held(claim: Claim) -> Condition:
    held: Condition = EphemeralItem.leased_until.exists() & (EphemeralItem.owner == claim.owner)
    return held


def _require_condition(error: PutError | UpdateError | DeleteError) -> None:
    """Raises the error unless it is a condition that was not met."""
    if error.cause_response_code != "ConditionalCheckFailedException":
        raise error


def _row(user_id: str, key: str) -> str:
    return f"request#{user_id}#{hashlib.sha256(key.encode()).hexdigest()}"
