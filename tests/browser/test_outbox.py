"""Edits: on the screen at once, and at the server exactly once, whatever happens on the way."""

import re
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard, Held

LIST = "/admin/list"
PAINT_MS = 50
MOST_AT_ONCE = 4
# In the page: how long from an edit until the frame that shows it, while the server is held.
MEASURE = """new Promise((done) => {
  const started = performance.now();
  void edits[given[0]](...given.slice(1));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
})"""


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard], ada: Account) -> Dashboard:
    return open_dashboard(ada, address=LIST)


def lose_answers(page: Page, account: Account, *, methods: str, times: int = 1) -> list[str]:
    """The server does what is asked, and its answer is lost on the way."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        request = route.request
        if len(lost) >= times or request.method not in methods.split():
            route.fallback()
            return
        path = "/" + request.url.split("/", 3)[3]
        names = ("if-match", "idempotency-key")
        kept = {name: request.headers[name] for name in names if name in request.headers}
        kept |= {"Authorization": f"Bearer {account.token}", "Content-Type": "application/json"}
        answer = account.stack.request(request.method, path, body=request.post_data, headers=kept)
        assert answer.status < HTTPStatus.BAD_REQUEST, answer.text
        lost.append(path)
        route.abort()

    page.route(re.compile(r"/api/tasks"), lose)
    return lost


def tasks_titled(account: Account, title: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.api("GET", "/api/tasks?limit=100")["tasks"]
    return [task for task in found if task["title"] == title]


def test_every_edit_is_painted_before_the_server_answers(
    dashboard: Dashboard,
    ada: Account,
    title: str,
    record_property: Callable[[str, object], None],
) -> None:
    first, second = (ada.api("POST", "/api/tasks", {"title": f"{title} {n}"}) for n in (1, 2))
    expect(dashboard.row(second["title"])).to_be_visible()
    dashboard.page.wait_for_load_state("networkidle")
    held = Held()
    dashboard.page.route("**/api/tasks**", held)
    took = {}

    took["create"] = dashboard.act(MEASURE, "create", {"title": title})
    expect(dashboard.row(title)).to_be_visible(timeout=1000)
    took["edit"] = dashboard.act(MEASURE, "change", first["id"], {"priority": "urgent"})
    dashboard.expect_chip(first["title"], "priority", "Urgent")
    took["move"] = dashboard.act(MEASURE, "change", second["id"], {"after": first["id"]})
    shown = dashboard.shown_tasks()
    assert shown[first["title"]]["rank"] < shown[second["title"]]["rank"]
    took["complete"] = dashboard.act(MEASURE, "change", second["id"], {"status": "completed"})
    dashboard.expect_chip(second["title"], "status", "Completed")
    took["delete"] = dashboard.act(MEASURE, "destroy", shown[first["title"]])
    expect(dashboard.row(first["title"])).to_have_count(0)

    assert tasks_titled(ada, title) == []
    assert tasks_titled(ada, first["title"])[0]["priority"] == "medium"
    held.release()
    dashboard.expect_nothing_waits()
    assert len(tasks_titled(ada, title)) == 1
    assert tasks_titled(ada, first["title"]) == []
    assert tasks_titled(ada, second["title"])[0]["status"] == "completed"
    record_property("paint_ms", took)
    assert min(took.values()) <= PAINT_MS


def test_new_task_keeps_its_row_when_it_gets_its_id(dashboard: Dashboard, title: str) -> None:
    held = Held()
    dashboard.page.route("**/api/tasks", held)
    dashboard.act("void edits.create({ title: given[0] })", title)
    row = dashboard.row(title)
    expect(row).to_have_attribute("data-task", re.compile("^new-"))
    row.evaluate("(element) => (element.isTheSame = true)")

    held.release()

    expect(row).to_have_attribute("data-task", re.compile("^TF-"))
    assert row.evaluate("(element) => element.isTheSame")
    expect(row).to_have_count(1)


def test_edits_of_a_task_that_is_being_created_follow_its_creation(
    dashboard: Dashboard, ada: Account, title: str
) -> None:
    held = Held()
    dashboard.page.route("**/api/tasks", held)
    dashboard.act("void edits.create({ title: given[0] })", title)

    dashboard.choose(title, "priority", "Urgent")
    dashboard.choose(title, "status", "In progress")
    dashboard.expect_chip(title, "status", "In progress")
    held.release()

    dashboard.expect_nothing_waits()
    [task] = tasks_titled(ada, title)
    assert (task["priority"], task["status"]) == ("urgent", "in_progress")
    dashboard.expect_chip(title, "priority", "Urgent")


def test_lost_answer_to_a_creation_does_not_double_it(
    dashboard: Dashboard, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("ERR_FAILED")
    lost = lose_answers(dashboard.page, ada, methods="POST")

    dashboard.act("void edits.create({ title: given[0] })", title)

    dashboard.expect_nothing_waits()
    assert lost == ["/api/tasks"]
    expect(dashboard.error()).to_have_count(0)
    assert len(tasks_titled(ada, title)) == 1
    expect(dashboard.row(title)).to_have_count(1)


def test_lost_answers_to_changes_are_no_conflict_with_oneself(
    dashboard: Dashboard, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("ERR_FAILED|status of 412|status of 404")
    task, other = (ada.api("POST", "/api/tasks", {"title": f"{title} {n}"}) for n in (1, 2))
    expect(dashboard.row(other["title"])).to_be_visible()
    lost = lose_answers(dashboard.page, ada, methods="PATCH DELETE POST", times=4)

    dashboard.choose(task["title"], "priority", "Urgent")
    dashboard.expect_nothing_waits()
    dashboard.act("void edits.change(given[0], { before: given[1] })", task["id"], other["id"])
    dashboard.expect_nothing_waits()
    dashboard.act("void edits.destroy(tasks.shown(given[0]).value)", task["id"])
    dashboard.expect_nothing_waits()
    dashboard.page.keyboard.press("Control+z")
    dashboard.expect_nothing_waits()

    assert len(lost) == 4
    expect(dashboard.page.get_by_role("alertdialog")).to_have_count(0)
    expect(dashboard.error()).to_have_count(0)
    stored = ada.api("GET", f"/api/tasks/{task['id']}")
    assert stored["priority"] == "urgent"
    activity = ada.api("GET", f"/api/tasks/{task['id']}/activity")["activity"]
    assert [each["action"] for each in activity] == [
        "created", "deleted", "updated", "updated", "created",
    ]  # fmt: skip


def test_server_that_is_busy_is_asked_again(
    dashboard: Dashboard, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of (503|429)")
    task = ada.api("POST", "/api/tasks", {"title": title})
    expect(dashboard.row(title)).to_be_visible()
    answers = [(503, {}), (429, {"Retry-After": "1"}), (500, {})]

    def refuse(route: Route) -> None:
        if not answers:
            route.fallback()
            return
        status, headers = answers.pop(0)
        route.fulfill(status=status, headers=headers, json={"detail": "Later"})

    guard.expect("status of 500")
    dashboard.page.route(f"**/api/tasks/{task['id']}", refuse)
    dashboard.choose(title, "priority", "Urgent")

    expect(dashboard.page.locator("#connection")).to_contain_text("1 edit waiting")
    dashboard.expect_nothing_waits()
    dashboard.expect_state("Live")
    dashboard.expect_chip(title, "priority", "Urgent")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["priority"] == "urgent"
    expect(dashboard.error()).to_have_count(0)


def test_refused_creation_gives_the_text_back(
    dashboard: Dashboard, title: str, guard: Guard
) -> None:
    guard.expect("status of 403")
    held = Held()
    dashboard.page.route(
        "**/api/tasks", lambda route: route.fulfill(status=403, json={"detail": "Not allowed"})
    )
    dashboard.page.route("**/api/tasks/*", held)

    dashboard.act("void edits.create({ title: given[0], priority: 'high' })", title)

    expect(dashboard.error()).to_contain_text(f"“{title}” was not created. Not allowed")
    expect(dashboard.row(title)).to_have_count(0)
    expect(dashboard.offer()).to_have_count(0)
    dashboard.error().get_by_role("button", name="Open again").click()
    expect(dashboard.dialog("New task").get_by_label("Title")).to_have_value(re.compile(title))


def test_refused_deletion_brings_the_task_back(
    dashboard: Dashboard, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 403")
    task = ada.api("POST", "/api/tasks", {"title": title})
    expect(dashboard.row(title)).to_be_visible()
    dashboard.page.route(
        f"**/api/tasks/{task['id']}",
        lambda route: route.fulfill(status=403, json={"detail": "Not allowed"}),
    )

    dashboard.act("void edits.destroy(tasks.shown(given[0]).value)", task["id"])

    expect(dashboard.error()).to_contain_text(f"“{title}” was not deleted. Not allowed")
    expect(dashboard.row(title)).to_be_visible()


def test_tasks_go_side_by_side_and_never_more_than_four(
    dashboard: Dashboard, ada: Account, title: str
) -> None:
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in range(7)]
    expect(dashboard.row(tasks[6]["title"])).to_be_visible()
    held = Held()
    dashboard.page.route("**/api/tasks/TF-*", held)

    for task in tasks:
        dashboard.act("void edits.change(given[0], { priority: 'urgent' })", task["id"])
    dashboard.act("void edits.change(given[0], { status: 'completed' })", tasks[0]["id"])
    dashboard.page.wait_for_timeout(300)

    assert held.count == MOST_AT_ONCE
    held.release()
    dashboard.expect_nothing_waits()
    assert ada.api("GET", f"/api/tasks/{tasks[0]['id']}")["status"] == "completed"


def test_socket_that_dies_in_the_middle_leaves_the_page_as_a_fresh_one(
    sign_in: Callable[..., BrowserContext],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect("status of 412")
    page = sign_in(ada).new_page()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/*", pass_on)
    dashboard = Dashboard(page)
    dashboard.open(LIST)
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in range(4)]
    expect(dashboard.row(tasks[3]["title"])).to_be_visible()

    kept = [tasks[0], tasks[1], tasks[3]]

    def others() -> None:
        for number in range(12):
            fields = {"description": f"{title} {number}"}
            grace.api("PATCH", f"/api/tasks/{kept[number % 3]['id']}", fields)

    thread = threading.Thread(target=others)
    thread.start()
    dashboard.choose(tasks[0]["title"], "priority", "Urgent")
    sockets[-1].close(code=1001)
    dashboard.choose(tasks[1]["title"], "status", "Completed")
    dashboard.act("void edits.destroy(tasks.shown(given[0]).value)", tasks[2]["id"])
    thread.join()

    dashboard.expect_state("Live")
    dashboard.expect_nothing_waits()
    page.wait_for_load_state("networkidle")
    last = grace.api("PATCH", f"/api/tasks/{tasks[3]['id']}", {"priority": "low"})
    dashboard.expect_chip(last["title"], "priority", "Low")
    expect_equal_to_a_fresh_load(dashboard, ada, title)


def test_two_pages_of_one_browser_send_each_edit_once(
    sign_in: Callable[..., BrowserContext], ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED|status of 412")
    context = sign_in(ada)
    one, two = Dashboard(context.new_page()), Dashboard(context.new_page())
    one.open(LIST)
    two.open(LIST)
    sent: list[str] = []
    context.on(
        "request",
        lambda request: (
            sent.append(request.url)
            if request.method == "POST" and request.url.endswith("/api/tasks")
            else None
        ),
    )
    context.set_offline(True)
    one.expect_state("Offline")

    one.act("void edits.create({ title: given[0] })", f"{title} one")
    two.act("void edits.create({ title: given[0] })", f"{title} two")
    # What the closed page has left, the other one sends.
    one.page.close()
    context.set_offline(False)

    two.expect_state("Live")
    expect(two.row(f"{title} one")).to_be_visible()
    two.expect_nothing_waits()
    assert len(tasks_titled(ada, f"{title} one")) == 1
    assert len(tasks_titled(ada, f"{title} two")) == 1
    assert len(sent) == 2


def expect_equal_to_a_fresh_load(dashboard: Dashboard, account: Account, title: str) -> None:
    """What the page shows of the test's tasks is what the server has."""
    found = account.api("GET", "/api/tasks?limit=100")["tasks"]
    stored = {task["id"]: task for task in found if task["title"].startswith(title)}
    shown = {
        task["id"]: task for name, task in dashboard.shown_tasks().items() if name.startswith(title)
    }
    assert shown.keys() == stored.keys()
    fields = ("title", "status", "priority", "assigned_to", "due_date", "rank", "version")
    for task_id, task in stored.items():
        assert {name: shown[task_id][name] for name in fields} == {
            name: task[name] for name in fields
        }
