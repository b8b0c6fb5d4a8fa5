"""Real browsers on the deployed artifact; a console error, a policy report or a dialog fails any test."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from infra.web import chromium as browser_program
from tests.browser.dashboard import Dashboard
from tests.stack import RunningStack, stack

__all__ = ["stack"]

PASSWORD = "correct horse battery"
# A busy machine starts a function's process in seconds; what has a bar of its own is measured.
PATIENCE = 20_000
COOKIE = "__Host-taskflow"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What Playwright itself says where it keeps service workers out.
NO_WORKER = "Service Worker registration blocked by Playwright"
# Reports what the policy blocked through the console, where the guard reads it.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.effectiveDirective} blocked ${event.blockedURI || event.sample}`);
});
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Half-way through a transition, axe and the camera would see colours that nobody keeps. Not waited
# for: the animation of what has left the page may never say that it has ended.
END_OF_MOTION = """
document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .forEach((one) => one.finish())
"""


@dataclass
class Guard:
    """What went wrong on any page of a test, but for what the test says it provokes."""

    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=lambda: [NO_WORKER])

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(WATCH_POLICY)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("dialog", self._on_dialog)

    def unexpected(self) -> list[str]:
        return [
            fault
            for fault in self.faults
            if not any(re.search(pattern, fault) for pattern in self.expected)
        ]

    def _on_console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _on_dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    email: str
    token: str
    stack: RunningStack

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    def api(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """A change that somebody makes outside the page."""
        sent = {"Authorization": f"Bearer {self.token}"} | headers
        answer = self.stack.request(method, path, json_body=body, headers=sent)
        assert answer.status < 400, answer.text
        return answer.json if answer.text else None


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """An installed Chromium or Chrome first, Playwright's own download second."""
    path = browser_program.installed()
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def guard() -> Iterator[Guard]:
    watching = Guard()
    yield watching
    assert watching.unexpected() == []


@pytest.fixture
def open_context(
    chromium: Browser, stack: RunningStack, guard: Guard
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own, with nobody signed in."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        # A service worker takes requests past `page.route`: what is tested with it says so.
        defaults = {
            "viewport": {"width": 1440, "height": 900},
            "color_scheme": "light",
            "service_workers": "block",
        }
        options = defaults | options
        context = chromium.new_context(base_url=stack.url, **options)
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(3 * PATIENCE)
        guard.watch(context)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def register(stack: RunningStack) -> Callable[[str], Account]:
    """Makes an account; everybody lands in the one team."""

    def make(name: str) -> Account:
        body = {
            "name": name,
            "email": f"person.{secrets.token_hex(4)}@example.com",
            "password": PASSWORD,
        }
        created = stack.request("POST", "/api/auth/register", json_body=body)
        assert created.status == 201, created.text
        token = stack.request("POST", "/api/auth/login", json_body=body).json["token"]
        return Account(created.json["id"], name, body["email"], token, stack)

    return make


@pytest.fixture
def visitor(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who is not signed in."""
    return open_context().new_page()


@pytest.fixture
def sign_in(open_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """A browser in which somebody is signed in."""

    def enter(account: Account, **options: Any) -> BrowserContext:
        context = open_context(**options)
        context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": account.token,
                    "url": account.stack.url.replace("http:", "https:"),
                    "httpOnly": True,
                    "secure": True,
                    "sameSite": "Lax",
                }
            ]
        )
        return context

    return enter


@pytest.fixture
def open_dashboard(sign_in: Callable[..., BrowserContext]) -> Callable[..., Dashboard]:
    """Somebody's dashboard, connected."""

    def open_one(account: Account, *, address: str = "/admin", **options: Any) -> Dashboard:
        dashboard = Dashboard(sign_in(account, **options).new_page())
        dashboard.open(address)
        return dashboard

    return open_one


@pytest.fixture(scope="session")
def ada(register: Callable[[str], Account]) -> Account:
    return register("Ada Lovelace")


@pytest.fixture(scope="session")
def grace(register: Callable[[str], Account]) -> Account:
    return register("Grace Hopper")


@pytest.fixture
def title(request: pytest.FixtureRequest) -> str:
    """A title nobody else uses: all tests share one team."""
    words = request.node.name.partition("[")[0].removeprefix("test_").replace("_", " ")
    return f"{words.capitalize()} {secrets.token_hex(3)}"


@pytest.fixture(scope="session")
def screenshots(pytestconfig: pytest.Config) -> Path:
    folder = pytestconfig.rootpath / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> Callable[[Page], list[str]]:
    """Runs axe-core on a page and returns what it finds, WCAG 2.2 AA and best practices."""
    source = (pytestconfig.rootpath / "node_modules/axe-core/axe.min.js").read_text()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    run = f"axe.run({{runOnly: {{type: 'tag', values: {json.dumps(tags)}}}}})"

    def check(page: Page) -> list[str]:
        # Evaluated by the debugger: the page's own policy stays as strict as it is.
        page.evaluate(source + "; null")
        found: list[dict[str, Any]] = page.evaluate(f"{run}.then((result) => result.violations)")
        return [
            f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for each in found
            for node in each["nodes"]
        ]

    return check
