"""A task opens at the side of the page, and each of its fields is edited where it stands."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard

MARKDOWN = """# Why
It drops when the *gateway* restarts, see https://example.com/a_(b).

- [x] full jitter
- [ ] cap at **30 s**

> quoted `code`

[safe](https://example.com/b) [bad](javascript:alert(1)) <b>no</b>"""


@pytest.fixture
def task(ada: Account, title: str) -> dict[str, Any]:
    created: dict[str, Any] = ada.api("POST", "/api/tasks", {"title": title})
    return created


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard], ada: Account, task: object) -> Dashboard:
    return open_dashboard(ada)


def link(page: Page, task: dict[str, Any]) -> Locator:
    return page.locator(f"#view [data-task={task['id']}] a")


def drawer(page: Page, task: dict[str, Any]) -> Locator:
    return page.get_by_role("dialog", name=task["id"])


def open_task(dashboard: Dashboard, task: dict[str, Any]) -> Locator:
    link(dashboard.page, task).click()
    opened = drawer(dashboard.page, task)
    expect(opened).to_be_visible()
    return opened


def saved(answer: Response) -> bool:
    return answer.request.method == "PATCH" and answer.ok


def stored(account: Account, task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = account.api("GET", f"/api/tasks/{task['id']}")
    return found


def test_task_has_an_address_and_back_closes_it(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page

    opened = open_task(dashboard, task)
    expect(page).to_have_url(re.compile(f"/admin#task-{task['id']}$"))
    expect(opened).to_be_focused()
    page.go_back()

    expect(opened).to_have_count(0)
    expect(link(page, task)).to_be_focused()
    page.go_forward()
    expect(opened).to_be_visible()


@pytest.mark.parametrize("how", ["Escape", "button", "beside"])
def test_closing_gives_the_focus_and_the_address_back(
    dashboard: Dashboard, task: dict[str, Any], how: str
) -> None:
    page = dashboard.page
    opened = open_task(dashboard, task)

    if how == "Escape":
        page.keyboard.press("Escape")
    elif how == "button":
        opened.get_by_role("button", name="Close").click()
    else:
        page.mouse.click(200, 400)

    expect(opened).to_have_count(0)
    expect(page).to_have_url(re.compile("/admin$"))
    expect(link(page, task)).to_be_focused()


def test_address_opens_the_task_at_once(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    page.goto("about:blank")

    page.goto(f"/admin#task-{task['id']}")

    expect(drawer(page, task)).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer(page, task)).to_have_count(0)
    expect(page).to_have_url(re.compile("/admin$"))


def test_address_of_a_task_that_is_gone_says_so(dashboard: Dashboard, guard: Guard) -> None:
    guard.expect("status of 404")

    dashboard.page.goto("/admin#task-TF-999999")

    expect(dashboard.error()).to_contain_text("There is no task TF-999999 any more.")
    expect(dashboard.page).to_have_url(re.compile("/admin$"))


def test_nothing_behind_an_open_task_can_be_reached(
    dashboard: Dashboard, task: dict[str, Any]
) -> None:
    page = dashboard.page
    open_task(dashboard, task)
    # In the frame after the one that shows the task.
    expect(page.locator("[inert] #view")).to_have_count(1)

    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('#view, .sidebar, .topbar')")
    page.keyboard.press("Escape")

    expect(page.locator("[inert]")).to_have_count(0)


@pytest.mark.parametrize(
    ("field", "label", "choice", "value"),
    [
        ("status", "Status", "In progress", "in_progress"),
        ("priority", "Priority", "Urgent", "urgent"),
        ("assigned_to", "Assignee", "(you)", None),
        ("due_date", "Due date", "Tomorrow", "tomorrow"),
    ],
)
def test_field_is_edited_in_the_drawer(
    dashboard: Dashboard,
    ada: Account,
    task: dict[str, Any],
    field: str,
    label: str,
    choice: str,
    value: str | None,
) -> None:
    page = dashboard.page
    opened = open_task(dashboard, task)
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    wanted = {None: ada.id, "tomorrow": tomorrow}.get(value, value)

    with page.expect_response(saved):
        opened.get_by_role("button", name=f"{label}:").press("Enter")
        choices = page.locator(".popover:popover-open")
        choices.get_by_role(
            "button" if field == "due_date" else "menuitemradio", name=choice
        ).press("Enter")

    expect(opened.get_by_role("button", name=f"{label}:")).to_be_focused()
    assert stored(ada, task)[field] == wanted


def test_title_is_saved_by_enter(dashboard: Dashboard, ada: Account, task: dict[str, Any]) -> None:
    opened = open_task(dashboard, task)
    field = opened.get_by_role("textbox", name="Title")

    with dashboard.page.expect_response(saved):
        field.fill(f"{task['title']} (clearer)")
        field.press("Enter")

    expect(opened.get_by_role("button", name="Save")).to_have_count(0)
    assert stored(ada, task)["title"] == f"{task['title']} (clearer)"


def test_escape_takes_typing_back_and_offers_it_again(
    dashboard: Dashboard, task: dict[str, Any]
) -> None:
    opened = open_task(dashboard, task)
    field = opened.get_by_role("textbox", name="Title")

    field.fill("something else")
    field.press("Escape")

    expect(field).to_have_value(task["title"])
    expect(opened).to_be_visible()
    dashboard.page.get_by_role("button", name="Undo", exact=True).click()
    expect(field).to_have_value("something else")


@pytest.mark.parametrize(
    ("text", "fault"), [("   ", "A title is needed"), ("x" * 201, "At most 200 characters")]
)
def test_unusable_title_is_said_beside_it(
    dashboard: Dashboard, ada: Account, task: dict[str, Any], text: str, fault: str
) -> None:
    field = open_task(dashboard, task).get_by_role("textbox", name="Title")

    field.fill(text)
    field.press("Enter")

    expect(field).to_have_accessible_description(fault)
    assert stored(ada, task)["title"] == task["title"]


def test_description_is_markdown(dashboard: Dashboard, ada: Account, task: dict[str, Any]) -> None:
    page = dashboard.page
    opened = open_task(dashboard, task)

    page.keyboard.press("e")
    field = opened.get_by_role("textbox", name="Description")
    expect(field).to_be_focused()
    field.fill(MARKDOWN)
    with page.expect_response(saved):
        field.press("Control+Enter")

    assert stored(ada, task)["description"] == MARKDOWN
    expect(field).to_have_count(0)
    expect(opened.get_by_role("heading", name="Why")).to_be_visible()
    boxes = opened.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    expect(boxes.first).to_be_checked()
    links = opened.locator(".prose a")
    assert links.evaluate_all("(all) => all.map((one) => [one.href, one.rel])") == [
        ["https://example.com/a_(b)", "noopener noreferrer"],
        ["https://example.com/b", "noopener noreferrer"],
    ]
    expect(opened.locator(".prose")).to_contain_text("[bad](javascript:alert(1)) <b>no</b>")


def test_description_is_looked_at_while_it_is_written(
    dashboard: Dashboard, ada: Account, task: dict[str, Any]
) -> None:
    opened = open_task(dashboard, task)

    opened.get_by_text("Add a description").click()
    opened.get_by_role("textbox", name="Description").fill("a **bold** plan")
    opened.get_by_role("button", name="Preview").click()

    expect(opened.locator(".prose strong")).to_have_text("bold")
    expect(opened.get_by_text("Not saved yet")).to_be_visible()
    assert stored(ada, task)["description"] == ""
    with dashboard.page.expect_response(saved):
        opened.get_by_role("button", name="Save").click()
    expect(opened.get_by_text("Not saved yet")).to_have_count(0)
    assert stored(ada, task)["description"] == "a **bold** plan"


def test_typing_survives_others_closing_and_a_reload(
    dashboard: Dashboard, ada: Account, grace: Account, task: dict[str, Any]
) -> None:
    page = dashboard.page
    opened = open_task(dashboard, task)
    page.keyboard.press("e")
    field = opened.get_by_role("textbox", name="Description")

    field.fill("mine")
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"description": "theirs", "priority": "low"})
    expect(opened.get_by_text("Somebody changed it meanwhile")).to_be_visible()
    expect(opened.get_by_role("button", name="Priority: Low")).to_be_visible()
    expect(field).to_have_value("mine")
    expect(field).to_be_focused()
    opened.get_by_role("button", name="Close").click()
    page.reload()
    open_task(dashboard, task)
    expect(opened.locator(".prose")).to_have_text("mine")
    opened.get_by_role("button", name="Save").click()

    question = page.get_by_role("alertdialog", name="Changed by two people at once")
    expect(question.get_by_role("row", name="Description")).to_have_text("Descriptionminetheirs")
    with page.expect_response(saved):
        question.get_by_role("button", name="Keep mine").click()
    assert stored(ada, task)["description"] == "mine"


def test_activity_is_told_in_sentences_and_goes_on_live(
    dashboard: Dashboard, ada: Account, grace: Account, task: dict[str, Any]
) -> None:
    address = f"/api/tasks/{task['id']}"
    ada.api("PATCH", address, {"status": "in_progress"})
    ada.api("PATCH", address, {"assigned_to": grace.id, "priority": "high"})
    grace.api("PATCH", address, {"due_date": "2031-02-03"})
    deeds = open_task(dashboard, task).locator(".deed p")

    expect(deeds).to_contain_text(
        [
            "Grace Hopper set the due date to Feb 3, 2031",
            "Ada Lovelace assigned this to Grace Hopper and changed the priority from Medium to High",
            "Ada Lovelace moved this from Pending to In progress",
            "Ada Lovelace created this",
        ]
    )
    grace.api("PATCH", address, {"title": "Renamed"})
    expect(deeds.first).to_contain_text(
        f"Grace Hopper renamed this from “{task['title']}” to “Renamed”"
    )
    expect(deeds).to_have_count(5)


def test_long_activity_comes_page_by_page(
    open_dashboard: Callable[..., Dashboard], ada: Account, task: dict[str, Any]
) -> None:
    for count in range(22):
        ada.api("PATCH", f"/api/tasks/{task['id']}", {"description": str(count)})
    opened = open_task(open_dashboard(ada), task)
    expect(opened.locator(".deed")).to_have_count(20)

    opened.get_by_role("button", name="Show more").click()

    expect(opened.locator(".deed")).to_have_count(23)
    expect(opened.get_by_role("button", name="Show more")).to_have_count(0)
    expect(opened.locator(".deed").last).to_contain_text("created this")


def test_next_and_previous_follow_the_view(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str
) -> None:
    below = ada.api("POST", "/api/tasks", {"title": f"{title} below"})
    above = ada.api("POST", "/api/tasks", {"title": f"{title} above"})
    dashboard = open_dashboard(ada)
    page = dashboard.page
    open_task(dashboard, above)

    page.keyboard.press("j")
    expect(drawer(page, below)).to_be_visible()
    expect(page).to_have_url(re.compile(f"#task-{below['id']}$"))
    page.keyboard.press("k")
    expect(drawer(page, above)).to_be_visible()
    page.get_by_role("button", name="Next task", exact=True).click()
    expect(drawer(page, below)).to_be_visible()
    page.go_back()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("/admin$"))


def test_deleting_can_be_undone(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page

    open_task(dashboard, task).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link(page, task)).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()

    expect(link(page, task)).to_be_visible()


def test_task_that_is_deleted_meanwhile_says_so(
    dashboard: Dashboard, grace: Account, task: dict[str, Any], guard: Guard
) -> None:
    guard.expect("status of 404")  # what the opened task asks for can come after the deletion
    opened = open_task(dashboard, task)

    grace.api("DELETE", f"/api/tasks/{task['id']}")

    expect(opened.get_by_role("heading", name="This task was deleted")).to_be_visible()
    opened.get_by_role("button", name="Close").click()
    expect(dashboard.page.get_by_role("dialog")).to_have_count(0)


def test_link_is_copied(dashboard: Dashboard, task: dict[str, Any]) -> None:
    page = dashboard.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    open_task(dashboard, task).get_by_role("button", name="Copy link").click()

    expect(page.get_by_text("Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/admin#task-{task['id']}")
