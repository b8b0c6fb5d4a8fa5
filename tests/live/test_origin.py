"""Which pages may open a socket."""

import pytest

from chalicelib.live import sockets
from chalicelib.services import sockets as tickets
from tests import events
from tests.conftest import Client


@pytest.mark.parametrize(
    "origin",
    [
        *("https://elsewhere.test", "http://taskflow.test", "https://taskflow.test.elsewhere"),
        *("https://taskflow.test:8443", "https://elsewhere@taskflow.test", "taskflow.test"),
        *("null", "http://[", "https://", "//taskflow.test", "\0"),
    ],
)
def test_socket_from_a_foreign_origin_is_refused(alice: Client, origin: str) -> None:
    assert alice.user is not None
    ticket = tickets.issue_ticket(alice.user)

    status = sockets.connect(events.socket("CONNECT", "c-1", ticket=ticket, origin=origin))

    assert status == 403


@pytest.mark.parametrize("origin", ["https://taskflow.test", None])
def test_socket_from_our_pages_and_from_programs_opens(alice: Client, origin: str | None) -> None:
    assert alice.user is not None
    ticket = tickets.issue_ticket(alice.user)

    status = sockets.connect(events.socket("CONNECT", "c-1", ticket=ticket, origin=origin))

    assert status == 200
