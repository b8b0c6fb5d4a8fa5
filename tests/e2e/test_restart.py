"""Stopping and starting again: the data is there, and changes are still told."""

import pytest

from tests.e2e.conftest import Person
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e


def test_restart_keeps_data_and_goes_on_telling(
    stack: RunningStack, alice: Person, bob: Person
) -> None:
    task = alice.call("POST", "/api/tasks", {"title": "Before the restart"}).json
    stats = alice.call("GET", "/api/dashboard/stats").json

    stack.restart()

    kept = alice.call("GET", f"/api/tasks/{task['id']}").json
    with bob.connect() as live:
        live.hello()
        fresh = alice.call("POST", "/api/tasks", {"title": "After the restart"}).json
        pushed = live.change_of(fresh["id"], "created")

    assert kept["title"] == "Before the restart"
    assert pushed["task"] == fresh
    assert alice.call("GET", "/api/dashboard/stats").json["total_tasks"] == stats["total_tasks"] + 1
