"""A new task in one line, from anywhere: what the line says becomes chips while it is typed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account) -> Dashboard:
    return open_dashboard(ada)


def quick_add(page: Page, key: str = "n") -> Locator:
    page.keyboard.press(key)
    line = page.get_by_role("dialog", name="New task").get_by_role("combobox", name="Title")
    expect(line).to_be_focused()
    return line


def chips(page: Page) -> Locator:
    return page.locator(".token")


def chip(page: Page, field: str) -> Locator:
    return page.get_by_role("button", name=f"{field}:").and_(chips(page))


def found(account: Account, title: str) -> dict[str, Any]:
    tasks = account.api("GET", "/api/tasks?limit=20")["tasks"]
    return next((task for task in tasks if task["title"] == title), {})


def create(page: Page, account: Account, line: Locator, title: str) -> dict[str, Any]:
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        line.press("Enter")
    expect(page.get_by_text(f"Created “{title}”").first).to_be_visible()
    return found(account, title)


def long_day(day: date) -> str:
    return f"{day:%a}, {day:%b} {day.day}, {day.year}"


@pytest.mark.parametrize("key", ["n", "c"])
def test_one_key_and_a_title_make_a_task(
    dashboard: Dashboard, ada: Account, title: str, key: str
) -> None:
    page = dashboard.page
    line = quick_add(page, key)

    line.fill(title)
    task = create(page, ada, line, title)

    assert (task["status"], task["priority"], task["assigned_to"], task["due_date"]) == (
        "pending",
        "medium",
        None,
        None,
    )
    expect(line).to_be_focused()
    expect(line).to_have_value("")
    expect(page.locator(f"#view [data-task={task['id']}]")).to_be_attached()


def test_line_becomes_chips_and_then_a_task(
    dashboard: Dashboard, ada: Account, grace: Account, title: str
) -> None:
    page = dashboard.page
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    line = quick_add(page)

    line.press_sequentially(f"{title} tomorrow p1 !doing @me ")

    expect(chip(page, "Due date")).to_contain_text(long_day(tomorrow))
    expect(chip(page, "Priority")).to_contain_text("Urgent")
    expect(chip(page, "Status")).to_contain_text("In progress")
    expect(chip(page, "Assignee")).to_contain_text(ada.name)
    task = create(page, ada, line, title)
    assert (task["status"], task["priority"], task["assigned_to"], task["due_date"]) == (
        "in_progress",
        "urgent",
        ada.id,
        tomorrow.isoformat(),
    )
    expect(chips(page)).to_have_count(0)


def test_both_languages_are_understood(dashboard: Dashboard, ada: Account, title: str) -> None:
    page = dashboard.page
    line = quick_add(page)

    line.fill(f"{title} bis zum 24. Dezember 2031 !fertig")
    task = create(page, ada, line, title)

    assert (task["status"], task["due_date"]) == ("completed", "2031-12-24")


def test_page_in_german_speaks_german(
    sign_in: Callable[..., BrowserContext], ada: Account, title: str
) -> None:
    page = sign_in(ada, locale="de-DE").new_page()
    page.goto("/admin")
    expect(page.locator("#overlays > *").first).to_be_attached()
    page.keyboard.press("n")
    form = page.get_by_role("dialog", name="Neue Aufgabe")

    form.get_by_role("combobox").fill(f"{title} 24.12.2031 p2 31.2.")

    expect(form.locator(".token").first).to_contain_text("Hoch")
    form.get_by_role("combobox").press("Enter")
    expect(form.get_by_role("alert")).to_have_text("„31.2.“ gibt es im Kalender nicht")


def test_people_are_offered_while_a_mention_is_typed(
    dashboard: Dashboard, register: Callable[[str], Account], ada: Account, title: str
) -> None:
    juergen = register("Jürgen Groß")
    dashboard.page.reload()
    dashboard.expect_state("Live")
    page = dashboard.page
    line = quick_add(page)

    line.press_sequentially(f"{title} @jue")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Jürgen Groß")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(page.locator(f"#{line.get_attribute('aria-activedescendant')}")).to_contain_text(
        "Jürgen Groß"
    )
    line.press("Tab")

    expect(options).to_have_count(0)
    expect(line).to_be_focused()
    expect(line).to_have_value(re.compile(f"^{title} @Jürgen"))
    expect(chip(page, "Assignee")).to_contain_text("Jürgen Groß")
    task = create(page, ada, line, title)
    assert task["assigned_to"] == juergen.id


def test_escape_closes_the_offer_first_and_then_the_line(dashboard: Dashboard) -> None:
    page = dashboard.page
    line = quick_add(page)
    line.press_sequentially("Ask @gr")
    expect(page.get_by_role("option")).not_to_have_count(0)

    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(line).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_chip_that_is_taken_back_stays_in_the_title(
    dashboard: Dashboard, ada: Account, title: str
) -> None:
    page = dashboard.page
    line = quick_add(page)
    line.fill(f"{title} next friday p1")

    chip(page, "Due date").click()

    expect(chip(page, "Due date")).to_have_count(0)
    expect(line).to_be_focused()
    expect(line).to_have_value(f"{title} \\next friday p1")
    task = create(page, ada, line, f"{title} next friday")
    assert (task["due_date"], task["priority"]) == (None, "urgent")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "A title is needed"),
        ("p1 tomorrow", "A title is needed"),
        ("Ask @nobody", "Nobody in the team is called @nobody"),
        ("Pay 31.2.", "“31.2.” is not a day of the calendar"),
        ("x" * 201, "At most 200 characters"),
    ],
)
def test_fault_is_said_beside_the_line(dashboard: Dashboard, typed: str, fault: str) -> None:
    page = dashboard.page
    line = quick_add(page)
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))

    line.fill(typed)
    line.press("Enter")

    expect(line).to_have_accessible_description(fault)
    expect(line).to_be_focused()
    assert [address for address in sent if address.endswith("/api/tasks")] == []


def test_typing_survives_closing_and_a_reload(dashboard: Dashboard, title: str) -> None:
    page = dashboard.page
    quick_add(page).fill(f"{title} p1")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(quick_add(page)).to_have_value(f"{title} p1")
    page.reload()
    dashboard.expect_state("Live")
    expect(page.locator("#overlays > *").first).to_be_attached()

    expect(quick_add(page)).to_have_value(f"{title} p1")
    expect(chip(page, "Priority")).to_contain_text("Urgent")


def test_shift_enter_opens_the_new_task(dashboard: Dashboard, title: str) -> None:
    page = dashboard.page
    line = quick_add(page)

    line.fill(title)
    line.press("Shift+Enter")

    opened = page.get_by_role("dialog", name=re.compile(r"^TF-\d+$"))
    expect(opened.get_by_role("textbox", name="Title")).to_have_value(title)
    expect(page).to_have_url(re.compile(r"#task-TF-\d+$"))
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_more_has_every_field(
    dashboard: Dashboard, ada: Account, grace: Account, title: str
) -> None:
    page = dashboard.page
    line = quick_add(page)
    line.fill(f"{title} p1")
    form = page.get_by_role("dialog")

    form.get_by_role("button", name="More").click()
    expect(form.get_by_label("Priority")).to_have_value("urgent")
    form.get_by_label("Description").fill("Why\nand how")
    form.get_by_label("Priority").select_option("Low")
    form.get_by_label("Status").select_option("In progress")
    form.get_by_label("Assignee").select_option(grace.name)
    form.get_by_label("Due date").fill("2031-02-03")
    expect(line).to_have_value(title)
    task = create(page, ada, line, title)

    stored = ada.api("GET", f"/api/tasks/{task['id']}")
    fields = ("description", "priority", "status", "assigned_to", "due_date")
    assert [stored[field] for field in fields] == [
        "Why\nand how",
        "low",
        "in_progress",
        grace.id,
        "2031-02-03",
    ]


def test_button_on_a_phone_opens_the_line_and_gets_the_focus_back(
    open_dashboard: Callable[..., Dashboard], ada: Account
) -> None:
    page = open_dashboard(ada, **PHONE).page
    button = page.get_by_role("button", name="New task", exact=True)

    button.tap()
    form = page.get_by_role("dialog", name="New task")
    expect(form.get_by_role("combobox")).to_be_focused()
    form.get_by_role("button", name="Close").tap()

    expect(button).to_be_focused()


def test_keys_do_nothing_while_somebody_types(dashboard: Dashboard) -> None:
    page = dashboard.page
    line = quick_add(page)

    line.press_sequentially("nc?jg b")

    expect(line).to_have_value("nc?jg b")
    expect(page.get_by_role("dialog")).to_have_count(1)
