"""Running a stage on the emulator: deployed, deployed again, failing, gone and back with its data."""

import contextlib
import copy
import hashlib
import http.client
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra import changes, deploy, destroy, local_stack, package, redrive, smoke, trial
from infra.progress import Failure
from infra.stack import Stack
from infra.stages import Stage
from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.waiting import eventually
from tests.stack import RunningStack

pytestmark = pytest.mark.e2e

ADA = {"name": "Ada", "email": "ada@flow.example", "password": PASSWORD}


@pytest.fixture
def stage(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A production stage beside the stack that the other tests use."""
    monkeypatch.setenv("YES", "1")
    monkeypatch.setenv("NAME", "flow")
    monkeypatch.setattr(smoke, "PATIENCE_SECONDS", 3.0)
    beside = Stack(stack.local.stack.session, "flow", stack.endpoint)
    yield Stage("prod", beside, "", 0, {"Stage": "prod", "MailFrom": local_stack.SENDER})
    if not beside.is_new():
        destroy.destroy(Stage("dev", beside, "", 0, {}))


def changed(
    artifact: package.Artifact, target: Path, change: Callable[[Any], None]
) -> package.Artifact:
    template = copy.deepcopy(json.loads(artifact.template.read_text()))
    change(template)
    target.write_text(json.dumps(template))
    return replace(artifact, template=target)


def without_its_code(stack: RunningStack, stage: Stage, directory: Path) -> changes.Proposal:
    """An update that fails on its way: what it is to run is not in S3 any more."""
    code = stack.changed_code(directory / "other.zip")
    url = stage.stack.upload(replace(stack.artifact, code=code))
    proposal = changes.propose(stage.stack, url, stage.stack.parameters())
    assert proposal
    forget(stage, code)
    return proposal


def forget(stage: Stage, code: Path) -> None:
    """Take the code out of S3, as somebody would who tidies up."""
    s3 = stage.stack.client("s3")
    name = f"{hashlib.sha256(code.read_bytes()).hexdigest()[:32]}.zip"
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_object(Bucket=bucket["Name"], Key=name)


def call(stage: Stage, path: str, body: Any = None) -> tuple[int, Any]:
    """One request to the stage's site, at the gateway's own address."""
    site = urlsplit(trial.addresses(stage).site)
    connection = http.client.HTTPConnection(str(site.hostname), site.port, timeout=20)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/json"}
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
        connection.request(method, site.path + path, content, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_stage_from_first_deployment_to_a_new_stack_on_old_tables(
    stack: RunningStack, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = stack.artifact
    build = package.stamp(artifact.code)

    def assert_well() -> None:
        assert call(stage, "/health")[1]["build"] == build
        assert call(stage, "/api/auth/login", ADA)[0] == 200

    deploy.install(stage, artifact)
    assert call(stage, "/api/auth/register", ADA)[0] == 201
    assert_well()

    capsys.readouterr()
    deploy.install(stage, artifact)
    assert "Nothing to change: flow is this version already." in capsys.readouterr().out

    with pytest.raises(Failure, match="ended as UPDATE_ROLLBACK_COMPLETE"):
        changes.exhaust(changes.carry_out(stage.stack, without_its_code(stack, stage, tmp_path)))
    assert_well()

    def astray(template: Any) -> None:
        """A version that deploys well and finds no table."""
        variables = template["Globals"]["Function"]["Environment"]["Variables"]
        variables["TABLE_PREFIX"] = "nowhere-"

    with pytest.raises(Failure, match=r"the former one is back: .*/health answers 503"):
        deploy.install(stage, changed(artifact, tmp_path / "astray.json", astray))
    assert_well()

    destroy.destroy(stage)
    assert stage.stack.describe() is None

    capsys.readouterr()
    deploy.install(stage, artifact)
    said = capsys.readouterr().out
    assert "tables of an earlier flow are still there" in said
    # A first deployment that failed leaves tables too, in which nobody is an admin yet.
    assert "make admin STAGE=prod EMAIL=" in said
    assert_well()


def test_of_two_deployments_one_is_told_and_nothing_is_half_done(
    stack: RunningStack, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy.install(stage, stack.artifact)
    upload, url = Stack.upload, stage.stack.upload(stack.artifact)

    def propose(days: str) -> changes.Proposal:
        parameters = stage.stack.parameters() | {"LogDays": days}
        proposal = changes.propose(stage.stack, url, parameters)
        assert proposal
        return proposal

    mine, theirs = propose("7"), propose("14")
    changes.exhaust(changes.carry_out(stage.stack, theirs))
    with pytest.raises(Failure, match=r"Somebody else has changed flow .*\(UPDATE_COMPLETE\)"):
        changes.exhaust(changes.carry_out(stage.stack, mine))

    def meanwhile(self: Stack, artifact: package.Artifact) -> str:
        """After this deployment has looked at the stack, and before it proposes its changes."""
        changes.exhaust(changes.carry_out(self, propose("30")))
        return upload(self, artifact)

    monkeypatch.setattr(Stack, "upload", meanwhile)
    with pytest.raises(Failure, match="Somebody else has changed flow"):
        deploy.install(replace(stage, parameters={"LogDays": "60"}), stack.artifact)

    assert stage.stack.parameters()["LogDays"] == "30"
    assert call(stage, "/health")[0] == 200


def test_update_that_cannot_go_back_is_held_finished_and_told(
    stack: RunningStack, stage: Stage, tmp_path: Path
) -> None:
    deploy.install(stage, stack.artifact)

    def waiting(template: Any) -> None:
        """An update that takes its time, and fails when all functions have the new code."""
        template["Resources"] |= {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Signal": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "DependsOn": list(package.functions(template)),
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "4"},
            },
        }

    code = stack.changed_code(tmp_path / "new.zip")
    slow = replace(changed(stack.artifact, tmp_path / "slow.json", waiting), code=code)
    forget(stage, stack.artifact.code)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(deploy.install, stage, slow)
        eventually(lambda: stage.stack.describe()["StackStatus"] == "UPDATE_IN_PROGRESS")  # type: ignore[index]
        for second in (lambda: changes.make_ready(stage.stack), lambda: destroy.destroy(stage)):
            with pytest.raises(Failure, match=r"being changed right now \(UPDATE_IN_PROGRESS\)"):
                second()
        with pytest.raises(changes.Ended, match=r"UPDATE_ROLLBACK_FAILED[^$]*parts of both"):
            first.result()

    with pytest.raises(changes.Ended, match=r"UPDATE_ROLLBACK_FAILED[^$]*APIHandler"):
        changes.make_ready(stage.stack)
    stage.stack.upload(stack.artifact)
    changes.make_ready(stage.stack)

    assert call(stage, "/health")[1]["build"] == package.stamp(stack.artifact.code)


def test_what_failed_is_brought_again_and_what_cannot_be_read_stays(
    stack: RunningStack, alice: Person, bob: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    local = stack.local.stack
    outputs = local.outputs()
    sqs, queue = local.client("sqs"), outputs["FailedQueueUrl"]
    draft = {"title": "Redrive me", "assigned_to": bob.id}
    task = alice.call("POST", "/api/tasks", draft).json
    eventually(lambda: [m for m in stack.sent_mail() if "Redrive me" in m["Subject"]])
    item = local.client("dynamodb").query(
        TableName=outputs["TablePrefix"] + "activity",
        KeyConditionExpression="team = :team",
        ExpressionAttributeValues={":team": {"S": "TF"}},
        ScanIndexForward=False,
        Limit=1,
    )["Items"][0]
    unreadable = {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "1", "NewImage": {"record": {"S": "?"}}},
    }
    forgotten = {
        "DDBStreamBatchInfo": {
            "streamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/flow-activity/stream/gone",
            "shardId": "shardId-00000000000000000000",
            "startSequenceNumber": "1" * 21,
            "endSequenceNumber": "1" * 21,
            "approximateArrivalOfFirstRecord": task["created_at"],
            "approximateArrivalOfLastRecord": task["created_at"],
        }
    }
    bodies = (item["record"]["S"], json.dumps(unreadable), json.dumps(forgotten), "nonsense")

    with bob.connect() as live:
        live.hello()
        for body in bodies:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        kept = redrive.Redrive(local).all()
        again = live.change_of(task["id"], "created")

    said = capsys.readouterr().out
    assert kept == 2
    assert again["task"]["id"] == task["id"]
    assert "this release cannot read the change" in said
    assert "nothing that TaskFlow puts there" in said
    assert redrive.Redrive(local).all() == 2
    mails = [m for m in stack.sent_mail() if "Redrive me" in m["Subject"]]
    assert len(mails) == 1
    sqs.purge_queue(QueueUrl=queue)
