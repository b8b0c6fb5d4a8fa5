"""What the app finds around it while it is measured: settings, tables, and stand-ins for the rest of AWS.

Only DynamoDB is real (DynamoDB Local). The signing keys come from here in place of SSM; frames,
mails and queue messages are prepared and signed as ever, and answered before they are sent.
"""

import io
import json
import logging
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

RESOURCES = Path(__file__).parents[1] / "resources.json"
REGION = "eu-central-1"
PREFIX = "taskflow-bench-"
KEYS = {"current": {"kid": "bench", "key": "dGhlLWtleS10aGF0LW9ubHktdGhlLWJlbmNoLXNpZ25zLXdpdGg="}}


def set_environment(endpoint: str) -> None:
    """Before anything of TaskFlow is imported: settings are read once."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 - DynamoDB Local takes any
        AWS_CONFIG_FILE=os.devnull,
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ENDPOINT_URL_DYNAMODB=endpoint,
        TASKFLOW_STAGE="bench",
        TABLE_PREFIX=PREFIX,
        JWT_KEY_PARAMETER="/taskflow/bench/jwt-keys",
        SOCKET_URL="wss://sockets.test/bench",
        SOCKET_ENDPOINT="https://sockets.test/bench",
        PUBLIC_URL="https://taskflow.test",
        MAIL_FROM="TaskFlow <taskflow@example.com>",
        # One person writes hundreds of times a minute here, which nobody does.
        THROTTLE_FACTOR="1000",
        MAIL_QUEUE_URL=f"https://sqs.{REGION}.amazonaws.com/123456789012/mail",
        FAILED_QUEUE_URL=f"https://sqs.{REGION}.amazonaws.com/123456789012/failed",
    )


def prepare_process() -> None:
    """Put the stand-ins in place, and the log lines (their work stays) out of sight."""
    from chalicelib.delivery import clients  # noqa: PLC0415 - after the environment is set
    from chalicelib.storage import keys  # noqa: PLC0415

    keys.document = lambda: KEYS
    for each in (clients.mail(), clients.queues()):
        each.meta.events.register("before-send", _answered)
    setattr(clients.sockets(), "_send", _taken)  # noqa: B010 - in place of a method: signed by then
    for handler in logging.getLogger("taskflow").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(Path(os.devnull).open("w"))  # noqa: SIM115 - open while the process lives


def client() -> Any:
    """A DynamoDB client that is not the app's."""
    return botocore.session.get_session().create_client("dynamodb", REGION)


def create_tables() -> None:
    """Empty tables, as the template describes them."""
    dynamodb = client()
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    for resource in json.loads(RESOURCES.read_text())["Resources"].values():
        if resource.get("Type") != "AWS::DynamoDB::Table":
            continue
        properties = resource["Properties"]
        name = properties["TableName"]["Fn::Sub"].replace("${AWS::StackName}-", PREFIX)
        options = {key: properties[key] for key in wanted if key in properties}
        dynamodb.create_table(TableName=name, **options)


async def _taken(*_: Any) -> int:
    """What a socket answers when all is well, without being asked."""
    return HTTPStatus.OK


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def _answered(request: Any, **_: Any) -> AWSResponse:
    """What SES and SQS answer when all is well, without asking them."""
    body = json.dumps({"MessageId": "00000000-0000-4000-8000-000000000000"}).encode()
    headers: Any = {"Content-Type": "application/json"}
    return AWSResponse(request.url, HTTPStatus.OK, headers, _Body(body))
