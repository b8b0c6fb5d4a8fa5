"""Tables that a deleted stack left behind: a new stack takes them in with all they hold."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra import changes
from infra.progress import Failure
from infra.stack import Stack

TABLE = "AWS::DynamoDB::Table"


def left_behind(stack: Stack, template: Mapping[str, Any]) -> dict[str, str]:
    """Names, by logical id, of the template's tables that exist without the stack."""
    names = {
        resource: str(definition["Properties"]["TableName"]["Fn::Sub"]).replace(
            "${AWS::StackName}", stack.name
        )
        for resource, definition in template["Resources"].items()
        if definition["Type"] == TABLE
    }
    return {resource: name for resource, name in names.items() if _exists(stack, name)}


def adopt(
    stack: Stack,
    template: Mapping[str, Any],
    parameters: Mapping[str, str],
    tables: Mapping[str, str],
) -> Iterator[changes.Event]:
    """Make the stack of these tables alone; deploying adds everything else to it.

    An import takes resources that exist, and nothing else: no outputs, no transform, and each
    with a policy that keeps it whatever becomes of the import.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
    """
    reduced = {
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": {name: _kept(template["Resources"][name]) for name in tables},
    }
    imported = [
        {
            "ResourceType": TABLE,
            "LogicalResourceId": resource,
            "ResourceIdentifier": {"TableName": name},
        }
        for resource, name in tables.items()
    ]
    proposal = changes.propose_as(
        "IMPORT", stack, stack.upload_template(reduced), parameters, ResourcesToImport=imported
    )
    if proposal is None:
        raise Failure(f"CloudFormation sees nothing to adopt in {', '.join(tables.values())}.")
    return changes.carry_out(stack, proposal)


def _kept(definition: Mapping[str, Any]) -> dict[str, Any]:
    policies = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": definition["Type"], "Properties": definition["Properties"]} | policies


def _exists(stack: Stack, table: str) -> bool:
    dynamodb = stack.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=table)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True
