"""What was done can be undone, by the button of its message and by Ctrl+Z."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

WAYS = pytest.mark.parametrize("way", ["button", "keys"])
LIST = "/admin/list"


@pytest.fixture
def dashboard(open_dashboard: Callable[..., Dashboard], ada: Account) -> Dashboard:
    return open_dashboard(ada, address=LIST)


def undo(dashboard: Dashboard, way: str, sentence: str) -> None:
    expect(dashboard.offer()).to_contain_text(sentence)
    if way == "button":
        dashboard.offer().get_by_role("button", name="Undo").click()
    else:
        dashboard.page.keyboard.press("Control+z")
    expect(dashboard.page.locator(".toast")).to_contain_text([f"Undone: {sentence}"])
    dashboard.expect_nothing_waits()


def stored(account: Account, task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = account.api("GET", f"/api/tasks/{task['id']}")
    return found


@WAYS
def test_creation_is_undone(dashboard: Dashboard, ada: Account, title: str, way: str) -> None:
    dashboard.act("void edits.create({ title: given[0] })", title)
    expect(dashboard.row(title)).to_be_visible()

    undo(dashboard, way, f"Created “{title}”")

    expect(dashboard.row(title)).to_have_count(0)
    assert title not in {task["title"] for task in ada.api("GET", "/api/tasks?limit=10")["tasks"]}


@WAYS
def test_edit_is_undone(dashboard: Dashboard, ada: Account, title: str, way: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "priority": "low"})
    dashboard.choose(title, "priority", "Urgent")
    dashboard.expect_chip(title, "priority", "Urgent")

    undo(dashboard, way, f"Priority of “{title}” changed")

    dashboard.expect_chip(title, "priority", "Low")
    assert stored(ada, task)["priority"] == "low"


@WAYS
def test_completion_is_undone_and_the_task_is_where_it_was(
    dashboard: Dashboard, ada: Account, title: str, way: str
) -> None:
    above, task, below = (
        ada.api("POST", "/api/tasks", {"title": f"{title} {place}"})
        for place in ("above", "between", "below")
    )
    ada.api("PATCH", f"/api/tasks/{task['id']}", {"after": above["id"]})
    ada.api("PATCH", f"/api/tasks/{below['id']}", {"after": task["id"]})
    ranks = [stored(ada, each)["rank"] for each in (above, task, below)]
    assert ranks == sorted(ranks)
    expect(dashboard.row(below["title"])).to_be_visible()
    dashboard.page.wait_for_load_state("networkidle")

    dashboard.choose(task["title"], "status", "Completed")
    undo(dashboard, way, f"Completed “{task['title']}”")

    dashboard.expect_chip(task["title"], "status", "Pending")
    ranks = [stored(ada, each)["rank"] for each in (above, task, below)]
    assert ranks == sorted(ranks)


@WAYS
def test_move_is_undone(dashboard: Dashboard, ada: Account, title: str, way: str) -> None:
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in range(3)]
    expect(dashboard.row(tasks[2]["title"])).to_be_visible()

    # The newest is at the top: 2, 1, 0.
    move = "void edits.change(given[0], { after: given[1] })"
    dashboard.act(move, tasks[2]["id"], tasks[0]["id"])
    undo(dashboard, way, f"Moved “{tasks[2]['title']}”")

    ranks = [stored(ada, task)["rank"] for task in tasks]
    assert ranks == sorted(ranks, reverse=True)


@WAYS
def test_deletion_is_undone(dashboard: Dashboard, ada: Account, title: str, way: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "priority": "high"})
    expect(dashboard.row(title)).to_be_visible()
    dashboard.act("void edits.destroy(tasks.shown(given[0]).value)", task["id"])
    expect(dashboard.row(title)).to_have_count(0)

    undo(dashboard, way, f"Deleted “{title}”")

    expect(dashboard.row(title)).to_be_visible()
    assert stored(ada, task)["priority"] == "high"


def test_change_of_many_is_one_step_and_gives_each_its_own_value_back(
    dashboard: Dashboard, ada: Account, title: str
) -> None:
    priorities = ["low", "high", "high", "urgent"]
    tasks = [
        ada.api("POST", "/api/tasks", {"title": f"{title} {index}", "priority": priority})
        for index, priority in enumerate(priorities)
    ]
    expect(dashboard.row(tasks[3]["title"])).to_be_visible()
    ids = [task["id"] for task in tasks]

    dashboard.act("void edits.changeMany(given[0], { priority: 'urgent' })", ids)
    dashboard.expect_chip(tasks[0]["title"], "priority", "Urgent")
    undo(dashboard, "keys", "3 tasks changed")

    assert [stored(ada, task)["priority"] for task in tasks] == priorities


def test_what_was_undone_is_done_again(dashboard: Dashboard, ada: Account, title: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard.choose(title, "priority", "Urgent")
    dashboard.choose(title, "status", "Completed")
    dashboard.expect_chip(title, "status", "Completed")

    dashboard.page.keyboard.press("Control+z")
    dashboard.expect_chip(title, "status", "Pending")
    dashboard.page.keyboard.press("Control+z")
    dashboard.expect_chip(title, "priority", "Medium")
    dashboard.page.keyboard.press("Control+Shift+z")
    dashboard.page.keyboard.press("Control+Shift+z")

    dashboard.expect_chip(title, "priority", "Urgent")
    dashboard.expect_chip(title, "status", "Completed")
    dashboard.expect_nothing_waits()
    assert (stored(ada, task)["priority"], stored(ada, task)["status"]) == ("urgent", "completed")


def test_keys_belong_to_the_text_while_somebody_types(
    dashboard: Dashboard, ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    dashboard.choose(title, "priority", "Urgent")
    dashboard.expect_chip(title, "priority", "Urgent")

    field = dashboard.new_task().get_by_label("Title")
    field.press_sequentially("ab")
    field.press("Control+z")
    dashboard.page.keyboard.press("Escape")
    dashboard.expect_nothing_waits()

    dashboard.expect_chip(title, "priority", "Urgent")


def test_undoing_what_somebody_else_has_changed_since_asks(
    dashboard: Dashboard, ada: Account, grace: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    dashboard.choose(title, "priority", "Urgent")
    dashboard.expect_nothing_waits()
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"priority": "low"})
    dashboard.expect_chip(title, "priority", "Low")

    dashboard.page.keyboard.press("Control+z")

    question = dashboard.page.get_by_role("alertdialog", name="Changed by two people at once")
    expect(question.get_by_role("row", name="Priority")).to_have_text("PriorityMediumLow")
    question.get_by_role("button", name="Take theirs").click()
    dashboard.expect_nothing_waits()
    assert stored(ada, task)["priority"] == "low"
