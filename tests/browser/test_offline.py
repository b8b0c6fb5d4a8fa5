"""Away: what is known stays readable, what is done waits, and everything arrives once."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.board import Board
from tests.browser.conftest import PASSWORD, Account, Guard
from tests.browser.test_outbox import actions, tasks_titled

NO_NETWORK = "ERR_INTERNET_DISCONNECTED|ERR_FAILED"
CONTROLLED = """new Promise((done) => {
  if (navigator.serviceWorker.controller) done();
  else navigator.serviceWorker.addEventListener("controllerchange", () => done(), { once: true });
})"""
KEPT = "caches.match(location.origin + '/admin').then((page) => Boolean(page))"

# Until the task of this title is among the last known ones.
UNTIL_REMEMBERED = """(title) => new Promise((done) => {
  const opening = indexedDB.open("taskflow");
  opening.onsuccess = () => {
    const look = () => {
      const all = opening.result.transaction("last").objectStore("last").getAll();
      all.onsuccess = () => {
        const found = all.result.some(({ tasks }) => tasks.some((task) => task.title === title));
        if (found) { opening.result.close(); done(); } else setTimeout(look, 100);
      };
    };
    look();
  };
})"""


@pytest.fixture
def installed(
    sign_in: Callable[..., BrowserContext],
) -> Callable[[Account], tuple[BrowserContext, Board]]:
    """A dashboard whose service worker has everything it needs."""

    def open_one(account: Account) -> tuple[BrowserContext, Board]:
        context = sign_in(account, service_workers="allow")
        board = Board(context.new_page())
        board.open()
        board.page.evaluate(CONTROLLED)
        assert board.page.evaluate(KEPT)
        return context, board

    return open_one


def test_ten_edits_made_offline_arrive_once_also_after_a_reload(
    installed: Callable[[Account], tuple[BrowserContext, Board]],
    ada: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect(NO_NETWORK)
    first, second, third = (
        ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in (1, 2, 3)
    )
    context, board = installed(ada)
    context.set_offline(True)
    board.expect_state("Offline")

    board.create(f"{title} new")
    board.set(f"{title} new", "priority", "Urgent")
    board.do(f"{title} new", "Move to In progress")
    board.create(f"{title} second new")
    board.set(first["title"], "priority", "Low")
    board.set(first["title"], "due_date", "Tomorrow")
    board.do(second["title"], "Delete")
    board.do(third["title"], "Move down")
    board.set(third["title"], "priority", "High")
    board.do(first["title"], "Move to Completed")
    expect(board.page.locator("#connection")).to_contain_text("10 edits waiting")
    expect(board.page.locator(".away")).to_contain_text("10 edits wait on this device")
    board.expect_written(10)

    board.page.reload()
    expect(board.page.locator("#connection")).to_contain_text("10 edits waiting")
    expect(board.card_in("in_progress", f"{title} new")).to_be_visible()
    expect(board.card_in("completed", first["title"])).to_be_visible()
    expect(board.card(second["title"])).to_have_count(0)
    assert tasks_titled(ada, f"{title} new") == []
    context.set_offline(False)

    board.expect_all_sent()
    expect(board.error()).to_have_count(0)
    [new] = tasks_titled(ada, f"{title} new")
    assert (new["priority"], new["status"]) == ("urgent", "in_progress")
    assert len(tasks_titled(ada, f"{title} second new")) == 1
    stored = ada.api("GET", f"/api/tasks/{first['id']}")
    assert (stored["priority"], stored["status"]) == ("low", "completed")
    assert stored["due_date"]
    assert tasks_titled(ada, second["title"]) == []
    assert actions(ada, new["id"]) == ["created", "updated", "updated"]
    assert actions(ada, first["id"]) == ["created", "updated", "updated", "updated"]
    assert actions(ada, third["id"]) == ["created", "updated", "updated"]
    board.page.wait_for_load_state("networkidle")
    assert board.cards(title) == board.fresh_cards(title)


@pytest.mark.parametrize("view", ["", "/list", "/calendar", "/mine"])
def test_last_known_tasks_are_readable_offline_on_every_view(
    installed: Callable[[Account], tuple[BrowserContext, Board]],
    ada: Account,
    title: str,
    guard: Guard,
    view: str,
) -> None:
    guard.expect(NO_NETWORK)
    today = ada.api("GET", "/api/dashboard/stats")["generated_at"][:10]
    context, board = installed(ada)
    # Newer than the page that is kept: it is in the database only.
    body = {"title": title, "assigned_to": ada.id, "due_date": today}
    ada.api("POST", "/api/tasks", body)
    expect(board.card(title)).to_be_visible()
    board.page.evaluate(UNTIL_REMEMBERED, title)
    context.set_offline(True)

    board.page.goto(f"/admin{view}")

    board.expect_state("Offline")
    expect(board.page.locator(".away")).to_contain_text("You are offline.")
    expect(board.page.locator("#view").get_by_text(title).first).to_be_attached()
    context.set_offline(False)
    board.expect_state("Live")


def test_what_was_deleted_elsewhere_is_gone_when_the_network_is_back(
    installed: Callable[[Account], tuple[BrowserContext, Board]],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect(NO_NETWORK)
    task = ada.api("POST", "/api/tasks", {"title": title})
    context, board = installed(ada)
    context.set_offline(True)
    board.page.reload()
    board.expect_state("Offline")
    expect(board.card(title)).to_be_visible()
    grace.api("DELETE", f"/api/tasks/{task['id']}")

    context.set_offline(False)

    board.expect_state("Live")
    expect(board.card(title)).to_have_count(0)


def test_signing_out_with_waiting_edits_asks_and_keeps_them_for_their_author(
    installed: Callable[[Account], tuple[BrowserContext, Board]],
    register: Callable[[str], Account],
    ada: Account,
    title: str,
    guard: Guard,
) -> None:
    # 401: what the page is asking for while it signs out.
    guard.expect("status of 503|status of 401")
    barbara, edsger = register("Barbara Liskov"), register("Edsger Dijkstra")
    _, board = installed(barbara)
    page = board.page
    away = lambda route: route.fulfill(status=503, json={"detail": "Away"})  # noqa: E731
    page.route("**/api/tasks", away)
    board.create(title)
    expect(page.locator("#connection")).to_contain_text("1 edit waiting")
    board.expect_written(1)

    page.locator(".account-card").click()
    page.get_by_role("button", name="Sign out").click()
    question = page.get_by_role("alertdialog", name="1 edit has not been sent yet")
    question.get_by_role("button", name="Stay signed in").click()
    expect(question).to_have_count(0)
    page.locator(".account-card").click()
    page.get_by_role("button", name="Sign out").click()
    question.get_by_role("button", name="Sign out anyway").click()
    expect(page).to_have_url(re.compile("/login$"))
    page.unroute("**/api/tasks")
    assert not page.evaluate(KEPT)

    enter(page, edsger)
    theirs = Board(page)
    theirs.expect_state("Live")
    expect(page.locator("#overlays > *").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text(title, exact=True)).to_have_count(0)
    assert tasks_titled(edsger, title) == []
    page.locator(".account-card").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login$"))

    enter(page, barbara)
    expect(page.get_by_text(title, exact=True).first).to_be_visible()
    board.expect_all_sent()
    [task] = tasks_titled(ada, title)
    assert task["created_by"] == barbara.id


def test_session_that_ends_while_away_keeps_the_edits(
    installed: Callable[[Account], tuple[BrowserContext, Board]],
    register: Callable[[str], Account],
    title: str,
    guard: Guard,
) -> None:
    guard.expect(f"{NO_NETWORK}|status of 401")
    frances = register("Frances Allen")
    context, board = installed(frances)
    page = board.page
    context.set_offline(True)
    board.expect_state("Offline")
    board.create(title)
    board.expect_written(1)
    frances.api("POST", "/api/auth/logout", {"everywhere": True})
    context.set_offline(False)

    question = page.get_by_role("alertdialog", name="You are signed out")
    expect(question).to_contain_text("1 edit waits on this device")
    question.get_by_role("link", name="Sign in again").click()
    enter(page, frances)

    expect(page.get_by_text(title, exact=True).first).to_be_visible()
    board.expect_all_sent()
    token = frances.stack.request(
        "POST", "/api/auth/login", json_body={"email": frances.email, "password": PASSWORD}
    ).json["token"]
    again = Account(frances.id, frances.name, frances.email, token, frances.stack)
    assert len(tasks_titled(again, title)) == 1


def test_new_version_is_offered_and_never_forced(
    installed: Callable[[Account], tuple[BrowserContext, Board]], ada: Account, tmp_path: Path
) -> None:
    _, board = installed(ada)
    page = board.page
    [before] = page.evaluate("caches.keys()")
    page.evaluate("window.isTheSame = true")

    ada.stack.run(ada.stack.changed_code(tmp_path / "deployment.zip"))
    try:
        page.evaluate("navigator.serviceWorker.ready.then((one) => one.update()).then(() => null)")
        offered = page.locator(".toast").filter(has_text="A new version of TaskFlow is ready.")
        expect(offered).to_be_visible()
        assert page.evaluate("window.isTheSame")
        assert before in page.evaluate("caches.keys()")
        with page.expect_navigation():
            offered.get_by_role("button", name="Reload").click()
        board.expect_state("Live")
        [after] = page.evaluate("caches.keys()")
        assert after != before
        assert page.evaluate("window.isTheSame") is None
    finally:
        ada.stack.run()


def test_app_is_installable(
    installed: Callable[[Account], tuple[BrowserContext, Board]], ada: Account
) -> None:
    context, board = installed(ada)
    session = context.new_cdp_session(board.page)

    manifest: dict[str, Any] = session.send("Page.getAppManifest")
    faults = session.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    # A browser without a window of its own never installs.
    assert [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"] == []


def enter(page: Page, account: Account) -> None:
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
