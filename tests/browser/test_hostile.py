"""Whatever people type is shown as text: the guard of every test fails on scripts, dialogs, reports."""

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


# The dashboard shows ten tasks: so many texts are on the screen at once.
HANDFULS = [CORPUS[start : start + 9] for start in range(0, len(CORPUS), 9)]


@pytest.mark.parametrize("texts", HANDFULS, ids=range(len(HANDFULS)))
def test_hostile_title_and_description_are_text(
    open_dashboard: Callable[..., Dashboard], ada: Account, grace: Account, texts: list[str]
) -> None:
    dashboard = open_dashboard(ada, viewport={"width": 390, "height": 844})
    page = dashboard.page
    shown: dict[str, Locator] = {}

    for text in texts:
        task = grace.api("POST", "/api/tasks", {"title": text, "description": text})
        row = shown[text] = page.locator(f"[data-task={task['id']}]")
        expect(row.locator(".task-title")).to_have_text(text)
        expect(dashboard.updates().first).to_contain_text(text)
        row.get_by_role("link").click()
        form = dashboard.dialog(task["id"])
        expect(form.get_by_label("Title")).to_have_value(text)
        expect(form.get_by_label("Description")).to_have_value(text)
        page.keyboard.press("Escape")
        row.get_by_role("button", name="Status:").click()
        expect(page.get_by_role("menu")).to_have_accessible_name(f"Status of {text}")
        page.keyboard.press("Escape")

    page.reload()
    for text, row in shown.items():
        expect(row.locator(".task-title")).to_have_text(text)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("text", CORPUS[:6])
def test_hostile_name_is_text(
    open_dashboard: Callable[..., Dashboard],
    register: Callable[[str], Account],
    text: str,
    title: str,
) -> None:
    mallory = register(text)
    dashboard = open_dashboard(mallory)

    dashboard.create(title)
    dashboard.choose(title, "assigned_to", "(you)")

    dashboard.expect_chip(title, "assigned_to", text)
    expect(dashboard.updates().first).to_contain_text(f"assigned {title} to you")
    expect(dashboard.page.locator(".account-card strong")).to_have_text(text)
    dashboard.page.reload()
    dashboard.expect_chip(title, "assigned_to", text)
