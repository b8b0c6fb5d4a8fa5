"""The policies as deployed: enough for everything the functions do."""

import json
from collections.abc import Callable

import bcrypt
import pytest

from chalicelib.storage import activity
from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.waiting import eventually
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e


def test_functions_are_refused_nothing_they_need(
    stack: RunningStack, join: Callable[[str], Person]
) -> None:
    """That they may do nothing else is what tests/test_permissions.py holds the policies to."""
    _do_everything(stack, join("Carol"), join("Dave"))

    # The others are the emulator's owner, who is refused nothing, and stacks of other tests.
    own = f"{stack.local.stack.name}-"
    asked = [tuple(decision) for decision in stack.decisions() if decision[0].startswith(own)]
    allowed = {decision[:3] for decision in asked if decision[3] == "Allow"}
    # Of a queue the emulator asks twice: the role, which allows, and the queue's own policy.
    assert {decision[:3] for decision in asked} - allowed == set()
    assert len({role for role, _, _ in allowed}) == 7


def _do_everything(stack: RunningStack, carol: Person, dave: Person) -> None:
    """One of every kind of request, and the accidents that permissions exist for."""
    for path in ("/health", "/login", "/api/openapi.json"):
        stack.request("GET", path)
    _sign_in_with_an_outdated_hash(stack, carol)
    for path in ("/api/profile", "/api/teams", "/api/teams/TF/members", "/api/changes"):
        assert carol.call("GET", path).status == 200
    _work_on_a_task(carol, dave)
    _talk_on_a_socket(stack, carol)
    _lose_a_session_with_an_open_socket(stack, dave, carol)
    _deliver_twice_and_unreadably(stack)
    _bounce(stack)


def _sign_in_with_an_outdated_hash(stack: RunningStack, person: Person) -> None:
    table = stack.local.stack.client("dynamodb")
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    table.update_item(
        TableName=f"{stack.local.outputs['TablePrefix']}credentials",
        Key={"email": {"S": person.email}},
        UpdateExpression="SET password_hash = :cheap",
        ExpressionAttributeValues={":cheap": {"S": cheap}},
    )
    credentials = {"email": person.email, "password": PASSWORD}
    assert stack.request("POST", "/api/auth/login", json_body=credentials).status == 200


def _work_on_a_task(carol: Person, dave: Person) -> None:
    draft = {"title": "Once", "assigned_to": dave.id, "due_date": "2020-02-29"}
    task = carol.call("POST", "/api/tasks", draft).json
    for query in ("", "?status=pending", f"?assigned_to={dave.id}", "?due_before=2021-01-01"):
        assert carol.call("GET", f"/api/tasks{query}").status == 200
    assert carol.call("GET", f"/api/tasks/{task['id']}").status == 200
    assert carol.call("PATCH", f"/api/tasks/{task['id']}", {"status": "completed"}).status == 200
    assert carol.call("GET", "/api/dashboard/stats").status == 200
    assert carol.call("DELETE", f"/api/tasks/{task['id']}").status == 204


def _talk_on_a_socket(stack: RunningStack, person: Person) -> None:
    with person.connect() as live:
        cursor = live.hello()["cursor"]
        live.hello(since=cursor)
    eventually(lambda: _used(stack, "WebsocketDisconnectRole", "dynamodb:DeleteItem"))


def _lose_a_session_with_an_open_socket(
    stack: RunningStack, leaving: Person, staying: Person
) -> None:
    with leaving.connect() as live:
        live.hello()
        leaving.call("POST", "/api/auth/logout", {"everywhere": True})
        staying.call("POST", "/api/tasks", {"title": "Unheard"})
        eventually(lambda: _used(stack, "OutboxRole", "dynamodb:DeleteItem"))


def _deliver_twice_and_unreadably(stack: RunningStack) -> None:
    table = f"{stack.local.outputs['TablePrefix']}activity"
    activities = stack.local.stack.client("dynamodb")
    changes = activities.query(
        TableName=table,
        KeyConditionExpression="team = :team",
        ExpressionAttributeValues={":team": {"S": "TF"}},
    )["Items"]
    mailed = next(item for item in changes if activity.decode(item["record"]["S"]).task.assigned_to)
    stack.local.stack.client("sqs").send_message(
        QueueUrl=stack.local.outputs["MailQueueUrl"], MessageBody=mailed["record"]["S"]
    )
    activities.put_item(TableName=table, Item={"team": {"S": "XX"}, "id": {"S": "unreadable"}})
    eventually(lambda: _used(stack, "MailerRole", "dynamodb:GetItem", "ephemeral"))
    eventually(lambda: _used(stack, "OutboxRole", "sqs:SendMessage", "FailedQueue"))


def _bounce(stack: RunningStack) -> None:
    """SES would publish this; the emulator's never does."""
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "no@b.example"}]}
    stack.local.stack.client("sns").publish(
        TopicArn=stack.local.outputs["FeedbackTopic"],
        # Where there is none, AWS says so and the emulator leaves the fields out.
        Subject="Amazon SES Email Event Notification",
        MessageAttributes={"any": {"DataType": "String", "StringValue": "one"}},
        Message=json.dumps({"eventType": "Bounce", "bounce": bounce}),
    )
    eventually(lambda: _used(stack, "FeedbackRole", "dynamodb:PutItem", "suppressions"))


def _used(stack: RunningStack, role: str, action: str, resource: str = "") -> bool:
    return any(
        role in decision[0] and decision[1] == action and resource in decision[2]
        for decision in stack.decisions()
    )
