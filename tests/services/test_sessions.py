"""Sessions: where a person is signed in, and the end of one at the next request and push."""

from datetime import timedelta

import pytest

from chalicelib.entities import NOWHERE, Origin, User
from chalicelib.errors import BadCredentials, SessionEnded, SessionNotFound
from chalicelib.services import (
    accounts,
    administration,
    presence,
    profiles,
    sessions,
    sockets,
    teams,
)
from chalicelib.services.accounts import SignedIn
from chalicelib.services.sockets import Audience
from chalicelib.storage import tables, users
from tests.conftest import PASSWORD, Client, Time

ALICE = "alice@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME = Origin("198.51.100.7", FIREFOX)


def sign_in(origin: Origin = HOME) -> SignedIn:
    return accounts.log_in(ALICE, PASSWORD, origin)


def person(user: User | None) -> User:
    assert user is not None
    return user


def is_live(signed_in: SignedIn) -> bool:
    try:
        accounts.authenticate(signed_in.token)
    except SessionEnded:
        return False
    return True


def test_session_says_since_when_from_what_and_where(now: Time, alice: Client) -> None:
    (session,) = sessions.of(sign_in().user)

    assert (session.agent, session.address) == ("Firefox, Linux", "198.51.100.*")
    assert (session.created_at, session.seen_at) == (now.now, now.now)


def test_sessions_are_listed_newest_first(now: Time, alice: Client) -> None:
    first = sign_in().user.session_id
    now.advance(minutes=1)
    second = sign_in()

    assert [each.id for each in sessions.of(second.user)] == [second.user.session_id, first]


def test_ended_session_is_dead_at_the_next_request_and_the_others_live(alice: Client) -> None:
    lost, here = sign_in(), sign_in()

    sessions.end(accounts.authenticate(here.token), str(lost.user.session_id))

    assert (is_live(lost), is_live(here)) == (False, True)


def test_ended_session_is_dead_at_the_next_push(alice: Client) -> None:
    lost, here = sign_in(), sign_in()
    for socket, signed_in in (("lost", lost), ("here", here)):
        sockets.open_with(sockets.issue_ticket(signed_in.user), socket)
        sockets.listen(socket)
    unused = sockets.issue_ticket(lost.user)

    sessions.end(accounts.authenticate(here.token), str(lost.user.session_id))

    assert sockets.audience("TF") == Audience(allowed=["here"], revoked=["lost"])
    with pytest.raises(SessionEnded):
        sockets.listen("lost")
    with pytest.raises(SessionEnded):
        presence.open_task("lost", None, 1)
    with pytest.raises(SessionEnded):
        sockets.open_with(unused, "again")


@pytest.mark.parametrize("session_id", ["", "x", "sessions", "a.b", "#x", "x" * 500])
def test_what_is_no_session_of_ones_own_is_absent(alice: Client, session_id: str) -> None:
    with pytest.raises(SessionNotFound):
        sessions.end(sign_in().user, session_id)


def test_signing_out_ends_this_session_alone(alice: Client) -> None:
    left, stays = sign_in(), sign_in()

    accounts.log_out(accounts.authenticate(left.token))

    assert (is_live(left), is_live(stays)) == (False, True)


def test_signing_out_everywhere_leaves_none(alice: Client) -> None:
    one, other = sign_in(), sign_in()

    accounts.log_out_everywhere(one.user)

    assert (is_live(one), is_live(other)) == (False, False)
    assert sessions.of(person(users.get(one.user.id))) == []


def test_new_password_leaves_the_one_session_it_returns(alice: Client) -> None:
    old, other = sign_in(), sign_in()

    new = profiles.change_password(old.user, PASSWORD, "another good one", HOME)

    assert [is_live(each) for each in (old, other, new)] == [False, False, True]
    assert [each.id for each in sessions.of(accounts.authenticate(new.token))] == [
        new.user.session_id
    ]


def test_oldest_session_makes_room(now: Time, alice: Client) -> None:
    made = []
    for _ in range(sessions.MOST + 2):
        made.append(sign_in())
        now.advance(seconds=1)

    assert [is_live(each) for each in made] == [False] * 2 + [True] * sessions.MOST
    assert len(sessions.of(person(users.get(made[0].user.id)))) == sessions.MOST


def test_expired_sessions_are_not_shown_and_go_in_time(now: Time, alice: Client) -> None:
    for _ in range(5):
        sign_in()
    now.now += timedelta(hours=25)

    last = sign_in().user

    stored = person(users.get(last.id))
    assert [each.id for each in sessions.of(stored)] == [last.session_id]
    assert list(stored.sessions) == [last.session_id]


def test_last_seen_is_noted_once_an_hour(now: Time, alice: Client) -> None:
    signed_in = sign_in()
    began = now.now
    seen = []
    for _ in range(3):
        now.advance(minutes=40)
        accounts.authenticate(signed_in.token)
        (session,) = sessions.of(person(users.get(signed_in.user.id)))
        seen.append((session.seen_at - began) // timedelta(minutes=1))
        assert session.created_at == began

    assert seen == [0, 80, 80]


def test_session_that_ended_meanwhile_is_not_seen_back_into_life(now: Time, alice: Client) -> None:
    signed_in = sign_in()
    reading = accounts.authenticate(signed_in.token)
    accounts.log_out(reading)
    now.advance(hours=2)

    sessions.see(reading)

    assert not is_live(signed_in)


def test_person_of_a_former_release_has_room_for_sessions(alice: Client) -> None:
    item = tables.UserItem.get(person(alice.user).id)
    item.update([tables.UserItem.sessions.remove()])
    assert alice.token

    assert accounts.authenticate(alice.token).session_id is None
    assert is_live(sign_in())
    assert is_live(sign_in())


def test_item_of_a_person_signed_in_everywhere_stays_small(alice: Client) -> None:
    for _ in range(sessions.MOST):
        sign_in()

    item = tables.UserItem.get(person(alice.user).id)
    assert len(str(item.to_simple_dict())) < 2_048


@pytest.mark.parametrize(
    ("agent", "summary"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
            ),
            "Edge, Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
                " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari",
            "Chrome, Android",
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("Mozilla/5.0", ""),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        ("a|b", "a"),
        ("x" * 9_000, "x" * 24),
    ],
)
def test_agent_is_summed_up(agent: str, summary: str) -> None:
    assert sessions.begun(Origin("", agent)).agent == summary


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("198.51.100.7", "198.51.100.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_address_is_told_in_part(address: str, part: str) -> None:
    assert sessions.begun(Origin(address)).address == part


def test_who_is_disabled_is_out_and_stays_out_of_old_sessions(alice: Client) -> None:
    signed_in = sign_in()
    sockets.open_with(sockets.issue_ticket(signed_in.user), "socket")
    sockets.listen("socket")

    administration.disable(signed_in.user)

    assert not is_live(signed_in)
    assert sockets.audience("TF") == Audience(allowed=[], revoked=["socket"])
    with pytest.raises(BadCredentials):
        sign_in()
    administration.enable(signed_in.user)
    assert not is_live(signed_in)
    assert is_live(sign_in())


def test_who_is_disabled_while_registering_does_not_enter(
    alice: Client,
) -> None:
    administration.disable(person(alice.user))

    with pytest.raises(SessionEnded):
        accounts.enter(person(alice.user), NOWHERE)


def test_former_member_hears_nothing_with_a_live_session(alice: Client) -> None:
    signed_in = sign_in()
    sockets.open_with(sockets.issue_ticket(signed_in.user), "socket")
    sockets.listen("socket")

    teams.remove_member("TF", signed_in.user.id)

    assert sockets.audience("TF") == Audience(allowed=[], revoked=["socket"])
