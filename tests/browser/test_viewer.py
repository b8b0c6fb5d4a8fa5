"""Somebody who may only read is offered nothing that the server would refuse."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

MAKE_VIEWER = """
import sys
from chalicelib.entities import TeamRole
from chalicelib.services import teams
teams.set_role("TF", sys.argv[1], TeamRole.VIEWER)
"""


@pytest.fixture
def viewer(register: Callable[[str], Account]) -> Account:
    vera = register("Vera Viewer")
    # In a process of its own: the services read their settings from the environment once.
    subprocess.run(
        [sys.executable, "-c", MAKE_VIEWER, vera.id],
        env=os.environ | vera.stack.local.environment,
        check=True,
    )
    return vera


@pytest.mark.parametrize("address", ["/admin", "/admin/list"])
def test_viewer_reads_and_is_offered_no_change(
    open_dashboard: Callable[..., Dashboard],
    axe: Callable[..., list[str]],
    viewer: Account,
    ada: Account,
    title: str,
    address: str,
) -> None:
    body = {"title": title, "description": "Why\nand how", "priority": "high"}
    task = ada.api("POST", "/api/tasks", body)

    dashboard = open_dashboard(viewer, address=address)
    page = dashboard.page

    expect(page.get_by_role("button", name="New task")).to_have_count(0)
    expect(dashboard.row(title)).to_contain_text("High")
    expect(page.locator("#view").get_by_role("button", name=title)).to_have_count(0)
    expect(dashboard.row(title).get_by_role("button")).to_have_count(0)
    expect(dashboard.row(title).get_by_role("checkbox")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    dashboard.row(title).get_by_role("link").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    page.keyboard.press("Enter")
    opened = dashboard.dialog(task["id"])
    expect(opened).to_contain_text("Why")
    expect(opened.get_by_role("button", name="Delete")).to_have_count(0)
    expect(opened.get_by_role("button", name="Edit")).to_have_count(0)
    page.keyboard.press("e")
    expect(opened.get_by_role("textbox")).to_have_count(0)
    assert axe(page) == []
    page.keyboard.press("Escape")
    ada.api("PATCH", f"/api/tasks/{task['id']}", {"priority": "low"})
    expect(dashboard.row(title)).to_contain_text("Low")
    assert ada.api("GET", f"/api/tasks/{task['id']}")["version"] == 2


def test_viewer_sees_the_trash_the_calendar_and_the_charts_and_changes_nothing(
    open_dashboard: Callable[..., Dashboard], viewer: Account, ada: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "due_date": "2099-05-10"})
    page = open_dashboard(viewer, address="/admin/calendar?month=2099-05").page
    expect(page.locator(".day .event")).to_contain_text([title])
    expect(page.locator(".event button")).to_have_count(0)
    page.locator(".day .event a").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.locator(".day[data-date='2099-05-20']").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".day[data-date='2099-05-10'] .event")).to_have_count(1)

    ada.api("DELETE", f"/api/tasks/{task['id']}")
    page.get_by_role("link", name="Trash").first.click()

    expect(page.locator(".line").filter(has_text=title)).to_be_visible()
    expect(page.locator("#view").get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name="Insights").first.click()
    expect(page.locator("#chart-burnup")).to_be_visible()
