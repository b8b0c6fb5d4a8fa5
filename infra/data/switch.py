"""`make switch`: let a stack's functions use restored tables, or those of the stack again.

CloudFormation keeps the stack's own tables whichever are in use; the parameters DataPrefix and
ActivityStream say which those are, and stay what they are when a new version is deployed.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from infra import changes, refusals, stages, trial
from infra.data import installation, restore
from infra.data.tables import Tables, layouts
from infra.progress import Failure, run, say, step
from infra.stages import Stage

_AT_ONCE = 8


def switch(stage: Stage, tables: Tables) -> bool:
    """Whether anything had to change; raises Failure, and then CloudFormation has gone back."""
    stack = stage.stack
    if status := changes.leftover(stack):
        raise Failure(
            f"{stack.name} is {status}, and takes no changes like that: `make doctor` says what it"
            " means, `make deploy` puts it right. Nothing was changed."
        )
    revision = stack.revision()
    template = stack.upload_template(stack.template())
    proposal = changes.propose(
        stack, template, stack.parameters() | _parameters(stack.name, tables)
    )
    if proposal is None:
        return False
    try:
        changes.require_revision(stack, revision)
    except BaseException:
        changes.withdraw(stack, proposal)
        raise
    changes.exhaust(changes.carry_out(stack, proposal))
    return True


def hang_up(stage: Stage, former: Tables) -> int:
    """Close the sockets that the former tables know, so that their pages ask anew at once.

    Returns how many there were; raises what AWS refuses, and the switch holds all the same.
    """
    client = stage.stack.session.client("apigatewaymanagementapi", endpoint_url=_management(stage))

    def close(connection_id: str) -> bool:
        try:
            client.delete_connection(ConnectionId=connection_id)
        except client.exceptions.GoneException:
            return False
        return True

    pages = former.client.get_paginator("query").paginate(
        TableName=former.name("connections"),
        KeyConditionExpression="team = :any",
        ExpressionAttributeValues={":any": {"S": "*"}},
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(
            sum(pool.map(close, [item["connection_id"]["S"] for item in page["Items"]]))
            for page in pages
        )


def _management(stage: Stage) -> str:
    """Where sockets are closed; the emulator opens them elsewhere."""
    stack = stage.stack
    if not stack.endpoint:
        return trial.addresses(stage).sockets
    api, name = stack.outputs()["SocketApiId"], stack.parameters()["Stage"]
    return f"{stack.endpoint}/_aws/execute-api/{api}/{name}"


def _parameters(stack: str, tables: Tables) -> dict[str, str]:
    if tables.prefix == f"{stack}-":
        return {"DataPrefix": "", "ActivityStream": ""}
    stream = _activity_stream(tables)
    if not restore.is_finished(tables):
        raise Failure(
            f"{tables.prefix}* are not finished: the same `make restore` as before goes on with"
            " them, and checks them."
        )
    return {"DataPrefix": tables.prefix, "ActivityStream": stream}


def _activity_stream(tables: Tables) -> str:
    """The ARN of the stream that wakes the outbox; raises Failure unless every table is there."""
    stream = ""
    for table in layouts():
        try:
            found = tables.client.describe_table(TableName=tables.name(table))["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise Failure(
                f"There is no table {tables.name(table)}: `make restore` first."
            ) from error
        if table == "activity":
            stream = str(found.get("LatestStreamArn", ""))
    if not stream:
        raise Failure(f"{tables.name('activity')} has no stream: `make restore` once more.")
    return stream


def _say_who_hung_up(stage: Stage, former: Tables) -> None:
    try:
        count = hang_up(stage, former)
    except (BotoCoreError, ClientError) as error:
        reason = refusals.sentence(error, stage.stack.endpoint)
        say(f"!!  not all of them: {reason} Tell people to load their pages again.")
    else:
        say(f"  {count:,} closed")


def main() -> None:
    stage = stages.chosen()
    if not os.environ.get("PREFIX"):
        raise Failure(
            f"Say to which tables: PREFIX={stage.stack.name}- for the stack's own, or what"
            " `make restore` said."
        )
    with stages.answers():
        former = stage.stack.outputs()["TablePrefix"]
        tables = installation.tables(stage)
        with step(f"Switching {stage.stack.name} from {former}* to {tables.prefix}*"):
            if not switch(stage, tables):
                say("  it uses them already")
                return
        with step("Closing the sockets of open pages, which ask anew"):
            _say_who_hung_up(stage, Tables(tables.client, former))
    say(
        f"\n{stage.stack.name} uses {tables.prefix}*. Whoever has no session in them signs in again:"
        " after a restore, that is everybody. The way back:\n"
        f"  make switch STAGE={stage.name} PREFIX={former}"
    )


if __name__ == "__main__":
    run(main)
