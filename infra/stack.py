"""Put an artifact into an account, AWS's or the emulator's: upload, signing key, stack, outputs."""

import base64
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra import package
from infra.progress import Failure, say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
KEY_BYTES = 32


@dataclass(frozen=True)
class Stack:
    session: boto3.Session
    name: str
    endpoint: str | None = None

    def deploy(self, artifact: package.Artifact, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create or update the stack and return its outputs."""
        self.ensure_signing_key()
        template_url = self._upload(artifact)
        request: Any = {
            "StackName": self.name,
            "TemplateURL": template_url,
            "Capabilities": CAPABILITIES,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        }
        started = time.time()
        if self._change(request):
            self._follow(started)
        return self.outputs()

    def outputs(self) -> dict[str, str]:
        stack = self._describe()
        if stack is None:
            raise Failure(f"There is no stack named {self.name}.")
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def functions(self) -> dict[str, str]:
        """Function names by logical id."""
        resources = self._cloudformation.describe_stack_resources(StackName=self.name)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources["StackResources"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
        }

    def refresh(self, code: Path) -> int:
        """Give the code to every function that runs another, and return how many those were."""
        functions: LambdaClient = self.client("lambda")
        s3: S3Client = self.client("s3")
        content = code.read_bytes()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        ours = set(self.functions().values())
        outdated = [
            function["FunctionName"]
            for page in functions.get_paginator("list_functions").paginate()
            for function in page["Functions"]
            if function["FunctionName"] in ours and function["CodeSha256"] != digest
        ]
        if outdated:
            bucket = self._bucket(s3)
            key = _put(s3, bucket, content, "zip")
            for name in outdated:
                functions.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key=key)
        return len(outdated)

    def client(self, service: Any) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)

    @property
    def _cloudformation(self) -> "CloudFormationClient":
        client: CloudFormationClient = self.client("cloudformation")
        return client

    def ensure_signing_key(self) -> None:
        """CloudFormation cannot make a SecureString, and a template is no place for a secret."""
        ssm: SSMClient = self.client("ssm")
        key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        keys = {"current": {"kid": secrets.token_hex(4), "key": key}, "previous": None}
        try:
            ssm.put_parameter(
                Name=f"/taskflow/{self.name}/jwt-keys", Value=json.dumps(keys), Type="SecureString"
            )
        except ssm.exceptions.ParameterAlreadyExists:
            return
        say("  made a signing key and put it into SSM")

    def _upload(self, artifact: package.Artifact) -> str:
        s3: S3Client = self.client("s3")
        bucket = self._bucket(s3)
        code = _put(s3, bucket, artifact.code.read_bytes(), "zip")
        template = json.loads(artifact.template.read_text())
        for function in package.functions(template).values():
            function["CodeUri"] = {"Bucket": bucket, "Key": code}
        key = _put(s3, bucket, json.dumps(template).encode(), "json")
        return f"{s3.meta.endpoint_url}/{bucket}/{key}"

    def _bucket(self, s3: "S3Client") -> str:
        account = self.client("sts").get_caller_identity()["Account"]
        region = self.session.region_name
        bucket = f"taskflow-artifacts-{account}-{region}"
        # us-east-1 is the one region that must not be named.
        place: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else place))
        return bucket

    def _change(self, request: dict[str, Any]) -> bool:
        stack = self._describe()
        if stack and stack["StackStatus"] in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}:
            say("  removing what a failed first attempt left")
            self._cloudformation.delete_stack(StackName=self.name)
            self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=self.name)
            stack = None
        if stack is None:
            self._cloudformation.create_stack(**request)
            return True
        try:
            self._cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise
        return True

    def _follow(self, started: float) -> None:
        """Say what becomes of each resource until the stack is done."""
        seen: set[str] = set()
        while True:
            stack = self._describe()
            if not self.endpoint:  # the emulator is done before anyone can read the lines
                self._report(started, seen)
            status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(0.2 if self.endpoint else 3)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            self._report(started, seen)
            reason = stack.get("StackStatusReason", "") if stack else ""
            raise Failure(f"The stack ended as {status}: {reason or 'the lines above say why.'}")

    def _report(self, started: float, seen: set[str]) -> None:
        events = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        for event in reversed(events):
            if event["EventId"] in seen or event["Timestamp"].timestamp() < started - 1:
                continue
            seen.add(event["EventId"])
            status = event.get("ResourceStatus", "")
            if status.endswith(("_COMPLETE", "_FAILED")):
                reason = event.get("ResourceStatusReason", "") if "FAILED" in status else ""
                say(f"  {event['LogicalResourceId']} {status.lower()} {reason}".rstrip())

    def _describe(self) -> "StackTypeDef | None":
        try:
            return self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise


def _put(s3: "S3Client", bucket: str, content: bytes, suffix: str) -> str:
    """Store content under its own hash, unless it is there: the same build uploads once."""
    key = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key
