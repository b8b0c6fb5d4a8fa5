"""Whatever people type is shown as text: the guard of every test fails on scripts, dialogs, reports."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Account
from tests.browser.dashboard import Dashboard

CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<details open ontoggle=alert(1)>",
    '"><script>alert(1)</script>',
    "' autofocus onfocus=alert(1) x='",
    "</script><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>alert(1)-->",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "&lt;b&gt;already escaped&lt;/b&gt; &amp;amp;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u202eright to left\u202c \u200bzero width",
    "Zalgo Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f, emoji \U0001f469\u200d\U0001f4bb, ﷽",
    "W" * 180,
]


# A page is drawn with twelve tasks of a column: so many texts are on the screen at once.
HANDFULS = [CORPUS[start : start + 9] for start in range(0, len(CORPUS), 9)]
HANDS = pytest.mark.parametrize("texts", HANDFULS, ids=range(len(HANDFULS)))


@HANDS
def test_hostile_title_and_description_are_text(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, texts: list[str]
) -> None:
    dashboard = open_dashboard(ada, viewport={"width": 390, "height": 844})
    page = dashboard.page
    shown: dict[str, Locator] = {}

    for text in texts:
        task = grace.api("POST", "/api/tasks", {"title": text, "description": text})
        card = shown[text] = page.locator(f"#view [data-task={task['id']}]")
        expect(card.get_by_role("link")).to_have_text(text)
        expect(dashboard.updates().first).to_contain_text(text)
        card.get_by_role("link").click()
        expect(dashboard.dialog(task["id"]).get_by_label("Title")).to_have_value(text)
        page.keyboard.press("Escape")
        card.locator("[data-menu]").click()
        expect(page.get_by_role("menu")).to_have_accessible_name(f"Actions for {text}")
        page.keyboard.press("Escape")
        page.get_by_role("searchbox").fill(text)
        expect(card).to_be_visible()
        page.get_by_role("searchbox").press("Escape")

    for address in ("/admin", "/admin/list"):
        page.goto(address)
        for text, card in shown.items():
            expect(card.get_by_role("link")).to_have_text(text)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@HANDS
def test_hostile_text_is_text_in_an_open_task(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, texts: list[str]
) -> None:
    dashboard = open_dashboard(ada)
    page = dashboard.page

    for text in texts:
        task = grace.api("POST", "/api/tasks", {"title": "x", "description": text})
        grace.api("PATCH", f"/api/tasks/{task['id']}", {"title": text})
        page.locator(f"#view [data-task={task['id']}] a").click()
        opened = dashboard.dialog(task["id"])
        expect(opened.locator(".prose")).to_have_text(text)
        expect(opened.locator(".prose a")).to_have_count(0)
        expect(opened.locator(".deed").first).to_contain_text(f"renamed this from “x” to “{text}”")
        opened.get_by_role("button", name="Edit").click()
        field = opened.get_by_role("textbox", name="Description")
        expect(field).to_have_value(text)
        field.fill(f"{text} ")
        opened.get_by_role("button", name="Preview").click()
        expect(opened.locator(".prose")).to_have_text(text)
        opened.get_by_role("button", name="Close").click()
        expect(page).to_have_url(re.compile("/admin$"))


@HANDS
def test_hostile_line_is_text(
    open_dashboard: Callable[..., Dashboard], ada: Account, texts: list[str]
) -> None:
    dashboard = open_dashboard(ada)
    page = dashboard.page

    for text in texts:
        line = dashboard.new_task().get_by_label("Title")
        line.fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST") as created:
            line.press("Enter")
        expect(page.locator(".quick-created")).to_have_text(f"Created “{text}”")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").fill(text)
        expect(page.get_by_role("option", selected=True).locator("span")).to_have_text(text)
        page.get_by_role("combobox").fill(f"{text} qqqq")
        expect(page.locator(".palette-none")).to_have_text(f"Nothing is called “{text} qqqq”")
        page.keyboard.press("Escape")
        assert created.value.json()["title"] == text


@pytest.mark.parametrize("text", CORPUS[:6])
def test_hostile_name_is_text(
    open_dashboard: Callable[..., Dashboard],
    register: Callable[[str], Account],
    text: str,
    title: str,
) -> None:
    mallory = register(text)
    dashboard = open_dashboard(mallory, address="/admin/list")

    dashboard.create(title)
    dashboard.choose(title, "assigned_to", "(you)")

    dashboard.expect_chip(title, "assigned_to", text)
    expect(dashboard.updates().first).to_contain_text(f"assigned {title} to you")
    expect(dashboard.page.locator(".account-card strong")).to_have_text(text)
    dashboard.page.reload()
    dashboard.expect_chip(title, "assigned_to", text)
