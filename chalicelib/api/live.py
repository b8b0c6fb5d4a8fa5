"""Tickets for the live socket."""

from msgspec import Struct

from chalicelib.api.routing import Routes
from chalicelib.config import settings
from chalicelib.entities import User
from chalicelib.services import sockets

routes = Routes(__name__)


class Ticket(Struct, frozen=True):
    url: str
    ticket: str
    expires_in: int


@routes.api("POST", "/api/live/ticket", answer=Ticket, errors=(401, 403))
def issue(caller: User) -> Ticket:
    """A ticket that opens one socket, once, within a minute: connect to url?ticket=…"""
    ticket = sockets.issue_ticket(caller)
    return Ticket(settings().required("socket_url"), ticket, sockets.TICKET_SECONDS)
