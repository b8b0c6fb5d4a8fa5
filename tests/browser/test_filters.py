"""What is shown of all tasks: filters that every view shares and every address keeps."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

VIEWS = pytest.mark.parametrize("address", ["/admin", "/admin/list"])


def field(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Filter the tasks")


def seen(page: Page) -> Locator:
    return page.locator("#view [data-task]:visible")


@pytest.fixture
def word(ada: Account, grace: Account, title: str) -> str:
    """A word that only three tasks have."""
    word = title.rpartition(" ")[2]
    for number, (status, priority, assignee, due) in enumerate(
        [
            ("pending", "urgent", ada.id, "2020-01-01"),
            ("in_progress", "low", grace.id, None),
            ("completed", "low", None, "2020-01-01"),
        ]
    ):
        body = {"title": f"{title} {number}", "status": status, "priority": priority}
        ada.api("POST", "/api/tasks", body | {"assigned_to": assignee, "due_date": due})
    return word


@VIEWS
def test_typing_filters_and_the_address_keeps_it(
    open_dashboard: Callable[..., Dashboard], ada: Account, word: str, address: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": "Found by another word"})
    page = open_dashboard(ada, address=address).page

    field(page).press_sequentially(word)
    expect(seen(page)).to_have_count(3)
    expect(page).to_have_url(re.compile(rf"{address}\?q={word}$"))
    page.reload()
    expect(seen(page)).to_have_count(3)
    expect(field(page)).to_have_value(word)
    field(page).press("Escape")

    expect(field(page)).to_have_value("")
    expect(page).to_have_url(re.compile(f"{address}$"))
    expect(seen(page).nth(3)).to_be_visible()


def test_filters_go_along_from_view_to_view_and_back(
    open_dashboard: Callable[..., Dashboard], ada: Account, word: str
) -> None:
    page = open_dashboard(ada).page
    field(page).fill(word)
    expect(seen(page)).to_have_count(3)

    page.locator(".switch").get_by_role("link", name="List").click()
    expect(page.locator(".task-row:visible")).to_have_count(3)
    expect(page).to_have_url(re.compile(rf"/admin/list\?q={word}$"))
    page.go_back()
    expect(page.locator(".card:visible")).to_have_count(3)
    expect(page).to_have_url(re.compile(rf"/admin\?q={word}$"))
    page.go_back()

    expect(page).to_have_url(re.compile("/admin$"))
    expect(field(page)).to_have_value("")


@pytest.mark.parametrize(
    ("name", "choice", "value", "numbers"),
    [
        ("Status", "In progress", "status=in_progress", "1"),
        ("Assignee", "Me", "assignee=me", "0"),
        ("Assignee", "Nobody", "assignee=nobody", "2"),
        ("Priority", "Low", "priority=low", "12"),
        ("Due date", "Overdue", "due=overdue", "0"),
        ("Due date", "No due date", "due=none", "1"),
    ],
)
def test_choices_filter_and_their_chips_take_them_away(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    word: str,
    name: str,
    choice: str,
    value: str,
    numbers: str,
) -> None:
    dashboard = open_dashboard(ada, address=f"/admin?q={word}")
    page = dashboard.page
    expect(seen(page)).to_have_count(3)

    page.get_by_role("button", name="More filters").click()
    panel = page.get_by_role("dialog", name="More filters")
    panel.get_by_label(name).select_option(label=choice)
    expect(seen(page)).to_have_count(len(numbers))
    assert "".join(text[-1] for text in dashboard.titles()) == numbers
    expect(page).to_have_url(re.compile(rf"\?q={word}&{value}$"))
    page.keyboard.press("Escape")
    chip = page.get_by_role("list", name="Active filters").get_by_role("button", name=choice)
    chip.click()

    expect(seen(page)).to_have_count(3)
    expect(chip).to_have_count(0)


@VIEWS
def test_nothing_that_matches_is_said_with_a_way_out(
    open_dashboard: Callable[..., Dashboard], ada: Account, word: str, address: str
) -> None:
    page = open_dashboard(ada, address=address).page

    field(page).fill(f"{word} nowhere")
    expect(page.get_by_role("heading", name="No task matches")).to_be_visible()
    page.locator("#view").get_by_role("button", name="Clear filters").click()

    expect(seen(page).first).to_be_visible()
    expect(page.get_by_role("heading", name="No task matches")).to_have_count(0)


def test_server_is_asked_for_what_is_not_here(
    open_dashboard: Callable[..., Dashboard], ada: Account, word: str
) -> None:
    """Each column comes with its upper end: these three sink below it."""
    for status in ("pending", "in_progress", "completed"):
        for _ in range(12):
            ada.api("POST", "/api/tasks", {"title": "One of many", "status": status})
    page = open_dashboard(ada).page
    expect(page.locator(".card").first).to_be_visible()

    field(page).fill(word)

    expect(seen(page)).to_have_count(3)
    counts = page.locator(".column .count").all_inner_texts()
    assert counts == ["1", "1", "1", "0"]


def test_new_task_that_does_not_match_stays_hidden(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, word: str, title: str
) -> None:
    page = open_dashboard(ada, address=f"/admin?q={word}").page
    expect(seen(page)).to_have_count(3)

    grace.api("POST", "/api/tasks", {"title": "Something else"})
    grace.api("POST", "/api/tasks", {"title": f"{title} more"})

    expect(seen(page)).to_have_count(4)
