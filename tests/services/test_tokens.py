"""Session tokens: what is in them, and everything that is refused."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from chalicelib import clock
from chalicelib.config import BadSetting
from chalicelib.errors import SessionEnded, Unavailable
from chalicelib.services import tokens
from tests.conftest import KEYS, Client, Time

KEY = base64.urlsafe_b64decode(KEYS["current"]["key"])
OTHER_KEY = b"another key of more than 32 bytes, which is not ours"
DAY = 24 * 3600


@pytest.fixture
def claims(alice: Client, now: Time) -> dict[str, Any]:
    """The claims of a good token of Alice's."""
    assert alice.token is not None
    assert alice.user is not None
    return jwt.decode(tokens.issue(alice.user), options={"verify_signature": False})


def test_token_names_its_person_and_lives_a_day(alice: Client, now: Time) -> None:
    assert alice.user is not None
    token = tokens.issue(alice.user)

    header, claims = jwt.get_unverified_header(token), _claims(token)

    issued = clock.seconds()
    assert header == {"alg": "HS256", "kid": "k1", "typ": "JWT"}
    assert claims == {
        "iss": "taskflow",
        "aud": "taskflow:session",
        "sub": alice.user.id,
        "iat": issued,
        "exp": issued + DAY,
        "jti": claims["jti"],
        "user_id": alice.user.id,
        "email": "alice@example.com",
        "role": "user",
        "epoch": 1,
    }
    assert tokens.verify(token) == tokens.Claims(alice.user.id, 1)
    assert _claims(tokens.issue(alice.user))["jti"] != claims["jti"]


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp", "jti", "epoch"])
def test_token_without_a_claim_is_refused(claims: dict[str, Any], claim: str) -> None:
    good = _signed(claims)
    del claims[claim]

    assert tokens.verify(good)
    _assert_refused(_signed(claims))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "elsewhere"},
        {"aud": "taskflow:reset"},
        {"aud": "taskflow"},
        {"aud": ["other", "another"]},
        {"sub": 7},
        {"sub": None},
        {"exp": "tomorrow"},
        {"exp": None},
        {"exp": 1e300},
        {"iat": "today"},
        {"iat": None},
        {"epoch": "1"},
        {"epoch": None},
        {"jti": None},
        {"nbf": 32_503_680_000},
    ],
    ids=str,
)
def test_token_with_another_claim_is_refused(
    claims: dict[str, Any], change: dict[str, Any]
) -> None:
    _assert_refused(_raw({"alg": "HS256", "kid": "k1"}, claims | change))


def test_token_of_another_key_is_refused(claims: dict[str, Any]) -> None:
    _assert_refused(jwt.encode(claims, OTHER_KEY, "HS256", {"kid": "k1"}))


@pytest.mark.parametrize("kid", ["k0", "", "../k1", "K1", "current", None])
def test_token_of_another_key_id_is_refused(claims: dict[str, Any], kid: str | None) -> None:
    header = {"alg": "HS256"} if kid is None else {"alg": "HS256", "kid": kid}

    _assert_refused(_raw(header, claims))


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "", "hs256"]
)
def test_token_of_another_algorithm_is_refused(claims: dict[str, Any], algorithm: str) -> None:
    _assert_refused(_raw({"alg": algorithm, "kid": "k1"}, claims))


def test_token_without_a_signature_is_refused(claims: dict[str, Any]) -> None:
    for algorithm in ("none", "HS256"):
        head, body, _ = _raw({"alg": algorithm, "kid": "k1"}, claims).split(".")
        _assert_refused(f"{head}.{body}.")


def test_token_whose_claims_were_exchanged_is_refused(claims: dict[str, Any]) -> None:
    head, _, signature = _signed(claims).split(".")
    other = _signed(claims | {"sub": "someone-else"}).split(".")[1]

    _assert_refused(f"{head}.{other}.{signature}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.e30.", "\ud800", "x" * 10_000, "é.é.é", "null", " "]
)
def test_text_that_is_no_token_is_refused(aws: Any, token: str) -> None:
    _assert_refused(token)


def test_token_ends_after_its_hours(alice: Client, now: Time) -> None:
    assert alice.user is not None
    token = tokens.issue(alice.user)

    now.advance(hours=24, seconds=29)
    assert tokens.verify(token)
    now.advance(seconds=2)
    _assert_refused(token)


def test_token_lives_no_longer_than_configured_whatever_it_says(
    claims: dict[str, Any], now: Time
) -> None:
    token = _signed(claims | {"exp": claims["iat"] + 365 * DAY})

    assert tokens.verify(token)
    now.advance(hours=24, seconds=31)
    _assert_refused(token)


def test_token_from_the_future_is_refused(claims: dict[str, Any]) -> None:
    assert tokens.verify(_signed(claims | {"iat": claims["iat"] + 30}))
    _assert_refused(_signed(claims | {"iat": claims["iat"] + 31}))


@pytest.fixture
def rotated() -> dict[str, Any]:
    """Keys after a rotation: a new current one, the former one is the previous."""
    return {"current": {"kid": "k2", "key": _text(OTHER_KEY)}, "previous": KEYS["current"]}


def test_previous_key_still_verifies_after_a_rotation(
    alice: Client, aws: Any, rotated: dict[str, Any], now: Time
) -> None:
    assert alice.user is not None
    old = tokens.issue(alice.user)

    _store_keys(aws, rotated)
    now.advance(seconds=301)
    fresh = tokens.issue(alice.user)

    assert jwt.get_unverified_header(fresh)["kid"] == "k2"
    assert tokens.verify(old) == tokens.verify(fresh)
    _store_keys(aws, {"current": rotated["current"], "previous": None})
    now.advance(seconds=301)
    assert tokens.verify(fresh)
    _assert_refused(old)


@pytest.fixture
def stale(alice: Client, aws: Any, rotated: dict[str, Any], now: Time) -> Iterator[str]:
    """A token that another process signed with the new key, while this one knows the old ones."""
    assert alice.user is not None
    tokens.issue(alice.user)
    old_ring = tokens._ring
    _store_keys(aws, rotated)
    tokens.forget_keys()
    fresh = tokens.issue(alice.user)
    tokens.forget_keys()
    tokens._ring = old_ring
    yield fresh
    tokens.forget_keys()


def test_token_of_a_new_key_is_accepted_by_a_process_that_knows_the_old_ones(stale: str) -> None:
    assert jwt.get_unverified_header(stale)["kid"] == "k2"

    assert tokens.verify(stale)


def test_made_up_key_ids_cost_a_read_every_ten_seconds_at_most(
    alice: Client, now: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.token
    tokens.verify(alice.token)
    reads: list[int] = []
    document = tokens.keys.document
    monkeypatch.setattr(tokens.keys, "document", lambda: (reads.append(1), document())[1])
    made_up = [_raw({"alg": "HS256", "kid": f"no-{n}"}, _claims(alice.token)) for n in range(30)]

    for token in made_up:
        _assert_refused(token)
        now.advance(seconds=1)

    assert len(reads) == 3
    assert tokens.verify(alice.token)


def test_digest_under_a_new_key_is_known_to_a_process_that_knows_the_old_ones(
    alice: Client, aws: Any, rotated: dict[str, Any], now: Time
) -> None:
    old, old_ring = tokens.mac("cursor", b"message"), tokens._ring
    _store_keys(aws, rotated)
    tokens.forget_keys()
    fresh = tokens.mac("cursor", b"message")
    assert tokens.is_mac(old, "cursor", b"message")
    tokens.forget_keys()
    tokens._ring = old_ring

    assert tokens.is_mac(fresh, "cursor", b"message")
    assert not tokens.is_mac(b"made up", "cursor", b"message")


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "key",
        {},
        {"current": None},
        {"current": {"kid": "k1"}},
        {"current": {"key": "a"}},
        {"current": {"kid": "k1", "key": None}},
        {"current": {"kid": "k1", "key": "not base64!"}},
        {"current": {"kid": "k1", "key": ""}},
        {"current": {"kid": "k1", "key": "c2hvcnQ="}},
        {"current": KEYS["current"], "previous": {"kid": "k0", "key": "c2hvcnQ="}},
    ],
    ids=str,
)
def test_missing_and_weak_keys_are_refused_by_name(document: Any) -> None:
    with pytest.raises(BadSetting, match="in SSM"):
        tokens.parse_keys(document)


def test_key_of_32_bytes_is_enough() -> None:
    document = {"current": {"kid": "k1", "key": _text(b"x" * 32)}}

    assert tokens.parse_keys(document) == ("k1", {"k1": b"x" * 32})


def test_without_keys_nothing_is_signed(alice: Client, aws: Any, now: Time) -> None:
    assert alice.user is not None
    aws.create_client("ssm", "eu-central-1").delete_parameter(Name="/taskflow/test/jwt-keys")
    tokens._ring = None

    with pytest.raises(Unavailable):
        tokens.issue(alice.user)


def test_keys_that_are_known_serve_while_the_parameter_store_is_away(
    alice: Client, aws: Any, now: Time
) -> None:
    assert alice.user is not None
    aws.create_client("ssm", "eu-central-1").delete_parameter(Name="/taskflow/test/jwt-keys")
    now.advance(seconds=301)

    assert tokens.verify(tokens.issue(alice.user)).user_id == alice.user.id


def test_digest_of_one_purpose_never_fits_another(aws: Any) -> None:
    digest = tokens.mac("cursor", b"message")

    assert tokens.is_mac(digest, "cursor", b"message")
    assert not tokens.is_mac(digest, "reset", b"message")
    assert not tokens.is_mac(digest, "cursor", b"massage")
    assert not tokens.is_mac(b"", "cursor", b"message")


def _assert_refused(token: str) -> None:
    with pytest.raises(SessionEnded):
        tokens.verify(token)


def _signed(claims: dict[str, Any]) -> str:
    return _raw({"alg": "HS256", "kid": "k1", "typ": "JWT"}, claims)


def _raw(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Rightly signed with our key by HS256, whatever the header and the claims say."""
    head, body = (_text(json.dumps(part).encode()).rstrip("=") for part in (header, claims))
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = algorithm.sign(f"{head}.{body}".encode(), algorithm.prepare_key(KEY))
    return f"{head}.{body}.{_text(signature).rstrip('=')}"


def _claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _store_keys(aws: Any, document: dict[str, Any]) -> None:
    aws.create_client("ssm", "eu-central-1").put_parameter(
        Name="/taskflow/test/jwt-keys",
        Value=json.dumps(document),
        Type="SecureString",
        Overwrite=True,
    )
