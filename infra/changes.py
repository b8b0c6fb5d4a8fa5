"""A stack's changes: proposed as a change set, looked at, carried out, followed to their end."""

import collections
import contextlib
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.progress import Failure, say
from infra.stack import PROPOSED, Stack

CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
GOOD_ENDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"}
# A stack that never came to be, or was not deleted to the end; it can only be deleted.
REMAINS = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
STUCK = "UPDATE_ROLLBACK_FAILED"
# How CloudFormation says that a change set is empty, without and with a transform.
NOTHING = ("didn't contain changes", "No updates are to be performed")
# How CloudFormation refuses a change set once another one of the stack was carried out.
OVERTAKEN = ("InvalidChangeSetStatus", "ChangeSetNotFound", "OperationInProgressException")
ROLLBACK_TRIGGER = "AWS::CloudWatch::Alarm"
# What to do about each way in which a stack can fail to get where it was to go.
NEXT = {
    "UPDATE_ROLLBACK_COMPLETE": "The former version goes on answering. Put it right and deploy again.",
    "UPDATE_ROLLBACK_FAILED": (
        "The way back failed too, so parts of both versions are in place. Put right what the lines"
        " name and deploy again, which finishes the way back first; what cannot be put right is"
        " left out by aws cloudformation continue-update-rollback --region {region}"
        " --stack-name {name} --resources-to-skip …"
    ),
    "DELETE_FAILED": (
        "What the lines name stands in the way: put it right (empty it, or delete it by hand) and"
        " try again."
    ),
}
NOT_THERE_YET = "Nothing answers yet. Put it right and deploy again."
PAUSE_SECONDS = 3.0
EMULATOR_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Change:
    """One resource's part; `replacement` is empty, "True", "Conditional" or "False"."""

    action: str
    resource: str
    kind: str
    replacement: str

    @property
    def takes_data(self) -> bool:
        """Whether a table goes, or an empty one takes its place."""
        is_gone = self.action == "Remove" or self.replacement == "True"
        return is_gone and self.kind == "AWS::DynamoDB::Table"

    def __str__(self) -> str:
        mark = {"True": "  REPLACED", "Conditional": "  replaced if need be"}.get(
            self.replacement, ""
        )
        return f"  {self.action.lower():8} {self.resource:34} {self.kind}{mark}"


@dataclass(frozen=True)
class Proposal:
    id: str
    changes: tuple[Change, ...]


class Ended(Failure):
    """The stack did not end well; `lines` say which resources failed, and why."""

    def __init__(self, stack: Stack, status: str, lines: str) -> None:
        self.lines = lines
        advice = NEXT.get(status, NOT_THERE_YET).format(
            name=stack.name, region=stack.session.region_name
        )
        super().__init__(f"{stack.name} ended as {status}:\n{lines}\n{advice}")


@dataclass(frozen=True)
class Event:
    id: str
    resource: str
    status: str
    reason: str
    of_stack: bool

    @property
    def is_failure(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def is_end(self) -> bool:
        """Whether nothing follows it."""
        return self.of_stack and not self.status.endswith("_IN_PROGRESS")

    def __str__(self) -> str:
        mark = "!!" if self.is_failure else "  "
        reason = f": {self.reason}" if self.is_failure and self.reason else ""
        return f"{mark}  {self.resource}  {self.status.lower().replace('_', ' ')}{reason}"


def deploy(
    stack: Stack, artifact: package.Artifact, parameters: Mapping[str, str]
) -> dict[str, str]:
    """Create or update the stack without asking, and return its outputs."""
    make_ready(stack)
    stack.ensure_signing_key()
    proposal = propose(stack, stack.upload(artifact), parameters)
    if proposal:
        exhaust(carry_out(stack, proposal))
    return stack.outputs()


def make_ready(stack: Stack) -> None:
    """Clear away what an earlier failure left; raises Failure while somebody else is at work."""
    status = leftover(stack)
    if status in REMAINS:
        say(f"  {stack.name} is {status}: removing what the failed attempt left")
        exhaust(delete(stack))
    if status == STUCK:
        say(f"  {stack.name} is {status}: finishing the way back to the former version first")
        exhaust(continue_rollback(stack))


def leftover(stack: Stack) -> str:
    """The state in which an earlier failure left the stack, which takes no change in it, or nothing.

    Raises Failure while somebody else is at work.
    """
    found = stack.describe()
    status = found["StackStatus"] if found else PROPOSED
    if status.endswith("_IN_PROGRESS") and status != PROPOSED:
        raise Failure(busy(stack, status))
    return status if status in {*REMAINS, STUCK} else ""


def require_revision(stack: Stack, revision: str) -> None:
    """That nobody changed the stack before a proposal was made.

    After that CloudFormation itself refuses the proposal, as soon as another one is carried out.
    """
    if stack.revision() != revision:
        raise overtaken(stack)


def busy(stack: Stack, status: str) -> str:
    return (
        f"{stack.name} is being changed right now ({status}), by somebody else's deployment or an"
        " earlier one that goes on in AWS. Nothing was touched: wait until it is done (`make doctor`"
        " shows the state), then try again."
    )


def overtaken(stack: Stack) -> Failure:
    """Why changes that were proposed cannot be made any more."""
    found = stack.describe()
    status = found["StackStatus"] if found else "gone"
    if status.endswith("_IN_PROGRESS") and status != PROPOSED:
        return Failure(busy(stack, status))
    return Failure(
        f"Somebody else has changed {stack.name} in the meantime ({status}), so these changes are"
        " outdated. Nothing was touched: try again to see what is still to change."
    )


def propose(
    stack: Stack, template_url: str, parameters: Mapping[str, str], alarms: Iterable[str] = ()
) -> Proposal | None:
    """What would change, or None when nothing would; going back when one of the alarms goes off.

    None are named explicitly: else CloudFormation looks at those of the last update, and would undo
    a way back for the very alarm that is the reason for it.
    """
    kind = "CREATE" if stack.is_new() else "UPDATE"
    triggers = [{"Arn": arn, "Type": ROLLBACK_TRIGGER} for arn in alarms]
    return propose_as(
        kind, stack, template_url, parameters, RollbackConfiguration={"RollbackTriggers": triggers}
    )


def propose_as(
    kind: str, stack: Stack, template_url: str, parameters: Mapping[str, str], **more: Any
) -> Proposal | None:
    """A proposal of one of CloudFormation's kinds: CREATE, UPDATE or IMPORT."""
    request: dict[str, Any] = {
        "StackName": stack.name,
        "ChangeSetName": f"deploy-{uuid.uuid4().hex}",
        "ChangeSetType": kind,
        "TemplateURL": template_url,
        "Capabilities": CAPABILITIES,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    with _alone(stack):
        identifier = stack.cloudformation.create_change_set(**(request | more))["Id"]
        described = _described(stack, identifier)
        if described["Status"] == "CREATE_COMPLETE":
            return Proposal(identifier, _changes(stack, identifier))
    stack.cloudformation.delete_change_set(ChangeSetName=identifier)
    reason = described.get("StatusReason", "")
    if any(each in reason for each in NOTHING):
        return None
    raise Failure(f"CloudFormation refuses this change of {stack.name}: {reason}")


def withdraw(stack: Stack, proposal: Proposal) -> None:
    """Leave things as they were, without a stack that is nothing but a proposal.

    Somebody else may have proposed the same first deployment: then the stack stays theirs.
    """
    client = stack.cloudformation
    client.delete_change_set(ChangeSetName=proposal.id)
    found = stack.describe()
    if found is None or found["StackStatus"] != PROPOSED:
        return
    if not client.list_change_sets(StackName=stack.name)["Summaries"]:
        client.delete_stack(StackName=stack.name)


def carry_out(stack: Stack, proposal: Proposal) -> Iterator[Event]:
    """Execute the change set; ends with a Failure when the stack does not end well."""
    identifier = _identifier(stack)
    before = {event.id for event in _events(stack, identifier)}
    with _alone(stack):
        stack.cloudformation.execute_change_set(ChangeSetName=proposal.id)
    yield from _followed(stack, identifier, before)


def delete(stack: Stack) -> Iterator[Event]:
    identifier = _identifier(stack)
    before = {event.id for event in _events(stack, identifier)}
    stack.cloudformation.delete_stack(StackName=stack.name)
    yield from _followed(stack, identifier, before)


def continue_rollback(stack: Stack) -> Iterator[Event]:
    """Let a rollback that got stuck try again; it ends well as UPDATE_ROLLBACK_COMPLETE."""
    identifier = _identifier(stack)
    before = {event.id for event in _events(stack, identifier)}
    stack.cloudformation.continue_update_rollback(StackName=stack.name)
    yield from _followed(stack, identifier, before, good={"UPDATE_ROLLBACK_COMPLETE"})


def tell(events: Iterable[Event]) -> None:
    """Follow to the end, a line for everything that is done; says so when it is left alone."""
    try:
        for event in events:
            if not event.status.endswith("_IN_PROGRESS"):
                say(str(event))
    except (KeyboardInterrupt, BotoCoreError):
        say("!!  nobody watches it any more, and it goes on in AWS: `make doctor` shows its end")
        raise


def exhaust(events: Iterable[Event]) -> None:
    """Follow to the end without a word."""
    collections.deque(events, maxlen=0)


@contextlib.contextmanager
def _alone(stack: Stack) -> Iterator[None]:
    """Turn the refusals that the second of two deployments meets into a sentence about them."""
    try:
        yield
    except ClientError as error:
        code, text = error.response["Error"]["Code"], str(error)
        if code not in OVERTAKEN and "_IN_PROGRESS" not in text:
            raise
        raise overtaken(stack) from error


def _described(stack: Stack, identifier: str) -> Any:
    """The change set once CloudFormation has computed it."""
    while True:
        described = stack.cloudformation.describe_change_set(ChangeSetName=identifier)
        if described["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            return described
        _pause(stack)


def _changes(stack: Stack, identifier: str) -> tuple[Change, ...]:
    pages = stack.cloudformation.get_paginator("describe_change_set")
    found = [
        change["ResourceChange"]
        for page in pages.paginate(ChangeSetName=identifier)
        for change in page["Changes"]
    ]
    return tuple(
        Change(
            each["Action"],
            each["LogicalResourceId"],
            each["ResourceType"],
            each.get("Replacement", ""),
        )
        for each in found
    )


def _identifier(stack: Stack) -> str:
    """The stack's ARN, by which it can be asked even once it is deleted."""
    found = stack.describe()
    if found is None:
        raise Failure(f"There is no stack named {stack.name}.")
    return found["StackId"]


def _followed(
    stack: Stack, identifier: str, seen: set[str], *, good: set[str] = GOOD_ENDS
) -> Iterator[Event]:
    failures: list[Event] = []
    while True:
        # Newest first, as AWS tells them.
        news = [event for event in _events(stack, identifier) if event.id not in seen]
        for event in reversed(news):
            seen.add(event.id)
            failures += [event] if event.is_failure else []
            yield event
        if news and news[0].is_end:
            break
        _pause(stack)
    if news[0].status not in good:
        reasons = "\n".join(str(event) for event in failures) or news[0].reason
        raise Ended(stack, news[0].status, reasons)


def _events(stack: Stack, identifier: str) -> list[Event]:
    pages = stack.cloudformation.get_paginator("describe_stack_events")
    return [
        Event(
            event["EventId"],
            event.get("LogicalResourceId", ""),
            event.get("ResourceStatus", ""),
            event.get("ResourceStatusReason", ""),
            event.get("PhysicalResourceId") == identifier,
        )
        for page in pages.paginate(StackName=identifier, PaginationConfig={"MaxItems": 500})
        for event in page["StackEvents"]
    ]


def _pause(stack: Stack) -> None:
    time.sleep(EMULATOR_PAUSE_SECONDS if stack.endpoint else PAUSE_SECONDS)
