"""What a view of the dashboard comes with, before its scripts ask for more."""

import json
import re

from tests.conftest import Client, Time


def test_views_come_with_what_they_show_first(alice: Client, now: Time) -> None:
    dated = [("late", "2026-11-02", "pending"), ("done", "2026-12-03", "completed")]
    dated += [("next year", "2027-11-23", "pending")]
    for title, due, status in dated:
        alice.post("/api/tasks", {"title": title, "due_date": due, "status": status})
    assert alice.user
    alice.post("/api/tasks", {"title": "mine", "assigned_to": alice.user.id})

    assert others(alice, "/admin/mine") == ["mine"]
    assert others(alice, "/admin/calendar") == ["late", "done"]
    assert others(alice, "/admin/calendar?month=2027-11") == ["late", "next year"]
    assert others(alice, "/admin/calendar?month=9999-99") == ["late", "done"]
    assert others(alice, "/admin/list") == []


def others(who: Client, address: str) -> list[str]:
    """Titles of the tasks beside the upper ends of the columns."""
    page = Client(headers={"Cookie": f"__Host-taskflow={who.token}"}).get(address).text
    boot = re.search(r'id="boot"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert boot
    return [task["title"] for task in json.loads(boot[1])["others"]]
