"""The list: sorted by its columns, edited in place, and many tasks changed at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard


@pytest.fixture
def tasks(ada: Account, grace: Account, title: str) -> list[dict[str, Any]]:
    """Three that differ in everything."""
    rows = [
        ("a", "completed", "low", grace.id, "2031-03-02"),
        ("b", "pending", "urgent", None, None),
        ("c", "in_progress", "medium", ada.id, "2031-03-01"),
    ]
    return [
        ada.api(
            "POST",
            "/api/tasks",
            {
                "title": f"{title} {letter}",
                "status": status,
                "priority": priority,
                "assigned_to": assignee,
                "due_date": due,
            },
        )
        for letter, status, priority, assignee, due in rows
    ]


@pytest.fixture
def dashboard(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, tasks: object
) -> Dashboard:
    """Only these three: all tests share a team."""
    word = title.rpartition(" ")[2]
    dashboard = open_dashboard(ada, address=f"/admin/list?q={word}")
    expect(dashboard.page.locator(".task-row:visible")).to_have_count(3)
    return dashboard


def letters(dashboard: Dashboard) -> str:
    return "".join(text[-1] for text in dashboard.titles(".tasks"))


def box(dashboard: Dashboard, task: dict[str, Any]) -> Locator:
    return dashboard.row(task["title"]).get_by_role("checkbox")


def bar(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selected tasks")


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        ("Title", "abc", "cba"),
        ("Assignee", "cab", "acb"),
        ("Priority", "bca", "acb"),
        ("Status", "bca", "acb"),
        ("Due", "cab", "acb"),
    ],
)
def test_list_sorts_by_every_column(dashboard: Dashboard, column: str, up: str, down: str) -> None:
    """Up, down, and back to the board's order; what has no value is last."""
    head = dashboard.page.get_by_role("columnheader", name=column)
    assert letters(dashboard) == "bca"

    for direction, order in (("ascending", up), ("descending", down)):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", direction)
        assert letters(dashboard) == order
    dashboard.page.reload()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(dashboard.page.locator(".task-row:visible")).to_have_count(3)
    assert letters(dashboard) == down
    head.get_by_role("button").click()

    expect(head).not_to_have_attribute("aria-sort", re.compile("."))
    assert letters(dashboard) == "bca"


def test_change_of_another_leaves_what_is_being_written(
    dashboard: Dashboard, grace: Account, tasks: list[dict[str, Any]], title: str
) -> None:
    row = dashboard.page.locator(f".tasks [data-task={tasks[1]['id']}]")
    row.get_by_role("link").press("F2")
    field = row.get_by_role("textbox", name="Title")
    field.fill(f"{title} half")

    grace.api("PATCH", f"/api/tasks/{tasks[1]['id']}", {"title": f"{title} theirs"})
    expect(dashboard.updates().first).to_contain_text(f"{title} theirs")

    expect(field).to_have_value(f"{title} half")
    # Not even a name that the filter hides.
    grace.api("PATCH", f"/api/tasks/{tasks[1]['id']}", {"title": "Hidden"})
    expect(dashboard.updates().first).to_contain_text("Hidden")
    expect(field).to_have_value(f"{title} half")
    expect(field).to_be_focused()


@pytest.mark.parametrize("way", ["F2", "pencil"])
def test_title_is_written_where_it_stands(
    dashboard: Dashboard, tasks: list[dict[str, Any]], title: str, way: str
) -> None:
    row = dashboard.page.locator(f".tasks [data-task={tasks[1]['id']}]")
    if way == "F2":
        row.get_by_role("link").press("F2")
    else:
        row.hover()
        row.get_by_role("button", name="Rename").click()
    field = row.get_by_role("textbox", name="Title")

    field.fill(f"{title} dropped")
    field.press("Escape")
    expect(row.get_by_role("link")).to_have_text(tasks[1]["title"])
    expect(row.get_by_role("link")).to_be_focused()
    row.get_by_role("link").press("F2")
    field.fill(f"{title} kept")
    field.press("Enter")

    expect(row.get_by_role("link")).to_have_text(f"{title} kept")
    expect(row.get_by_role("link")).to_be_focused()
    expect(dashboard.updates().first).to_have_text(f"You renamed {title} kept")


def test_selection_changes_at_once(
    dashboard: Dashboard, ada: Account, tasks: list[dict[str, Any]]
) -> None:
    page = dashboard.page

    box(dashboard, tasks[1]).check()
    box(dashboard, tasks[0]).click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("3 selected")
    box(dashboard, tasks[2]).uncheck()
    expect(bar(page)).to_contain_text("2 selected")
    with page.expect_response("**/api/tasks") as answer:
        bar(page).get_by_role("button", name="Priority").click()
        page.get_by_role("menuitemradio", name="High").click()

    assert {each["status"] for each in answer.value.json()["results"]} == {200}
    for task, label in zip(tasks, ("High", "High", "Medium"), strict=True):
        dashboard.expect_chip(task["title"], "priority", label)
    stored = [ada.api("GET", f"/api/tasks/{task['id']}")["priority"] for task in tasks]
    assert stored == ["high", "high", "medium"]


def test_all_that_is_seen_is_selected_and_deleted_and_undone(
    dashboard: Dashboard, tasks: list[dict[str, Any]], guard: Guard
) -> None:
    # Asked for before they are back.
    guard.expect("status of 404")
    page = dashboard.page
    everything = page.get_by_role("checkbox", name="Select all", exact=True)

    everything.check()
    expect(bar(page)).to_contain_text("3 selected")
    with page.expect_response(lambda one: one.request.method == "DELETE"):
        bar(page).get_by_role("button", name="Delete").click()
    expect(page.locator(".task-row:visible")).to_have_count(0)
    expect(dashboard.offer()).to_contain_text("Deleted 3 tasks")
    dashboard.offer().get_by_role("button", name="Undo", exact=True).click()

    expect(page.locator(".task-row:visible")).to_have_count(3)
    expect(bar(page)).to_have_count(0)
    page.wait_for_function(
        """async (ids) => {
          const answers = await Promise.all(ids.map((id) => fetch(`/api/tasks/${id}`)));
          return answers.every((answer) => answer.ok);
        }""",
        arg=[task["id"] for task in tasks],
    )


def test_rows_are_walked_and_selected_by_keys(
    dashboard: Dashboard, tasks: list[dict[str, Any]]
) -> None:
    page = dashboard.page
    links = [dashboard.row(tasks[index]["title"]).get_by_role("link") for index in (1, 2, 0)]
    links[0].focus()

    page.keyboard.press("j")
    expect(links[1]).to_be_focused()
    page.keyboard.press("x")
    expect(bar(page)).to_contain_text("1 selected")
    page.keyboard.press("Shift+ArrowDown")
    expect(links[2]).to_be_focused()
    expect(bar(page)).to_contain_text("2 selected")
    page.keyboard.press("Escape")

    expect(bar(page)).to_have_count(0)
    page.keyboard.press("k")
    expect(links[1]).to_be_focused()


def test_change_of_another_takes_no_focus_in_a_sorted_list(
    dashboard: Dashboard, grace: Account, tasks: list[dict[str, Any]]
) -> None:
    page = dashboard.page
    page.get_by_role("columnheader", name="Priority").get_by_role("button").click()
    link = dashboard.row(tasks[1]["title"]).get_by_role("link")
    link.focus()

    grace.api("PATCH", f"/api/tasks/{tasks[1]['id']}", {"priority": "low"})

    dashboard.expect_chip(tasks[1]["title"], "priority", "Low")
    assert letters(dashboard) == "cba"
    expect(link).to_be_focused()
