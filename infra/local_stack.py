"""The artifact deployed on a running emulator, reachable at a domain of its own as it is in AWS."""

from dataclasses import dataclass

import boto3

from infra import changes, package
from infra.emulator import CREDENTIALS, DOMAIN, Emulator
from infra.stack import Stack

STACK = "taskflow"
STAGE = "local"
SENDER = "taskflow@example.com"


@dataclass(frozen=True)
class LocalStack:
    stack: Stack
    outputs: dict[str, str]
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to call the services in process, against the emulator's tables."""
        return self.stack.environment() | {"THROTTLE_FACTOR": "1000"}


def deploy(emulator: Emulator, artifact: package.Artifact) -> LocalStack:
    session = boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"],
        CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
    )
    stack = Stack(session, STACK, emulator.endpoint)
    url = f"http://{DOMAIN}:{emulator.port}"
    local = {"Stage": STAGE, "LocalPort": str(emulator.port), "PublicUrl": url, "MailFrom": SENDER}
    outputs = changes.deploy(stack, artifact, _tables_in_use(stack) | local)
    # A kept state may hold code that was saved after the last deployment.
    stack.refresh(artifact.code)
    _map_domain(stack, outputs["ApiId"])
    stack.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    return LocalStack(stack, outputs, url)


def _tables_in_use(stack: Stack) -> dict[str, str]:
    """What `make switch` has set; every other parameter is this start's or the template's."""
    known = {} if stack.is_new() else stack.parameters()
    return {name: known[name] for name in ("DataPrefix", "ActivityStream") if name in known}


def _map_domain(stack: Stack, api_id: str) -> None:
    """Point the domain at the API; a state from an earlier start may point at another one."""
    gateway = stack.client("apigateway")
    if DOMAIN in {item["domainName"] for item in gateway.get_domain_names()["items"]}:
        gateway.delete_domain_name(domainName=DOMAIN)
    gateway.create_domain_name(domainName=DOMAIN)
    gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=api_id, stage=STAGE)
