"""What a deployment does besides CloudFormation."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.services import tokens
from infra.progress import Failure
from infra.stack import Stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack(boto3.Session(region_name="eu-central-1"), "flow")


def signing_keys(stack: Stack) -> str:
    parameter = stack.client("ssm").get_parameter(Name="/taskflow/flow/jwt-keys")["Parameter"]
    assert parameter["Type"] == "SecureString"
    return str(parameter["Value"])


def test_first_deployment_makes_a_key_that_the_app_accepts(stack: Stack) -> None:
    stack.ensure_signing_key()

    current, ring = tokens.parse_keys(json.loads(_decrypted(stack)))

    assert list(ring) == [current]
    assert len(ring[current]) == 32


def test_later_deployments_keep_the_key(stack: Stack) -> None:
    stack.ensure_signing_key()
    first = signing_keys(stack)

    stack.ensure_signing_key()

    assert signing_keys(stack) == first


def test_stack_that_never_came_to_be_says_so(stack: Stack) -> None:
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    stack.cloudformation.create_stack(StackName="flow", TemplateBody=json.dumps(queue))

    with pytest.raises(Failure, match="flow is CREATE_COMPLETE, and there is nothing in it"):
        stack.outputs()


def _decrypted(stack: Stack) -> str:
    answer = stack.client("ssm").get_parameter(Name="/taskflow/flow/jwt-keys", WithDecryption=True)
    return str(answer["Parameter"]["Value"])
