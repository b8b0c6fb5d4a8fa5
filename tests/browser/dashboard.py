"""The dashboard as a person uses it, so that a test reads as a story."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

LABELS = {
    "status": "Status",
    "priority": "Priority",
    "assigned_to": "Assignee",
    "due_date": "Due date",
}


class Held:
    """Requests that wait until the test lets them go; later ones pass."""

    def __init__(self) -> None:
        self._waiting: list[Route] = []
        self._is_open = False

    def __call__(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._waiting.append(route)

    @property
    def count(self) -> int:
        return len(self._waiting)

    def answer(self, **answer: Any) -> None:
        """Answers what waits in the server's place."""
        while self._waiting:
            self._waiting.pop().fulfill(**answer)

    def release(self) -> None:
        self._is_open = True
        while self._waiting:
            self._waiting.pop().continue_()


class Server:
    """The socket's other side, played by a test: answers hello and ping, and pushes what it is told."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.received: list[str] = []
        self.hellos: list[dict[str, Any]] = []

    def accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda frame: self._answer(socket, json.loads(frame)))

    def push(self, frame: Mapping[str, object]) -> None:
        self.sockets[-1].send(json.dumps(frame))

    def _answer(self, socket: WebSocketRoute, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        self.received.append(kind)
        if kind == "hello":
            self.hellos.append(frame)
        connected = {"type": "connected", "message": "", "cursor": "", "has_more": False}
        socket.send(json.dumps(connected if kind == "hello" else {"type": "pong"}))


@dataclass(frozen=True)
class Dashboard:
    page: Page

    def open(self, address: str = "/admin") -> None:
        """Until it is live and all of it has come, what is fetched after the first paint too."""
        self.page.goto(address)
        self.expect_state("Live")
        expect(self.page.locator("#overlays > *").first).to_be_attached()

    def play_server(self) -> "Server":
        server = Server()
        self.page.route_web_socket("**/*", server.accept)
        return server

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#connection")).to_have_text(f"Connection: {state}")

    def row(self, title: str) -> Locator:
        """A task in the view: a card of the board, a row of the list."""
        shown = self.page.locator("#view [data-task]")
        return shown.filter(has=self.page.get_by_text(title, exact=True))

    def column(self, status: str) -> Locator:
        return self.page.locator(f"#view [data-status={status}]")

    def titles(self, within: str = "#view") -> list[str]:
        """Of the tasks that are seen, from top to bottom."""
        seen = self.page.locator(f"{within} [data-task]:visible a")
        # Not what is painted: a row that has just moved is not before the next frame.
        return seen.all_text_contents()

    def expect_top(self, status: str, titles: list[str]) -> None:
        """What the upper end of a column shows; a list waits for what has not come yet."""
        cards = self.page.locator(f"#view [data-status={status}] .card:visible .card-title")
        for index, title in enumerate(titles):
            expect(cards.nth(index)).to_have_text(title)

    def expect_order(self, status: str, titles: list[str]) -> None:
        """Until the server has the upper end of a column like that."""
        same = """async ([status, titles]) => {
          const query = `status=${status}&sort=rank&limit=${titles.length}`;
          const { tasks } = await (await fetch(`/api/tasks?${query}`)).json();
          return tasks.every((task, index) => task.title === titles[index]);
        }"""
        self.page.wait_for_function(same, arg=[status, titles])

    def grab(self, title: str) -> None:
        """Takes a card with the mouse, once the board can be handled."""
        expect(self.page.locator(".board[data-ready]")).to_be_visible()
        self.row(title).hover(position={"x": 60, "y": 40})
        self.page.mouse.down()

    def hold_over(self, title: str, *, below: bool) -> None:
        """Holds what was grabbed over the upper or lower half of another card."""
        box = self.row(title).bounding_box()
        assert box is not None
        y = box["y"] + box["height"] * (0.8 if below else 0.2)
        self.page.mouse.move(box["x"] + 50, y, steps=5)
        self.page.mouse.move(box["x"] + 60, y, steps=2)
        expect(self.page.locator(".drop-line")).to_be_visible()

    def chip(self, title: str, field: str) -> Locator:
        return self.row(title).get_by_role("button", name=f"{LABELS[field]}:")

    def expect_chip(self, title: str, field: str, text: str) -> None:
        name = re.compile(rf"^{LABELS[field]}: {re.escape(text)}(?!\w)")
        expect(self.chip(title, field)).to_have_accessible_name(name)

    def choose(self, title: str, field: str, label: str) -> None:
        self.chip(title, field).click()
        role = "button" if field == "due_date" else "menuitemradio"
        self.page.locator(".popover:popover-open").get_by_role(role, name=label).click()

    def new_task(self) -> Locator:
        self.page.get_by_role("button", name="New task", exact=True).click()
        return self.dialog("New task")

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    def create(self, title: str) -> None:
        form = self.new_task()
        form.get_by_label("Title").fill(title)
        form.get_by_label("Title").press("Enter")
        expect(self.row(title)).to_be_visible()
        # It stays open for the next one.
        self.page.keyboard.press("Escape")

    def expect_stored(self, task: Mapping[str, Any], **fields: object) -> None:
        """Until the server has the task like that."""
        same = """async ([id, fields]) => {
          const task = await (await fetch(`/api/tasks/${id}`)).json();
          return Object.entries(fields).every(([name, value]) => task[name] === value);
        }"""
        self.page.wait_for_function(same, arg=[task["id"], fields])

    def offer(self) -> Locator:
        return self.page.locator(".toast").filter(
            has=self.page.get_by_role("button", name="Undo", exact=True)
        )

    def count(self, card: str) -> int:
        return int(self.page.locator(f".stat.is-{card} dd").inner_text().replace(",", ""))

    def updates(self) -> Locator:
        return self.page.locator(".update p")

    def error(self) -> Locator:
        return self.page.locator(".toast.is-error")
