"""Restored tables, switched to and back, with the functions' own roles and the new stream."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from infra.data import restore, switch
from infra.data.tables import Tables
from infra.local_stack import STAGE
from infra.stages import Stage
from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.waiting import eventually
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e


def test_people_work_on_in_restored_tables_and_back_again(
    stack: RunningStack, join: Callable[[str], Person]
) -> None:
    rita, ron = join("Rita"), join("Ron")
    kept = rita.call("POST", "/api/tasks", {"title": "Kept walrus"}).json["id"]
    own = Tables(stack.local.stack.client("dynamodb"), stack.local.outputs["TablePrefix"])
    at = datetime.now(UTC).replace(microsecond=0)
    restored = Tables(own.client, restore.prefix_at("taskflow", at))
    stage = Stage(STAGE, stack.local.stack, "", 0, {})

    restore.restore(own, restored, at, protected=False)
    with rita.connect() as live:
        live.hello()
        assert switch.switch(stage, restored)
        # This page's, and whatever others' tests have left open.
        assert switch.hang_up(stage, own) >= 1
        live.await_end()
    try:
        assert not switch.switch(stage, restored)
        assert rita.call("GET", "/api/profile").status == 401
        again = signed_in(stack, rita)
        assert again.call("GET", f"/api/tasks/{kept}").json["title"] == "Kept walrus"
        draft = {"title": "Restored walrus", "assigned_to": ron.id}
        made = again.call("POST", "/api/tasks", draft).json["id"]
        assert eventually(lambda: [m for m in stack.sent_mail() if ron.email in m["To"]])
        found = eventually(lambda: again.call("GET", "/api/tasks?q=walr").json["tasks"])
        assert [task["id"] for task in found] == [made, kept]
        stack.restart()
        again.call("POST", "/api/tasks", draft | {"title": "Wakened walrus"})
        assert again.call("GET", f"/api/tasks/{made}").status == 200
        assert eventually(lambda: [m for m in stack.sent_mail() if "Wakened" in m["Subject"]])
    finally:
        assert switch.switch(stage, own)

    assert rita.call("GET", f"/api/tasks/{kept}").status == 200
    assert rita.call("GET", f"/api/tasks/{made}").status == 404


def signed_in(stack: RunningStack, person: Person) -> Person:
    credentials = {"email": person.email, "password": PASSWORD}
    token = stack.request("POST", "/api/auth/login", json_body=credentials).json["token"]
    return Person(stack, person.id, person.name, person.email, token)
