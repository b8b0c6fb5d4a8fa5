"""Changing tasks where they stand in the list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard, Held

LIST = "/admin/list"
# In the page: how long from the press of a choice until the row shows it, in milliseconds.
MEASURE_PAINT = """
([title, label]) => new Promise((done) => {
  const row = [...document.querySelectorAll(".task-row")].find((one) => one.textContent.includes(title));
  const item = [...document.querySelectorAll(".popover [role=menuitemradio]")].find((one) => one.textContent.trim() === label);
  const started = performance.now();
  item.click();
  const look = () => row.querySelector(".task-status .badge").textContent === label || performance.now() - started > 5000
    ? done(performance.now() - started) : requestAnimationFrame(look);
  requestAnimationFrame(look);
})
"""


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


@pytest.mark.parametrize(
    ("field", "label", "shown", "stored"),
    [
        ("status", "Completed", "Completed", "completed"),
        ("priority", "Urgent", "Urgent", "urgent"),
        ("assigned_to", "(you)", "Ada Lovelace", None),
        ("due_date", "Tomorrow", "tomorrow", day(1)),
    ],
)
def test_field_is_edited_where_it_stands(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    title: str,
    field: str,
    label: str,
    shown: str,
    stored: str | None,
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)

    with dashboard.page.expect_response(f"**/api/tasks/{task['id']}") as answer:
        dashboard.choose(title, field, label)

    dashboard.expect_chip(title, field, shown)
    assert answer.value.request.header_value("if-match") == '"1"'
    assert ada.api("GET", f"/api/tasks/{task['id']}")[field] == (stored or ada.id)


def test_another_day_is_typed_and_taken_off_again(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)

    dashboard.chip(title, "due_date").click()
    picker = dashboard.dialog(f"Due date of {title}")
    picker.get_by_label("Another day").fill("2031-02-03")
    picker.get_by_role("button", name="Set", exact=True).click()
    dashboard.expect_chip(title, "due_date", "Feb 3, 2031")

    dashboard.choose(title, "due_date", "No due date")
    dashboard.expect_chip(title, "due_date", "No date")


def test_menu_is_worked_by_keyboard(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)
    chip = dashboard.chip(title, "status")

    chip.press("ArrowDown")
    menu = dashboard.page.get_by_role("menu", name=f"Status of {title}")
    expect(menu.get_by_role("menuitemradio", name="Pending")).to_be_focused()
    dashboard.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitemradio", name="In progress")).to_be_focused()
    dashboard.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(chip).to_be_focused()

    chip.press("Enter")
    expect(menu.get_by_role("menuitemradio", name="Pending")).to_be_focused()
    dashboard.page.keyboard.press("c")
    dashboard.page.keyboard.press("Enter")
    dashboard.expect_chip(title, "status", "Completed")
    expect(chip).to_be_focused()


def test_edit_is_painted_before_the_server_answers(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    title: str,
    record_property: Callable[[str, object], None],
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)
    held = Held()
    dashboard.page.route(f"**/api/tasks/{task['id']}", held)
    dashboard.chip(title, "status").click()
    expect(dashboard.page.get_by_role("menuitemradio", name="Completed")).to_be_visible()

    milliseconds = dashboard.page.evaluate(MEASURE_PAINT, [title, "Completed"])

    record_property("paint_ms", milliseconds)
    dashboard.expect_chip(title, "status", "Completed")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["status"] == "pending"
    held.release()
    dashboard.expect_chip(title, "status", "Completed")


def test_edit_arrives_also_when_the_page_is_left_at_once(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    leaving, staying = open_dashboard(ada, address=LIST), open_dashboard(grace, address=LIST)

    leaving.choose(title, "priority", "Urgent")
    leaving.page.close()

    staying.expect_chip(title, "priority", "Urgent")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["priority"] == "urgent"


def test_refused_edit_is_taken_back_and_said(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 403")
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)
    dashboard.page.route(
        f"**/api/tasks/{task['id']}",
        lambda route: route.fulfill(status=403, json={"detail": "Not allowed"}),
    )

    dashboard.choose(title, "status", "Completed")

    expect(dashboard.error()).to_contain_text(
        f"The change to “{title}” was taken back. Not allowed"
    )
    dashboard.expect_chip(title, "status", "Pending")


def test_quick_edits_of_one_task_go_one_after_the_other(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada, address=LIST)

    dashboard.choose(title, "status", "In progress")
    dashboard.choose(title, "priority", "High")
    dashboard.choose(title, "status", "Completed")

    dashboard.expect_chip(title, "status", "Completed")
    dashboard.expect_chip(title, "priority", "High")
    expect(dashboard.updates().first).to_have_text(f"You completed {title}")
    stored = ada.api("GET", f"/api/tasks/{task['id']}")
    assert (stored["status"], stored["priority"], stored["version"]) == ("completed", "high", 4)


def test_address_of_a_task_that_is_gone_says_so(
    open_dashboard: Callable[..., Dashboard], ada: Account, guard: Guard
) -> None:
    guard.expect("status of 404")
    dashboard = open_dashboard(ada, address=LIST)

    dashboard.page.goto("/admin#task-TF-999999")

    expect(dashboard.error()).to_contain_text("There is no task TF-999999 any more.")


def test_counts_follow_a_change(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    dashboard = open_dashboard(ada, address=LIST)
    before = dashboard.count("total"), dashboard.count("completed")

    dashboard.create(title)
    expect(dashboard.page.locator(".stat.is-total dd")).to_have_text(f"{before[0] + 1:,}")
    dashboard.choose(title, "status", "Completed")

    expect(dashboard.page.locator(".stat.is-completed dd")).to_have_text(f"{before[1] + 1:,}")
