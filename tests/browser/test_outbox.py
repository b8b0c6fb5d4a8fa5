"""Edits: on the screen at once, and at the server exactly once, whatever happens on the way."""

import re
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Response, Route, WebSocketRoute, expect

from tests.browser.board import Board
from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard, Held

PAINT_MS = 50
MOST_AT_ONCE = 4
TASKS = re.compile(r"/api/tasks")
# In the page: how long from the press until the frame that shows what it did.
MEASURE = """([selector, text]) => new Promise((done) => {
  const item = [...document.querySelectorAll(selector)].find((one) => one.textContent.trim() === text);
  const started = performance.now();
  item.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
})"""


@pytest.fixture
def board(open_dashboard: Callable[..., Dashboard], ada: Account) -> Board:
    return Board(open_dashboard(ada).page)


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
        lost.append(f"{request.method} {path}")
        route.abort()

    page.route(TASKS, lose)
    return lost


def tasks_titled(account: Account, title: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.api("GET", "/api/tasks?limit=100")["tasks"]
    return [task for task in found if task["title"] == title]


def actions(account: Account, task_id: str) -> list[str]:
    """What happened to the task, first to last."""
    activity = account.api("GET", f"/api/tasks/{task_id}/activity")["activity"]
    return [each["action"] for each in reversed(activity)]


def test_every_edit_is_painted_before_the_server_answers(
    board: Board,
    ada: Account,
    title: str,
    record_property: Callable[[str, object], None],
) -> None:
    names = [f"{title} {number}" for number in (3, 2, 1)]
    for name in names:
        ada.api("POST", "/api/tasks", {"title": name})
    third, second, first = names
    board.expect_order("pending", [first, second, third])
    board.page.wait_for_load_state("networkidle")
    held = Held()
    board.page.route(TASKS, held)
    took = {}

    def press(selector: str, text: str) -> float:
        milliseconds: float = board.page.evaluate(MEASURE, [selector, text])
        return milliseconds

    form = board.new_task()
    form.get_by_label("Title").fill(title)
    took["create"] = press("dialog[open] button", "Create task")
    assert board.card(title).count() == 1
    board.page.keyboard.press("Escape")
    board.do(first, "Priority…")
    took["edit"] = press(".popover [role=menuitemradio]", "Urgent")
    assert board.card(first).locator(".badge").inner_text() == "Urgent"
    board.open_menu(third)
    took["move"] = press(".popover [role=menuitem]", "Move up")
    board.expect_order("pending", [first, third, second])
    board.open_menu(second)
    took["complete"] = press(".popover [role=menuitem]", "Move to Completed")
    assert board.card_in("completed", second).count() == 1
    board.open_menu(first)
    took["delete"] = press(".popover [role=menuitem]", "Delete")
    assert board.card(first).count() == 0

    assert tasks_titled(ada, title) == []
    assert tasks_titled(ada, first)[0]["priority"] == "medium"
    held.release()
    board.expect_all_sent()
    assert len(tasks_titled(ada, title)) == 1
    assert tasks_titled(ada, first) == []
    assert tasks_titled(ada, second)[0]["status"] == "completed"
    assert board.cards(title) == board.fresh_cards(title)
    record_property("paint_ms", took)
    # The best of five: the bar is the way it takes, not what else this machine is doing.
    assert min(took.values()) <= PAINT_MS


def test_new_task_keeps_its_card_when_it_gets_its_id(board: Board, title: str) -> None:
    held = Held()
    board.page.route("**/api/tasks", held)
    board.create(title)
    card = board.card(title)
    expect(card).to_have_attribute("data-task", re.compile("^new-"))
    card.evaluate("(element) => { element.isTheSame = true; }")

    held.release()

    expect(card).to_have_attribute("data-task", re.compile("^TF-"))
    assert card.evaluate("(element) => element.isTheSame")
    expect(card).to_have_count(1)


def test_edits_of_a_task_that_is_being_created_follow_its_creation(
    board: Board, ada: Account, title: str
) -> None:
    held = Held()
    board.page.route("**/api/tasks", held)
    board.create(title)

    board.set(title, "priority", "Urgent")
    board.do(title, "Move to In progress")
    expect(board.card_in("in_progress", title)).to_be_visible()
    held.release()

    board.expect_all_sent()
    [task] = tasks_titled(ada, title)
    assert (task["priority"], task["status"]) == ("urgent", "in_progress")
    board.expect_priority(title, "Urgent")


def test_lost_answer_to_a_creation_does_not_double_it(
    board: Board, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("ERR_FAILED")
    lost = lose_answers(board.page, ada, methods="POST")

    board.create(title)

    board.expect_all_sent()
    assert lost == ["POST /api/tasks"]
    expect(board.error()).to_have_count(0)
    assert len(tasks_titled(ada, title)) == 1
    expect(board.card(title)).to_have_count(1)


def test_lost_answers_to_changes_are_no_conflict_with_oneself(
    board: Board, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("ERR_FAILED|status of 412|status of 404")
    below, above = (ada.api("POST", "/api/tasks", {"title": f"{title} {n}"}) for n in (2, 1))
    board.expect_order("pending", [f"{title} 1", f"{title} 2"])
    lost = lose_answers(board.page, ada, methods="PATCH DELETE POST", times=4)

    board.set(below["title"], "priority", "Urgent")
    board.expect_all_sent()
    board.do(below["title"], "Move up")
    board.expect_all_sent()
    board.do(below["title"], "Delete")
    board.expect_all_sent()
    board.page.keyboard.press("Control+z")
    board.expect_all_sent()

    assert [each.split()[0] for each in lost] == ["PATCH", "PATCH", "DELETE", "POST"]
    expect(board.page.get_by_role("alertdialog")).to_have_count(0)
    expect(board.error()).to_have_count(0)
    stored = ada.api("GET", f"/api/tasks/{below['id']}")
    assert stored["priority"] == "urgent"
    assert stored["rank"] < above["rank"]
    assert actions(ada, below["id"]) == ["created", "updated", "updated", "deleted", "created"]


def test_server_that_is_busy_is_asked_again(
    board: Board, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of (500|503|429)")
    task = ada.api("POST", "/api/tasks", {"title": title})
    answers: list[tuple[int, dict[str, str]]] = [(503, {}), (429, {"Retry-After": "1"}), (500, {})]

    def refuse(route: Route) -> None:
        if not answers:
            route.fallback()
            return
        status, headers = answers.pop(0)
        route.fulfill(status=status, headers=headers, json={"detail": "Later"})

    board.page.route(f"**/api/tasks/{task['id']}", refuse)
    board.set(title, "priority", "Urgent")

    expect(board.page.locator("#connection")).to_contain_text("1 edit waiting")
    board.expect_all_sent()
    board.expect_priority(title, "Urgent")
    assert answers == []
    assert ada.api("GET", f"/api/tasks/{task['id']}")["priority"] == "urgent"
    expect(board.error()).to_have_count(0)


def test_refused_creation_gives_the_text_back(board: Board, title: str, guard: Guard) -> None:
    guard.expect("status of 403")
    held = Held()
    board.page.route("**/api/tasks", held)
    board.create(title)
    board.set(title, "priority", "Urgent")

    held.answer(status=403, json={"detail": "Not allowed"})

    expect(board.error()).to_contain_text(f"“{title}” was not created. Not allowed")
    expect(board.card(title)).to_have_count(0)
    expect(board.offer()).to_have_count(0)
    board.error().get_by_role("button", name="Open again").click()
    form = board.dialog("New task")
    expect(form.get_by_label("Title")).to_have_value(re.compile(title))
    expect(form).to_contain_text("Urgent")
    board.expect_written(0)


def test_refused_deletion_brings_the_task_back(
    board: Board, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 403")
    task = ada.api("POST", "/api/tasks", {"title": title})
    board.page.route(
        f"**/api/tasks/{task['id']}",
        lambda route: route.fulfill(status=403, json={"detail": "Not allowed"}),
    )

    board.do(title, "Delete")

    expect(board.error()).to_contain_text(f"“{title}” was not deleted. Not allowed")
    expect(board.card(title)).to_be_visible()


def test_deletion_of_what_somebody_changes_at_that_moment_is_taken_back(
    board: Board, ada: Account, grace: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 412")
    task = ada.api("POST", "/api/tasks", {"title": title})
    expect(board.card(title)).to_be_visible()
    held = Held()
    board.page.route(f"**/api/tasks/{task['id']}", held)

    board.do(title, "Delete")
    expect(board.card(title)).to_have_count(0)
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"priority": "urgent"})
    held.release()

    expect(board.error()).to_contain_text("Somebody changed it meanwhile.")
    board.expect_priority(title, "Urgent")


def test_tasks_go_side_by_side_and_never_more_than_four(
    board: Board, ada: Account, title: str
) -> None:
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in range(6)]
    expect(board.card(tasks[5]["title"])).to_be_visible()
    held = Held()
    board.page.route("**/api/tasks/TF-*", held)

    for task in tasks:
        board.set(task["title"], "priority", "Urgent")
    board.do(tasks[0]["title"], "Move to Completed")
    board.expect_written(len(tasks) + 1)

    assert held.count == MOST_AT_ONCE
    held.release()
    board.expect_all_sent()
    stored = ada.api("GET", f"/api/tasks/{tasks[0]['id']}")
    assert (stored["priority"], stored["status"]) == ("urgent", "completed")


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
    board = Board(page)
    board.open()
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in range(4)]
    expect(board.card(tasks[3]["title"])).to_be_visible()
    changed = [tasks[0], tasks[1], tasks[3]]

    def change_on() -> None:
        for number in range(9):
            fields = {"description": f"{title} {number}"}
            grace.api("PATCH", f"/api/tasks/{changed[number % 3]['id']}", fields)
        grace.api("PATCH", f"/api/tasks/{tasks[3]['id']}", {"priority": "low"})

    others = threading.Thread(target=change_on)
    others.start()
    board.set(tasks[0]["title"], "priority", "Urgent")
    sockets[-1].close(code=1001)
    board.do(tasks[1]["title"], "Move to Completed")
    board.do(tasks[2]["title"], "Delete")
    others.join()

    board.expect_all_sent()
    board.expect_priority(tasks[3]["title"], "Low")
    page.wait_for_load_state("networkidle")
    assert len(sockets) > 1
    assert board.cards(title) == board.fresh_cards(title)


def test_edit_that_the_server_never_takes_can_be_given_up(
    board: Board, ada: Account, title: str, guard: Guard
) -> None:
    guard.expect("status of 500")
    task = ada.api("POST", "/api/tasks", {"title": title})
    page, address = board.page, f"**/api/tasks/{task['id']}"
    # The pauses between the attempts are a random part of some seconds.
    page.evaluate("Math.random = () => 0.01")
    page.route(address, lambda route: route.fulfill(status=500, json={"detail": "It is broken"}))
    board.set(title, "priority", "Urgent")
    board.do(title, "Move to In progress")
    question = board.error().filter(has_text=f"“{title}” is not saved yet")

    expect(question).to_contain_text("TaskFlow keeps trying. It is broken")
    question.get_by_role("button", name="Discard").click()

    said = f"The change to “{title}” was taken back. It is broken"
    expect(board.error().filter(has_text=said)).to_be_visible()
    board.expect_priority(title, "Medium")
    board.expect_written(1)
    expect(board.card_in("in_progress", title)).to_be_visible()
    # What waited behind it has its turn; once the server has it, nothing is asked any more.
    expect(question).to_be_visible()
    page.unroute(address)
    board.expect_all_sent()
    expect(question).to_have_count(0)
    board.expect_stored(task, priority="medium", status="in_progress")


def test_two_pages_of_one_browser_send_each_edit_once(
    sign_in: Callable[..., BrowserContext], ada: Account, title: str, guard: Guard
) -> None:
    # A closing page is let out of its emulated offline state first, and may begin to send what it has:
    # then the other page is told that this edit is being made, and asks again.
    guard.expect("ERR_INTERNET_DISCONNECTED|status of 4(12|09)")
    context = sign_in(ada)
    one, two = Board(context.new_page()), Board(context.new_page())
    one.open()
    two.open()
    sent: list[str] = []

    def note(response: Response) -> None:
        if response.request.method == "POST" and response.url.endswith("/api/tasks"):
            sent.extend([response.request.post_data_json["title"]] if response.ok else [])

    two.page.on("response", note)
    context.set_offline(True)
    one.expect_state("Offline")
    two.expect_state("Offline")

    one.create(f"{title} one")
    two.create(f"{title} two")
    two.expect_written(2)
    # What the closed page has left, the other one sends.
    one.page.close()
    context.set_offline(False)

    expect(two.card(f"{title} one")).to_be_visible()
    two.expect_all_sent()
    assert len(tasks_titled(ada, f"{title} one")) == 1
    assert len(tasks_titled(ada, f"{title} two")) == 1
    assert len(sent) == len(set(sent))
