"""The calendar: tasks by the day they are due, and the ways to give them another."""

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture
def month() -> str:
    """A month that no other test looks at."""
    return f"{2100 + secrets.randbelow(800)}-05"


@pytest.fixture
def calendar(open_dashboard: Callable[..., Dashboard], ada: Account, month: str) -> Dashboard:
    return open_dashboard(ada, address=f"/admin/calendar?month={month}")


def day(page: Page, date: str) -> Locator:
    return page.locator(f".day[data-date='{date}']")


def event(root: Page | Locator, title: str) -> Locator:
    return root.locator(".event").filter(has_text=title)


def drag(page: Page, source: Locator, target: Locator) -> None:
    """By the mouse, as slowly as a person: the first moves begin the drag."""
    target.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 26, start["y"] + 12, steps=4)
    expect(page.locator("[data-dragged]")).to_have_count(1)
    across, down = end["x"] + end["width"] / 2, end["y"] + end["height"] / 2
    page.mouse.move(across, down, steps=8)
    # A pointer that rests says so again and again, but not this one.
    page.mouse.move(across + 2, down + 2, steps=2)
    expect(page.locator("[data-over]")).to_have_count(1)
    page.mouse.up()


def test_dragging_to_a_day_changes_the_due_date_and_can_be_undone(
    calendar: Dashboard, ada: Account, grace: Account, title: str, month: str
) -> None:
    task = grace.api("POST", "/api/tasks", {"title": title, "due_date": f"{month}-10"})
    page = calendar.page
    expect(event(day(page, f"{month}-10"), title)).to_be_visible()

    drag(page, event(page, title), day(page, f"{month}-13"))

    expect(event(day(page, f"{month}-13"), title)).to_be_visible()
    calendar.expect_stored(task, due_date=f"{month}-13")
    calendar.offer().get_by_role("button", name="Undo", exact=True).click()
    expect(event(day(page, f"{month}-10"), title)).to_be_visible()
    calendar.expect_stored(task, due_date=f"{month}-10")


def test_keys_walk_through_the_days_and_take_a_task_along(
    calendar: Dashboard, ada: Account, title: str, month: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": f"{month}-10"})
    page = calendar.page
    expect(event(page, title)).to_be_visible()

    day(page, f"{month}-01").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(day(page, f"{month}-09")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(event(page, title).get_by_role("link")).to_be_focused()
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)

    expect(event(day(page, f"{month}-18"), title).get_by_role("link")).to_be_focused()
    expect(page.get_by_role("log")).to_contain_text(title)
    calendar.expect_stored(task, due_date=f"{month}-18")
    page.keyboard.press("Escape")
    expect(day(page, f"{month}-18")).to_be_focused()
    page.keyboard.press("PageDown")
    expect(day(page, f"{month[:4]}-06-18")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"month={month[:4]}-06"))


def test_menu_takes_the_date_away_and_gives_one_again(
    calendar: Dashboard, ada: Account, title: str, month: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": f"{month}-10"})
    page = calendar.page

    event(page, title).hover()
    event(page, title).get_by_role("button", name=f"Actions for {title}").click()
    page.get_by_role("menuitem", name="Due date").click()
    page.get_by_role("button", name="No due date", exact=True).click()

    expect(day(page, f"{month}-10")).not_to_contain_text(title)
    page.locator("summary").filter(has_text="Without a date").click()
    undated = event(page.locator("[data-date='']"), title)
    undated.scroll_into_view_if_needed()
    undated.hover()
    undated.get_by_role("button").click()
    page.get_by_role("menuitem", name="Due date").click()
    page.get_by_label("Another day").fill(f"{month}-20")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(event(day(page, f"{month}-20"), title)).to_be_visible()
    calendar.expect_stored(task, due_date=f"{month}-20")


def test_empty_day_takes_a_new_task(
    calendar: Dashboard, ada: Account, title: str, month: str
) -> None:
    page = calendar.page

    day(page, f"{month}-12").click()
    page.get_by_role("dialog", name="New task").locator("input").first.fill(title)
    page.keyboard.press("Enter")

    expect(event(day(page, f"{month}-12"), title)).to_be_visible()
    page.wait_for_function(
        """async ([title, date]) => (await (await fetch("/api/tasks?limit=5")).json())
          .tasks.some((task) => task.title === title && task.due_date === date)""",
        arg=[title, f"{month}-12"],
    )


def test_months_are_in_the_address(calendar: Dashboard, month: str) -> None:
    page, year = calendar.page, month[:4]
    heading = page.locator("#month-title")
    expect(heading).to_have_text(f"May {year}")

    page.get_by_role("button", name="Next month", exact=True).click()
    expect(heading).to_have_text(f"June {year}")
    expect(page).to_have_url(re.compile(rf"month={year}-06$"))
    page.reload()
    expect(heading).to_have_text(f"June {year}")
    page.get_by_role("button", name="Previous month", exact=True).click()
    expect(heading).to_have_text(f"May {year}")
    page.get_by_role("button", name="Today", exact=True).click()

    expect(page.locator(".day[aria-current=date]")).to_be_visible()
    assert "month" not in page.url


@pytest.mark.parametrize(("locale", "first"), [("en-US", "Sun"), ("en-GB", "Mon"), ("de-DE", "Mo")])
def test_week_begins_as_the_region_does_it(
    sign_in: Callable[..., BrowserContext], ada: Account, locale: str, first: str
) -> None:
    page = sign_in(ada, locale=locale).new_page()

    page.goto("/admin/calendar")

    expect(page.get_by_role("columnheader").first).to_have_text(first)


def test_full_day_shows_all_of_its_tasks_in_a_list(
    calendar: Dashboard, ada: Account, title: str, month: str
) -> None:
    for number in range(5):
        body = {"title": f"{title} {number}", "due_date": f"{month}-15"}
        ada.api("POST", "/api/tasks", body)
    page = calendar.page
    expect(event(day(page, f"{month}-15"), title)).to_have_count(2)

    page.get_by_role("button", name="+3 more").click()

    rows = page.locator(".popover .menu-row")
    expect(rows).to_have_count(5)
    rows.filter(has_text=f"{title} 4").get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Description")


def test_changes_of_others_and_filters_show(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str, month: str
) -> None:
    other = f"Hidden {title[-6:][::-1]}"
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": f"{month}-10"})
    ada.api("POST", "/api/tasks", {"title": other, "due_date": f"{month}-10"})
    words = title.replace(" ", "+")
    page = open_dashboard(ada, address=f"/admin/calendar?month={month}&q={words}").page
    expect(event(page, title)).to_be_visible()
    expect(event(page, other)).to_have_count(0)

    grace.api("PATCH", f"/api/tasks/{task['id']}", {"due_date": f"{month}-21"})

    expect(event(day(page, f"{month}-21"), title)).to_have_class(re.compile("is-marked"))


def test_late_tasks_stand_above_the_month_and_can_be_dragged_to_a_day(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, month: str
) -> None:
    body = {"title": title, "due_date": "1970-01-02"}
    task = ada.api("POST", "/api/tasks", body)
    dashboard = open_dashboard(ada, address=f"/admin/calendar?month={month}")
    page = dashboard.page
    late = event(page.locator(".is-late"), title)
    expect(late).to_contain_text("overdue")
    page.wait_for_load_state("networkidle")

    drag(page, late, day(page, f"{month}-03"))

    expect(event(day(page, f"{month}-03"), title)).to_be_visible()
    expect(late).to_have_count(0)
    dashboard.expect_stored(task, due_date=f"{month}-03")


def test_phone_shows_the_days_as_a_list(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, month: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": f"{month}-10"})
    page = open_dashboard(ada, address=f"/admin/calendar?month={month}", **PHONE).page

    expect(page.locator(".agenda > li")).to_have_count(1)
    expect(page.locator(".agenda h3")).to_contain_text("May 10")
    page.get_by_role("checkbox", name=title).click()

    expect(page.get_by_role("checkbox", name=title)).to_be_checked()
    Dashboard(page).expect_stored(task, status="completed")


def test_month_of_which_more_is_due_than_is_read_says_so(
    calendar: Dashboard, ada: Account, title: str, month: str
) -> None:
    page = calendar.page
    following = f"{month[:5]}06"
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": f"{following}-15"})
    told = page.get_by_text("More is due than fits here. The list shows all of it.")
    expect(told).to_have_count(0)

    # Always the same page, and always there is more.
    answer = {"tasks": [task], "next_cursor": "further"}
    page.route(f"**/api/tasks?*due_after={month[:5]}*", lambda route: route.fulfill(json=answer))
    page.get_by_role("button", name="Next month", exact=True).click()

    expect(told).to_be_visible()
    expect(event(day(page, f"{following}-15"), title)).to_be_visible()
    page.get_by_role("button", name="Previous month", exact=True).click()
    expect(told).to_have_count(0)
