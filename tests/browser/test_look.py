"""How the pages look, on a desk and on a phone, in the light and in the dark, for every eye."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import COOKIE, END_OF_MOTION, Account, Guard
from tests.browser.dashboard import Dashboard, Held

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
THEMES = ("light", "dark")
WIDTHS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["1440", "390"])
HTML_BYTES = 10 * 1024

# Of what is on the screen, by its words. A frame comes only once all stylesheets are there.
# Of a frame that has been painted: only then does the browser know which rows are on the screen.
POSITIONS = """
new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(Object.fromEntries(
  [...document.querySelectorAll(".stat, .task-title a, .card-title")].map((one) => {
    const { x, y } = one.getBoundingClientRect();
    return [one.getAttribute("href") ?? one.textContent, [Math.round(x), Math.round(y)]];
  }).filter(([, [, y]]) => y < innerHeight))))))
"""

DESCRIPTION = """# Why
The socket drops when the *gateway* restarts, see https://example.com/a_(b).

- [x] full jitter
- [ ] cap at **30 s**

1. first
2. then

> quoted `code`

```
const wait = Math.random() * ceiling;
```
"""

# Visible things to press, and how large they are; a link inside text may be as small as that, and
# of a card's title all of the card can be pressed.
SMALL_TARGETS = """
(least) => [...document.querySelectorAll("a[href], button, input:not([type=hidden], :disabled), select, textarea")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("p, td, th, h3, .steps, .answers, .skip, .card-title, [inert]"))
  .filter((one) => one.closest("dialog") || !document.querySelector("dialog[open]"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < least || box.width < least))
  .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)
"""


# On how many lines each text stands.
LINES = """(texts) => texts.map((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return new Set([...range.getClientRects()].map(({ top }) => top)).size;
})"""

# What a person sees of a state where the page's own colours are replaced: a surface, or a line.
LOOK = """(one) => {
  const { backgroundColor, outlineColor, outlineStyle } = getComputedStyle(one);
  const surface = backgroundColor === "rgba(0, 0, 0, 0)" ? getComputedStyle(document.body.parentElement).backgroundColor : backgroundColor;
  return [surface, outlineStyle === "none" ? "" : `${outlineStyle} ${outlineColor}`];
}"""


@pytest.fixture
def look(axe: Callable[[Page], list[str]], screenshots: Path) -> Callable[[Page, str], None]:
    """Takes a picture in the light and in the dark, and asks axe about both, and the ruler."""

    def check(page: Page, name: str) -> None:
        assert page.viewport_size is not None
        width = page.viewport_size["width"]
        # What floats over a page would lie on whatever it was scrolled to.
        page.evaluate("scrollTo(0, 0)")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.evaluate(END_OF_MOTION)
            page.screenshot(path=screenshots / f"{name}-{theme}-{width}.png")
            assert axe(page) == [], theme
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        touch = page.evaluate("matchMedia('(pointer: coarse)').matches")
        assert page.evaluate(SMALL_TARGETS, 44 if touch else 24) == []

    return check


@WIDTHS
@pytest.mark.parametrize(
    ("name", "path"),
    [("login", "/login"), ("register", "/register"), ("docs", "/api/docs"), ("404", "/nowhere")],
)
def test_public_page(
    open_context: Callable[..., BrowserContext],
    look: Callable[[Page, str], None],
    guard: Guard,
    screen: dict[str, Any],
    name: str,
    path: str,
) -> None:
    guard.expect("status of 404")
    page = open_context(**screen).new_page()

    page.goto(path)

    look(page, name)


@WIDTHS
def test_form_with_faults(
    open_context: Callable[..., BrowserContext],
    look: Callable[[Page, str], None],
    guard: Guard,
    screen: dict[str, Any],
) -> None:
    guard.expect("status of 40[01]")
    page = open_context(**screen).new_page()
    page.goto("/register")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")

    look(page, "register-faults")


@WIDTHS
@pytest.mark.parametrize("view", ["board", "list"])
def test_board_and_list(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
    view: str,
) -> None:
    address = "/admin" if view == "board" else f"/admin/{view}"

    dashboard = open_dashboard(furnished, address=address, **screen)

    expect(dashboard.page.locator("#view .skeleton")).to_have_count(0)
    look(dashboard.page, view)


@WIDTHS
def test_board_in_use(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    dashboard = open_dashboard(furnished, **screen)
    page = dashboard.page
    expect(page.locator(".board[data-ready]")).to_be_visible()

    page.locator("[data-menu]").first.click()
    look(page, "board-menu")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Priority", exact=True).select_option(label="Medium")
    look(page, "board-filters")
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_role("heading", name="No task matches")).to_be_visible()
    look(page, "no-match")
    page.get_by_role("searchbox").press("Escape")
    page.locator("button[popovertarget=account]:visible").click()
    look(page, "account")
    page.keyboard.press("Escape")


@WIDTHS
def test_open_task(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    body = {"title": "Reconnect with full-jitter backoff", "description": DESCRIPTION}
    task = furnished.api("POST", "/api/tasks", body | {"priority": "high"})
    furnished.api("PATCH", f"/api/tasks/{task['id']}", {"status": "in_progress"})
    page = open_dashboard(furnished, **screen).page

    page.locator(f"#view [data-task={task['id']}] a").click()
    opened = page.get_by_role("dialog", name=task["id"])
    expect(opened.locator(".deed")).to_have_count(2)
    expect(opened.locator(".prose pre")).to_be_visible()
    look(page, "task")
    opened.get_by_role("button", name="Status:").click()
    look(page, "task-menu")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    opened.get_by_role("textbox", name="Description").fill("another")
    opened.get_by_label("Title").fill("")
    look(page, "task-edited")


@WIDTHS
def test_quick_add(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    dashboard = open_dashboard(furnished, **screen)
    page, line = dashboard.page, dashboard.new_task().get_by_label("Title")

    look(page, "new-task")
    line.press_sequentially("Ship it tomorrow p1 !doing @")
    expect(page.get_by_role("option").first).to_be_visible()
    look(page, "new-task-people")
    line.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="More").click()
    look(page, "new-task-more")
    line.fill("31.2.")
    line.press("Enter")
    expect(line).to_have_attribute("aria-invalid", "true")
    look(page, "new-task-fault")


@WIDTHS
def test_palette_and_shortcuts(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    page = open_dashboard(furnished, **screen).page

    page.keyboard.press("Control+k")
    line = page.get_by_role("combobox", name="Search and commands")
    look(page, "palette")
    line.fill("re")
    expect(page.get_by_role("option").first).to_be_visible()
    look(page, "palette-found")
    line.fill("qqqqxxxx")
    look(page, "palette-nothing")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    look(page, "shortcuts")


@WIDTHS
@pytest.mark.parametrize("view", ["calendar", "mine", "insights", "trash"])
def test_view(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
    view: str,
) -> None:
    gone = furnished.api("POST", "/api/tasks", {"title": "Retire the old mailing list"})
    furnished.api("DELETE", f"/api/tasks/{gone['id']}")
    page = open_dashboard(furnished, address=f"/admin/{view}", **screen).page
    ready = {"calendar": ".is-late", "insights": ".bars"}.get(view, ".lines")
    expect(page.locator(ready).first).to_be_visible()

    look(page, view)
    # What folds is looked at unfolded, too.
    for summary in page.locator("#view summary").all():
        summary.click()
    look(page, f"{view}-unfolded")


@WIDTHS
def test_list_in_use(
    open_dashboard: Callable[..., Dashboard],
    furnished: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    dashboard = open_dashboard(furnished, address="/admin/list?sort=-due", **screen)
    page = dashboard.page

    for cell in ("status", "assignee", "due"):
        page.locator(f".task-row .task-{cell} .chip").first.click()
        look(page, f"list-{cell}")
        page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Select all", exact=True).check()
    expect(page.get_by_role("toolbar")).to_be_visible()
    look(page, "list-selected")


@WIDTHS
def test_dashboard_without_connection(
    sign_in: Callable[..., BrowserContext],
    furnished: Account,
    look: Callable[[Page, str], None],
    guard: Guard,
    screen: dict[str, Any],
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    context = sign_in(furnished, **screen)
    dashboard = Dashboard(context.new_page())
    dashboard.open("/admin/list")
    context.set_offline(True)
    dashboard.expect_state("Offline")
    dashboard.page.locator(".task-row .chip").first.click()
    dashboard.page.get_by_role("menuitemradio", checked=False).first.click()
    dashboard.expect_state("Offline · 1 edit waiting")

    look(dashboard.page, "offline")


@WIDTHS
def test_questions(
    open_dashboard: Callable[..., Dashboard],
    ada: Account,
    title: str,
    look: Callable[[Page, str], None],
    guard: Guard,
    screen: dict[str, Any],
) -> None:
    guard.expect("status of 4(12|01)")
    task = ada.api("POST", "/api/tasks", {"title": title})
    theirs = {"detail": "Changed", "current": task | {"priority": "low", "version": 2}}
    dashboard = open_dashboard(ada, address="/admin/list", **screen)
    page, address = dashboard.page, f"**/api/tasks/{task['id']}"

    page.route(address, lambda route: route.fulfill(status=412, json=theirs))
    dashboard.choose(title, "priority", "Urgent")
    expect(page.get_by_role("alertdialog", name="Changed by two people at once")).to_be_visible()
    look(page, "conflict")
    page.get_by_role("button", name="Take theirs").click()

    page.route(address, lambda route: route.fulfill(status=401, json={"detail": "Ended"}))
    dashboard.choose(title, "priority", "High")
    expect(page.get_by_role("alertdialog", name="You are signed out")).to_be_visible()
    look(page, "signed-out")


@WIDTHS
def test_dashboard_without_tasks(
    sign_in: Callable[..., BrowserContext],
    ada: Account,
    look: Callable[[Page, str], None],
    screen: dict[str, Any],
) -> None:
    html, headers = _empty_page(ada)
    page = sign_in(ada, **screen).new_page()
    page.route("**/admin", lambda route: route.fulfill(body=html, headers=headers))
    nothing = {"tasks": [], "limit": 100, "next_cursor": None}
    page.route("**/api/tasks?*", lambda route: route.fulfill(json=nothing))
    dashboard = Dashboard(page)
    dashboard.play_server()

    dashboard.open()

    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Quiet so far")).to_be_visible()
    look(page, "empty")


def test_nothing_scrolls_sideways_on_the_smallest_phone(
    open_dashboard: Callable[..., Dashboard], furnished: Account, screenshots: Path
) -> None:
    small = PHONE | {"viewport": {"width": 320, "height": 640}}
    dashboard = open_dashboard(furnished, **small)
    page = dashboard.page
    page.screenshot(path=screenshots / "dashboard-light-320.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    dashboard.new_task()
    page.screenshot(path=screenshots / "new-task-light-320.png")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("address", ["/admin", "/admin/list"])
def test_what_the_server_draws_stays_where_it_is(
    sign_in: Callable[..., BrowserContext], furnished: Account, address: str, screen: dict[str, Any]
) -> None:
    page = sign_in(furnished, **screen).new_page()
    # Neither what is told again, being younger than 15 seconds, nor what My tasks counts: tasks
    # beyond the first page that belong in between.
    Dashboard(page).play_server()
    page.route("**/api/tasks?*", Held())
    scripts = Held()
    page.route("**/js/*.js", scripts)

    page.goto(address, wait_until="commit")
    expect(page.locator(".card-title, .task-title a").first).to_be_visible()
    drawn = page.evaluate(POSITIONS)
    scripts.release()
    Dashboard(page).expect_state("Live")

    kept = page.evaluate(POSITIONS)
    assert {name: kept.get(name) for name in drawn} == drawn


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_bar_of_the_smallest_phone_names_each_view_on_one_line(
    sign_in: Callable[..., BrowserContext], ada: Account, locale: str
) -> None:
    small = PHONE | {"viewport": {"width": 320, "height": 640}}
    page = sign_in(ada, **small, locale=locale).new_page()
    page.goto("/admin/mine")

    lines = page.locator(".bottom-item > span").evaluate_all(LINES)

    assert lines == [1] * 5
    assert page.evaluate("document.querySelector('.bottombar').scrollWidth") == 320


@pytest.mark.parametrize("theme", THEMES)
def test_forced_colours_still_tell_what_is_current_selected_and_marked(
    open_dashboard: Callable[..., Dashboard], furnished: Account, screenshots: Path, theme: str
) -> None:
    options = {"forced_colors": "active", "color_scheme": theme}
    page = open_dashboard(furnished, address="/admin/list", **options).page
    page.locator(".task-row .task-select > input").nth(1).check()
    page.locator(".task-row").nth(3).evaluate("(row) => row.classList.add('is-marked')")
    page.screenshot(path=screenshots / f"forced-list-{theme}-1440.png")

    for told, other in (
        (".nav-item[aria-current]", ".nav-item:not([aria-current])"),
        (".switch [aria-current]", ".switch :not([aria-current])"),
        (".is-selected", ".task-row:not(.is-selected, .is-marked)"),
        (".is-marked", ".task-row:not(.is-selected, .is-marked)"),
        (".new-task", ".search"),
    ):
        assert _look_of(page, told) != _look_of(page, other), told
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-item[aria-selected=true]")).to_be_visible()
    page.screenshot(path=screenshots / f"forced-palette-{theme}-1440.png")
    chosen, other = (f".palette-item[aria-selected={each}]" for each in ("true", "false"))
    assert _look_of(page, chosen) != _look_of(page, other)


def test_html_of_the_dashboard_is_small(
    sign_in: Callable[..., BrowserContext],
    furnished: Account,
    record_property: Callable[[str, object], None],
) -> None:
    page = sign_in(furnished).new_page()
    answer = page.goto("/admin")
    assert answer is not None

    size = len(gzip.compress(answer.body(), 6))

    record_property("html_gzip_bytes", size)
    assert size <= HTML_BYTES


def test_people_who_want_no_motion_get_none(
    open_dashboard: Callable[..., Dashboard], furnished: Account
) -> None:
    dashboard = open_dashboard(furnished, reduced_motion="reduce")

    dashboard.new_task()

    longest = dashboard.page.evaluate(
        "Math.max(0, ...document.getAnimations().map((one) => one.effect.getTiming().duration))"
    )
    assert longest <= 1


def _look_of(page: Page, selector: str) -> list[str]:
    seen: list[str] = page.locator(selector).first.evaluate(LOOK)
    return seen


@pytest.fixture(scope="session")
def furnished(ada: Account, grace: Account) -> Account:
    """Somebody whose team has something of everything."""
    tasks = [
        ("Migrate session tokens to HttpOnly cookies", "pending", "urgent", ada, "2026-01-05"),
        ("Design empty states for the calendar view", "cancelled", "low", grace, "2031-11-28"),
        ("Write the on-call runbook for WebSocket fan-out", "pending", "medium", None, None),
        ("Reconnect with full-jitter backoff", "in_progress", "high", ada, None),
        ("Ship keyboard shortcuts cheat-sheet", "completed", "medium", grace, "2026-11-20"),
    ]
    for title, status, priority, assignee, due in tasks:
        body = {"title": title, "status": status, "priority": priority, "due_date": due}
        ada.api("POST", "/api/tasks", body | {"assigned_to": assignee.id if assignee else None})
    return ada


def _empty_page(account: Account) -> tuple[str, dict[str, str]]:
    """The page as a team sees it on its first day; the tests share a team that has tasks."""
    cookie = f"{COOKIE}={account.token}"
    answer = account.stack.request("GET", "/admin", headers={"Cookie": cookie})
    head, mark, tail = answer.text.partition('id="boot">')
    data, end, rest = tail.partition("</script>")
    boot = json.loads(data)
    counts = ("total_tasks", "pending", "in_progress", "completed", "cancelled", "overdue")
    boot["stats"] |= dict.fromkeys(counts, 0)
    boot["tasks"] = []
    boot["changes"] = []
    kept = ("Content-Type", "Content-Security-Policy")
    headers = {name: answer.headers[name] for name in kept}
    # As Jinja's tojson does: the names in it may be hostile.
    escaped = json.dumps(boot).replace("<", "\\u003c")
    return f"{head}{mark}{escaped}{end}{rest}", headers
