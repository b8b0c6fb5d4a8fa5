"""The board: its order is the team's, and moves by mouse, by keys and by menus."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard, Held

COLUMN = "in_progress"
# When the card of a task has come into a column, in milliseconds after the drop.
MEASURE_DROP = """
([task, status]) => {
  window.painted = new Promise((done) => addEventListener("drop", ({ timeStamp }) => {
    const look = () => document.querySelector(`[data-status=${status}] [data-task="${task}"]`)
      ? done(performance.now() - timeStamp) : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }, { capture: true, once: true }));
}
"""


@pytest.fixture
def titles(ada: Account, title: str) -> list[str]:
    """The uppermost three of a column."""
    named = [f"{title} {letter}" for letter in "abc"]
    for each in reversed(named):
        ada.api("POST", "/api/tasks", {"title": each, "status": COLUMN})
    return named


@pytest.fixture
def dashboard(
    open_dashboard: Callable[..., Dashboard], ada: Account, titles: list[str]
) -> Dashboard:
    return open_dashboard(ada)


def order(account: Account, status: str, count: int) -> list[str]:
    column = account.api("GET", f"/api/tasks?status={status}&sort=rank&limit={count}")["tasks"]
    return [task["title"] for task in column]


def test_new_task_is_on_top_of_its_column(dashboard: Dashboard, titles: list[str]) -> None:
    dashboard.expect_top(COLUMN, titles)
    names = dashboard.page.locator("#view [data-status] h2").all_inner_texts()

    assert names == ["Pending", "In progress", "Completed", "Cancelled"]


def test_card_stays_where_it_was_dropped(
    dashboard: Dashboard, ada: Account, titles: list[str]
) -> None:
    a, b, c = titles

    dashboard.grab(c)
    dashboard.hold_over(a, below=False)
    dashboard.page.mouse.up()

    dashboard.expect_top(COLUMN, [c, a, b])
    expect(dashboard.page.locator(".drop-line")).to_be_hidden()
    dashboard.expect_order(COLUMN, [c, a, b])
    dashboard.page.reload()
    dashboard.expect_top(COLUMN, [c, a, b])


def test_line_shows_where_the_card_would_land(dashboard: Dashboard, titles: list[str]) -> None:
    a, b, c = titles
    line = dashboard.page.locator(".drop-line")

    dashboard.grab(a)
    dashboard.hold_over(b, below=True)

    over, under, drawn = (
        each.bounding_box() for each in (dashboard.row(b), dashboard.row(c), line)
    )
    assert over is not None
    assert under is not None
    assert drawn is not None
    assert over["y"] + over["height"] <= drawn["y"] <= under["y"]
    assert drawn["width"] == over["width"]
    dashboard.page.keyboard.press("Escape")
    dashboard.page.mouse.up()
    expect(line).to_be_hidden()


def test_dragging_across_changes_the_status(
    dashboard: Dashboard, ada: Account, title: str, titles: list[str]
) -> None:
    done = [f"{title} done {number}" for number in (1, 2)]
    for each in reversed(done):
        ada.api("POST", "/api/tasks", {"title": each, "status": "completed"})
    expect(dashboard.row(done[0])).to_be_visible()

    dashboard.grab(titles[1])
    dashboard.hold_over(done[0], below=True)
    dashboard.page.mouse.up()

    dashboard.expect_top("completed", [done[0], titles[1], done[1]])
    dashboard.expect_top(COLUMN, [titles[0], titles[2]])
    dashboard.expect_order("completed", [done[0], titles[1], done[1]])


def test_drop_is_painted_before_the_server_answers(
    dashboard: Dashboard,
    ada: Account,
    title: str,
    titles: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    target = f"{title} target"
    ada.api("POST", "/api/tasks", {"title": target})
    expect(dashboard.row(target)).to_be_visible()
    task = dashboard.row(titles[0]).get_attribute("data-task")
    held = Held()
    dashboard.page.route(f"**/api/tasks/{task}", held)
    dashboard.grab(titles[0])
    dashboard.hold_over(target, below=False)
    dashboard.page.evaluate(MEASURE_DROP, [task, "pending"])

    dashboard.page.mouse.up()

    record_property("paint_ms", dashboard.page.evaluate("window.painted"))
    dashboard.expect_top("pending", [titles[0], target])
    assert order(ada, COLUMN, 1) == [titles[0]]
    held.release()
    dashboard.expect_order("pending", [titles[0], target])


def test_keys_walk_from_card_to_card(
    dashboard: Dashboard, ada: Account, title: str, titles: list[str]
) -> None:
    beside = f"{title} beside"
    ada.api("POST", "/api/tasks", {"title": beside})
    expect(dashboard.row(beside)).to_be_visible()
    a, b, c = (dashboard.row(each).get_by_role("link") for each in titles)
    press = dashboard.page.keyboard.press
    a.focus()

    for key, there in (("j", b), ("ArrowDown", c), ("k", b), ("ArrowUp", a)):
        press(key)
        expect(there).to_be_focused()
    press("ArrowLeft")
    expect(dashboard.row(beside).get_by_role("link")).to_be_focused()
    press("ArrowRight")

    expect(a).to_be_focused()


def test_keys_move_a_card_and_say_where_it_is(
    dashboard: Dashboard, ada: Account, titles: list[str]
) -> None:
    a, b, c = titles
    link = dashboard.row(a).get_by_role("link")
    said = dashboard.page.get_by_role("log")
    expect(dashboard.page.locator(".board[data-ready]")).to_be_visible()
    link.focus()

    dashboard.page.keyboard.press("Shift+ArrowDown")
    dashboard.expect_top(COLUMN, [b, a, c])
    expect(link).to_be_focused()
    expect(said).to_contain_text(re.compile(rf"{a}: In progress, place 2 of \d+"))
    dashboard.page.keyboard.press("Shift+ArrowUp")
    dashboard.expect_top(COLUMN, [a, b, c])
    dashboard.page.keyboard.press("Shift+ArrowLeft")
    dashboard.expect_top("pending", [a])

    expect(link).to_be_focused()
    expect(said).to_contain_text(re.compile(rf"{a}: Pending, place 1 of \d+"))
    dashboard.expect_order("pending", [a])
    dashboard.expect_order(COLUMN, [b, c])


@pytest.mark.parametrize(
    ("item", "status", "expected"),
    [
        ("Move to the top", COLUMN, "bac"),
        ("Move up", COLUMN, "bac"),
        ("Move down", COLUMN, "acb"),
        ("Move to Completed", "completed", "b"),
    ],
)
def test_menu_moves_a_card(
    dashboard: Dashboard,
    ada: Account,
    title: str,
    titles: list[str],
    item: str,
    status: str,
    expected: str,
) -> None:
    actions = dashboard.row(titles[1]).get_by_role("button", name=f"Actions for {titles[1]}")
    expect(dashboard.page.locator(".board[data-ready]")).to_be_visible()
    actions.press("Enter")

    dashboard.page.get_by_role("menuitem", name=item).press("Enter")

    wanted = [f"{title} {letter}" for letter in expected]
    dashboard.expect_top(status, wanted)
    expect(actions).to_be_focused()
    dashboard.expect_order(status, wanted)


def test_menu_moves_to_the_end_of_a_column_that_is_not_all_here(
    dashboard: Dashboard, ada: Account, titles: list[str]
) -> None:
    while ada.api("GET", "/api/dashboard/stats")[COLUMN] <= 14:
        ada.api("POST", "/api/tasks", {"title": "One of many", "status": COLUMN})
    dashboard.page.reload()
    dashboard.page.locator(".board[data-ready]").wait_for()
    dashboard.row(titles[0]).locator("[data-menu]").click()

    dashboard.page.get_by_role("menuitem", name="Move to the bottom").click()

    expect(dashboard.column(COLUMN).locator(".card-title").last).to_have_text(titles[0])
    last = """async () => {
      const { tasks } = await (await fetch("/api/tasks?status=in_progress&sort=rank&limit=100")).json();
      return tasks.at(-1).title;
    }"""
    dashboard.page.wait_for_function(f"async (title) => title === await ({last})()", arg=titles[0])


def test_menu_edits_and_deletes(dashboard: Dashboard, ada: Account, titles: list[str]) -> None:
    menu, page = dashboard.row(titles[0]).locator("[data-menu]"), dashboard.page
    task = dashboard.row(titles[0]).get_attribute("data-task")
    expect(page.locator(".board[data-ready]")).to_be_visible()

    menu.click()
    page.get_by_role("menuitem", name="Priority…").click()
    page.get_by_role("menuitemradio", name="Urgent").click()
    expect(dashboard.row(titles[0])).to_contain_text("Urgent")
    menu.click()
    page.get_by_role("menuitem", name="Open and edit").click()
    expect(page.get_by_role("dialog", name=task or "")).to_be_visible()
    page.keyboard.press("Escape")
    menu.click()
    page.get_by_role("menuitem", name="Delete").click()

    expect(dashboard.row(titles[0])).to_have_count(0)
    expect(dashboard.offer()).to_contain_text(f"Deleted “{titles[0]}”")
    dashboard.expect_order(COLUMN, titles[1:])


def test_move_of_another_is_marked_and_takes_neither_focus_nor_scroll(
    dashboard: Dashboard, grace: Account, titles: list[str]
) -> None:
    page = dashboard.page
    ids = [dashboard.row(each).get_attribute("data-task") for each in titles]
    link = dashboard.row(titles[2]).get_by_role("link")
    link.focus()
    page.evaluate("scrollTo(0, 60)")

    grace.api("PATCH", f"/api/tasks/{ids[2]}", {"before": ids[0]})

    dashboard.expect_top(COLUMN, [titles[2], titles[0], titles[1]])
    expect(dashboard.row(titles[2])).to_have_class(re.compile("is-marked"))
    expect(link).to_be_focused()
    assert page.evaluate("scrollY") == 60
    grace.api("PATCH", f"/api/tasks/{ids[2]}", {"status": "completed"})
    dashboard.expect_top("completed", [titles[2]])
    expect(link).to_be_focused()
    assert page.evaluate("scrollY") == 60
    expect(dashboard.row(titles[2])).not_to_have_class(re.compile("is-marked"))


def test_move_of_one_appears_at_the_other(
    dashboard: Dashboard,
    open_dashboard: Callable[..., Dashboard],
    grace: Account,
    titles: list[str],
) -> None:
    a, b, c = titles
    other = open_dashboard(grace)

    dashboard.grab(c)
    dashboard.hold_over(a, below=False)
    dashboard.page.mouse.up()

    other.expect_top(COLUMN, [c, a, b])
    expect(other.row(c)).to_have_class(re.compile("is-marked"))
    expect(dashboard.row(c)).not_to_have_class(re.compile("is-marked"))


def test_long_column_comes_in_pages(dashboard: Dashboard, ada: Account, title: str) -> None:
    while ada.api("GET", "/api/dashboard/stats")["cancelled"] <= 13:
        ada.api("POST", "/api/tasks", {"title": f"{title} many", "status": "cancelled"})
    total = ada.api("GET", "/api/dashboard/stats")["cancelled"]
    # The real one tells again what is younger than 15 seconds, and so the rest of the column.
    dashboard.play_server()
    dashboard.page.reload()
    column = dashboard.column("cancelled")
    expect(column.locator(".count")).to_have_text(str(total))
    expect(column.locator(".card")).to_have_count(12)

    column.get_by_role("button", name=f"Show more ({total - 12} more)").click()

    expect(column.locator(".card")).to_have_count(total)
    expect(column.get_by_role("button", name="Show more")).to_have_count(0)


def test_counts_follow_a_move(dashboard: Dashboard, titles: list[str]) -> None:
    counts = [dashboard.column(status).locator(".count") for status in (COLUMN, "completed")]
    before = [int(count.inner_text()) for count in counts]
    expect(dashboard.page.locator(".board[data-ready]")).to_be_visible()
    dashboard.row(titles[0]).get_by_role("link").focus()

    dashboard.page.keyboard.press("Shift+ArrowRight")

    expect(counts[0]).to_have_text(str(before[0] - 1))
    expect(counts[1]).to_have_text(str(before[1] + 1))
