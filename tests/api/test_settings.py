"""The settings page: three forms that work without scripts, in either language."""

import gzip
from html import escape
from urllib.parse import urlencode

import pytest

from tests.conftest import PASSWORD, Client, Reply

SETTINGS = "/admin/settings"
NEW = "quite another battery"
PROFILE = {"name": "Alicia", "language": "de", "time_zone": "Europe/Berlin", "theme": "dark"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browser(alice: Client) -> Client:
    """Alice with the cookie that signing in has set."""
    return Client(headers={"Cookie": f"__Host-taskflow={alice.token}"}, user=alice.user)


def test_profile_is_saved_and_said_to_be(browser: Client, alice: Client) -> None:
    saved = _send(browser, SETTINGS, PROFILE)

    assert (saved.status, saved.headers["location"]) == (303, f"{SETTINGS}?done=profile")
    assert saved.cookies == ["theme=dark; Path=/; Max-Age=31536000; SameSite=Lax"]
    stored = alice.get("/api/profile").json
    assert {name: stored[name] for name in PROFILE} == PROFILE
    page = browser.get(saved.headers["location"]).text
    assert '<html lang="de"' in page
    assert "Dein Profil ist gespeichert." in page
    assert '<option value="Europe/Berlin" selected>Berlin</option>' in page
    assert 'value="Alicia"' in page


def test_choices_left_to_the_browser_are_cleared(browser: Client, alice: Client) -> None:
    _send(browser, SETTINGS, PROFILE)

    cleared = _send(browser, SETTINGS, {"name": "Alicia", "language": "", "theme": ""})

    assert cleared.cookies == ["theme=; Path=/; Max-Age=0; SameSite=Lax"]
    stored = alice.get("/api/profile").json
    assert [stored[name] for name in PROFILE] == ["Alicia", None, None, None]


def test_theme_button_keeps_its_choice_while_the_profile_has_none(browser: Client) -> None:
    assert _send(browser, SETTINGS, {"name": "Alicia"}).cookies == []


def test_zone_that_is_not_offered_can_be_kept(browser: Client, alice: Client) -> None:
    alice.patch("/api/profile", {"time_zone": "US/Pacific"})

    page = browser.get(SETTINGS).text

    assert '<option value="US/Pacific" selected>Pacific</option>' in page
    assert _send(browser, SETTINGS, {"name": "A", "time_zone": "US/Pacific"}).status == 303


def test_page_with_every_time_zone_is_small_on_the_wire(browser: Client) -> None:
    page = browser.get(SETTINGS).text

    assert page.count("<option") > 400
    assert len(gzip.compress(page.encode(), 6)) < 10 * 1024


def test_faults_stand_beside_what_was_typed(browser: Client, alice: Client) -> None:
    reply = _send(browser, SETTINGS, {"name": " ", "theme": "blue", "time_zone": "Mars"})

    assert reply.status == 400
    assert 'id="name-error"' in reply.text
    assert "Name is required" in reply.text
    assert "Invalid theme. Must be one of: light, dark" in reply.text
    assert "Time zone must be a name such as Europe/Berlin" in reply.text
    assert alice.get("/api/profile").json["name"] == "Alice"


def test_new_password_keeps_this_session_alone(browser: Client, alice: Client) -> None:
    changed = _send(browser, f"{SETTINGS}/password", _passwords(PASSWORD, NEW))

    assert (changed.status, changed.headers["location"]) == (303, f"{SETTINGS}?done=password")
    ((cookie, _, _),) = [each.partition(";") for each in changed.cookies]
    here = Client(headers={"Cookie": cookie})
    assert "Your password is changed." in here.get(changed.headers["location"]).text
    assert alice.get("/api/profile").status == 401


def test_refused_password_is_not_repeated_in_the_page(browser: Client) -> None:
    reply = _send(browser, f"{SETTINGS}/password", _passwords("wrong secret", "short"))

    assert reply.status == 400
    assert "Current password is wrong" in reply.text
    assert "Password must be at least 8 characters" in reply.text
    assert "wrong secret" not in reply.text


def test_sign_out_everywhere_leads_to_the_form_and_says_so(browser: Client, alice: Client) -> None:
    left = _send(browser, f"{SETTINGS}/sessions", {})

    assert (left.status, left.headers["location"]) == (303, "/login?signed_out=everywhere")
    assert left.cookies == ["__Host-taskflow=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"]
    assert alice.get("/api/profile").status == 401
    assert "You are signed out everywhere." in Client().get(left.headers["location"]).text


@pytest.mark.parametrize("path", [SETTINGS, f"{SETTINGS}/password", f"{SETTINGS}/sessions"])
def test_form_without_a_session_leads_to_the_sign_in(anonymous: Client, path: str) -> None:
    reply = _send(anonymous, path, PROFILE, prefix="/dev")

    assert (reply.status, reply.headers["location"]) == (303, "/dev/login?next=/admin/settings")


@pytest.mark.parametrize("path", [SETTINGS, f"{SETTINGS}/password", f"{SETTINGS}/sessions"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_form_from_a_foreign_site_changes_nothing(
    browser: Client, alice: Client, path: str, site: str
) -> None:
    values = PROFILE | _passwords(PASSWORD, NEW)

    reply = _send(browser, path, values, headers={"Sec-Fetch-Site": site})

    assert reply.status == 403
    assert alice.get("/api/profile").json["name"] == "Alice"


@pytest.mark.parametrize("path", [SETTINGS, f"{SETTINGS}/password"])
@pytest.mark.parametrize(
    ("raw", "status"), [(b"\xff=1", 400), (b"a=1&" * 60, 400), (b"x" * (256 * 1024 + 1), 413)]
)
def test_unreadable_form_changes_nothing(
    browser: Client, alice: Client, path: str, raw: bytes, status: int
) -> None:
    reply = browser.post(path, raw=raw.decode("latin-1"), headers=FORM)

    assert reply.status == status
    assert alice.get("/api/profile").json["name"] == "Alice"


def test_somebody_in_no_team_can_change_the_password(outsider: Client) -> None:
    browser = Client(headers={"Cookie": f"__Host-taskflow={outsider.token}"})

    assert browser.get(SETTINGS).status == 200
    assert _send(browser, f"{SETTINGS}/password", _passwords(PASSWORD, NEW)).status == 303


def test_hostile_name_is_text(browser: Client) -> None:
    name = '"><img src=x onerror=alert(1)>'
    _send(browser, SETTINGS, {"name": name})

    page = browser.get(SETTINGS).text

    assert name not in page
    assert escape(name, quote=True) in page.replace("&#34;", "&quot;")


def test_session_that_ends_while_the_form_is_sent_leads_to_the_sign_in(
    browser: Client, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.errors import SessionEnded  # noqa: PLC0415
    from chalicelib.services import profiles  # noqa: PLC0415

    def ended(*_: object) -> None:
        raise SessionEnded

    monkeypatch.setattr(profiles, "change", ended)
    monkeypatch.setattr(profiles, "change_password", ended)

    for path in (SETTINGS, f"{SETTINGS}/password"):
        reply = _send(browser, path, PROFILE | _passwords(PASSWORD, NEW))
        assert reply.headers["location"] == "/login?next=/admin/settings"


def test_contention_is_said_in_the_page(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.errors import Busy  # noqa: PLC0415
    from chalicelib.services import profiles  # noqa: PLC0415

    def busy(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(profiles, "change", busy)
    monkeypatch.setattr(profiles, "change_password", busy)

    for path in (SETTINGS, f"{SETTINGS}/password"):
        reply = _send(browser, path, PROFILE | _passwords(PASSWORD, NEW))
        assert reply.status == 409
        assert "Too many people are changing this at once." in reply.text


def _passwords(current: str, new: str) -> dict[str, str]:
    return {"current_password": current, "new_password": new}


def _send(
    client: Client,
    path: str,
    values: dict[str, str],
    *,
    headers: dict[str, str] | None = None,
    prefix: str = "",
) -> Reply:
    return client.post(path, raw=urlencode(values), headers=FORM | (headers or {}), prefix=prefix)
