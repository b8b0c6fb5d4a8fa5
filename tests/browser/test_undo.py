"""What was done can be undone, by the button of its message and by Ctrl+Z."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.board import Board
from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

WAYS = pytest.mark.parametrize("way", ["button", "keys"])


@pytest.fixture
def board(open_dashboard: Callable[..., Dashboard], ada: Account) -> Board:
    return Board(open_dashboard(ada).page)


@pytest.fixture
def three(board: Board, ada: Account, title: str) -> list[dict[str, Any]]:
    """Three tasks at the top of a column, from bottom to top."""
    tasks = [ada.api("POST", "/api/tasks", {"title": f"{title} {number}"}) for number in (3, 2, 1)]
    board.expect_order("pending", [f"{title} 1", f"{title} 2", f"{title} 3"])
    return tasks


def undo(board: Board, way: str, sentence: str) -> None:
    expect(board.offer()).to_contain_text(sentence)
    if way == "button":
        board.offer().get_by_role("button", name="Undo", exact=True).click()
    else:
        board.page.keyboard.press("Control+z")
    expect(board.page.locator(".toast")).to_contain_text([f"Undone: {sentence}"])


def stored(account: Account, task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = account.api("GET", f"/api/tasks/{task['id']}")
    return found


@WAYS
def test_creation_is_undone(board: Board, ada: Account, title: str, way: str) -> None:
    board.create(title)

    undo(board, way, f"Created “{title}”")

    expect(board.card(title)).to_have_count(0)
    board.expect_all_sent()
    assert title not in {task["title"] for task in ada.api("GET", "/api/tasks?limit=10")["tasks"]}


@WAYS
def test_edit_is_undone(board: Board, ada: Account, title: str, way: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "priority": "low"})
    board.set(title, "priority", "Urgent")
    board.expect_priority(title, "Urgent")

    undo(board, way, f"Priority of “{title}” changed")

    board.expect_priority(title, "Low")
    board.expect_all_sent()
    assert stored(ada, task)["priority"] == "low"


@WAYS
def test_completion_is_undone_and_the_task_is_where_it_was(
    board: Board, three: list[dict[str, Any]], ada: Account, title: str, way: str
) -> None:
    board.do(f"{title} 2", "Move to Completed")
    expect(board.card_in("completed", f"{title} 2")).to_be_visible()

    undo(board, way, f"Completed “{title} 2”")

    board.expect_order("pending", [f"{title} 1", f"{title} 2", f"{title} 3"])
    board.expect_all_sent()
    ranks = [stored(ada, task)["rank"] for task in three]
    assert ranks == sorted(ranks, reverse=True)


@WAYS
def test_move_is_undone(
    board: Board, three: list[dict[str, Any]], ada: Account, title: str, way: str
) -> None:
    board.do(f"{title} 3", "Move up")
    board.expect_order("pending", [f"{title} 1", f"{title} 3", f"{title} 2"])

    undo(board, way, f"Moved “{title} 3”")

    board.expect_order("pending", [f"{title} 1", f"{title} 2", f"{title} 3"])
    board.expect_all_sent()
    ranks = [stored(ada, task)["rank"] for task in three]
    assert ranks == sorted(ranks, reverse=True)


@WAYS
def test_deletion_is_undone(board: Board, ada: Account, title: str, way: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title, "priority": "high"})
    board.do(title, "Delete")
    expect(board.card(title)).to_have_count(0)

    undo(board, way, f"Deleted “{title}”")

    board.expect_priority(title, "High")
    board.expect_all_sent()
    assert stored(ada, task)["priority"] == "high"


def test_change_of_many_is_one_step_and_gives_each_its_own_value_back(
    board: Board, ada: Account, title: str
) -> None:
    priorities = ["low", "high", "high", "urgent"]
    tasks = [
        ada.api("POST", "/api/tasks", {"title": f"{title} {index}", "priority": priority})
        for index, priority in enumerate(priorities)
    ]
    for task in tasks:
        board.do(task["title"], "Select")

    board.page.get_by_role("toolbar").get_by_role("button", name="Priority").click()
    board.page.get_by_role("menuitemradio", name="Urgent").click()
    board.expect_priority(f"{title} 0", "Urgent")
    board.page.keyboard.press("Control+z")

    for index, label in enumerate(["Low", "High", "High", "Urgent"]):
        board.expect_priority(f"{title} {index}", label)
    board.expect_all_sent()
    assert [stored(ada, task)["priority"] for task in tasks] == priorities


def test_what_was_undone_is_done_again(board: Board, ada: Account, title: str) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    board.set(title, "priority", "Urgent")
    board.do(title, "Move to Completed")
    expect(board.card_in("completed", title)).to_be_visible()

    board.page.keyboard.press("Control+z")
    expect(board.card_in("pending", title)).to_be_visible()
    board.page.keyboard.press("Control+z")
    board.expect_priority(title, "Medium")
    board.page.keyboard.press("Control+Shift+z")
    board.page.keyboard.press("Control+Shift+z")

    board.expect_priority(title, "Urgent")
    expect(board.card_in("completed", title)).to_be_visible()
    board.expect_all_sent()
    assert (stored(ada, task)["priority"], stored(ada, task)["status"]) == ("urgent", "completed")


def test_keys_belong_to_the_text_while_somebody_types(
    board: Board, ada: Account, title: str
) -> None:
    ada.api("POST", "/api/tasks", {"title": title})
    board.set(title, "priority", "Urgent")
    board.expect_priority(title, "Urgent")

    field = board.new_task().get_by_label("Title")
    field.press_sequentially("ab")
    field.press("Control+z")
    board.page.keyboard.press("Escape")
    board.expect_all_sent()

    board.expect_priority(title, "Urgent")


def test_undoing_what_somebody_else_has_changed_since_asks(
    board: Board, ada: Account, grace: Account, title: str
) -> None:
    task = ada.api("POST", "/api/tasks", {"title": title})
    board.set(title, "priority", "Urgent")
    board.expect_all_sent()
    grace.api("PATCH", f"/api/tasks/{task['id']}", {"priority": "low"})
    board.expect_priority(title, "Low")

    board.page.keyboard.press("Control+z")

    question = board.page.get_by_role("alertdialog", name="Changed by two people at once")
    expect(question.get_by_role("row", name="Priority")).to_have_text("PriorityMediumLow")
    question.get_by_role("button", name="Take theirs").click()
    board.expect_all_sent()
    assert stored(ada, task)["priority"] == "low"
