"""A stack in an account, AWS's or the emulator's: what it consists of, and what it is made from."""

import base64
import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra import package
from infra.emulator import CREDENTIALS
from infra.progress import Failure, say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

# A stack that is only a proposal: a change set has been made for it, and nothing else.
PROPOSED = "REVIEW_IN_PROGRESS"
KEY_BYTES = 32


@dataclass(frozen=True)
class Stack:
    session: boto3.Session
    name: str
    endpoint: str | None = None

    def outputs(self) -> dict[str, str]:
        """Raises Failure for a stack that never came to be: it has none."""
        stack = self._existing()
        if not stack.get("Outputs"):
            raise Failure(
                f"{self.name} is {stack['StackStatus']}, and there is nothing in it that could be"
                " used: `make doctor` says what the state means, `make deploy` goes on from it."
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def parameters(self) -> dict[str, str]:
        """As they are now."""
        parameters = self._existing().get("Parameters", [])
        return {each["ParameterKey"]: each["ParameterValue"] for each in parameters}

    def resources(self, kind: str) -> dict[str, str]:
        """Physical names of the resources of a type by logical id."""
        pages = self.cloudformation.get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.name)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind and resource.get("PhysicalResourceId")
        }

    def functions(self) -> dict[str, str]:
        """Function names by logical id."""
        return self.resources("AWS::Lambda::Function")

    def template(self) -> dict[str, Any]:
        """As it was sent, before CloudFormation expanded it."""
        answer = self.cloudformation.get_template(StackName=self.name, TemplateStage="Original")
        body: Any = answer["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else dict(body)

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
    def key_parameter(self) -> str:
        """Where SSM holds the keys that sign sessions."""
        return f"/taskflow/{self.name}/jwt-keys"

    @property
    def cloudformation(self) -> "CloudFormationClient":
        client: CloudFormationClient = self.client("cloudformation")
        return client

    def has_signing_key(self) -> bool:
        ssm: SSMClient = self.client("ssm")
        try:
            ssm.get_parameter(Name=self.key_parameter)
        except ssm.exceptions.ParameterNotFound:
            return False
        return True

    def ensure_signing_key(self) -> None:
        """CloudFormation cannot make a SecureString, and a template is no place for a secret."""
        ssm: SSMClient = self.client("ssm")
        keys = {"current": new_key(), "previous": None}
        try:
            ssm.put_parameter(Name=self.key_parameter, Value=json.dumps(keys), Type="SecureString")
        except ssm.exceptions.ParameterAlreadyExists:
            return
        say("  made a signing key and put it into SSM")

    def upload(self, artifact: package.Artifact) -> str:
        """Put code and template where CloudFormation finds them; returns the template's address."""
        s3: S3Client = self.client("s3")
        bucket = self._bucket(s3)
        code = _put(s3, bucket, artifact.code.read_bytes(), "zip")
        template = json.loads(artifact.template.read_text())
        for function in package.functions(template).values():
            function["CodeUri"] = {"Bucket": bucket, "Key": code}
        return self.upload_template(template)

    def upload_template(self, template: Mapping[str, Any]) -> str:
        s3: S3Client = self.client("s3")
        bucket = self._bucket(s3)
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

    def describe(self) -> "StackTypeDef | None":
        try:
            return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def environment(self) -> dict[str, str]:
        """What a program needs to call the services in process, against this stack's tables."""
        outputs = self.outputs()
        variables = {
            "AWS_REGION": str(self.session.region_name),
            "AWS_DEFAULT_REGION": str(self.session.region_name),
            "TASKFLOW_STAGE": self.parameters()["Stage"],
            "TABLE_PREFIX": outputs["TablePrefix"],
            "JWT_KEY_PARAMETER": outputs["KeyParameter"],
        }
        if self.endpoint is None:
            return variables
        return CREDENTIALS | variables | {"AWS_ENDPOINT_URL": self.endpoint}

    def revision(self) -> str:
        """Another one after each change; empty while there is no stack, or only a proposal of one."""
        found = self.describe()
        if found is None or found["StackStatus"] == PROPOSED:
            return ""
        return f"{found['StackId']} {found.get('LastUpdatedTime', '')}"

    def is_new(self) -> bool:
        """Whether there is no stack yet, or nothing more than a proposal of it."""
        found = self.describe()
        return found is None or found["StackStatus"] == PROPOSED

    def _existing(self) -> "StackTypeDef":
        stack = self.describe()
        if stack is None or stack["StackStatus"] == PROPOSED:
            raise Failure(f"There is no stack named {self.name} in {self.session.region_name}.")
        return stack


def new_key() -> dict[str, str]:
    """A signing key and its id, as the app reads them from SSM."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return {"kid": secrets.token_hex(4), "key": key}


def _put(s3: "S3Client", bucket: str, content: bytes, suffix: str) -> str:
    """Store content under its own hash, unless it is there: the same build uploads once."""
    key = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key
