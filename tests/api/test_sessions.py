"""Sessions over HTTP, and on the settings page."""

from typing import Any

import pytest

from chalicelib.services import tokens
from tests.conftest import PASSWORD, Client, Time

ALICE = {"email": "alice@example.com", "password": PASSWORD}
AGENTS = {
    "desk": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "phone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def desk(now: Time, alice: Client) -> Client:
    return _sign_in("desk")


@pytest.fixture
def phone(now: Time, desk: Client) -> Client:
    """The same person, a minute later."""
    now.advance(minutes=1)
    return _sign_in("phone")


def test_list_shows_where_one_is_signed_in(desk: Client, phone: Client) -> None:
    listed = desk.get("/api/sessions").json["sessions"]

    assert [each | {"id": ""} for each in listed] == [
        {
            "id": "",
            "created_at": "2026-11-23T12:01:00.000Z",
            "seen_at": "2026-11-23T12:01:00.000Z",
            "agent": "Safari, iOS",
            "address": "198.51.100.*",
            "current": False,
        },
        {
            "id": "",
            "created_at": "2026-11-23T12:00:00.000Z",
            "seen_at": "2026-11-23T12:00:00.000Z",
            "agent": "Firefox, Linux",
            "address": "198.51.100.*",
            "current": True,
        },
    ]


def test_ended_session_is_401_at_its_next_request(desk: Client, phone: Client) -> None:
    ended = desk.delete(f"/api/sessions/{_id(phone)}")
    again = desk.delete(f"/api/sessions/{_id(phone)}")

    assert (ended.status, ended.text, again.status) == (204, "", 404)
    assert phone.get("/api/profile").status == 401
    assert desk.get("/api/profile").status == 200


def test_session_of_another_person_is_absent(desk: Client, bob: Client) -> None:
    reply = bob.delete(f"/api/sessions/{_id(desk)}")

    assert (reply.status, reply.json["error"]) == (404, "Session not found")
    assert desk.get("/api/profile").status == 200


def test_signing_out_ends_the_session(desk: Client, phone: Client) -> None:
    assert desk.post("/api/auth/logout").status == 204

    assert desk.get("/api/profile").status == 401
    assert phone.get("/api/profile").status == 200


def test_page_that_signs_out_ends_the_session(desk: Client) -> None:
    left = _browser(desk).post("/logout", raw="", headers=FORM)

    assert left.status == 303
    assert desk.get("/api/profile").status == 401


def test_registering_on_the_page_is_a_session(anonymous: Client) -> None:
    form = f"name=Ada&email=ada%40example.com&password={PASSWORD.replace(' ', '+')}"

    entered = anonymous.post("/register", raw=form, headers=FORM)

    token = entered.cookies[0].partition("=")[2].partition(";")[0]
    (session,) = Client(token=token).get("/api/sessions").json["sessions"]
    assert session["current"] is True


@pytest.mark.parametrize(
    ("chosen", "since", "here", "button"),
    [
        (
            {"language": "en", "time_zone": "Europe/Berlin"},
            "Since 2026-11-23 13:01",
            "This one",
            "Sign out",
        ),
        (
            {"language": "de", "time_zone": "Asia/Tokyo"},
            "Seit 23.11.2026 21:01",
            "Diese hier",
            "Abmelden",
        ),
        (
            {"language": "en", "time_zone": None},
            "Since 2026-11-23 12:01 UTC",
            "This one",
            "Sign out",
        ),
    ],
)
def test_page_lists_sessions_by_the_person_s_clock(
    desk: Client, phone: Client, chosen: dict[str, Any], since: str, here: str, button: str
) -> None:
    desk.patch("/api/profile", chosen)

    page = _browser(desk).get("/admin/settings").text

    assert since in page
    assert page.count(here) == 1
    assert page.count(f">{button}</button>") >= 2
    assert page.index("Safari, iOS") < page.index("Firefox, Linux") < page.index(here)


def test_button_ends_a_session_and_says_so(desk: Client, phone: Client) -> None:
    browser = _browser(desk)

    sent = browser.post(f"/admin/settings/sessions/{_id(phone)}", raw="", headers=FORM)

    assert (sent.status, sent.headers["location"]) == (303, "/admin/settings?done=session")
    assert "That session is ended." in browser.get("/admin/settings?done=session").text
    assert phone.get("/api/profile").status == 401


def test_button_of_this_session_leads_to_the_sign_in(desk: Client) -> None:
    sent = _browser(desk).post(f"/admin/settings/sessions/{_id(desk)}", raw="", headers=FORM)

    assert (sent.status, sent.headers["location"]) == (303, "/login")
    assert sent.cookies[0].startswith("__Host-taskflow=;")
    assert desk.get("/api/profile").status == 401


def test_button_of_a_session_of_somebody_else_ends_nothing(desk: Client, bob: Client) -> None:
    sent = _browser(bob).post(f"/admin/settings/sessions/{_id(desk)}", raw="", headers=FORM)

    assert sent.status == 303
    assert desk.get("/api/profile").status == 200


def test_foreign_site_ends_no_session(desk: Client) -> None:
    headers = {**FORM, "Cookie": f"__Host-taskflow={desk.token}", "Sec-Fetch-Site": "cross-site"}

    sent = Client().post(f"/admin/settings/sessions/{_id(desk)}", raw="", headers=headers)

    assert sent.status == 403
    assert desk.get("/api/profile").status == 200


def _sign_in(place: str) -> Client:
    reply = Client().post("/api/auth/login", ALICE, headers={"User-Agent": AGENTS[place]})
    return Client(token=reply.json["token"])


def _id(client: Client) -> str:
    """The session of the client, also once it is over."""
    assert client.token is not None
    return str(tokens.verify(client.token).session_id)


def _browser(client: Client) -> Client:
    cookie = {"Cookie": f"__Host-taskflow={client.token}", "Sec-Fetch-Site": "same-origin"}
    return Client(headers=cookie)
