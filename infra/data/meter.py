"""How far a long piece of work is, said every two seconds."""

import time

from infra.progress import say

EVERY_SECONDS = 2.0


class Meter:
    """Counts items and capacity units, and says so while it goes on."""

    def __init__(self, *, start: int = 0) -> None:
        self.items = start
        self.units = 0.0
        self._first = start
        self._began = self._said = time.monotonic()

    def add(self, items: int, units: float = 0.0) -> None:
        self.items += items
        self.units += units
        if time.monotonic() - self._said >= EVERY_SECONDS:
            self._said = time.monotonic()
            say(f"  … {self}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def __str__(self) -> str:
        rate = (self.items - self._first) / max(self.seconds, 0.001)
        units = f", {self.units:,.1f} capacity units" if self.units else ""
        return f"{self.items:,} items, {rate:,.0f} a second{units}"
