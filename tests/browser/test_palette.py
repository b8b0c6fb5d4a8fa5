"""The command palette, the sheet of shortcuts, and the keys themselves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard


@pytest.fixture
def task(ada: Account, title: str) -> dict[str, Any]:
    created: dict[str, Any] = ada.api("POST", "/api/tasks", {"title": title})
    return created


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard], ada: Account, task: object) -> Dashboard:
    return open_dashboard(ada)


def palette(page: Page) -> Locator:
    page.keyboard.press("Control+k")
    line = page.get_by_role("combobox", name="Search and commands")
    expect(line).to_be_focused()
    return line


def chosen(page: Page) -> Locator:
    return page.get_by_role("option", selected=True)


def test_task_is_found_and_opened_by_keys(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    line = palette(page)

    line.fill(task["title"].upper())

    expect(chosen(page)).to_contain_text(task["title"])
    expect(chosen(page)).to_contain_text(task["id"])
    expect(line).to_have_attribute("aria-activedescendant", "palette-0")
    line.press("Enter")
    expect(page.get_by_role("dialog", name=task["id"])).to_be_visible()


def test_arrows_walk_and_escape_gives_the_focus_back(dashboard: Dashboard) -> None:
    page = dashboard.page
    button = page.get_by_role("button", name="Search or jump to")
    button.click()
    line = page.get_by_role("combobox", name="Search and commands")
    expect(line).to_be_focused()
    options = page.get_by_role("option")

    expect(options.first).to_have_attribute("aria-selected", "true")
    line.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    line.press("ArrowUp")
    line.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    line.press("Escape")

    expect(line).to_have_count(0)
    expect(button).to_be_focused()


def test_server_is_asked_for_what_is_not_here(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    far = task | {"id": "TF-990001", "title": "Zebra crossing", "version": 1}
    page.route("**/api/tasks?q=*", lambda route: route.fulfill(json={"tasks": [far], "limit": 8}))

    palette(page).fill("zebra")

    expect(chosen(page)).to_contain_text("Zebra crossing")


def test_nothing_found_says_so(dashboard: Dashboard) -> None:
    page = dashboard.page

    palette(page).fill("qqqqxxxx")

    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_text("Nothing is called “qqqqxxxx”")).to_be_visible()


def test_views_are_reached(dashboard: Dashboard) -> None:
    page = dashboard.page

    line = palette(page)
    # In full: other tests have tasks that begin so, and the server may find them in between.
    line.fill("list")
    expect(chosen(page)).to_contain_text("List")
    line.press("Enter")

    expect(page).to_have_url(re.compile("/admin/list$"))


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("status: comp", "status", "completed"),
        ("prio urg", "priority", "urgent"),
        ("assignee you", "assigned_to", None),
        ("due tod", "due_date", "today"),
    ],
)
def test_task_at_hand_is_changed(
    dashboard: Dashboard,
    ada: Account,
    task: dict[str, Any],
    typed: str,
    field: str,
    value: str | None,
) -> None:
    page = dashboard.page
    page.locator(f"#view [data-task={task['id']}] a").focus()
    line = palette(page)

    line.fill(typed)
    own = page.get_by_role("group", name=f"{task['id']} {task['title']}")
    expect(own.get_by_role("option").first).to_be_visible()
    while own.get_by_role("option").first.get_attribute("aria-selected") != "true":
        line.press("ArrowDown")
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.ok):
        line.press("Enter")

    stored = ada.api("GET", f"/api/tasks/{task['id']}")[field]
    today = page.evaluate("new Intl.DateTimeFormat('sv').format()")
    assert stored == {None: ada.id, "today": today}.get(value, value)


def test_open_task_is_the_task_at_hand(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    page.locator(f"#view [data-task={task['id']}] a").click()
    opened = page.get_by_role("dialog", name=task["id"])
    expect(opened).to_be_visible()

    line = palette(page)
    line.fill("priority: low")
    line.press("Enter")

    expect(opened.get_by_role("button", name="Priority: Low")).to_be_visible()


def test_new_task_and_filters_are_commands(dashboard: Dashboard) -> None:
    page = dashboard.page

    line = palette(page)
    line.fill("only my tasks")
    line.press("Enter")
    expect(page).to_have_url(re.compile("assignee=me"))
    line = palette(page)
    line.fill("new task")
    line.press("Enter")

    expect(page.get_by_role("dialog", name="New task")).to_be_visible()


def test_theme_is_a_command(dashboard: Dashboard) -> None:
    page = dashboard.page

    line = palette(page)
    line.fill("switch the theme")
    line.press("Enter")

    expect(page.locator("html[data-theme]")).to_be_attached()


def test_signing_out_is_a_command(
    open_dashboard: Callable[..., Dashboard], register: Callable[[str], Account], guard: Guard
) -> None:
    # What the page is asking for just then, as others work on, is refused.
    guard.expect("status of 401")
    page = open_dashboard(register("Barbara Liskov")).page

    line = palette(page)
    line.fill("sign out")
    line.press("Enter")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_palette_opens_over_a_field_and_closes_by_the_same_key(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_focused()

    line = palette(page)
    line.press("Control+k")

    expect(line).to_have_count(0)
    expect(page.locator("#filter")).to_be_focused()


def test_last_open_tasks_come_first(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    page.locator(f"#view [data-task={task['id']}] a").click()
    expect(page.get_by_role("dialog", name=task["id"])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#main").focus()

    palette(page)

    recent = page.get_by_role("group", name="Recent").get_by_role("option")
    expect(recent.first).to_contain_text(task["title"])


# On a German keyboard "?" is Shift and the key right of 0.
GERMAN_QUESTION_MARK = """
document.body.dispatchEvent(new KeyboardEvent("keydown",
  { key: "?", code: "Minus", shiftKey: true, bubbles: true, cancelable: true }))
"""


def test_sheet_lists_every_shortcut(dashboard: Dashboard) -> None:
    page = dashboard.page

    page.evaluate(GERMAN_QUESTION_MARK)

    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("term")).to_contain_text(["Search and commands", "New task", "Board"])
    assert sheet.locator("kbd").count() > 20
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("Shift+?")
    expect(sheet).to_be_visible()


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        ("gl", "/admin/list"),
        ("gc", "/admin/calendar"),
        ("gm", "/admin/mine"),
        ("gi", "/admin/insights"),
        ("gt", "/admin/trash"),
    ],
)
def test_two_keys_change_the_view_and_back(dashboard: Dashboard, keys: str, address: str) -> None:
    page = dashboard.page

    for key in keys:
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(f"{address}$"))
    page.keyboard.press("g")
    page.keyboard.press("b")

    expect(page).to_have_url(re.compile("/admin$"))


def test_second_key_that_comes_late_does_nothing(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.evaluate(
        "performance.now = ((real) => () => real() + (window.ahead ?? 0))(performance.now.bind(performance))"
    )

    page.keyboard.press("g")
    page.evaluate("window.ahead = 5000")
    page.keyboard.press("l")

    expect(page).to_have_url(re.compile("/admin$"))


def test_keys_leave_an_open_task_behind(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    page.locator(f"#view [data-task={task['id']}] a").click()
    expect(page.get_by_role("dialog", name=task["id"])).to_be_visible()

    page.keyboard.press("g")
    page.keyboard.press("l")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("/admin/list$"))
