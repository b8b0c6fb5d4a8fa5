"""`make doctor`: whether a stage can be deployed from here, line by line, and what to do where not."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import clock
from infra import changes, dependencies, refusals, stages
from infra.data import restore
from infra.data.tables import Tables
from infra.progress import Failure, run, say, step
from infra.stack import PROPOSED
from infra.stages import Stage

# As long before a runtime's end as AWS itself begins to write to accounts about it, or more.
NOTICE = timedelta(days=180)
# New accounts begin with 10; each request that is being answered takes one.
FEW_EXECUTIONS = 100
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
THROTTLE_QUOTA = "L-8A5B8E43"
# The one service here that an emulator may not have.
IMPATIENT = Config(retries={"total_max_attempts": 2})
# The template's own default is an address that nobody can verify.
NO_SENDER = "taskflow@example.com"
STATES = {
    "ROLLBACK_COMPLETE": "a first deployment failed; the next one removes what it left",
    "ROLLBACK_FAILED": "a first deployment failed; the next one removes what it left",
    "CREATE_FAILED": "a first deployment failed; the next one removes what it left",
    "DELETE_FAILED": "it could not be deleted; the next deployment tries that again first",
    "UPDATE_ROLLBACK_FAILED": (
        "an update failed and so did the way back; the next deployment tries the way back again,"
        " and says what stands in it"
    ),
    "UPDATE_ROLLBACK_COMPLETE": "the last update was rolled back; the version before it runs",
}


@dataclass(frozen=True)
class Finding:
    """One line: well or not, and whether a deployment had better not begin."""

    is_well: bool
    sentence: str
    blocks: bool = False

    def __str__(self) -> str:
        return f"{'ok' if self.is_well else '!!'}  {self.sentence}"


def well(sentence: str) -> Finding:
    return Finding(True, sentence)


def note(sentence: str) -> Finding:
    return Finding(False, sentence)


def obstacle(sentence: str) -> Finding:
    return Finding(False, sentence, blocks=True)


def examine(stage: Stage) -> Iterator[Finding]:
    """Everything that can be asked; without credentials, what needs none."""
    yield from _tools(stage)
    who = _credentials(stage)
    yield who
    if who.blocks:
        return
    yield well(f"region: {stage.region} (infra/stages/{stage.name}.json)")
    for question in (_stack, _tables, _key, _sender, _sending, _identity, _executions, _gateway):
        yield from _asked(question, stage)


def require(stage: Stage) -> None:
    """Say everything; raises Failure when something blocks a deployment."""
    with step(f"Looking whether {stage.stack.name} can be deployed"):
        findings = list(_said(examine(stage)))
    blocking = sum(finding.blocks for finding in findings)
    if blocking:
        count = "One line" if blocking == 1 else f"{blocking} of the lines"
        raise Failure(f"{count} above with !! must be put right before a deployment.")


def _said(findings: Iterator[Finding]) -> Iterator[Finding]:
    for finding in findings:
        say(str(finding))
        yield finding


def _tools(stage: Stage) -> Iterator[Finding]:
    try:
        python = dependencies.interpreter(None if stage.stack.endpoint else stage.python).version
    except Failure as failure:
        yield obstacle(f"tools: {failure} That is chosen in infra/stages/{stage.name}.json.")
    else:
        yield well(f"tools: Python {python}, which the functions will run on")
        yield _runtime(python, stage)
    beside = Path(sys.executable).with_name("chalice")
    if beside.exists() or shutil.which("chalice"):
        yield well("tools: chalice (Node.js is not needed to deploy)")
    else:
        yield obstacle("tools: chalice is missing; `rm -r .venv`, and any make command installs it")


def _runtime(python: str, stage: Stage) -> Finding:
    until = dependencies.PYTHONS[python]
    newest = max(dependencies.PYTHONS, key=dependencies.PYTHONS.__getitem__)
    if clock.today() + NOTICE <= until:
        return well(f"runtime: AWS patches python{python} until {until}")
    return note(
        f"runtime: AWS patches python{python} until {until}, and soon after it takes no changes of"
        f" such functions; choose python{newest} in infra/stages/{stage.name}.json"
    )


def _credentials(stage: Stage) -> Finding:
    try:
        identity = stage.stack.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return obstacle(f"credentials: {refusals.sentence(error, stage.stack.endpoint)}")
    where = f", on the emulator at {stage.stack.endpoint}" if stage.stack.endpoint else ""
    return well(f"credentials: {identity['Arn']} in account {identity['Account']}{where}")


def _stack(stage: Stage) -> Iterator[Finding]:
    found = stage.stack.describe()
    name = stage.stack.name
    status = found["StackStatus"] if found else PROPOSED
    if status == PROPOSED:
        yield well(f"stack: no {name} yet; the first deployment makes it")
    elif status.endswith("_IN_PROGRESS"):
        yield obstacle(f"stack: {changes.busy(stage.stack, status)}")
    elif status in STATES:
        yield note(f"stack: {name} is {status}: {STATES[status]}")
    elif status in changes.GOOD_ENDS:
        yield well(f"stack: {name} is {status}")
    else:
        yield note(f"stack: {name} is {status}; its events in the CloudFormation console say why")


def _tables(stage: Stage) -> Iterator[Finding]:
    """Whether restored tables, which no stack keeps up with the template, have all that it has."""
    former: Any = {} if stage.stack.is_new() else stage.stack.parameters()
    prefix = stage.parameters.get("DataPrefix", former.get("DataPrefix", ""))
    if not prefix:
        return
    wrong = list(restore.faults(Tables(stage.stack.client("dynamodb"), prefix)))
    for fault in wrong:
        yield obstacle(f"tables: {fault}")
    if wrong:
        yield note(
            f"tables: {prefix}* were restored, and no deployment changes them; `make export` and"
            " `make import` take what they hold into a new stack, which has everything"
        )
    else:
        yield well(f"tables: {prefix}*, which were restored, have all that this version needs")


def _key(stage: Stage) -> Iterator[Finding]:
    ssm = stage.stack.client("ssm")
    name = stage.stack.key_parameter
    try:
        kind = ssm.get_parameter(Name=name)["Parameter"]["Type"]
    except ssm.exceptions.ParameterNotFound:
        if stage.stack.is_new():
            yield well(f"signing key: none in {name} yet; the first deployment makes it")
        else:
            yield note(
                f"signing key: {name} is missing, so nobody can sign in; deploying makes a new one"
                " and everybody signs in again"
            )
        return
    if kind == "SecureString":
        yield well(f"signing key: in SSM at {name}")
    else:
        yield obstacle(
            f"signing key: {name} is a {kind}, readable without decryption; delete it"
            f" (`aws ssm delete-parameter --name {name}`), and deploying makes a new one"
        )


def _sender(stage: Stage) -> Iterator[Finding]:
    if sender(stage) == NO_SENDER and stage.stack.endpoint is None:
        yield obstacle(
            f"mail: no sender yet; make deploy STAGE={stage.name} MAIL_FROM=you@your-domain"
            " (later deployments keep it)"
        )


def _sending(stage: Stage) -> Iterator[Finding]:
    account = stage.stack.client("sesv2").get_account()
    quota = account.get("SendQuota", {}).get("Max24HourSend", 0)
    if not account.get("SendingEnabled", True):
        yield note("mail: SES has paused sending for this account; the SES console says why")
    if account.get("ProductionAccessEnabled"):
        yield well(f"mail: SES is in production, {quota:,.0f} a day")
    else:
        yield note(
            "mail: SES is in its sandbox and reaches verified addresses only; ask for production"
            " access in the SES console (Account dashboard), which takes about a day"
        )


def _identity(stage: Stage) -> Iterator[Finding]:
    address = sender(stage).rpartition("<")[2].rstrip("> ")
    ses = stage.stack.client("sesv2")
    for identity in (address, address.rpartition("@")[2]):
        try:
            found = ses.get_email_identity(EmailIdentity=identity)
        except ses.exceptions.NotFoundException:
            continue
        if found.get("VerifiedForSendingStatus"):
            yield well(f"mail: {identity} is verified as a sender")
            return
    yield note(
        f"mail: {address} is not verified, so no mail leaves;"
        f" aws sesv2 create-email-identity --region {stage.region} --email-identity {address},"
        " then follow the link that SES mails"
    )


def _executions(stage: Stage) -> Iterator[Finding]:
    limits = stage.stack.client("lambda").get_account_settings()["AccountLimit"]
    count = limits["ConcurrentExecutions"]
    if count >= FEW_EXECUTIONS:
        yield well(f"quota: {count:,} Lambda executions at once")
    else:
        yield note(
            f"quota: {count} Lambda executions at once, which 50 busy people can use up;"
            " aws service-quotas request-service-quota-increase --service-code lambda"
            f" --quota-code L-B99A9384 --desired-value 1000 --region {stage.region}"
        )


def _gateway(stage: Stage) -> Iterator[Finding]:
    client = stage.stack.session.client(
        "service-quotas", endpoint_url=stage.stack.endpoint, config=IMPATIENT
    )
    quota = client.get_service_quota(ServiceCode="apigateway", QuotaCode=THROTTLE_QUOTA)["Quota"]
    yield well(f"quota: {quota['Value']:,.0f} API Gateway requests a second")


def _asked(question: Callable[[Stage], Iterator[Finding]], stage: Stage) -> Iterator[Finding]:
    """The question's findings; one that AWS does not answer is a line of its own."""
    try:
        yield from question(stage)
    except (BotoCoreError, ClientError) as error:
        subject = question.__name__.strip("_")
        yield note(f"{subject}: could not be asked ({error}); it may be fine all the same")


def sender(stage: Stage) -> str:
    """The address that mail will come from: this deployment's, else the former one's."""
    former: Any = {} if stage.stack.is_new() else stage.stack.parameters()
    return str(stage.parameters.get("MailFrom") or former.get("MailFrom") or NO_SENDER)


def main() -> None:
    require(stages.chosen())
    say("\nNothing stands in the way of a deployment.")


if __name__ == "__main__":
    run(main)
