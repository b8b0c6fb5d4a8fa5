"""Long lists are drawn as far as somebody looks, and work as if all of them were drawn."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

MANY = 45
# Low enough that what is near the screen is not everything.
SCREEN = {"width": 1440, "height": 500}


@pytest.fixture(scope="module")
def word(ada: Account) -> str:
    """In the title of many tasks, which are numbered in the order of the board."""
    word = f"long{secrets.token_hex(3)}"
    for number in reversed(range(MANY)):
        ada.api("POST", "/api/tasks", {"title": f"{word} {number:02}"})
    return word


@pytest.fixture
def shown(
    open_dashboard: Callable[..., Dashboard], ada: Account, word: str
) -> Callable[[str], Dashboard]:
    """A view of those alone, once all of them are here."""

    def show(address: str) -> Dashboard:
        return open_dashboard(ada, address=f"{address}?q={word}", viewport=SCREEN)

    return show


def rows(dashboard: Dashboard) -> Locator:
    return dashboard.page.locator("#view [data-task]")


def numbers(dashboard: Dashboard) -> list[int]:
    return [int(title.rpartition(" ")[2]) for title in dashboard.titles()]


def expect_few(dashboard: Dashboard) -> None:
    """Those near the screen, from the first on, which stay so few."""
    dashboard.page.wait_for_timeout(500)
    assert 3 <= rows(dashboard).count() < MANY - 5


def scroll_to_end(dashboard: Dashboard) -> None:
    for _ in range(40):
        if rows(dashboard).count() == MANY:
            return
        dashboard.page.mouse.wheel(0, 400)
        dashboard.page.wait_for_timeout(50)
    expect(rows(dashboard)).to_have_count(MANY)


@pytest.mark.parametrize("address", ["/admin", "/admin/list"])
def test_long_list_is_drawn_as_far_as_somebody_looks(
    shown: Callable[[str], Dashboard], address: str
) -> None:
    dashboard = shown(address)
    dashboard.page.mouse.move(600, 400)
    if address == "/admin":
        expect(dashboard.column("pending").locator(".count")).to_have_text(str(MANY))
    else:
        expect(dashboard.page.get_by_role("table")).to_have_attribute(
            "aria-rowcount", str(MANY + 1)
        )
    expect_few(dashboard)
    drawn = numbers(dashboard)
    assert drawn == list(range(len(drawn)))

    scroll_to_end(dashboard)

    assert numbers(dashboard) == list(range(MANY))


def test_all_are_selected_also_those_that_are_not_drawn(
    shown: Callable[[str], Dashboard],
) -> None:
    dashboard = shown("/admin/list")
    expect(dashboard.page.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))

    dashboard.page.get_by_role("checkbox", name="Select all").check()

    expect(dashboard.page.get_by_role("toolbar", name="Selected tasks")).to_contain_text(
        f"{MANY} selected"
    )
    expect_few(dashboard)


def test_other_order_begins_with_its_first(shown: Callable[[str], Dashboard]) -> None:
    dashboard = shown("/admin/list")
    expect(dashboard.page.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))
    head = dashboard.page.get_by_role("columnheader", name="Title").get_by_role("button")
    head.click()

    head.click()

    expect(rows(dashboard).first).to_contain_text(f" {MANY - 1}")
    expect_few(dashboard)
    drawn = numbers(dashboard)
    assert drawn == list(range(MANY - 1, MANY - 1 - len(drawn), -1))


def test_open_task_leads_to_those_that_are_not_drawn(
    shown: Callable[[str], Dashboard], word: str
) -> None:
    dashboard = shown("/admin")
    expect(dashboard.column("pending").locator(".count")).to_have_text(str(MANY))
    expect_few(dashboard)
    drawn = len(numbers(dashboard))
    dashboard.row(f"{word} 00").get_by_role("link").click()
    field = dashboard.page.get_by_role("dialog").get_by_role("textbox", name="Title")

    for number in range(drawn + 3):
        expect(field).to_have_value(f"{word} {number:02}")
        dashboard.page.keyboard.press("j")

    assert len(numbers(dashboard)) == drawn


def test_arrow_keys_reach_the_end(shown: Callable[[str], Dashboard], word: str) -> None:
    dashboard = shown("/admin")
    expect(dashboard.column("pending").locator(".count")).to_have_text(str(MANY))
    expect(dashboard.page.locator(".board[data-ready]")).to_be_visible()
    dashboard.row(f"{word} 00").get_by_role("link").focus()

    for number in range(1, MANY):
        # As fast as a key that is held repeats.
        dashboard.page.wait_for_timeout(33)
        dashboard.page.keyboard.press("ArrowDown")
        expect(dashboard.row(f"{word} {number:02}").get_by_role("link")).to_be_focused()


def test_task_that_goes_far_takes_the_focus_along(
    shown: Callable[[str], Dashboard], word: str
) -> None:
    dashboard = shown("/admin/list")
    expect(dashboard.page.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))
    dashboard.page.get_by_role("columnheader", name="Priority").get_by_role("button").click()
    expect_few(dashboard)

    dashboard.choose(f"{word} 00", "priority", "Low")

    expect(dashboard.chip(f"{word} 00", "priority")).to_be_focused()
    assert numbers(dashboard) == [*range(1, MANY), 0]


def test_paper_shows_all(shown: Callable[[str], Dashboard]) -> None:
    dashboard = shown("/admin/list")
    expect(dashboard.page.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect_few(dashboard)
    dashboard.page.evaluate(
        """addEventListener("beforeprint", () => {
          window.printed = document.querySelectorAll("#view [data-task]").length;
        })"""
    )

    dashboard.page.pdf()

    assert dashboard.page.evaluate("window.printed") == MANY
    expect_few(dashboard)
