"""Who else is here, and which task they have open."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard


@pytest.fixture
def nia(register: Callable[[str], Account]) -> Account:
    """Somebody who is not here yet."""
    return register(f"Nia{secrets.token_hex(2)} Oduya")


def test_open_task_shows_the_face_of_who_has_it_open(
    open_dashboard: Callable[..., Dashboard], ada: Account, nia: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    ada_sees, nia_sees = open_dashboard(ada), open_dashboard(nia)
    page = ada_sees.page
    card = page.locator(".card").filter(has_text=title)
    expect(page.locator("#people .is-here").filter(has_text=nia.name)).to_be_visible()
    expect(card.locator(".lookers")).to_have_count(0)

    nia_sees.page.locator(".card").filter(has_text=title).get_by_role("link").click()

    expect(card.locator(".lookers")).to_contain_text(nia.name)
    expect(page.locator("#people")).to_contain_text(f"{nia.name} is here, with TF-")
    card.get_by_role("link").click()
    expect(page.get_by_role("dialog").locator(".lookers")).to_contain_text(nia.name)
    nia_sees.page.keyboard.press("Escape")
    expect(page.locator(".lookers")).to_have_count(0)
    nia_sees.page.close()
    expect(page.locator("#people .is-here").filter(has_text=nia.name)).to_have_count(0)


def test_own_other_tabs_are_nobody_else(
    open_dashboard: Callable[..., Dashboard], nia: Account, title: str
) -> None:
    nia.api("POST", "/api/tasks", {"title": title})
    first, second = open_dashboard(nia), open_dashboard(nia)

    second.page.locator(".card").filter(has_text=title).get_by_role("link").click()
    expect(second.page.get_by_role("dialog")).to_be_visible()
    # What the server tells about it comes before this does.
    nia.api("POST", "/api/tasks", {"title": f"{title} later"})
    expect(first.page.locator(".card").filter(has_text=f"{title} later")).to_be_visible()

    expect(first.page.locator(".lookers")).to_have_count(0)


def test_without_a_connection_nobody_is_said_to_be_here(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    nia: Account,
    guard: Guard,
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    open_dashboard(ada)
    page = open_dashboard(nia).page
    expect(page.locator("#people .is-here").filter(has_text=ada.name)).to_be_visible()

    page.context.set_offline(True)

    expect(page.locator("#people .is-here").filter(has_text=ada.name)).to_have_count(0)
