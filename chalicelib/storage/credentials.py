"""The credentials table: whose an email is, and the hash of the password."""

from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib.entities import Credential
from chalicelib.errors import Contention
from chalicelib.storage.tables import CredentialItem


def get(email: str) -> Credential | None:
    """The credential of a normalised email, strongly consistent."""
    try:
        item = CredentialItem.get(email, consistent_read=True)
    except DoesNotExist:
        return None
    return Credential(item.email, item.user_id, item.password_hash)


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
