"""The dashboard as a person uses it, so that a test reads as a story."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

LABELS = {
    "status": "Status",
    "priority": "Priority",
    "assigned_to": "Assignee",
    "due_date": "Due date",
}


@dataclass(frozen=True)
class Dashboard:
    page: Page

    def open(self, address: str = "/admin") -> None:
        self.page.goto(address)
        self.expect_state("Live")

    def play_server(self) -> Callable[[Mapping[str, object]], None]:
        """Take the socket's other side; returns what pushes a frame."""
        sockets: list[WebSocketRoute] = []
        hello = {"type": "connected", "message": "", "cursor": "", "has_more": False}

        def answer(socket: WebSocketRoute) -> None:
            sockets.append(socket)
            socket.on_message(lambda _: socket.send(json.dumps(hello)))

        self.page.route_web_socket("**/*", answer)
        return lambda frame: sockets[-1].send(json.dumps(frame))

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#connection")).to_have_text(f"Connection: {state}")

    def row(self, title: str) -> Locator:
        return self.page.locator(".task-row").filter(has=self.page.get_by_text(title, exact=True))

    def chip(self, title: str, field: str) -> Locator:
        return self.row(title).get_by_role("button", name=f"{LABELS[field]}:")

    def expect_chip(self, title: str, field: str, text: str) -> None:
        name = re.compile(rf"^{LABELS[field]}: {re.escape(text)}\b")
        expect(self.chip(title, field)).to_have_accessible_name(name)

    def choose(self, title: str, field: str, label: str) -> None:
        self.chip(title, field).click()
        role = "button" if field == "due_date" else "menuitemradio"
        self.page.locator(".popover:popover-open").get_by_role(role, name=label).click()

    def new_task(self) -> Locator:
        self.page.get_by_role("button", name="New task").click()
        return self.dialog("New task")

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    def create(self, title: str) -> None:
        form = self.new_task()
        form.get_by_label("Title").fill(title)
        form.get_by_label("Title").press("Enter")
        expect(self.row(title)).to_be_visible()

    def count(self, card: str) -> int:
        return int(self.page.locator(f".stat.is-{card} dd").inner_text().replace(",", ""))

    def updates(self) -> Locator:
        return self.page.locator(".update p")

    def error(self) -> Locator:
        return self.page.locator(".toast.is-error")
