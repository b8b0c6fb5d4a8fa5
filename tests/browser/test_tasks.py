"""Creating and changing tasks on the dashboard."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard, Held

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


def test_new_task_keeps_every_field(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    dashboard = open_dashboard(ada)

    form = dashboard.new_task()
    form.get_by_label("Title").fill(title)
    form.get_by_label("Description").fill("Why\nand how")
    form.get_by_label("Status").select_option("In progress")
    form.get_by_label("Priority").select_option("Urgent")
    form.get_by_label("Assignee").select_option(value=grace.id)
    form.get_by_label("Due date").fill(day(2))
    form.get_by_role("button", name="Create task").click()

    dashboard.expect_chip(title, "status", "In progress")
    dashboard.expect_chip(title, "priority", "Urgent")
    dashboard.expect_chip(title, "assigned_to", grace.name)
    dashboard.expect_chip(title, "due_date", "in 2 days")
    dashboard.row(title).get_by_role("link").click()
    task = dashboard.page.get_by_role("dialog")
    expect(task.get_by_label("Description")).to_have_value("Why\nand how")


@pytest.mark.parametrize("key", ["n", "c"])
def test_one_key_creates_a_task_and_enter_saves_it(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, key: str
) -> None:
    dashboard = open_dashboard(ada)

    dashboard.page.keyboard.press(key)
    expect(dashboard.dialog("New task").get_by_label("Title")).to_be_focused()
    dashboard.page.keyboard.type(title)
    dashboard.page.keyboard.press("Enter")

    expect(dashboard.row(title)).to_be_visible()
    expect(dashboard.dialog("New task")).to_have_count(0)


def test_escape_closes_and_gives_the_focus_back(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    dashboard = open_dashboard(ada)

    form = dashboard.new_task()
    form.get_by_label("Title").fill(title)
    dashboard.page.keyboard.press("Escape")

    expect(form).to_have_count(0)
    button = dashboard.page.get_by_role("button", name="New task")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(form.get_by_label("Title")).to_have_value(title)


def test_keys_do_nothing_while_somebody_types(
    open_dashboard: Callable[..., Dashboard], ada: Account
) -> None:
    dashboard = open_dashboard(ada)

    form = dashboard.new_task()
    form.get_by_label("Description").press_sequentially("nc")

    expect(form.get_by_label("Description")).to_have_value("nc")
    expect(dashboard.page.get_by_role("dialog")).to_have_count(1)


def test_missing_title_is_said_beside_it(
    open_dashboard: Callable[..., Dashboard], ada: Account
) -> None:
    form = open_dashboard(ada).new_task()

    form.get_by_label("Title").fill("   ")
    form.get_by_role("button", name="Create task").click()

    expect(form.get_by_label("Title")).to_have_accessible_description("Title is required")
    expect(form.get_by_label("Title")).to_be_focused()


def test_what_the_server_refuses_is_said_beside_the_field(
    open_dashboard: Callable[..., Dashboard], ada: Account, guard: Guard
) -> None:
    guard.expect("status of 400")
    form = open_dashboard(ada).new_task()

    form.get_by_label("Title").fill("x" * 201)
    form.get_by_label("Description").fill("kept")
    form.get_by_role("button", name="Create task").click()

    expect(form.get_by_label("Title")).to_have_accessible_description(re.compile("200"))
    expect(form.get_by_label("Title")).to_be_focused()
    expect(form.get_by_label("Description")).to_have_value("kept")


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
    dashboard = open_dashboard(ada)

    with dashboard.page.expect_response(f"**/api/tasks/{task['id']}") as answer:
        dashboard.choose(title, field, label)

    dashboard.expect_chip(title, field, shown)
    assert answer.value.request.header_value("if-match") == '"1"'
    assert ada.api("GET", f"/api/tasks/{task['id']}")[field] == (stored or ada.id)


def test_another_day_is_typed_and_taken_off_again(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada)

    dashboard.chip(title, "due_date").click()
    picker = dashboard.dialog(f"Due date of {title}")
    picker.get_by_label("Another day").fill("2031-02-03")
    picker.get_by_role("button", name="Set").click()
    dashboard.expect_chip(title, "due_date", "Feb 3, 2031")

    dashboard.choose(title, "due_date", "No due date")
    dashboard.expect_chip(title, "due_date", "No date")


def test_menu_is_worked_by_keyboard(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada)
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
    dashboard = open_dashboard(ada)
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
    leaving, staying = open_dashboard(ada), open_dashboard(grace)

    leaving.choose(title, "priority", "Urgent")
    leaving.page.close()

    staying.expect_chip(title, "priority", "Urgent")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["priority"] == "urgent"


def test_refused_edit_is_taken_back_and_said(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 403")
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada)
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
    dashboard = open_dashboard(ada)

    dashboard.choose(title, "status", "In progress")
    dashboard.choose(title, "priority", "High")
    dashboard.choose(title, "status", "Completed")

    dashboard.expect_chip(title, "status", "Completed")
    dashboard.expect_chip(title, "priority", "High")
    expect(dashboard.updates().first).to_have_text(f"You completed {title}")
    stored = ada.api("GET", f"/api/tasks/{task['id']}")
    assert (stored["status"], stored["priority"], stored["version"]) == ("completed", "high", 4)


def test_task_opens_at_its_own_address(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada)

    dashboard.row(title).get_by_role("link").click()
    expect(dashboard.page).to_have_url(re.compile(f"#task-{task['id']}$"))
    form = dashboard.dialog(task["id"])
    form.get_by_label("Title").fill(f"{title} (clearer)")
    form.get_by_role("button", name="Save").click()

    expect(dashboard.row(f"{title} (clearer)")).to_be_visible()
    dashboard.row(f"{title} (clearer)").get_by_role("link").click()
    expect(form).to_be_visible()
    dashboard.page.go_back()
    expect(form).to_have_count(0)


def test_address_of_a_task_that_is_gone_says_so(
    open_dashboard: Callable[..., Dashboard], ada: Account, guard: Guard
) -> None:
    guard.expect("status of 404")
    dashboard = open_dashboard(ada)

    dashboard.page.goto("/admin#task-TF-999999")

    expect(dashboard.error()).to_contain_text("There is no task TF-999999 any more.")


def test_deleting_asks_once_more(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard = open_dashboard(ada)

    dashboard.row(title).get_by_role("link").click()
    dashboard.page.get_by_role("button", name="Delete").click()
    dashboard.page.get_by_role("button", name="Delete for everybody?").click()

    expect(dashboard.row(title)).to_have_count(0)
    expect(dashboard.page.get_by_role("status", name="Messages")).to_contain_text(
        f"Deleted “{title}”"
    )


def test_counts_follow_a_change(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    dashboard = open_dashboard(ada)
    before = dashboard.count("total"), dashboard.count("completed")

    dashboard.create(title)
    expect(dashboard.page.locator(".stat.is-total dd")).to_have_text(f"{before[0] + 1:,}")
    dashboard.choose(title, "status", "Completed")

    expect(dashboard.page.locator(".stat.is-completed dd")).to_have_text(f"{before[1] + 1:,}")
