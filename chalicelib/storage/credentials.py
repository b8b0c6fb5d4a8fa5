"""The credentials table: whose an email is, and the hash of the password."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.models import Model

from chalicelib.entities import Counter, Credential
from chalicelib.errors import Contention, Unavailable
from chalicelib.storage import connection
from chalicelib.storage.tables import CredentialItem, EphemeralItem

# DynamoDB may leave keys for another call, when it is busy.
_BATCH_ATTEMPTS = 3


def get(email: str) -> Credential | None:
    """The credential of a normalised email, strongly consistent."""
    try:
        item = CredentialItem.get(email, consistent_read=True)
    except DoesNotExist:
        return None
    return _credential(item)


def get_with_tallies(
    email: str | None, counters: Iterable[Counter]
) -> tuple[Credential | None, dict[str, int]]:
    """The credential of a normalised email, and what was counted, by key.

    Strongly consistent, in one round trip that asks as much whoever it is about.
    """
    wanted: dict[str, Any] = {
        _name(EphemeralItem): [{"key": {"S": each.key}} for each in counters],
    }
    if email is not None:
        wanted[_name(CredentialItem)] = [{"email": {"S": email}}]
    rows = _batch(wanted)
    found = [CredentialItem.from_raw_data(row) for row in rows.get(_name(CredentialItem), [])]
    counted = [EphemeralItem.from_raw_data(row) for row in rows.get(_name(EphemeralItem), [])]
    tallies = {item.key: int(item.tally or 0) for item in counted}
    return (_credential(found[0]) if found else None), tallies


def set_addresses(email: str, addresses: Iterable[str]) -> None:
    """Where the person signs in from; forgotten where somebody else is at the credential."""
    with contextlib.suppress(Contention):
        CredentialItem(email).update(
            [CredentialItem.addresses.set(list(addresses))], condition=CredentialItem.email.exists()
        )


def replace_hash(credential: Credential, password_hash: str) -> bool:
    """Store a new hash, unless someone else is at the credential; whether it was stored."""
    try:
        CredentialItem(credential.email).update(
            [CredentialItem.password_hash.set(password_hash)],
            condition=CredentialItem.password_hash == credential.password_hash,
        )
    except Contention:
        return False
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _batch(wanted: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of these keys, by table: PynamoDB's own batches are of one table each."""
    rows: dict[str, list[dict[str, Any]]] = {}
    left: Any = {name: {"Keys": keys, "ConsistentRead": True} for name, keys in wanted.items()}
    for _ in range(_BATCH_ATTEMPTS):
        answer = connection.shared().dispatch("BatchGetItem", {"RequestItems": left})
        for name, found in answer["Responses"].items():
            rows.setdefault(name, []).extend(found)
        left = answer.get("UnprocessedKeys")
        if not left:
            return rows
    raise Unavailable


def _name(model: type[Model]) -> str:
    return str(model.Meta.table_name)


def _credential(item: CredentialItem) -> Credential:
    return Credential(item.email, item.user_id, item.password_hash, tuple(item.addresses or ()))
