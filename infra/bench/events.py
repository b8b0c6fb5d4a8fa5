"""The events that start the functions, as API Gateway, the stream and the queue send them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib import clock


def http(
    method: str, target: str, body: object = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A proxy event of the REST API; `body` is sent as JSON."""
    parts = urlsplit(target)
    sent = {"Host": "taskflow.test", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    return {
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "queryStringParameters": dict(parse_qsl(parts.query)) or None,
        "requestContext": {
            "httpMethod": method,
            "path": parts.path,
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": "198.51.100.7"},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def socket(route: str, connection_id: str, *, body: str = "", ticket: str = "") -> dict[str, Any]:
    """A WebSocket event: `route` is $connect, $default or $disconnect."""
    return {
        "requestContext": {
            "routeKey": route,
            "apiId": "bench",
            "connectionId": connection_id,
            "domainName": "sockets.test",
            "stage": "bench",
            "requestTimeEpoch": clock.milliseconds(clock.now()),
        },
        "headers": {},
        "queryStringParameters": {"ticket": ticket},
        "body": body,
        "isBase64Encoded": False,
    }


def stream(record: str) -> dict[str, Any]:
    """One INSERT of the activity stream."""
    change = {"NewImage": {"record": {"S": record}}, "SequenceNumber": "1"}
    return {"Records": [{"eventName": "INSERT", "dynamodb": change}]}


def queue(body: str) -> dict[str, Any]:
    """One message of the mail queue."""
    return {"Records": [{"messageId": "m-1", "body": body}]}
