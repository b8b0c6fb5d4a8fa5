"""Two people change the same task at once: nothing vanishes silently."""

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Account, Guard
from tests.browser.dashboard import Dashboard

LIST = "/admin/list"


@pytest.fixture
def deaf_dashboard(
    open_dashboard: Callable[..., Dashboard],
    sign_in: Callable[..., object],
    ada: Account,
) -> Callable[[], Dashboard]:
    """A dashboard that hears of no change, as if each came a moment too late."""

    def open_one() -> Dashboard:
        page = sign_in(ada).new_page()  # type: ignore[attr-defined]
        page.route_web_socket("**/*", _swallow_updates)
        dashboard = Dashboard(page)
        dashboard.open(LIST)
        return dashboard

    return open_one


def _swallow_updates(socket: WebSocketRoute) -> None:
    server = socket.connect_to_server()
    server.on_message(lambda frame: None if "task_update" in frame else socket.send(frame))


@pytest.mark.parametrize(
    ("button", "kept", "label"),
    [("Keep mine", "urgent", "Urgent"), ("Take theirs", "low", "Low")],
)
def test_same_field_asks_and_shows_both_values(
    deaf_dashboard: Callable[[], Dashboard],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
    button: str,
    kept: str,
    label: str,
) -> None:
    guard.expect("status of 412")
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = deaf_dashboard()
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"priority": "low"})

    dashboard.choose(title, "priority", "Urgent")

    question = dashboard.page.get_by_role("alertdialog", name="Changed by two people at once")
    expect(question.get_by_role("row", name="Priority")).to_have_text("PriorityUrgentLow")
    question.get_by_role("button", name=button).click()
    dashboard.expect_chip(title, "priority", label)
    expect(question).to_have_count(0)
    expect(dashboard.error()).to_have_count(0)
    dashboard.expect_stored(task, priority=kept)


def test_different_fields_merge_without_a_question(
    deaf_dashboard: Callable[[], Dashboard],
    ada: Account,
    grace: Account,
    title: str,
    guard: Guard,
) -> None:
    guard.expect("status of 412")
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard = deaf_dashboard()
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"status": "in_progress"})

    dashboard.choose(title, "priority", "Urgent")

    dashboard.expect_chip(title, "status", "In progress")
    dashboard.expect_chip(title, "priority", "Urgent")
    dashboard.expect_stored(task, priority="urgent")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["status"] == "in_progress"
