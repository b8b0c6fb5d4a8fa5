"""Search as people use it: at once, in their own teams, whatever the index knows by then."""

import pytest

from chalicelib.storage import listing
from tests.conftest import Client, Outbox, member_of


def test_task_is_found_before_the_index_knows_it(alice: Client) -> None:
    alice.post("/api/tasks", {"title": "Renew the certificate", "description": "of staging"})

    for query in ("certificate", "ifica", "STAGING renew", "the%20cert"):
        assert titles(alice, query) == ["Renew the certificate"]
    assert titles(alice, "certificate production") == []


def test_index_that_lags_shows_nothing_wrong(
    alice: Client, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted, renamed and closed tasks are still where the index had them."""
    monkeypatch.setattr(listing, "WINDOW", 1)
    for title in ("Oil the door", "Oil the gate", "Oil the hinge", "Newest"):
        alice.post("/api/tasks", {"title": title})
    outbox.run()
    alice.delete("/api/tasks/TF-1")
    alice.patch("/api/tasks/TF-2", {"title": "Paint the gate"})
    alice.patch("/api/tasks/TF-3", {"status": "completed"})

    assert titles(alice, "oil") == ["Oil the hinge"]
    assert titles(alice, "oil&status=pending") == []


def test_numbered_pages_look_at_the_newest_rows(alice: Client) -> None:
    for number in range(3):
        alice.post("/api/tasks", {"title": f"Certificate {number}"})

    found = alice.get("/api/tasks?q=cert&limit=2&page=1").json
    onward = alice.get(f"/api/tasks?q=cert&limit=2&cursor={found['next_cursor']}").json

    assert [task["id"] for task in (*found["tasks"], *onward["tasks"])] == ["TF-3", "TF-2", "TF-1"]


def test_nobody_finds_what_is_another_teams(
    alice: Client, viewer: Client, outsider: Client, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WINDOW", 1)
    olga = member_of("OPS", "Olga")
    for who, title in ((alice, "Secret of TF"), (alice, "New"), (olga, "Secret of OPS")):
        who.post("/api/tasks", {"title": title})
    olga.post("/api/tasks", {"title": "New"})
    outbox.run()
    outbox.consume(outbox.records("OPS"))

    assert titles(alice, "secret") == titles(viewer, "secret") == ["Secret of TF"]
    assert titles(olga, "secret") == ["Secret of OPS"]
    assert outsider.get("/api/tasks?q=secret").status == 404
    assert alice.get("/api/tasks?q=secret&team=OPS").status == 404


def titles(who: Client, query: str) -> list[str]:
    """Of every page."""
    found: list[str] = []
    cursor = ""
    while True:
        page = who.get(f"/api/tasks?q={query}&limit=2{cursor}").json
        found += [task["title"] for task in page["tasks"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
