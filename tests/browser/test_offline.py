"""Away: what is known stays readable, what is done waits, and everything arrives once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import PASSWORD, Account, Guard
from tests.browser.dashboard import Dashboard
from tests.browser.test_outbox import expect_equal_to_a_fresh_load, tasks_titled

LIST = "/admin/list"
NO_NETWORK = "ERR_INTERNET_DISCONNECTED|ERR_FAILED"
CONTROLLED = """new Promise((done) => {
  if (navigator.serviceWorker.controller) done();
  else navigator.serviceWorker.addEventListener("controllerchange", () => done(), { once: true });
})"""
KEPT = "caches.match(location.origin + '/admin').then((page) => Boolean(page))"
# All that has been written is on the disk once a later transaction is.
WRITTEN = """new Promise((done) => {
  const opening = indexedDB.open("taskflow");
  opening.onsuccess = () => {
    const all = opening.result.transaction("edits").objectStore("edits").getAll();
    all.onsuccess = () => { opening.result.close(); done(all.result.length); };
  };
})"""


@pytest.fixture
def installed(
    sign_in: Callable[..., BrowserContext],
) -> Callable[[Account], tuple[BrowserContext, Dashboard]]:
    """A dashboard whose service worker has everything it needs."""

    def open_one(account: Account) -> tuple[BrowserContext, Dashboard]:
        context = sign_in(account, service_workers="allow")
        dashboard = Dashboard(context.new_page())
        dashboard.open(LIST)
        dashboard.page.evaluate(CONTROLLED)
        assert dashboard.page.evaluate(KEPT)
        return context, dashboard

    return open_one


def expect_written(dashboard: Dashboard, count: int) -> None:
    for _ in range(50):
        if dashboard.page.evaluate(WRITTEN) == count:
            return
        dashboard.page.wait_for_timeout(50)
    assert dashboard.page.evaluate(WRITTEN) == count


def test_ten_edits_made_offline_arrive_once_also_after_a_reload(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]],
    ada: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect(NO_NETWORK)
    first, second, third = (
        ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in (1, 2, 3)
    )
    context, dashboard = installed(ada)
    context.set_offline(True)
    dashboard.expect_state("Offline")

    dashboard.act("void edits.create({ title: given[0] })", f"{title} new")
    dashboard.choose(f"{title} new", "priority", "Urgent")
    dashboard.choose(f"{title} new", "status", "In progress")
    dashboard.act("void edits.create({ title: given[0], priority: 'low' })", f"{title} second new")
    dashboard.act("void edits.change(given[0], { title: given[1] })", first["id"], f"{title} one")
    dashboard.choose(f"{title} one", "due_date", "Tomorrow")
    dashboard.act("void edits.change(given[0], { after: given[1] })", third["id"], first["id"])
    dashboard.choose(third["title"], "priority", "High")
    dashboard.act("void edits.destroy(tasks.shown(given[0]).value)", second["id"])
    dashboard.choose(f"{title} one", "status", "Completed")
    expect(dashboard.page.locator("#connection")).to_contain_text("10 edits waiting")
    expect(dashboard.page.locator(".away")).to_contain_text("10 edits wait on this device")
    expect_written(dashboard, 10)

    dashboard.page.reload()
    expect(dashboard.page.locator("#connection")).to_contain_text("10 edits waiting")
    dashboard.expect_chip(f"{title} new", "status", "In progress")
    dashboard.expect_chip(f"{title} one", "status", "Completed")
    expect(dashboard.row(second["title"])).to_have_count(0)
    assert tasks_titled(ada, f"{title} new") == []
    context.set_offline(False)

    dashboard.expect_state("Live")
    dashboard.expect_nothing_waits()
    expect_written(dashboard, 0)
    expect(dashboard.error()).to_have_count(0)
    [new], [_], [one] = (
        tasks_titled(ada, f"{title} {name}") for name in ("new", "second new", "one")
    )
    assert (new["priority"], new["status"]) == ("urgent", "in_progress")
    assert one["status"] == "completed"
    assert one["due_date"]
    assert tasks_titled(ada, second["title"]) == []
    assert tasks_titled(ada, third["title"])[0]["priority"] == "high"
    dashboard.page.wait_for_load_state("networkidle")
    expect_equal_to_a_fresh_load(dashboard, ada, title)
    activity = ada.api("GET", f"/api/tasks/{new['id']}/activity")["activity"]
    assert [each["action"] for each in activity] == ["updated", "updated", "created"]


@pytest.mark.parametrize("view", ["", "/list"])
def test_last_known_tasks_are_readable_offline_on_every_view(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]],
    ada: Account,
    title: str,
    guard: Guard,
    view: str,
) -> None:
    guard.expect(NO_NETWORK)
    today = ada.api("GET", "/api/dashboard/stats")["generated_at"][:10]
    context, dashboard = installed(ada)
    # Newer than the page that is kept: it is in the database only.
    body = {"title": title, "assigned_to": ada.id, "due_date": today}
    ada.api("POST", "/api/tasks", body)
    expect(dashboard.row(title)).to_be_visible()
    dashboard.page.wait_for_timeout(2500)
    context.set_offline(True)

    dashboard.page.goto(f"/admin{view}")

    dashboard.expect_state("Offline")
    expect(dashboard.page.locator(".away")).to_contain_text("You are offline.")
    expect(dashboard.page.locator("#view").get_by_text(title).first).to_be_attached()
    context.set_offline(False)
    dashboard.expect_state("Live")


def test_what_was_deleted_elsewhere_is_gone_when_the_network_is_back(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect(NO_NETWORK)
    task = ada.api("POST", "/api/tasks", {"title": title})
    context, dashboard = installed(ada)
    context.set_offline(True)
    dashboard.page.reload()
    dashboard.expect_state("Offline")
    expect(dashboard.row(title)).to_be_visible()
    grace.api("DELETE", f"/api/tasks/{task['id']}")

    context.set_offline(False)

    dashboard.expect_state("Live")
    expect(dashboard.row(title)).to_have_count(0)


def test_signing_out_with_waiting_edits_asks_and_keeps_them_for_their_author(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]],
    register: Callable[[str], Account],
    title: str,
    guard: Guard,
) -> None:
    guard.expect("status of 503")
    barbara, edsger = register("Barbara Liskov"), register("Edsger Dijkstra")
    _, dashboard = installed(barbara)
    page = dashboard.page
    away = lambda route: route.fulfill(status=503, json={"detail": "Away"})  # noqa: E731
    page.route("**/api/tasks", away)
    dashboard.act("void edits.create({ title: given[0] })", title)
    expect(page.locator("#connection")).to_contain_text("1 edit waiting")
    expect_written(dashboard, 1)

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
    theirs = Dashboard(page)
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
    dashboard.expect_nothing_waits()
    [task] = tasks_titled(barbara, title)
    assert task["created_by"] == barbara.id


def test_session_that_ends_while_away_keeps_the_edits(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]],
    register: Callable[[str], Account],
    title: str,
    guard: Guard,
) -> None:
    guard.expect(f"{NO_NETWORK}|status of 401")
    frances = register("Frances Allen")
    context, dashboard = installed(frances)
    page = dashboard.page
    context.set_offline(True)
    dashboard.expect_state("Offline")
    dashboard.act("void edits.create({ title: given[0] })", title)
    expect_written(dashboard, 1)
    frances.api("POST", "/api/auth/logout", {"everywhere": True})
    context.set_offline(False)

    question = page.get_by_role("alertdialog", name="You are signed out")
    expect(question).to_contain_text("1 edit waits on this device")
    question.get_by_role("link", name="Sign in again").click()
    enter(page, frances)

    expect(page.get_by_text(title, exact=True).first).to_be_visible()
    dashboard.expect_nothing_waits()
    token = frances.stack.request(
        "POST", "/api/auth/login", json_body={"email": frances.email, "password": PASSWORD}
    ).json["token"]
    again = Account(frances.id, frances.name, frances.email, token, frances.stack)
    assert len(tasks_titled(again, title)) == 1


def test_new_version_is_offered_and_never_forced(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]], ada: Account
) -> None:
    context, dashboard = installed(ada)
    page = dashboard.page
    before = page.evaluate("caches.keys()")

    def newer(route: Route) -> None:
        answer = ada.stack.request("GET", "/sw.js")
        body = re.sub(r'"version": "\w+"', '"version": "0123456789abcdef"', answer.text)
        kept = ("Content-Type", "Content-Security-Policy", "Service-Worker-Allowed")
        headers = {name: answer.headers[name] for name in kept}
        route.fulfill(body=body, headers=headers)

    context.route("**/sw.js", newer)
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.update()).then(() => null)")

    offered = page.locator(".toast").filter(has_text="A new version of TaskFlow is ready.")
    expect(offered).to_be_visible()
    assert set(before) < set(page.evaluate("caches.keys()"))
    page.evaluate("window.isTheSame = true")
    with page.expect_navigation():
        offered.get_by_role("button", name="Reload").click()
    dashboard.expect_state("Live")
    assert page.evaluate("window.isTheSame") is None
    assert page.evaluate("caches.keys()") == ["taskflow:0123456789abcdef"]


def test_app_is_installable(
    installed: Callable[[Account], tuple[BrowserContext, Dashboard]], ada: Account
) -> None:
    context, dashboard = installed(ada)
    session = context.new_cdp_session(dashboard.page)

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
