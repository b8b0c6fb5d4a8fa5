"""TaskFlow's whole surface: the HTTP resources, and every Lambda that is not HTTP."""

import gc
from typing import Any, cast

# Nothing that is made at the start is garbage, and looking for some takes a twentieth of it.
gc.disable()

from chalice.app import (
    DynamoDBEvent,
    Response,
    SNSEvent,
    SQSEvent,
    WebsocketEvent,
)

from chalicelib import logs
from chalicelib.api import (
    assets,
    auth,
    changes,
    health,
    live,
    offline,
    openapi,
    pages,
    profile,
    sessions,
    settings_page,
    stats,
    tasks,
    teams,
    trash,
)
from chalicelib.api.routing import TaskFlow
from chalicelib.live import sockets
from chalicelib.outbox import consumer, feedback, mail, push

logs.configure()

app = TaskFlow("taskflow")
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.add(
    auth.routes,
    profile.routes,
    sessions.routes,
    tasks.routes,
    trash.routes,
    stats.routes,
    teams.routes,
    changes.routes,
    live.routes,
    openapi.routes,
    health.routes,
    pages.routes,
    settings_page.routes,
    assets.routes,
    offline.routes,
)
openapi.describe(app.operations)

# Chalice passes intrinsic functions through to the template; its types expect strings.
ACTIVITY_STREAM = cast("str", {"Fn::GetAtt": ["ActivityTable", "StreamArn"]})
MAIL_QUEUE = cast("str", {"Fn::GetAtt": ["MailQueue", "Arn"]})


@app.on_ws_connect()
def connect(event: WebsocketEvent) -> Response:
    return Response("", status_code=sockets.connect(event.to_dict()))


@app.on_ws_message()
def message(event: WebsocketEvent) -> None:
    sockets.message(event.to_dict())


@app.on_ws_disconnect()
def disconnect(event: WebsocketEvent) -> None:
    sockets.disconnect(event.connection_id)


# TRIM_HORIZON: with the default, LATEST, changes made before the mapping is ready are lost.
@app.on_dynamodb_record(ACTIVITY_STREAM, starting_position="TRIM_HORIZON", batch_size=100)
def outbox(event: DynamoDBEvent) -> Any:
    return consumer.consume(event.to_dict()["Records"])


@app.lambda_function()
def pusher(event: Any, _: object) -> None:
    push.deliver_share(event)


@app.on_sqs_message(queue_arn=MAIL_QUEUE, batch_size=10)
def mailer(event: SQSEvent) -> Any:
    return mail.send_jobs(event.to_dict()["Records"])


# The template puts the topic in the place of this name.
@app.on_sns_message(topic="feedback", name="feedback")
def mail_feedback(event: SNSEvent) -> None:
    feedback.receive(event.message)


# What was made until now stays; from here on, only what is new is looked through.
gc.freeze()
gc.enable()
