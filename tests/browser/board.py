"""The board as a person works on it: everything a card's menu offers, and new tasks by one line."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.dashboard import Dashboard

FIELDS = {"priority": "Priority…", "assigned_to": "Assignee…", "due_date": "Due date…"}
# How many edits of whoever is signed in are on the disk. What was written before is seen: IndexedDB
# keeps transactions in their order.
WRITTEN = """new Promise((done) => {
  const opening = indexedDB.open("taskflow");
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => done(0);
  opening.onsuccess = () => {
    const all = opening.result.transaction("edits").objectStore("edits").getAll();
    all.onsuccess = () => { opening.result.close(); done(all.result.length); };
  };
})"""
# What the cards of each column say, from top to bottom, of tasks whose title begins so.
CARDS = """(title) => Object.fromEntries([...document.querySelectorAll(".column")].map((column) => [
  column.dataset.status,
  [...column.querySelectorAll(".card")]
    .filter((card) => card.querySelector(".card-title").textContent.startsWith(title))
    .map((card) => [card.dataset.task, card.innerText]),
]))"""


@dataclass(frozen=True)
class Board(Dashboard):
    def card(self, title: str) -> Locator:
        return self.page.locator(".card").filter(has=self.page.get_by_text(title, exact=True))

    def card_in(self, status: str, title: str) -> Locator:
        column = self.page.locator(f".column.is-{status} .card")
        return column.filter(has=self.page.get_by_text(title, exact=True))

    def create(self, title: str) -> None:
        form = self.new_task()
        form.get_by_label("Title").fill(title)
        form.get_by_label("Title").press("Enter")
        self.page.keyboard.press("Escape")
        expect(form).to_have_count(0)
        expect(self.card(title)).to_be_visible()

    def open_menu(self, title: str) -> Locator:
        self.card(title).locator("[data-menu]").click()
        menu = self.page.locator(".popover:popover-open")
        expect(menu).to_be_visible()
        return menu

    def do(self, title: str, item: str) -> None:
        self.open_menu(title).get_by_role("menuitem", name=item, exact=True).click()

    def set(self, title: str, field: str, label: str) -> None:
        self.do(title, FIELDS[field])
        role = "button" if field == "due_date" else "menuitemradio"
        self.page.locator(".popover:popover-open").get_by_role(role, name=label).click()

    def expect_priority(self, title: str, label: str) -> None:
        expect(self.card(title).locator(".badge")).to_have_text(label)

    def expect_order(self, status: str, titles: list[str]) -> None:
        """Those titles, in this order, among what else the column holds."""
        cards = self.page.locator(f".column.is-{status} .card-title")
        either = cards.filter(has_text=titles[0])
        for title in titles[1:]:
            either = either.or_(cards.filter(has_text=title))
        expect(either).to_have_text(titles)

    def expect_written(self, count: int) -> None:
        """Until so many edits are kept in the browser."""
        for _ in range(400):
            if self.page.evaluate(WRITTEN) == count:
                return
            self.page.wait_for_timeout(50)
        assert self.page.evaluate(WRITTEN) == count

    def expect_all_sent(self) -> None:
        self.expect_written(0)
        self.expect_state("Live")

    def cards(self, title: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = self.page.evaluate(CARDS, title)
        return found

    def fresh_cards(self, title: str) -> dict[str, list[Any]]:
        """The same on a page that is loaded now."""
        fresh = Board(self.page.context.new_page())
        fresh.open()
        fresh.page.wait_for_load_state("networkidle")
        found = fresh.cards(title)
        fresh.page.close()
        return found

    def offer(self) -> Locator:
        return self.page.locator(".toast").filter(
            has=self.page.get_by_role("button", name="Undo", exact=True)
        )
