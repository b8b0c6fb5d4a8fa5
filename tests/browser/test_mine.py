"""My tasks, the trash and the insights: the views of what waits, what is gone, and how it goes."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


@pytest.fixture
def mina(register: Callable[[str], Account]) -> Account:
    """Somebody who has only the tasks of this test."""
    return register(f"Mina{secrets.token_hex(2)} Ray")


def group(page: Page, name: str) -> Locator:
    heading = page.get_by_role("heading", name=name, exact=True)
    return page.locator(".group").filter(has=heading)


def test_mine_groups_by_when_it_is_due(
    open_dashboard: Callable[..., Dashboard], mina: Account, title: str
) -> None:
    dues = {"Overdue": day(-2), "Today": day(0), "Later": day(40), "No date": None}
    for name, due in dues.items():
        body = {"title": f"{title} {name}", "due_date": due, "assigned_to": mina.id}
        mina.api("POST", "/api/tasks", body)
    done = mina.api("POST", "/api/tasks", {"title": f"{title} done", "assigned_to": mina.id})
    mina.api("PATCH", f"/api/tasks/{done['id']}", {"status": "completed"})

    page = open_dashboard(mina, address="/admin/mine", timezone_id="UTC").page

    for name in dues:
        expect(group(page, name).locator(".line")).to_have_text(re.compile(f"{title} {name}"))
        expect(group(page, name).locator(".count")).to_have_text("1")
    expect(page.locator("#mine-count")).to_contain_text("4")
    expect(page.locator("details .line")).not_to_be_visible()
    page.get_by_text("Done in the last 7 days").click()
    expect(page.locator("details .line")).to_contain_text(f"{title} done")


def test_tick_completes_and_the_focus_goes_on(
    open_dashboard: Callable[..., Dashboard], mina: Account, title: str
) -> None:
    for number in (1, 2):
        body = {"title": f"{title} {number}", "due_date": day(number - 3), "assigned_to": mina.id}
        mina.api("POST", "/api/tasks", body)
    dashboard = open_dashboard(mina, address="/admin/mine")
    page = dashboard.page

    page.get_by_role("checkbox", name=f"{title} 1").focus()
    page.keyboard.press("Space")

    expect(group(page, "Overdue").locator(".line")).to_have_count(1)
    expect(page.get_by_role("checkbox", name=f"{title} 2")).to_be_focused()
    expect(page.locator("#mine-count")).to_contain_text("1")
    page.keyboard.press("Control+z")
    expect(group(page, "Overdue").locator(".line")).to_have_count(2)


def test_nothing_to_do_says_so(open_dashboard: Callable[..., Dashboard], mina: Account) -> None:
    page = open_dashboard(mina, address="/admin/mine").page

    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    page.get_by_role("link", name="Find something on the board").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Board")


def test_restored_task_is_back_at_once_and_undo_puts_it_into_the_trash_again(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    grace: Account,
    guard: Guard,
    title: str,
) -> None:
    guard.expect("status of 404")  # asked for until it is gone
    task = ada.api("POST", "/api/tasks", {"title": title, "status": "in_progress"})
    grace.api("DELETE", f"/api/tasks/{task['id']}")
    dashboard = open_dashboard(ada, address="/admin/trash")
    row = dashboard.page.locator(".line").filter(has_text=title)
    expect(row).to_contain_text("Grace Hopper deleted this just now")
    expect(row).to_contain_text("kept for 30 days")

    row.get_by_role("button", name="Restore").click()

    expect(row).to_have_count(0)
    dashboard.expect_stored(task, status="in_progress")
    dashboard.offer().get_by_role("button", name="Undo", exact=True).click()
    expect(row).to_be_visible()
    dashboard.expect_stored(task, status=404)
    assert title in {each["title"] for each in ada.api("GET", "/api/trash")["tasks"]}


def test_trash_follows_deletions_of_others(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    page = open_dashboard(ada, address="/admin/trash").page
    task = grace.api("POST", "/api/tasks", {"title": title})

    grace.api("DELETE", f"/api/tasks/{task['id']}")

    expect(page.locator(".line").filter(has_text=title)).to_be_visible()


def table(page: Page, chart: str) -> list[list[str]]:
    """The rows of a chart's table, as they are read."""
    section = page.locator(".chart").filter(has=page.locator(f"#{chart}"))
    rows: list[list[str]] = section.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return rows


@pytest.mark.parametrize("days", [7, 30, 90])
def test_tables_of_the_charts_are_what_the_api_says(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, days: int
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    ada.api("PATCH", f"/api/tasks/{task['id']}", {"status": "completed"})
    said: list[dict[str, Any]] = ada.api("GET", f"/api/dashboard/trend?days={days}")["days"]
    page = open_dashboard(ada, address="/admin/insights").page

    page.get_by_role("button", name=f"{days} days").click()

    expect(page.locator("#chart-burnup")).to_be_visible()
    expect(page.locator(".chart:has(#chart-burnup) tbody tr")).to_have_count(days)
    numbers = [row[1:] for row in table(page, "chart-burnup")]
    assert numbers == [[str(day["done"]), str(day["scope"])] for day in said]
    flow = [row[1:] for row in table(page, "chart-flow")]
    assert flow == [[str(day["created"]), str(day["completed"])] for day in said]
    assert ("days=" in page.url) == (days != 30)
    sentence = f"{said[-1]['done']} of {said[-1]['scope']} tasks are completed"
    expect(page.locator("#view").get_by_role("img", name=sentence)).to_be_visible()


def test_charts_follow_changes_and_tell_a_day_to_the_keys(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": f"{title}, before"})
    page = open_dashboard(ada, address="/admin/insights").page
    legend = page.locator(".chart:has(#chart-burnup) .legend")
    before = ada.api("GET", "/api/dashboard/trend?days=1")["days"][0]["scope"]
    expect(legend).to_contain_text(f"Scope {before}")

    ada.api("POST", "/api/tasks", {"title": title})

    expect(legend).to_contain_text(f"Scope {before + 1}")
    page.locator("#view").get_by_role("img", name="tasks are completed").focus()
    page.keyboard.press("ArrowLeft")
    tip = page.locator(".chart:has(#chart-burnup) output")
    expect(tip).to_contain_text(f"Scope {before + 1}")
    page.keyboard.press("ArrowLeft")
    expect(tip).not_to_contain_text(f"Scope {before + 1}")


def test_load_counts_the_open_tasks_of_each(
    open_dashboard: Callable[..., Dashboard], mina: Account, title: str
) -> None:
    for status in ("pending", "pending", "in_progress", "completed"):
        body = {"title": f"{title} {status}", "status": status, "assigned_to": mina.id}
        mina.api("POST", "/api/tasks", body)

    page = open_dashboard(mina, address="/admin/insights").page

    section = page.locator(".chart:has(#chart-load)")
    section.get_by_text("Show as table").click()
    row = section.get_by_role("row").filter(has_text=mina.name)
    expect(row.get_by_role("cell")).to_have_text(["2", "1"])


def test_small_burn_up_stands_beside_the_board_without_a_shift(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    sign_in: Callable[..., BrowserContext],
    guard: Guard,
) -> None:
    guard.expect("ERR_FAILED")
    page = sign_in(ada).new_page()
    page.route("**/js/*.js", lambda route: route.abort())
    page.goto("/admin", wait_until="domcontentloaded")
    drawn = page.locator("#burnup").bounding_box()
    page.close()

    page = open_dashboard(ada).page
    expect(page.locator("#burnup svg path").first).to_be_attached()

    assert page.locator("#burnup").bounding_box() == drawn
