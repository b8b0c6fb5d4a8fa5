"""Each function's policy allows what the function was seen to do, and nothing else."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.client
import pytest

import app
from chalicelib.services import tokens
from chalicelib.storage import probe
from tests import events
from tests.conftest import PASSWORD, Client, Outbox, Pushed, Time

POLICIES = Path(__file__).parents[1] / ".chalice" / "policies"
# What Lambda does on the function's behalf, outside of its code.
BY_LAMBDA = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
IN_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
Grant = tuple[str, str]


@pytest.fixture
def recorded(aws: Any, monkeypatch: pytest.MonkeyPatch) -> set[Grant]:
    """The (action, resource) pairs of every call that reaches AWS from here on."""
    grants: set[Grant] = set()
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        grants.update(_grants(self.meta.service_model.service_name, operation, arguments))
        return original(self, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return grants


def test_api_handler_may_do_what_its_routes_do(
    recorded: set[Grant], alice: Client, bob: Client, now: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.user
    assert bob.user
    recorded.clear()
    _forget_what_is_asked_once()
    carol = {"name": "Carol", "email": "carol@example.com", "password": PASSWORD}
    nobody = Client()

    assert nobody.get("/health").status == 200
    assert nobody.post("/api/auth/register", carol).status == 201
    monkeypatch.setattr("chalicelib.services.passwords.is_outdated", lambda _: True)
    assert nobody.post("/api/auth/login", carol).status == 200
    bob = Client(token=tokens.issue(bob.user), user=bob.user)
    task = {"title": "T", "assigned_to": bob.user.id, "due_date": "2026-10-01"}
    assert bob.post("/api/tasks", task).status == 201
    for filters in ("", "?status=pending", "?assigned_to=me", "?sort=due_date"):
        assert bob.get(f"/api/tasks{filters}").status == 200
    for path in ("/api/profile", "/api/teams/TF/members", "/api/changes", "/admin"):
        assert bob.get(path).status == 200
    assert bob.patch("/api/profile", {"name": "Robert", "language": "en"}).status == 200
    assert bob.patch("/api/tasks/TF-1", {"assigned_to": None, "due_date": None}).status == 200
    assert bob.post("/api/tasks", {"title": "Next"}).status == 201
    assert bob.patch("/api/tasks/TF-1", {"before": "TF-2"}).status == 200
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.storage.listing.WINDOW", 1)
        assert bob.get("/api/tasks?q=word").status == 200
    assert bob.get("/api/dashboard/stats").status == 200
    for path in ("/api/tasks/TF-1/activity", "/api/dashboard/trend", "/api/trash"):
        assert bob.get(path).status == 200
    assert bob.delete("/api/tasks/TF-1").status == 204
    assert bob.post("/api/tasks/TF-1/restore").status == 200
    for refused in ({"title": ""}, {"title": ""}):
        assert bob.post("/api/tasks", refused, headers={"Idempotency-Key": "r"}).status == 400
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.services.tasks.create", lambda *_, **__: 1 / 0)
        assert bob.post("/api/tasks", task, headers={"Idempotency-Key": "f"}).status == 500
    assert bob.post("/api/live/ticket").status == 200
    with _lost_answers(monkeypatch):
        bob.post("/api/tasks", {"title": "Lost", "due_date": "2026-11-30"})
        nobody.post("/api/auth/register", carol)
    now.advance(days=30)  # the first statistics of a month fold the month before
    bob = Client(token=tokens.issue(bob.user), user=bob.user)
    assert bob.get("/api/dashboard/stats").status == 200
    same = {"current_password": PASSWORD, "new_password": PASSWORD}
    bob = Client(token=bob.post("/api/auth/password", same).json["token"])
    assert bob.post("/api/auth/logout", {"everywhere": True}).status == 204

    assert recorded == _allowed("api")


def test_socket_handlers_may_do_what_they_do(
    now: Time, recorded: set[Grant], alice: Client, pushed: Pushed
) -> None:
    ticket = alice.post("/api/live/ticket").json["ticket"]

    recorded.clear()
    app.connect(events.socket("CONNECT", "c-1", ticket=ticket), None)
    assert recorded == _allowed("connect")

    recorded.clear()
    hello = json.dumps({"type": "hello", "since": "01a20000-0000-7000-8000-000000000000"})
    app.message(events.socket("MESSAGE", "c-1", body=hello), None)
    pushed.gone.add("c-1")
    app.message(events.socket("MESSAGE", "c-1", body='{"type":"ping"}'), None)
    assert recorded | {("execute-api:ManageConnections", "WebsocketAPI")} == _allowed("message")
    assert pushed.to("c-1")

    for socket in ("c-2", "c-3"):
        app.connect(events.socket("CONNECT", socket, ticket=_ticket(alice)), None)
        app.message(events.socket("MESSAGE", socket, body='{"type":"hello"}'), None)
    opened = '{"type":"presence","task":"TF-1"}'
    app.message(events.socket("MESSAGE", "c-3", body=opened), None)
    recorded.clear()
    app.disconnect(events.socket("DISCONNECT", "c-3"), None)
    assert recorded | {("execute-api:ManageConnections", "WebsocketAPI")} == _allowed("disconnect")
    assert [person["tasks"] for person in pushed.presences[-1][1]["people"]] == [[]]


def test_outbox_and_mailer_may_do_what_they_do(
    recorded: set[Grant],
    alice: Client,
    bob: Client,
    outbox: Outbox,
    pushed: Pushed,
    sent_mail: Callable[[], list[Any]],
) -> None:
    assert bob.user
    app.connect(events.socket("CONNECT", "c-1", ticket=_ticket(bob)), None)
    app.message(events.socket("MESSAGE", "c-1", body='{"type":"hello"}'), None)
    pushed.gone.add("c-1")
    alice.post("/api/tasks", {"title": "T", "assigned_to": bob.user.id})
    records = outbox.records()

    recorded.clear()
    outbox.consume([*records, events.stream_record("no activity")])
    elsewhere = {
        ("execute-api:ManageConnections", "WebsocketAPI"),
        ("lambda:InvokeFunction", "Pusher"),
    }
    assert recorded | elsewhere == _allowed("outbox")

    job = events.queue_message(records[0]["dynamodb"]["NewImage"]["record"]["S"])
    recorded.clear()
    app.mailer({"Records": [job]}, None)
    app.mailer({"Records": [job]}, None)
    assert len(sent_mail()) == 1
    assert recorded == _allowed("mailer")


def test_feedback_may_do_what_it_does(recorded: set[Grant]) -> None:
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "a@b.example"}]}

    app.mail_feedback(events.mail_feedback(json.dumps({"bounce": bounced})), None)

    # Lambda itself sets aside what the function could not take.
    assert recorded | {("sqs:SendMessage", "FailedQueue")} == _allowed("feedback")


def test_pusher_may_do_what_it_does(recorded: set[Grant], bob: Client, pushed: Pushed) -> None:
    app.connect(events.socket("CONNECT", "c-1", ticket=_ticket(bob)), None)
    app.message(events.socket("MESSAGE", "c-1", body='{"type":"hello"}'), None)
    pushed.gone.add("c-1")

    recorded.clear()
    app.pusher({"team": "TF", "first": "c-1", "last": "c-9", "frame": {"type": "pong"}}, None)

    elsewhere = {
        ("execute-api:ManageConnections", "WebsocketAPI"),
        ("sqs:SendMessage", "FailedQueue"),  # Lambda does that, once it has tried often enough
    }
    assert recorded | elsewhere == _allowed("pusher")


def _ticket(client: Client) -> str:
    return str(client.post("/api/live/ticket").json["ticket"])


def _forget_what_is_asked_once() -> None:
    from chalicelib.services import teams  # noqa: PLC0415 - only its cache is wanted here

    teams._create.cache_clear()
    probe._impatient.cache_clear()
    tokens._ring = None


@contextmanager
def _lost_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every transaction is committed and then reported as failed for an unknown reason."""
    from chalicelib.errors import Unavailable  # noqa: PLC0415
    from chalicelib.storage.transactions import Transaction  # noqa: PLC0415

    original = Transaction.commit

    def commit(self: Transaction) -> None:
        original(self)
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", commit)
        yield


def _grants(service: str, operation: str, arguments: dict[str, Any]) -> set[Grant]:
    if service == "dynamodb":
        return _table_grants(operation, arguments)
    if service == "sqs":
        queue = "MailQueue" if arguments["QueueUrl"].endswith("mail") else "FailedQueue"
        return {(f"sqs:{operation}", queue)}
    if service == "ssm":
        return {(f"ssm:{operation}", "jwt-keys")}
    if service == "sesv2":
        return {(f"ses:{operation}", each) for each in ("identities", "MailConfiguration")}
    return set()


def _table_grants(operation: str, arguments: dict[str, Any]) -> set[Grant]:
    if operation == "TransactWriteItems":
        return {
            (f"dynamodb:{IN_TRANSACTION[kind]}", _table(call["TableName"]))
            for item in arguments["TransactItems"]
            for kind, call in item.items()
        }
    if operation in {"BatchGetItem", "BatchWriteItem"}:
        return {(f"dynamodb:{operation}", _table(name)) for name in arguments["RequestItems"]}
    index = "/index/*" if "IndexName" in arguments else ""
    return {(f"dynamodb:{operation}", _table(arguments["TableName"]) + index)}


def _table(name: str) -> str:
    return name.removeprefix(os.environ["TABLE_PREFIX"]).capitalize() + "Table"


def _allowed(policy: str) -> set[Grant]:
    """The policy's (action, resource) pairs, without what Lambda does itself."""
    statements = json.loads((POLICIES / f"{policy}.json").read_text())["Statement"]
    return {
        (action, resource)
        for statement in statements
        for action in statement["Action"]
        for resource in _resources(statement["Resource"])
        if action not in BY_LAMBDA
    }


def _resources(declared: Any) -> list[str]:
    if isinstance(declared, list):
        return [name for each in declared for name in _resources(each)]
    if "Fn::If" in declared:  # on the emulator, or else in AWS
        return _resources(declared["Fn::If"][2])
    if "Fn::GetAtt" in declared:
        return [declared["Fn::GetAtt"][0]]
    text = declared["Fn::Sub"]
    known = {
        "jwt-keys": "jwt-keys",
        "WebsocketAPI": "WebsocketAPI",
        ":identity/*": "identities",
        "MailConfiguration": "MailConfiguration",
    }
    found = [name for part, name in known.items() if part in text]
    return found or [text.removeprefix("${").replace(".Arn}", "")]
