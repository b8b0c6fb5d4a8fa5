"""Session tokens: HS256 JSON Web Tokens, and the keys that sign them."""

import base64
import binascii
import hashlib
import hmac
import uuid
from datetime import timedelta
from typing import Any

import jwt
from msgspec import Struct

from chalicelib import clock
from chalicelib.config import BadSetting, settings
from chalicelib.entities import User
from chalicelib.errors import SessionEnded, Unavailable
from chalicelib.storage import keys

_ISSUER = "taskflow"
_AUDIENCE = "taskflow:session"
_ALGORITHM = "HS256"
_REQUIRED = ["aud", "exp", "iat", "iss", "jti", "sub"]
_LEEWAY = timedelta(seconds=30)
# RFC 7518, 3.2: a key of at least the size of the hash's output.
_SHORTEST_KEY = 32
# How long a process signs with a key that has been rotated, and accepts one that was taken back.
_KEYS_LIVE_SECONDS = 300
# What an unknown key has signed may be of a new one: the keys are read again at once, and then not
# sooner than this, so that whoever makes key ids up costs a process six reads a minute.
_UNKNOWN_SECONDS = 10


class Claims(Struct, frozen=True):
    """What a token says: whose it is, and the session epoch and the session it was issued in.

    One of a former release names no session: it lives as long as its epoch.
    """

    user_id: str
    session_epoch: int
    session_id: str | None = None


class _KeyRing(Struct, frozen=True):
    """The current key signs; the previous one still verifies. `current` is a key of `keys`."""

    current: str
    keys: dict[str, bytes]
    read_at: int


_ring: _KeyRing | None = None
_looked_at = 0


def require_keys() -> None:
    """Raises Unavailable while there are none to sign with: before a session begins for nothing."""
    _keys()


def issue(user: User) -> str:
    """A token for the user in the session they are in, valid for the configured hours."""
    ring = _keys()
    now = clock.now()
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": user.id,
        "iat": now,
        "exp": now + timedelta(hours=settings().token_hours),
        "jti": user.session_id or str(uuid.uuid4()),
        "user_id": user.id,
        "email": user.email,
        "role": user.role.value,
        "epoch": user.session_epoch,
    }
    if user.session_id is not None:
        claims["sid"] = user.session_id
    key = ring.keys[ring.current]
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": ring.current})


def verify(token: str) -> Claims:
    """Raises SessionEnded for everything but an unexpired session token of ours."""
    try:
        claims = _decoded(token)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise SessionEnded from error
    age = clock.seconds() - claims["iat"]
    if not -_LEEWAY.seconds <= age <= settings().token_hours * 3600 + _LEEWAY.seconds:
        raise SessionEnded
    if not isinstance(claims.get("epoch"), int):
        raise SessionEnded
    session_id = claims.get("sid")
    return Claims(claims["sub"], claims["epoch"], None if session_id is None else str(session_id))


def mac(purpose: str, message: bytes) -> bytes:
    """A keyed digest for things other than tokens; one purpose's never fits another's."""
    return _mac(_keys().current, purpose, message)


def is_mac(digest: bytes, purpose: str, message: bytes) -> bool:
    """Whether `digest` is the mac of the message under the current or the previous key."""

    def is_known() -> bool:
        candidates = [_mac(kid, purpose, message) for kid in _keys().keys]
        return any(hmac.compare_digest(digest, candidate) for candidate in candidates)

    return is_known() or (_looked_again() and is_known())


def parse_keys(document: Any) -> tuple[str, dict[str, bytes]]:
    """The current key id and all keys by id; raises BadSetting when one is missing or weak."""
    try:
        entries = [entry for entry in (document["current"], document.get("previous")) if entry]
        ring = {str(entry["kid"]): base64.urlsafe_b64decode(entry["key"]) for entry in entries}
        current = str(document["current"]["kid"])
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadSetting("The signing keys in SSM are not of the expected form") from error
    if any(len(key) < _SHORTEST_KEY for key in ring.values()):
        raise BadSetting(f"A signing key in SSM is shorter than {_SHORTEST_KEY} bytes")
    return current, ring


def _decoded(token: str) -> dict[str, Any]:
    kid = str(jwt.get_unverified_header(token).get("kid"))
    key = _keys().keys.get(kid)
    if key is None and _looked_again():
        key = _keys().keys.get(kid)
    if key is None:
        raise jwt.InvalidTokenError("Unknown key id")
    options: Any = {"require": _REQUIRED, "verify_exp": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[_ALGORITHM],
        issuer=_ISSUER,
        audience=_AUDIENCE,
        leeway=_LEEWAY,
        options=options,
    )
    if not all(isinstance(claims[name], int) for name in ("exp", "iat")):
        raise jwt.InvalidTokenError("exp and iat must be whole seconds")
    if claims["exp"] + _LEEWAY.seconds < clock.seconds():
        raise jwt.ExpiredSignatureError("Expired")
    return claims


def _mac(kid: str, purpose: str, message: bytes) -> bytes:
    return hmac.digest(_keys().keys[kid], purpose.encode() + b"\0" + message, hashlib.sha256)


def _keys() -> _KeyRing:
    """The key ring, read from SSM at first use and every few minutes after that."""
    global _ring  # noqa: PLW0603 - a cache that lives as long as the Lambda's process
    now = clock.seconds()
    if _ring is None or not 0 <= now - _ring.read_at < _KEYS_LIVE_SECONDS:
        _ring = _read(now, former=_ring)
    return _ring


def _looked_again() -> bool:
    """Read the keys before their time, unless that was done just now; whether they are others."""
    global _ring, _looked_at  # noqa: PLW0603 - as above
    now = clock.seconds()
    if 0 <= now - _looked_at < _UNKNOWN_SECONDS:
        return False
    _looked_at = now
    former = _keys()
    _ring = _read(now, former=former)
    return _ring.keys != former.keys


def forget_keys() -> None:
    """What a fresh process knows: nothing."""
    global _ring, _looked_at
    _ring, _looked_at = None, 0


def _read(now: int, *, former: _KeyRing | None) -> _KeyRing:
    """The keys as they are now; while SSM does not answer, those known before still serve."""
    try:
        current, ring = parse_keys(keys.document())
    except Unavailable:
        if former is None:
            raise
        return _KeyRing(former.current, former.keys, now)
    return _KeyRing(current, ring, now)
