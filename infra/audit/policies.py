"""The policies of a template as IAM gets them: conditions decided, every resource an ARN."""

import re
from collections.abc import Mapping
from typing import Any

from infra import intrinsics

_PLACE = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "taskflow",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "Table": "arn:aws:dynamodb:eu-central-1:123456789012:table/taskflow-{}",
    "Queue": "arn:aws:sqs:eu-central-1:123456789012:taskflow-{}",
    "Topic": "arn:aws:sns:eu-central-1:123456789012:taskflow-{}",
}
# A real one is a time, whose colons parliament takes for the ARN's own.
_STREAM = "/stream/any"


def of(template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Each role's and each topic's policy document by its logical id."""
    found = {}
    for name, resource in intrinsics.deployed(template, parameters).items():
        properties = resource.get("Properties", {})
        for policy in properties.get("Policies", []):
            found[name] = _written(policy["PolicyDocument"], parameters)
        if "PolicyDocument" in properties:
            found[name] = _written(properties["PolicyDocument"], parameters)
    return found


def _written(value: Any, parameters: Mapping[str, str]) -> Any:
    match value:
        case {"Fn::GetAtt": [name, attribute]}:
            return _arn(name) + (_STREAM if attribute == "StreamArn" else "")
        case {"Ref": name}:
            return _named(name, parameters)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _named(found[1], parameters), text)
        case dict():
            return {key: _written(each, parameters) for key, each in value.items()}
        case list():
            return [_written(each, parameters) for each in value]
    return value


def _named(name: str, parameters: Mapping[str, str]) -> str:
    if name.endswith(".Arn"):
        return _arn(name.removesuffix(".Arn"))
    if name.endswith("Topic"):
        return _arn(name)
    return _PLACE.get(name) or parameters.get(name) or name


def _arn(name: str) -> str:
    for suffix, arn in _ARNS.items():
        if name.endswith(suffix):
            return arn.format(name)
    return f"arn:aws:lambda:eu-central-1:123456789012:function:taskflow-{name}"
