"""Who is calling: the bearer token or the session cookie of a request."""

from chalicelib import i18n
from chalicelib.api.requests import SESSION_COOKIE, Request
from chalicelib.entities import User
from chalicelib.errors import NotAllowed, NotSignedIn, SessionEnded
from chalicelib.i18n import Message
from chalicelib.services import accounts, throttles

_FOREIGN = Message("error.foreign_site")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def caller(request: Request) -> User:
    """The person behind the request; raises NotSignedIn, SessionEnded, NotAllowed.

    A cookie comes along with requests that other sites cause, so a write by cookie must come
    from a page of ours. A header cannot be sent that way.
    """
    header = request.headers.get("authorization")
    if header is not None:
        return _speaking(accounts.authenticate(_bearer(header)))
    token = request.cookie(SESSION_COOKIE)
    if not token:
        raise NotSignedIn
    require_same_origin(request)
    return _speaking(accounts.authenticate(token))


def visitor(request: Request) -> User | None:
    """The person with this session cookie, if it is a good one."""
    token = request.cookie(SESSION_COOKIE)
    try:
        return _speaking(accounts.authenticate(token)) if token else None
    except SessionEnded:
        return None


def count_write(request: Request, user: User) -> None:
    """Raises Throttled for a write that is one too many."""
    if request.method not in _READS:
        throttles.require_write(user)


def require_same_origin(request: Request) -> None:
    """Raises NotAllowed for a write that a foreign site has caused."""
    if request.method not in _READS and not request.is_same_origin:
        raise NotAllowed(_FOREIGN)


def refuse_foreign(request: Request) -> None:
    """Raises NotAllowed for a form that a browser says a foreign site has sent.

    Signing in needs no session, so programs, which send neither header, may do it.
    """
    is_browser = "sec-fetch-site" in request.headers or "origin" in request.headers
    if is_browser and not request.is_same_origin:
        raise NotAllowed(_FOREIGN)


def _speaking(user: User) -> User:
    """From here on they are answered in the language of their profile, if they chose one."""
    i18n.prefer(user.language)
    return user


def _bearer(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn
    return token.strip()
