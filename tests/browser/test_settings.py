"""The settings: forms for a desk and a phone, in both languages, with scripts and without."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, Account, Guard
from tests.browser.test_look import WIDTHS, look

__all__ = ["look"]

NEW = "quite another battery"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "de-AT"])


@pytest.fixture
def katherine(register: Callable[[str], Account]) -> Account:
    """Somebody whose settings no other test reads."""
    return register("Katherine Johnson")


@SCRIPTS
def test_profile_is_saved_in_german_and_the_dark(
    sign_in: Callable[..., BrowserContext], katherine: Account, scripts: bool
) -> None:
    page = sign_in(katherine, java_script_enabled=scripts).new_page()
    page.goto("/admin/settings")

    page.get_by_label("Name").fill("Katherine G. Johnson")
    page.get_by_label("Language").select_option("Deutsch")
    page.get_by_label("Theme", exact=True).select_option("Dark")
    page.get_by_label("Time zone").select_option("Berlin")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_role("status")).to_have_text("Dein Profil ist gespeichert.")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Name")).to_have_value("Katherine G. Johnson")
    expect(page.get_by_label("Zeitzone")).to_have_value("Europe/Berlin")
    expect(page.locator(".account-card")).to_contain_text("Katherine G. Johnson")
    profile = katherine.api("GET", "/api/profile")
    assert (profile["language"], profile["theme"]) == ("de", "dark")


@SCRIPTS
def test_new_password_keeps_this_session_and_ends_the_others(
    sign_in: Callable[..., BrowserContext], katherine: Account, scripts: bool, guard: Guard
) -> None:
    guard.expect("status of 400")
    here = sign_in(katherine, java_script_enabled=scripts).new_page()
    there = sign_in(katherine, java_script_enabled=False).new_page()
    here.goto("/admin/settings")

    _change_password(here, "something else", NEW)
    current = here.get_by_label("Current password")
    expect(current).to_have_accessible_description("Current password is wrong")
    expect(current).to_be_focused()
    _change_password(here, PASSWORD, NEW)

    expect(here.get_by_role("status")).to_contain_text("Your password is changed.")
    there.goto("/admin/settings")
    expect(there.get_by_role("button", name="Sign in")).to_be_visible()


@SCRIPTS
def test_signing_out_everywhere_is_said(
    sign_in: Callable[..., BrowserContext], katherine: Account, scripts: bool
) -> None:
    page = sign_in(katherine, java_script_enabled=scripts).new_page()
    page.goto("/admin/settings")

    page.get_by_role("button", name="Sign out everywhere").click()

    expect(page.get_by_role("status")).to_have_text("You are signed out everywhere.")
    page.goto("/admin/settings")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@SCRIPTS
def test_session_ended_from_another_browser_has_to_sign_in_at_its_next_action(
    open_context: Callable[..., BrowserContext],
    katherine: Account,
    scripts: bool,
    title: str,
    guard: Guard,
) -> None:
    guard.expect("status of 401")
    phone = open_context(user_agent=PHONE).new_page()
    _sign_in(phone, katherine, "/admin")
    expect(phone.locator("#overlays > *").first).to_be_attached()
    desk = open_context(user_agent=DESK, java_script_enabled=scripts).new_page()
    _sign_in(desk, katherine, "/admin/settings")
    here, there = (desk.locator(".session", has_text=agent) for agent in ("Firefox", "Safari"))
    expect(here).to_contain_text("Firefox, Linux This one")
    expect(there).not_to_contain_text("This one")

    there.get_by_role("button", name="Sign out Safari, iOS, since").click()

    expect(desk.get_by_role("status")).to_have_text("That session is ended.")
    expect(here).to_be_visible()
    expect(there).to_have_count(0)
    phone.keyboard.press("n")
    phone.get_by_role("combobox", name="Title").fill(title)
    phone.keyboard.press("Enter")
    question = phone.get_by_role("alertdialog", name="You are signed out")
    question.get_by_role("link", name="Sign in again").click()
    expect(phone.get_by_role("button", name="Sign in")).to_be_visible()
    desk.reload()
    expect(here).to_be_visible()


def test_theme_of_the_profile_comes_with_signing_in_and_the_button_still_works(
    visitor: Page, katherine: Account
) -> None:
    katherine.api("PATCH", "/api/profile", {"theme": "dark"})

    _sign_in(visitor, katherine, "/admin/settings")

    root = visitor.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    visitor.get_by_role("button", name="Theme: dark. Switch to system").click()
    visitor.get_by_role("button", name="Theme: system. Switch to light").click()
    visitor.reload()
    expect(root).to_have_attribute("data-theme", "light")


def test_dashboard_speaks_german_from_the_first_byte(
    sign_in: Callable[..., BrowserContext], katherine: Account
) -> None:
    katherine.api("PATCH", "/api/profile", {"language": "de"})
    katherine.api("POST", "/api/tasks", {"title": "Umzug planen", "priority": "urgent"})

    page = sign_in(katherine).new_page()
    page.goto("/admin")

    expect(page.locator("#connection")).to_have_text("Verbindung: Live")
    expect(page.get_by_role("button", name="Neue Aufgabe").first).to_be_visible()
    expect(page.locator(".badge", has_text="Dringend").first).to_be_visible()
    expect(page.locator(".updates")).to_contain_text(re.compile("angelegt"))


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", "2026-11-25"), ("Pacific/Pago_Pago", "2026-11-23")]
)
def test_today_is_that_of_the_profile_s_time_zone(
    sign_in: Callable[..., BrowserContext], katherine: Account, title: str, zone: str, day: str
) -> None:
    """At 10:30 UTC it is tomorrow in Kiritimati already, and still yesterday's evening in Samoa."""
    katherine.api("PATCH", "/api/profile", {"time_zone": zone})
    katherine.api("POST", "/api/tasks", {"title": title, "due_date": day})
    page = sign_in(katherine, timezone_id="Europe/Berlin").new_page()
    page.clock.set_fixed_time("2026-11-24T10:30:00Z")

    page.goto("/admin")

    card = page.locator(".card", has_text=title)
    expect(card.locator(".due")).to_contain_text("today")


@WIDTHS
@LOCALES
def test_settings_look(
    sign_in: Callable[..., BrowserContext],
    look: Callable[[Page, str], None],
    katherine: Account,
    guard: Guard,
    screen: dict[str, Any],
    locale: str,
) -> None:
    guard.expect("status of 400")
    page = sign_in(katherine, **screen, locale=locale).new_page()
    page.goto("/admin/settings?done=profile")
    look(page, f"settings-{locale[:2]}")

    page.locator("#current_password").fill("something else")
    page.locator("#new_password").fill("short")
    page.locator("form[action$='/password'] button").click()

    expect(page.locator("#new_password-error")).to_be_visible()
    look(page, f"settings-faults-{locale[:2]}")


def _sign_in(page: Page, account: Account, address: str) -> None:
    page.goto(f"/login?next={address}")
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _change_password(page: Page, current: str, new: str) -> None:
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password").fill(new)
    page.get_by_role("button", name="Change password").click()
