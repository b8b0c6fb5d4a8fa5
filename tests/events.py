"""The events that API Gateway, DynamoDB Streams and SQS send to the functions."""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib import clock


def http(
    method: str,
    target: str,
    *,
    body: object = None,
    raw: str | None = None,
    headers: Mapping[str, str] | None = None,
    prefix: str = "",
    full_path: str | None = None,
    address: str = "198.51.100.7",
) -> dict[str, Any]:
    """A Lambda proxy event of a REST API; `body` is sent as JSON, `raw` as it is.

    `full_path` is the path as it was asked for, where that is more than a prefix.
    """
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    sent = {"Host": "taskflow.test", **(headers or {})}
    if body is not None:
        raw = json.dumps(body)
        sent.setdefault("Content-Type", "application/json")
    return {
        "resource": "/{proxy+}",
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _multiple(query) or None,
        "pathParameters": {"proxy": parts.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": full_path or prefix + parts.path,
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": address},
        },
        "body": raw,
        "isBase64Encoded": False,
    }


def socket(
    kind: str,
    connection_id: str,
    *,
    body: str | None = None,
    ticket: str | None = None,
    origin: str | None = None,
) -> dict[str, Any]:
    """A WebSocket event of the given kind: CONNECT, MESSAGE or DISCONNECT."""
    routes = {"CONNECT": "$connect", "MESSAGE": "$default", "DISCONNECT": "$disconnect"}
    event: dict[str, Any] = {
        "requestContext": {
            "routeKey": routes[kind],
            "eventType": kind,
            "connectionId": connection_id,
            "domainName": "sockets.test",
            "stage": "test",
            "apiId": "sockets",
            "requestId": str(uuid.uuid4()),
            "requestTimeEpoch": clock.milliseconds(clock.now()),
        },
        "headers": {"Origin": origin} if origin else {},
        "isBase64Encoded": False,
    }
    if ticket is not None:
        event["queryStringParameters"] = {"ticket": ticket}
    if body is not None:
        event["body"] = body
    return event


def stream_record(record: str, *, sequence_number: str = "1") -> dict[str, Any]:
    """An INSERT of the activity stream whose item carries `record`."""
    return {
        "eventID": str(uuid.uuid4()),
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "NewImage": {"record": {"S": record}},
            "SequenceNumber": sequence_number,
            "StreamViewType": "NEW_IMAGE",
        },
    }


def queue_message(body: str, *, message_id: str = "m-1") -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "attributes": {}, "eventSource": "aws:sqs"}


def mail_feedback(message: str) -> dict[str, Any]:
    """What SNS sends to a function for a message."""
    notification = {
        "Type": "Notification",
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "MessageAttributes": {},
    }
    return {"Records": [{"EventSource": "aws:sns", "Sns": notification}]}


def _multiple(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
