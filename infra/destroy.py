"""`make destroy`: remove a stage's stack, after saying what is lost and being told its name."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import adoption, changes, intrinsics, local_stack, stages
from infra.progress import Failure, answer, run, say, step
from infra.stack import Stack
from infra.stages import Stage

# Those that say more than the stage's file does when the stack is made again.
TELLING = ("DataPrefix", "ActivityStream")
EMPTY, ABSENT = "empty", "is not there"


@dataclass(frozen=True)
class Table:
    name: str
    is_kept: bool
    items: str

    @property
    def is_lost(self) -> bool:
        """Whether anything goes with it."""
        return not self.is_kept and self.items not in {EMPTY, ABSENT}

    def __str__(self) -> str:
        fate = "stays  " if self.is_kept else "deleted"
        return f"  {fate}  {self.name:34} {self.items}"


def main() -> None:
    stage = stages.chosen()
    if stage.name == local_stack.STAGE:
        raise Failure("`make reset` forgets the local stack; destroy is for AWS.")
    with stages.answers():
        destroy(stage)


def destroy(stage: Stage) -> None:
    """Raises Failure unless the stack's name was given or is typed."""
    stack = stage.stack
    found = stack.describe()
    if found is None:
        raise Failure(f"There is no stack named {stack.name} in {stage.region}.")
    if found["StackStatus"].endswith("_IN_PROGRESS") and not stack.is_new():
        raise Failure(changes.busy(stack, found["StackStatus"]))
    holding = [] if stack.is_new() else tables(stack)
    say(f"Destroying {stack.name} in {stage.region} ends it for everybody who uses it.")
    for table in holding:
        say(str(table))
    _require_name(stage)
    parameters = {} if stack.is_new() else stack.parameters()
    with step(f"Deleting {stack.name}"):
        changes.tell(changes.delete(stack))
    _farewell(stage, [table for table in holding if table.is_kept], parameters)


def tables(stack: Stack) -> list[Table]:
    """Those of the stack, with what becomes of them when it is deleted."""
    resources = intrinsics.deployed(stack.template(), stack.parameters())
    return [
        Table(name, is_kept(resources[resource]), _items(stack, name))
        for resource, name in stack.resources(adoption.TABLE).items()
    ]


def is_kept(resource: Mapping[str, Any]) -> bool:
    """Whether the resource outlives the stack, by its deletion policy."""
    return bool(resource.get("DeletionPolicy", "Delete") != "Delete")


def _items(stack: Stack, table: str) -> str:
    """How many, as far as DynamoDB knows without reading them all."""
    dynamodb = stack.client("dynamodb")
    try:
        count = dynamodb.describe_table(TableName=table)["Table"].get("ItemCount", 0)
        if count:
            return f"items: about {count:,} (DynamoDB counts every six hours)"
        some = dynamodb.scan(TableName=table, Limit=1, Select="COUNT")["Count"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return ABSENT
        raise
    return "items: some, not counted yet" if some else EMPTY


def _require_name(stage: Stage) -> None:
    name = stage.stack.name
    given = os.environ.get("NAME", "")
    if not given and sys.stdin.isatty():
        given = answer(f"\nType the name of the stack to go on ({name}): ")
    if given != name:
        raise Failure(
            f"Nothing was changed. To destroy it: make destroy STAGE={stage.name} NAME={name}"
        )


def _farewell(stage: Stage, kept: list[Table], parameters: dict[str, str]) -> None:
    stack = stage.stack
    say(
        f"\n{stack.name} is gone. The signing key stays in SSM, the code in S3; neither costs a cent:"
    )
    say(f"  aws ssm delete-parameter --region {stage.region} --name {stack.key_parameter}")
    if kept:
        say(
            f"{len(kept)} tables stay with all they hold, protected against deletion."
            f" `make deploy STAGE={stage.name}` takes them into a new stack."
        )
    for name in TELLING:
        if parameters.get(name):
            say(
                f"  it ran with {name}={parameters[name]}: put that into infra/stages/{stage.name}.json"
            )


if __name__ == "__main__":
    run(main)
