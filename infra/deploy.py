"""`make deploy`: look, package, show what would change, ask, change it, try it out, go back if need be."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra import (
    adoption,
    changes,
    destroy,
    doctor,
    local_stack,
    package,
    refusals,
    stages,
    trial,
)
from infra.progress import Failure, answer, run, say, step
from infra.stack import Stack
from infra.stages import Stage


@dataclass(frozen=True)
class Version:
    """What a stack consists of, enough to go back to it."""

    template_url: str
    parameters: Mapping[str, str]


def main() -> None:
    stage = stages.chosen()
    if stage.name == local_stack.STAGE:
        raise Failure("`make run` deploys the local stack; deploy is for AWS.")
    with stages.answers():
        deploy(stage)


def deploy(stage: Stage) -> None:
    doctor.require(stage)
    artifact = package.build(
        architecture=None if stage.stack.endpoint else stage.architecture,
        python=None if stage.stack.endpoint else stage.python,
        native=bool(stage.stack.endpoint) and package.for_this_machine(),
    )
    put_right(stage)
    install(stage, artifact)


def put_right(stage: Stage) -> None:
    """Clear away what an earlier failure left, once that is agreed to; raises Failure."""
    stack = stage.stack
    status = changes.leftover(stack)
    if not status:
        return
    if status == changes.STUCK:
        first = "Finish the way back to the former version first?"
    else:
        first = "Remove what is left of it first?"
        _require_name_for(stack, [each for each in destroy.tables(stack) if each.is_lost])
    _ask(f"{stack.name} is {status}. {first}")
    changes.make_ready(stack)


def _require_name_for(stack: Stack, lost: list[destroy.Table]) -> None:
    for table in lost:
        say(str(table))
    if lost and os.environ.get("NAME") != stack.name:
        raise Failure(
            f"What is left of {stack.name} has data in it. If these may go with it, deploy with"
            f" NAME={stack.name}. Nothing was changed."
        )


def install(stage: Stage, artifact: package.Artifact) -> None:
    """Everything from the artifact on; raises Failure, after going back to the former version."""
    stack = stage.stack
    template = json.loads(artifact.template.read_text())
    revision = stack.revision()
    former = _running(stage)
    parameters = settings(stage, template, former)
    is_first = former is None
    if is_first and _adopt(stage, template, parameters):
        revision = stack.revision()
    alarms = trial.quiet_alarms(stage, template, parameters)
    with step(f"Asking CloudFormation what would change in {stack.name}"):
        proposal = changes.propose(stack, stack.upload(artifact), parameters, alarms)
    if proposal is None:
        _restore_signing_key(stack)
        say(f"\nNothing to change: {stack.name} is this version already.")
        return
    try:
        changes.require_revision(stack, revision)
        _confirm(stage, proposal)
    except BaseException:
        changes.withdraw(stack, proposal)
        raise
    stack.ensure_signing_key()
    with step(f"Changing {stack.name} in {stage.region}"):
        changes.tell(changes.carry_out(stack, proposal))
    ours = stack.revision()
    try:
        with refusals.told(stack.endpoint):
            trial.try_out(stage, artifact, alarms)
    except KeyboardInterrupt:
        say("!!  the new version is in place, and was not tried out to the end")
        raise
    except Failure as failure:
        _go_back(stage, former, ours, failure)
    _welcome(stage, is_first=is_first)


def _restore_signing_key(stack: Stack) -> None:
    """Somebody may have deleted it, and a deployment that changes nothing else would not make it."""
    if stack.has_signing_key():
        return
    _ask(f"{stack.key_parameter} is missing, so nobody can sign in. Make a new signing key?")
    stack.ensure_signing_key()


def settings(
    stage: Stage, template: Mapping[str, dict[str, object]], former: Version | None
) -> dict[str, str]:
    """The parameters: this deployment's, else as they were; the template has the rest."""
    known = template.get("Parameters", {})
    for name in stage.parameters:
        if name not in known:
            raise Failure(f"The template has no parameter {name}; it has {', '.join(known)}.")
    kept = former.parameters if former else {}
    local = _emulated(stage) if "LocalPort" in known else {}
    merged = {**_found(stage, former), **kept, **stage.parameters, **local}
    return {name: value for name, value in merged.items() if name in known}


def _found(stage: Stage, former: Version | None) -> dict[str, str]:
    """What the account has before the first deployment: the gateway's log role is one for all."""
    if former is not None:
        return {}
    account = stage.stack.client("apigateway").get_account()
    return {"GatewayLogRole": "account"} if account.get("cloudwatchRoleArn") else {}


def _emulated(stage: Stage) -> dict[str, str]:
    port = urlsplit(stage.stack.endpoint or "").port
    return {"LocalPort": str(port)} if port else {}


def _running(stage: Stage) -> Version | None:
    """The version that is there now, if there is one."""
    stack = stage.stack
    if stack.is_new():
        return None
    return Version(stack.upload_template(stack.template()), stack.parameters())


def _adopt(
    stage: Stage, template: Mapping[str, dict[str, object]], parameters: dict[str, str]
) -> bool:
    """Whether there were tables, which make up the stack now."""
    tables = adoption.left_behind(stage.stack, template)
    if not tables:
        return False
    say(
        f"\n{len(tables)} tables of an earlier {stage.stack.name} are still there, with their data:"
    )
    for name in tables.values():
        say(f"  {name}")
    _ask("They become part of the new stack and keep what they hold. Go on?")
    with step(f"Adopting {len(tables)} tables"):
        changes.tell(adoption.adopt(stage.stack, template, parameters, tables))
    return True


def _confirm(stage: Stage, proposal: changes.Proposal) -> None:
    count = len(proposal.changes)
    say(f"\n{count} change{'s' if count > 1 else ''}:")
    for change in proposal.changes:
        say(str(change))
    lost = [change.resource for change in proposal.changes if change.takes_data]
    if lost and os.environ.get("NAME") != stage.stack.name:
        raise Failure(
            f"This takes {', '.join(lost)} out of use, with all they hold. If that is meant,"
            f" deploy with NAME={stage.stack.name}. None of these changes was made."
        )
    _ask(
        f"Make these changes to {stage.stack.name} in {stage.region}?",
        otherwise="None of these changes was made.",
    )


def _ask(question: str, *, otherwise: str = "Nothing was changed.") -> None:
    """Raises Failure unless a person types yes, or YES=1 has said so beforehand."""
    if os.environ.get("YES") == "1":
        return
    if not sys.stdin.isatty():
        raise Failure(
            "Nobody is here to type yes, and YES=1 does not say it either. Nothing was changed:"
            " the same command with YES=1 goes ahead without asking."
        )
    if answer(f"\n{question} Type yes: ") != "yes":
        raise Failure(otherwise)


def _go_back(stage: Stage, former: Version | None, ours: str, failure: Failure) -> None:
    """Redeploy the former version, unless somebody has changed `ours` since; always a Failure."""
    if former is None:
        raise Failure(
            f"{failure}\nThis is the first version, so there is none to go back to: `make logs"
            f" STAGE={stage.name}` shows what the functions say. Put it right and deploy again."
        ) from failure
    say(f"\n!!  {failure}")
    try:
        with refusals.told(stage.stack.endpoint), step("Going back to the former version"):
            is_ours = stage.stack.revision() == ours
            if is_ours:
                _redeploy(stage, former)
    except Failure as way:
        lines = way.lines if isinstance(way, changes.Ended) else str(way)
        raise Failure(
            f"The new version did not work, and it is still in place: {failure}\nThe way back to"
            f" the former one failed as well:\n{lines}\nPut it right and deploy again."
        ) from failure
    if not is_ours:
        raise Failure(
            f"The new version did not work: {failure}\nSomebody else has changed {stage.stack.name}"
            f" since, and theirs stays in place: `make doctor STAGE={stage.name}` shows how it is."
        ) from failure
    try:
        with step("Trying the former version out"):
            trial.say_what_answers(stage, None)
    except Failure as also:
        raise Failure(
            f"The new version did not work: {failure}\nThe former one is in place again, and does not"
            f" answer as it should either: {also}\nSo something else is wrong: `make logs"
            f" STAGE={stage.name} FILTER=error` shows what the functions say."
        ) from failure
    raise Failure(f"The new version did not work, and the former one is back: {failure}")


def _redeploy(stage: Stage, former: Version) -> None:
    proposal = changes.propose(stage.stack, former.template_url, former.parameters)
    if proposal:
        changes.tell(changes.carry_out(stage.stack, proposal))


def _welcome(stage: Stage, *, is_first: bool) -> None:
    outputs = stage.stack.outputs()
    say(f"\n  TaskFlow answers at  {outputs['ApiUrl']}")
    if is_first:
        say(
            f"  the first admin      register at {outputs['ApiUrl']}/register, then\n"
            f"                       make admin STAGE={stage.name} EMAIL=you@your-domain"
        )


if __name__ == "__main__":
    run(main)
