"""Sessions over HTTP: where the caller is signed in, and signing out there."""

from msgspec import Struct

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import sessions

routes = Routes(__name__)


class Sessions(Struct, frozen=True):
    sessions: list[representations.Session]


@routes.api("GET", "/api/sessions", answer=Sessions, errors=(401,))
def show_all(caller: User) -> Sessions:
    """Where the caller is signed in, the newest first; 20 at most."""
    return Sessions([representations.session(each, caller) for each in sessions.of(caller)])


@routes.api("DELETE", "/api/sessions/{id}", status=204, errors=(401, 403, 404))
def end(caller: User, id: str) -> None:  # noqa: A002 - the name in the path
    """End one of the caller's sessions, with its sockets, at their next request or push."""
    sessions.end(caller, id)
