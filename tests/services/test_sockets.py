"""Who hears a team: checked as of the push, not as of the connect."""

import pytest

from chalicelib.entities import User
from chalicelib.errors import SessionEnded
from chalicelib.services import accounts, sockets, teams
from chalicelib.services.sockets import Audience
from chalicelib.storage import tables, users
from tests.conftest import Client, Time


@pytest.fixture
def listener(now: Time, bob: Client) -> User:
    """Bob, who listens on "old" and, a minute later, on "new"."""
    assert bob.user is not None
    for socket in ("old", "new"):
        sockets.open_with(sockets.issue_ticket(bob.user), socket)
        sockets.listen(socket)
        now.advance(minutes=1)
    return bob.user


def test_audience_is_every_listening_socket(listener: User) -> None:
    assert sockets.audience("TF") == Audience(allowed=["new", "old"], revoked=[])


def test_audience_of_a_team_nobody_listens_to_is_empty(aws: object) -> None:
    assert sockets.audience("TF") == Audience(allowed=[], revoked=[])


def test_session_that_ended_is_revoked_and_a_later_one_is_not(listener: User) -> None:
    accounts.log_out_everywhere(listener)
    signed_in = users.get(listener.id)
    assert signed_in is not None
    sockets.open_with(sockets.issue_ticket(signed_in), "newest")
    sockets.listen("newest")

    assert sockets.audience("TF") == Audience(allowed=["newest"], revoked=["new", "old"])


def test_former_member_is_revoked(listener: User) -> None:
    teams.remove_member("TF", listener.id)

    assert sockets.audience("TF") == Audience(allowed=[], revoked=["new", "old"])


def test_disabled_user_is_revoked(listener: User) -> None:
    users.set_disabled(listener.id, disabled=True)

    assert sockets.audience("TF") == Audience(allowed=[], revoked=["new", "old"])


def test_person_who_no_longer_exists_is_revoked(listener: User) -> None:
    tables.UserItem(listener.id).delete()

    assert sockets.audience("TF") == Audience(allowed=[], revoked=["new", "old"])


def test_expired_sockets_are_nobody(now: Time, listener: User) -> None:
    now.advance(hours=2, minutes=3, seconds=30)

    assert sockets.audience("TF") == Audience(allowed=["new"], revoked=[])
    with pytest.raises(SessionEnded):
        sockets.listen("old")


def test_tickets_are_kept_under_a_hash(listener: User) -> None:
    ticket = sockets.issue_ticket(listener)

    rows = [item.attribute_values for item in tables.EphemeralItem.scan()]

    assert rows
    assert ticket not in repr(rows)


def test_unknown_socket_is_forgotten_without_complaint(aws: object) -> None:
    sockets.forget("nobody")
