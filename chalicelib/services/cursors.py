"""Cursors: opaque positions in a list, signed and bound to the query and the caller."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.errors import Fault, Invalid
from chalicelib.i18n import Message
from chalicelib.services import tokens

_PURPOSE = "cursor"
_DIGEST_BYTES = 32


def seal(position: Mapping[str, Any], scope: str) -> str:
    """A cursor for `position` that opens only in the same `scope`."""
    payload = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_digest(payload, scope) + payload).decode().rstrip("=")


def unseal(cursor: str, scope: str) -> dict[str, Any]:
    """The position in a cursor; raises Invalid for a foreign, altered or malformed one."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    digest, payload = sealed[:_DIGEST_BYTES], sealed[_DIGEST_BYTES:]
    if not tokens.is_mac(digest, _PURPOSE, _bound(payload, scope)):
        raise _invalid()
    position: dict[str, Any] = msgspec.json.decode(payload)
    return position


def _digest(payload: bytes, scope: str) -> bytes:
    return tokens.mac(_PURPOSE, _bound(payload, scope))


def _bound(payload: bytes, scope: str) -> bytes:
    return scope.encode() + b"\0" + payload


def _invalid() -> Invalid:
    return Invalid(Fault("cursor", Message("error.cursor")))
