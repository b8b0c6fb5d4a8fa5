"""The way in and out: registering and signing in, with and without scripts."""

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, Account, Guard
from tests.browser.dashboard import Dashboard, Held

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@SCRIPTS
def test_registering_leads_to_the_dashboard(
    open_context: Callable[..., BrowserContext], scripts: bool, title: str
) -> None:
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto("/register")

    page.get_by_label("Name").fill("Katherine Johnson")
    page.get_by_label("Email").fill(f"katherine.{title.rpartition(' ')[2]}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()

    expect(page).to_have_url(re.compile("/admin$"))
    expect(page.get_by_role("heading", name="Board", exact=True)).to_be_visible()
    expect(page.locator(".account-card")).to_contain_text("Katherine Johnson")


@SCRIPTS
def test_signing_in_leads_to_the_dashboard(
    open_context: Callable[..., BrowserContext], ada: Account, scripts: bool
) -> None:
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto("/admin")

    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Board", exact=True)).to_be_visible()


@SCRIPTS
def test_wrong_password_says_so_and_keeps_the_email(
    open_context: Callable[..., BrowserContext], ada: Account, scripts: bool, guard: Guard
) -> None:
    guard.expect("status of 401")
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto("/login")

    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_have_text(
        "That email and password do not match an account."
    )
    expect(page.get_by_label("Email")).to_have_value(ada.email)
    expect(page.get_by_label("Password")).to_have_value("")


@SCRIPTS
def test_faults_of_a_registration_stand_beside_their_fields(
    open_context: Callable[..., BrowserContext], scripts: bool, guard: Guard
) -> None:
    guard.expect("status of 400")
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto("/register")

    page.get_by_label("Name").fill("Edsger <b>Dijkstra</b>")
    page.get_by_label("Email").fill("edsger@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()

    password = page.get_by_label("Password")
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_have_accessible_description(re.compile("8 characters"))
    expect(password).to_have_value("")
    expect(page.get_by_label("Name")).to_have_value("Edsger <b>Dijkstra</b>")
    expect(page.get_by_label("Email")).to_have_value("edsger@example.com")


def test_taken_email_is_said_beside_the_email(visitor: Page, ada: Account, guard: Guard) -> None:
    guard.expect("status of 409")
    visitor.goto("/register")

    visitor.get_by_label("Name").fill("Ada Again")
    visitor.get_by_label("Email").fill(ada.email)
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.get_by_role("button", name="Create account").click()

    expect(visitor.get_by_label("Email")).to_have_accessible_description("Email already registered")


def test_link_of_a_mail_opens_its_task_after_signing_in(
    visitor: Page, ada: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    visitor.goto(f"/admin#task-{task['id']}")

    visitor.get_by_label("Email").fill(ada.email)
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.get_by_role("button", name="Sign in").click()

    expect(visitor.get_by_role("dialog", name=task["id"]).get_by_label("Title")).to_have_value(
        title
    )


def test_signing_out_ends_the_visit(
    open_dashboard: Callable[..., Dashboard], register: Callable[[str], Account], guard: Guard
) -> None:
    # What the page is asking for just then, as others work on, is refused.
    guard.expect("status of 401")
    page = open_dashboard(register("Donald Knuth")).page

    page.locator(".account-card").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_url(re.compile("/login$"))
    page.goto("/admin")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_ended_session_asks_to_sign_in_again(
    open_dashboard: Callable[..., Dashboard],
    register: Callable[[str], Account],
    ada: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect("status of 401")
    edsger = register("Edsger Dijkstra")
    dashboard = open_dashboard(edsger)
    form = dashboard.new_task()
    form.get_by_label("Title").fill(title)

    edsger.api("POST", "/api/auth/logout", {"everywhere": True})
    # What would be told to the open socket ends it.
    ada.api("POST", "/api/tasks", {"title": title})

    question = dashboard.page.get_by_role("alertdialog", name="You are signed out")
    question.get_by_role("link", name="Sign in again").click()
    expect(dashboard.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_nothing_covers_the_question_of_an_ended_session_and_nothing_typed_is_lost(
    open_dashboard: Callable[..., Dashboard], ada: Account, title: str, guard: Guard
) -> None:
    """Another edit's conflict arrives after it: the later dialog would lie above the earlier."""
    guard.expect("status of 4(01|12)")
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in "12"]
    dashboard = open_dashboard(ada, address="/admin/list")
    page, ended, changed = dashboard.page, Held(), Held()
    for task, answer in zip(tasks, (ended, changed), strict=True):
        page.route(f"**/api/tasks/{task['id']}", answer)
        dashboard.choose(task["title"], "priority", "Urgent")
    line = dashboard.new_task().get_by_label("Title")
    line.fill(title)

    ended.answer(status=HTTPStatus.UNAUTHORIZED, json={"detail": "Ended"})
    again = page.get_by_role("alertdialog", name="You are signed out").get_by_role("link")
    again.click(trial=True)
    theirs = {"detail": "Changed", "current": tasks[1] | {"priority": "low", "version": 2}}
    changed.answer(status=HTTPStatus.PRECONDITION_FAILED, json=theirs)
    expect(page.locator("#conflict-title")).to_be_attached()
    again.click(trial=True)
    for _ in range(3):
        page.keyboard.press("Escape")
        page.keyboard.press("n")

    again.click(trial=True)
    expect(again).to_be_focused()
    expect(line).to_have_value(title)
    page.unroute_all()
    page.reload()
    expect(dashboard.new_task().get_by_label("Title")).to_have_value(title)


def test_theme_chosen_by_hand_is_there_before_any_script(
    open_context: Callable[..., BrowserContext],
) -> None:
    context = open_context()
    page = context.new_page()
    page.goto("/login")
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))

    page.get_by_role("button", name="Theme: system. Switch to light").click()
    page.get_by_role("button", name="Theme: light. Switch to dark").click()

    answer = page.goto("/login")
    assert answer is not None
    assert '<html lang="en" data-theme="dark">' in answer.text()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_unknown_page_helps_on(visitor: Page, guard: Guard) -> None:
    guard.expect("status of 404")

    visitor.goto("/no/such/page")

    expect(visitor.get_by_role("heading")).to_have_text("There is no page here")
    visitor.get_by_role("link", name="To the dashboard", exact=True).click()
    expect(visitor.get_by_role("button", name="Sign in")).to_be_visible()
