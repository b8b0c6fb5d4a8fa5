"""`make destroy`: remove a stage's stack, after saying what is lost and being told its name."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import adoption, changes, local_stack, stages
from infra.progress import Failure, answer, run, say, step
from infra.stack import Stack
from infra.stages import Stage

# Those that say more than the stage's file does when the stack is made again.
TELLING = ("DataPrefix", "ActivityStream")


@dataclass(frozen=True)
class Table:
    name: str
    is_kept: bool
    items: str

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
    tables = [] if stack.is_new() else list(_tables(stack))
    say(f"Destroying {stack.name} in {stage.region} ends it for everybody who uses it.")
    for table in tables:
        say(str(table))
    _require_name(stage)
    parameters = {} if stack.is_new() else stack.parameters()
    with step(f"Deleting {stack.name}"):
        changes.tell(changes.delete(stack))
    _farewell(stage, [table for table in tables if table.is_kept], parameters)


def _tables(stack: Stack) -> list[Table]:
    template, parameters = stack.template(), stack.parameters()
    resources = template["Resources"]
    return [
        Table(name, is_kept(template, resources[resource], parameters), _items(stack, name))
        for resource, name in stack.resources(adoption.TABLE).items()
    ]


def is_kept(
    template: Mapping[str, Any], resource: Mapping[str, Any], parameters: Mapping[str, str]
) -> bool:
    """Whether the resource outlives the stack, by its deletion policy under these parameters."""
    policy = resource.get("DeletionPolicy", "Delete")
    if isinstance(policy, Mapping):
        condition, then, otherwise = policy["Fn::If"]
        holds = _holds(template["Conditions"][condition], template["Conditions"], parameters)
        policy = then if holds else otherwise
    return str(policy) != "Delete"


def _holds(
    condition: Mapping[str, Any], named: Mapping[str, Any], parameters: Mapping[str, str]
) -> bool:
    """What CloudFormation makes of a condition, of those functions that conditions have."""
    ((function, of),) = condition.items()
    if function == "Condition":
        return _holds(named[of], named, parameters)
    if function == "Fn::Equals":
        left, right = (
            parameters[each["Ref"]] if isinstance(each, Mapping) else each for each in of
        )
        return bool(left == right)
    parts = [_holds(each, named, parameters) for each in of]
    return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[function]


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
            return "is not there"
        raise
    return "items: some, not counted yet" if some else "empty"


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
