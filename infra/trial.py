"""Whether a version that was just deployed works: what answers, and which alarms it sets off."""

import time
from collections.abc import Mapping
from typing import Any

from infra import changes, intrinsics, package, smoke
from infra.progress import Failure, say, step
from infra.stages import Stage

LOOK_SECONDS = 20.0
# What a new version may set off. CloudFormation takes no more than five:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
TELLING = frozenset(
    {
        "FunctionsFailAlarm",
        "LatencyAlarm",
        "RequestsFailAlarm",
        "StreamDelayAlarm",
        "ThrottlesAlarm",
    }
)


def quiet_alarms(
    stage: Stage, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> list[str]:
    """ARNs of the telling alarms that there are now and will be then, and that are not ringing.

    CloudFormation fails an update as soon as an alarm is missing that it was to look at; one that
    rings already says nothing new.
    """
    if stage.stack.is_new():
        return []
    staying = TELLING & intrinsics.deployed(template, parameters).keys()
    alarms = stage.stack.resources(changes.ROLLBACK_TRIGGER)
    return _quiet(stage, [name for logical_id, name in alarms.items() if logical_id in staying])


def try_out(stage: Stage, artifact: package.Artifact, alarms: list[str]) -> None:
    """Say what answers, then watch the alarms for as long as the stage wants; raises Failure."""
    with step("Trying the new version out"):
        say_what_answers(stage, package.stamp(artifact.code))
    if not alarms or not stage.watch_minutes:
        return
    with step(f"Watching {len(alarms)} alarms for {stage.watch_minutes} minutes"):
        _watch(stage, alarms)


def say_what_answers(stage: Stage, build: str | None) -> None:
    for sentence in smoke.answers_well(addresses(stage), build):
        say(f"  {sentence}")


def addresses(stage: Stage) -> smoke.Addresses:
    """The gateway's own, which answer whether or not a domain points there yet."""
    outputs = stage.stack.outputs()
    name = stage.stack.parameters()["Stage"]
    if stage.stack.endpoint:
        site = f"{stage.stack.endpoint}/_aws/execute-api/{outputs['ApiId']}/{name}"
        return smoke.Addresses(site, outputs["SocketUrl"])
    suffix = f"execute-api.{stage.region}.{_suffix(stage.region)}/{name}"
    return smoke.Addresses(
        f"https://{outputs['ApiId']}.{suffix}", f"https://{outputs['SocketApiId']}.{suffix}"
    )


def _watch(stage: Stage, alarms: list[str]) -> None:
    deadline = time.monotonic() + stage.watch_minutes * 60
    while True:
        names = [arn.rpartition(":")[2] for arn in alarms]
        ringing = sorted(set(alarms) - set(_quiet(stage, names)))
        if ringing:
            names = [arn.rpartition(":")[2] for arn in ringing]
            raise Failure(f"Alarms went off: {', '.join(names)}")
        if time.monotonic() >= deadline:
            return
        time.sleep(LOOK_SECONDS)


def _quiet(stage: Stage, names: list[str]) -> list[str]:
    """ARNs of those alarms that are not ringing."""
    if not names:
        return []
    found = stage.stack.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return [alarm["AlarmArn"] for alarm in found if alarm["StateValue"] != "ALARM"]


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
