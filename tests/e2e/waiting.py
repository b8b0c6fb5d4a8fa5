"""Waiting for what happens behind the answer: pushes, mail, clean-up."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

SECONDS = 15

T = TypeVar("T")


def eventually(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"nothing arrived within {SECONDS} s")
