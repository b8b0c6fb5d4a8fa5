"""The Idempotency-Key header: a request that comes twice is done once and answered alike.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import re
from collections.abc import Callable

from chalice.app import Response

from chalicelib.api.requests import Request
from chalicelib.entities import Answered, Claim, User
from chalicelib.errors import Fault, Invalid
from chalicelib.i18n import Message
from chalicelib.services import idempotency

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = r"^[\x21-\x7e]{1,255}$"

# What of an answer is said again; the rest is each response's own.
_KEPT = ("Content-Type", "ETag", "Location")
_OUR_FAULT = 500
_REFUSED = 400

Serve = Callable[[Claim | None], Response]


def once(request: Request, caller: User, serve: Serve, *, spends: bool) -> Response:
    """What `serve` answers, or answered when this request came before; raises KeyReused, InFlight.

    An answer that asks to try again, and one that is our own fault, gives the key free. If the
    view `spends` its claim, its success is kept by the change it makes; otherwise it is kept
    here, and a process that dies in between leaves a request that is done again.
    """
    if HEADER.lower() not in request.headers:
        return serve(None)
    claim = idempotency.begin(caller, _key(request), _fingerprint(request))
    if isinstance(claim, Answered):
        return _again(Response(claim.body, dict(claim.headers), claim.status))
    response = serve(claim)
    if claim.change is not None:
        return _again(response)
    if response.status_code >= _OUR_FAULT or "Retry-After" in response.headers:
        idempotency.give_back(claim)
    elif response.status_code >= _REFUSED or not spends:
        idempotency.finish(claim, _answered(response))
    return response


def _key(request: Request) -> str:
    key = request.headers[HEADER.lower()]
    if not re.fullmatch(PATTERN, key):
        raise Invalid(Fault(HEADER, Message("error.idempotency_key")))
    return key


def _fingerprint(request: Request) -> str:
    """Method, path and the bytes of the body, none of which can run into the next."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def _answered(response: Response) -> Answered:
    kept = {name: str(response.headers[name]) for name in _KEPT if name in response.headers}
    return Answered(response.status_code, kept, response.body)


def _again(response: Response) -> Response:
    response.headers[REPLAYED] = "true"
    return response
