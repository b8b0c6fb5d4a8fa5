"""What others do arrives by itself, once, in order, and also after the connection was lost."""

import json
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Route, WebSocketRoute, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard, Held

LIST = "/admin/list"
WITHIN_SECONDS = 1.0


def only(title: str) -> str:
    """The list of what is called so: far down a long one, where a change may put it, nothing is drawn."""
    return f"{LIST}?q={quote(title)}"


def test_change_of_one_is_seen_by_the_other_within_a_second(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    grace: Account,
    title: str,
    record_property: Callable[[str, object], None],
) -> None:
    ada_sees, grace_sees = (open_dashboard(who, address=only(title)) for who in (ada, grace))
    took = []

    ada_sees.create(title)
    expect(grace_sees.row(title)).to_be_visible()
    for status in ("In progress", "Completed", "Pending"):
        ada_sees.choose(title, "status", status)
        started = time.monotonic()
        grace_sees.expect_chip(title, "status", status)
        took.append(time.monotonic() - started)

    record_property("seconds_to_the_other_browser", took)
    # The best of three: the bar is the way it takes, not what else this machine is doing.
    assert min(took) < WITHIN_SECONDS


def test_updates_tell_who_did_what(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    register: Callable[[str], Account],
    title: str,
) -> None:
    barbara = register(f"Barbara{secrets.token_hex(2)} Liskov")
    name = barbara.first_name
    dashboard = open_dashboard(ada, address=LIST)

    task = barbara.api("POST", "/api/tasks", {"title": title})
    expect(dashboard.updates().first).to_have_text(f"{name} created {title}")
    for fields, sentence in (
        ({"status": "in_progress"}, f"{name} started {title}"),
        ({"priority": "high"}, f"{name} set {title} to high priority"),
        ({"assigned_to": ada.id}, f"{name} assigned {title} to you"),
        ({"due_date": "2031-02-03"}, f"{name} set {title} to be due Feb 3, 2031"),
        ({"status": "completed", "priority": "low"}, f"{name} completed {title}"),
    ):
        barbara.api("PATCH", f"/api/tasks/{task['id']}", fields)
        expect(dashboard.updates().first).to_have_text(sentence)
    barbara.api("DELETE", f"/api/tasks/{task['id']}")

    expect(dashboard.updates().first).to_have_text(f"{name} deleted {title}")
    expect(dashboard.row(title)).to_have_count(0)
    assert dashboard.page.locator(".update").count() <= 10


def test_change_of_another_is_marked_and_announced_and_own_are_not(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    dashboard = open_dashboard(ada, address=only(title))
    dashboard.create(title)
    expect(dashboard.updates().first).to_have_text(f"You created {title}")
    expect(dashboard.row(title)).not_to_have_class(re.compile("is-marked"))
    task_id = dashboard.row(title).get_attribute("data-task")

    grace.api("PATCH", f"/api/tasks/{task_id}", {"status": "completed"})

    expect(dashboard.row(title)).to_have_class(re.compile("is-marked"))
    expect(dashboard.page.get_by_role("log")).to_contain_text(f"completed {title}")
    expect(dashboard.row(title)).not_to_have_class(re.compile("is-marked"))
    expect(dashboard.page.get_by_role("log")).not_to_contain_text(f"created {title}")


def test_what_happened_before_the_page_was_opened_is_no_news(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    """The server sends the last seconds again on hello, more than the page was drawn with."""
    for number in range(12):
        grace.api("POST", "/api/tasks", {"title": f"{title} {number}"})
    dashboard = open_dashboard(ada, address=LIST)

    grace.api("POST", "/api/tasks", {"title": title})

    expect(dashboard.page.get_by_role("log")).to_have_text(re.compile(f"^\\S+ .*created {title}$"))
    expect(dashboard.page.locator(".is-marked")).to_have_count(1)


def test_live_change_steals_neither_focus_nor_what_is_typed(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    dashboard = open_dashboard(ada, address=LIST)
    field = dashboard.new_task().get_by_label("Title")
    field.fill("half a tit")

    grace.api("POST", "/api/tasks", {"title": title})

    expect(dashboard.row(title)).to_be_attached()
    expect(field).to_be_focused()
    expect(field).to_have_value("half a tit")


def test_counts_of_the_other_follow(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    dashboard = open_dashboard(ada, address=LIST)
    total = dashboard.count("total")

    grace.api("POST", "/api/tasks", {"title": title})

    expect(dashboard.page.locator(".stat.is-total dd")).to_have_text(f"{total + 1:,}")


def test_lost_connection_comes_back_with_what_was_missed(
    sign_in: Callable[..., BrowserContext], ada: Account, grace: Account, title: str
) -> None:
    page = sign_in(ada).new_page()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/*", pass_on)
    dashboard = Dashboard(page)
    dashboard.open(only(title))
    # What arrives between the loss and the way back is in nobody's push.
    held = Held()
    page.route("**/api/live/ticket", held)

    sockets[0].close(code=1001, reason="Going away")
    dashboard.expect_state("Connecting")
    task = grace.api("POST", "/api/tasks", {"title": title})
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"status": "completed"})
    held.release()

    dashboard.expect_state("Live")
    dashboard.expect_chip(title, "status", "Completed")
    expect(dashboard.updates().filter(has_text=title)).to_have_count(2)


def test_offline_is_said_and_ends_with_what_was_missed(
    sign_in: Callable[..., BrowserContext],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    context = sign_in(ada)
    dashboard = Dashboard(context.new_page())
    dashboard.open(LIST)
    task_id = ada.api("POST", "/api/tasks", {"title": title})["id"]
    expect(dashboard.row(title)).to_be_visible()

    context.set_offline(True)
    dashboard.expect_state("Offline")
    expect(dashboard.page.locator(".away")).to_be_visible()
    grace.api("PATCH", f"/api/tasks/{task_id}", {"priority": "urgent"})
    context.set_offline(False)

    dashboard.expect_state("Live")
    dashboard.expect_chip(title, "priority", "Urgent")


def test_much_that_was_missed_is_read_page_by_page(
    sign_in: Callable[..., BrowserContext], ada: Account, grace: Account, title: str
) -> None:
    """The hello's answer says that there is more, and the feed brings it."""
    page = sign_in(ada).new_page()
    cursors: list[str] = []

    def greet_only(socket: WebSocketRoute) -> None:
        answer = {"type": "connected", "message": "", "cursor": cursors[0], "has_more": True}
        socket.on_message(lambda _: socket.send(json.dumps(answer)))

    page.route_web_socket("**/*", greet_only)
    page.route("**/api/changes?*", lambda route: route.continue_())
    cursors.append(ada.api("GET", "/api/changes?limit=1")["cursor"])
    dashboard = Dashboard(page)
    with page.expect_request("**/api/changes?since=*"):
        dashboard.open(LIST)
    task = grace.api("POST", "/api/tasks", {"title": title})

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(dashboard.row(title)).to_be_visible()
    assert dashboard.row(title).get_attribute("data-task") == task["id"]


def test_duplicates_and_late_arrivals_change_nothing(
    sign_in: Callable[..., BrowserContext], ada: Account, grace: Account, title: str
) -> None:
    dashboard = Dashboard(sign_in(ada).new_page())
    push = dashboard.play_server().push
    dashboard.open(only(title))
    task = ada.api("POST", "/api/tasks", {"title": title})
    actor = {"id": grace.id, "name": grace.name}

    def frame(
        number: int, version: int, action: str = "updated", **fields: str
    ) -> dict[str, object]:
        return {
            "type": "task_update",
            "action": action,
            "task": {**task, "version": version, **fields},
            "changed": list(fields),
            "actor": actor,
            "id": f"ffffffff-0000-7000-8000-{number:012}",
            "at": task["updated_at"],
        }

    push(frame(3, version=3, status="completed"))
    push(frame(2, version=2, status="in_progress"))
    push(frame(3, version=3, status="completed"))
    dashboard.expect_chip(title, "status", "Completed")
    about = dashboard.updates().filter(has_text=title)
    expect(about).to_have_count(2)
    expect(about.first).to_have_text(re.compile("completed"))

    push(frame(5, version=4, action="deleted"))
    expect(dashboard.row(title)).to_have_count(0)
    push(frame(4, version=4, priority="urgent"))
    expect(about).to_have_count(4)
    expect(dashboard.row(title)).to_have_count(0)


def test_two_changes_at_once_come_in_one_frame(
    sign_in: Callable[..., BrowserContext], ada: Account, grace: Account, title: str
) -> None:
    """Of the older change only what its sentence needs is told; resuming begins after both."""
    dashboard = Dashboard(sign_in(ada).new_page())
    server = dashboard.play_server()
    dashboard.open(only(title))
    task = ada.api("POST", "/api/tasks", {"title": title, "description": "In words"})
    others = ada.api("POST", "/api/tasks", {"title": f"{title} too"})
    older = {name: value for name, value in task.items() if name != "description"}

    def update(
        number: int, of: dict[str, object], version: int, **fields: str
    ) -> dict[str, object]:
        return {
            "type": "task_update",
            "action": "updated",
            "task": {**of, "version": version, **fields},
            "changed": list(fields),
            "actor": {"id": grace.id, "name": grace.name},
            "id": f"ffffffff-0000-7000-8000-{number:012}",
            "at": str(task["updated_at"]),
        }

    updates = [
        update(1, older, 2, status="in_progress"),
        update(2, others, 2, priority="urgent"),
        update(3, task, 3, status="completed"),
    ]
    for _ in range(2):
        server.push({"type": "task_updates", "updates": updates})

    dashboard.expect_chip(title, "status", "Completed")
    dashboard.expect_chip(f"{title} too", "priority", "Urgent")
    told = dashboard.updates().filter(has_text=title)
    expect(told).to_have_count(3)
    expect(told.nth(0)).to_have_text(re.compile("completed"))
    expect(told.nth(2)).to_have_text(re.compile("started"))
    server.sockets[0].close(code=1001)
    dashboard.expect_state("Live")
    assert server.hellos[-1]["since"] == updates[-1]["id"]


def test_page_that_is_left_and_shown_again_connects_anew(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, title: str
) -> None:
    dashboard = open_dashboard(ada, address=LIST)

    dashboard.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    grace.api("POST", "/api/tasks", {"title": title})
    with dashboard.page.expect_request("**/api/live/ticket"):
        dashboard.page.evaluate(
            "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
        )

    expect(dashboard.row(title)).to_be_visible()


def test_silent_socket_is_pinged_and_replaced_before_its_end(
    sign_in: Callable[..., BrowserContext], ada: Account
) -> None:
    page = sign_in(ada).new_page()
    page.clock.install()
    dashboard = Dashboard(page)
    server = dashboard.play_server()
    dashboard.open(LIST)

    page.clock.run_for("00:01")
    for _ in range(29):
        page.clock.run_for("04:00")
        page.evaluate("'the pong has arrived'")

    dashboard.expect_state("Live")
    assert server.received[:3] == ["hello", "ping", "ping"]
    assert server.received.count("hello") == 2
    assert len(server.sockets) == 2


def test_server_that_stays_away_is_asked_ever_more_rarely(
    sign_in: Callable[..., BrowserContext], ada: Account, guard: Guard
) -> None:
    guard.expect("status of 503")
    page = sign_in(ada).new_page()
    page.clock.install()
    dashboard = Dashboard(page)
    server = dashboard.play_server()
    dashboard.open(LIST)
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=503, json={"detail": "Away"})

    page.route("**/api/live/ticket", refuse)
    server.sockets[0].close(code=1001)
    for _ in range(60):
        page.clock.run_for(5000)
    dashboard.expect_state("Offline")
    page.unroute("**/api/live/ticket")
    page.get_by_role("button", name="Try now").click()
    page.clock.run_for(1000)

    dashboard.expect_state("Live")
    # Five minutes of full jitter up to 30 s: far from one attempt a second, and never silence.
    assert 8 <= len(asked) <= 60
