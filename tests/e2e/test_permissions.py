"""The policies: enough for everything the functions do, and not one permission more."""

import fnmatch
import json
from collections.abc import Callable, Iterator
from typing import Any

import bcrypt
import pytest

from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.waiting import eventually
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e

# What the emulator lets Lambda itself do unasked: write logs, read the stream and the queue.
BY_LAMBDA = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)
# For accidents that cannot be arranged from outside: the acknowledgement of a write is lost, and
# a socket ends while it is being answered. Unit tests see to those.
AFTER_ACCIDENTS = {
    ("ApiHandlerRole", "dynamodb:GetItem", "activity"),
    ("WebsocketMessageRole", "dynamodb:DeleteItem", "connections"),
}

Permission = tuple[str, str, str]


def test_policies_equal_what_the_functions_do(
    stack: RunningStack, join: Callable[[str], Person]
) -> None:
    _do_everything(stack, join("Carol"), join("Dave"))

    decisions = [tuple(decision) for decision in stack.decisions()]
    allowed = {decision[:3] for decision in decisions if decision[3] == "Allow"}
    denied = {decision[:3] for decision in decisions if decision[3] != "Allow"} - allowed
    unused = {
        granted
        for granted in _granted(stack)
        if granted[1] not in BY_LAMBDA and not any(_covers(granted, used) for used in allowed)
    }

    assert denied == set()
    assert {_short(permission) for permission in unused} == AFTER_ACCIDENTS


def _do_everything(stack: RunningStack, carol: Person, dave: Person) -> None:
    """One of every kind of request, and the accidents that permissions exist for."""
    for path in ("/health", "/login", "/api/openapi.json"):
        stack.request("GET", path)
    _sign_in_with_an_outdated_hash(stack, carol)
    for path in ("/api/profile", "/api/teams", "/api/teams/TF/members", "/api/changes"):
        assert carol.call("GET", path).status == 200
    _work_on_a_task(carol, dave)
    _talk_on_a_socket(carol)
    _lose_a_session_with_an_open_socket(stack, dave, carol)
    _deliver_twice_and_unreadably(stack)


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


def _talk_on_a_socket(person: Person) -> None:
    with person.connect() as live:
        cursor = live.hello()["cursor"]
        live.hello(since=cursor)


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
    mailed = next(
        item for item in changes if json.loads(item["record"]["S"])["task"]["assigned_to"]
    )
    stack.local.stack.client("sqs").send_message(
        QueueUrl=stack.local.outputs["MailQueueUrl"], MessageBody=mailed["record"]["S"]
    )
    activities.put_item(TableName=table, Item={"team": {"S": "XX"}, "id": {"S": "unreadable"}})
    eventually(lambda: _used(stack, "MailerRole", "dynamodb:GetItem", "ephemeral"))
    eventually(lambda: _used(stack, "OutboxRole", "sqs:SendMessage", "FailedQueue"))


def _used(stack: RunningStack, role: str, action: str, resource: str = "") -> bool:
    return any(
        role in decision[0] and decision[1] == action and resource in decision[2]
        for decision in stack.decisions()
    )


def _granted(stack: RunningStack) -> Iterator[Permission]:
    """Role, action and resource of every permission in the deployed policies."""
    iam = stack.local.stack.client("iam")
    for role in (role["RoleName"] for role in iam.list_roles()["Roles"]):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in document["Statement"]:
                for action in _listed(statement["Action"]):
                    for resource in _listed(statement["Resource"]):
                        yield role, action, resource


def _covers(granted: Permission, used: Any) -> bool:
    return granted[:2] == used[:2] and fnmatch.fnmatchcase(used[2], granted[2])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(permission: Permission) -> Permission:
    role, action, resource = permission
    return role.split("-")[1], action, resource.rpartition("-")[2]
