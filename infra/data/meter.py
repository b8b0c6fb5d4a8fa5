"""How far a long piece of work is, said every two seconds, also while DynamoDB keeps it waiting."""

import threading
import time
from types import TracebackType
from typing import Self

from infra.progress import say

EVERY_SECONDS = 2.0


class Meter:
    """Counts items and capacity units; says so inside its `with` block, and at its good end."""

    def __init__(self, *, start: int = 0) -> None:
        self.items = start
        self.units = 0.0
        self._first = start
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._heart.join()
        if error is None:
            say(f"  {self}")

    def add(self, items: int, units: float = 0.0) -> None:
        self.items += items
        self.units += units

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def __str__(self) -> str:
        rate = (self.items - self._first) / max(self.seconds, 0.001)
        units = f", {self.units:,.1f} capacity units" if self.units else ""
        return f"{self.items:,} items, {rate:,.0f} a second{units}"

    def _beat(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            say(f"  … {self}")
