"""Deploying and destroying, on moto: what is asked, what is refused, what happens after a failure."""

import copy
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends

from infra import changes, deploy, destroy, intrinsics, package, smoke, stages
from infra.data import switch
from infra.data.tables import Tables
from infra.progress import Failure
from infra.stack import Stack

REGION = "eu-central-1"
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": {"Fn::If": ["Production", "Retain", "Delete"]},
    "Properties": {
        "TableName": {"Fn::Sub": "${AWS::StackName}-users"},
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    },
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "MailFrom": {"Type": "String", "Default": "taskflow@example.com"},
    },
    "Conditions": {"Production": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "UsersTable": TABLE,
        "FailedQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "failed"}},
    },
}
# A type that moto's CloudFormation knows stands for the alarm, which it does not.
WATCHED: dict[str, Any] = TEMPLATE | {
    "Resources": TEMPLATE["Resources"] | {"FunctionsFailAlarm": {"Type": "AWS::SQS::Queue"}}
}
OUTPUTS = {"ApiUrl": "https://flow.example", "ApiId": "a1", "SocketApiId": "s1"}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[stages.Stage]:
    for name in ("MAIL_FROM", "YES", "NAME", "ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("infra.changes.PAUSE_SECONDS", 0)
    # moto's change sets give a stack no outputs.
    monkeypatch.setattr(Stack, "outputs", lambda _: OUTPUTS)
    with mock_aws():
        stack = Stack(boto3.Session(region_name=REGION), "flow")
        yield stages.Stage(
            "dev", stack, "arm64", 0, {"Stage": "dev", "MailFrom": "me@flow.example"}
        )


@pytest.fixture
def artifact(tmp_path: Path) -> Callable[[dict[str, Any]], package.Artifact]:
    """An artifact of any template; its code is nothing but its name."""

    def _artifact(template: dict[str, Any]) -> package.Artifact:
        code, written = tmp_path / "code.zip", tmp_path / "template.json"
        with zipfile.ZipFile(code, "w") as archived:
            archived.writestr(package.STAMP, "b1")
        written.write_text(json.dumps(template))
        return package.Artifact(code, written)

    return _artifact


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The builds that were tried out; nothing of AWS's gateway is here to answer."""
    tried: list[str] = []

    def well(_addresses: smoke.Addresses, build: str) -> list[str]:
        tried.append(build)
        return ["all is well"]

    monkeypatch.setattr(smoke, "answers_well", well)
    return tried


@pytest.fixture
def revised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto's stacks do not say when they were updated, which tells their revisions apart."""
    monkeypatch.setattr(Stack, "revision", lambda self: json.dumps(self.template()))


def with_queue(name: str) -> dict[str, Any]:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"][name] = {"Type": "AWS::SQS::Queue"}
    return template


def status(stage: stages.Stage) -> str | None:
    found = stage.stack.describe()
    return found["StackStatus"] if found else None


def set_status(stage: stages.Stage, text: str) -> None:
    backend = cloudformation_backends["123456789012"][REGION]
    next(iter(backend.stacks.values())).status = text


def test_first_deployment_shows_the_changes_and_names_the_next_step(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")

    deploy.install(stage, artifact(TEMPLATE))

    said = capsys.readouterr().out
    assert "add      UsersTable" in said
    assert "make admin STAGE=dev EMAIL=" in said
    assert answering == ["b1"]
    assert stage.stack.parameters() == {"Stage": "dev", "MailFrom": "me@flow.example"}
    name = "/taskflow/flow/jwt-keys"
    assert stage.stack.client("ssm").get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"


def test_second_deployment_of_the_same_changes_nothing(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    monkeypatch.delenv("YES")

    deploy.install(replace(stage, parameters={}), artifact(TEMPLATE))

    assert "Nothing to change: flow is this version already." in capsys.readouterr().out
    assert stage.stack.parameters()["MailFrom"] == "me@flow.example"


def test_signing_key_that_was_deleted_is_made_again_once_that_is_agreed_to(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    stage.stack.client("ssm").delete_parameter(Name=stage.stack.key_parameter)
    monkeypatch.delenv("YES")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(Failure, match="Nothing was changed"):
        deploy.install(stage, artifact(TEMPLATE))
    assert not stage.stack.has_signing_key()

    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))

    assert stage.stack.has_signing_key()


def test_without_a_terminal_nothing_changes_unless_told(
    stage: stages.Stage, artifact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(Failure, match="YES=1"):
        deploy.install(stage, artifact(TEMPLATE))

    assert status(stage) is None


def test_anything_but_yes_changes_nothing(
    stage: stages.Stage, artifact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "y")

    with pytest.raises(Failure, match="None of these changes was made"):
        deploy.install(stage, artifact(TEMPLATE))

    assert status(stage) is None


def test_end_of_the_input_is_no_yes(
    stage: stages.Stage, artifact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", closed)

    with pytest.raises(Failure, match="None of these changes was made"):
        deploy.install(stage, artifact(TEMPLATE))

    assert status(stage) is None


def test_version_that_does_not_answer_gives_way_to_the_former(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))

    def unwell(_addresses: smoke.Addresses, build: str | None) -> list[str]:
        if build:
            raise Failure("/health answers 500")
        return ["the former one answers"]

    monkeypatch.setattr(smoke, "answers_well", unwell)

    with pytest.raises(Failure, match="the former one is back: /health answers 500"):
        deploy.install(stage, artifact(with_queue("Broken")))

    assert set(stage.stack.template()["Resources"]) == {"UsersTable", "FailedQueue"}
    assert "the former one answers" in capsys.readouterr().out


def test_former_version_that_does_not_answer_either_is_not_called_well(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))

    def unwell(_addresses: smoke.Addresses, build: str | None) -> list[str]:
        raise Failure(f"/health answers {500 if build else 503}")

    monkeypatch.setattr(smoke, "answers_well", unwell)

    with pytest.raises(Failure, match=r"500\nThe former one is in place again, .* either: .* 503"):
        deploy.install(stage, artifact(with_queue("Broken")))

    assert "Broken" not in stage.stack.template()["Resources"]


def test_way_back_that_fails_leaves_no_doubt_about_what_is_in_place(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    refusal = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}

    def unwell(_addresses: smoke.Addresses, _build: str) -> list[str]:
        refuse(monkeypatch, "create_change_set", refusal)
        raise Failure("/health answers 500")

    monkeypatch.setattr(smoke, "answers_well", unwell)

    with pytest.raises(
        Failure, match=r"still in place: /health answers 500\nThe way back .* failed"
    ):
        deploy.install(stage, artifact(with_queue("Broken")))

    assert "Broken" in stage.stack.template()["Resources"]


def test_version_that_cannot_be_tried_out_gives_way_too(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    refusal: Any = {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}

    def throttled(_addresses: smoke.Addresses, build: str | None) -> list[str]:
        if build:
            raise ClientError(refusal, "DescribeAlarms")
        return ["the former one answers"]

    monkeypatch.setattr(smoke, "answers_well", throttled)

    with pytest.raises(Failure, match=r"the former one is back: AWS refused DescribeAlarms"):
        deploy.install(stage, artifact(with_queue("Broken")))

    assert "Broken" not in stage.stack.template()["Resources"]


def test_way_back_leaves_what_somebody_else_has_deployed_since(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    revised: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YES", "1")
    changes.deploy(stage.stack, artifact(TEMPLATE), stage.parameters)
    theirs = stage.stack.upload_template(with_queue("Theirs"))

    def meanwhile(_addresses: smoke.Addresses, _build: str) -> list[str]:
        proposal = changes.propose(stage.stack, theirs, stage.parameters)
        assert proposal
        changes.exhaust(changes.carry_out(stage.stack, proposal))
        raise Failure("/health answers as build b2, not as b1")

    monkeypatch.setattr(smoke, "answers_well", meanwhile)

    with pytest.raises(Failure, match=r"not as b1\nSomebody else has changed flow since"):
        deploy.install(stage, artifact(with_queue("Mine")))

    assert "Theirs" in stage.stack.template()["Resources"]


def test_whoever_stops_the_trial_is_told_which_version_is_in_place(
    stage: stages.Stage,
    artifact: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")

    def stopped(_addresses: smoke.Addresses, _build: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(smoke, "answers_well", stopped)

    with pytest.raises(KeyboardInterrupt):
        deploy.install(stage, artifact(TEMPLATE))

    assert (
        "the new version is in place, and was not tried out to the end" in capsys.readouterr().out
    )


def test_first_version_that_does_not_answer_has_nothing_to_go_back_to(
    stage: stages.Stage, artifact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")

    def unwell(_addresses: smoke.Addresses, _build: str) -> list[str]:
        raise Failure("/health answers 500")

    monkeypatch.setattr(smoke, "answers_well", unwell)

    with pytest.raises(Failure, match="none to go back to"):
        deploy.install(stage, artifact(TEMPLATE))


def test_alarm_that_goes_off_gives_way_to_the_former_version(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YES", "1")
    watched = replace(stage, watch_minutes=5)
    deploy.install(stage, artifact(WATCHED))
    cloudwatch = with_alarm(stage, monkeypatch)
    triggers = noted_triggers(stage)

    def ring(*_: object) -> list[str]:
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
        return []

    monkeypatch.setattr(smoke, "answers_well", ring)

    with pytest.raises(Failure, match="Alarms went off: errors"):
        deploy.install(watched, artifact(WATCHED | {"Outputs": {"New": {"Value": "new"}}}))

    assert "Outputs" not in stage.stack.template()
    # The way back looks at no alarm: one is ringing.
    assert [[each["Arn"].rpartition(":")[2] for each in some] for some in triggers] == [
        ["errors"],
        [],
    ]


def test_alarm_that_a_deployment_takes_away_is_not_looked_at(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation fails an update as soon as an alarm is missing that it was to look at."""
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(WATCHED))
    with_alarm(stage, monkeypatch)
    triggers = noted_triggers(stage)

    deploy.install(stage, artifact(TEMPLATE))

    assert triggers == [[]]


def with_alarm(stage: stages.Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the stack's alarm, which moto's CloudFormation does not make; returns CloudWatch."""
    monkeypatch.setattr(Stack, "resources", lambda *_: {"FunctionsFailAlarm": "errors"})
    cloudwatch = stage.stack.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="5XXError",
        Namespace="AWS/ApiGateway",
        Period=60,
        Statistic="Sum",
        Threshold=0,
    )
    return cloudwatch


def noted_triggers(stage: stages.Stage) -> list[Any]:
    """What each change set from now on is told to look at."""
    noted: list[Any] = []
    stage.stack.session.events.register(
        "provide-client-params.cloudformation.CreateChangeSet",
        lambda params, **_: noted.append(params["RollbackConfiguration"]["RollbackTriggers"]),
    )
    return noted


def test_change_that_takes_a_table_needs_the_stacks_name(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    without = copy.deepcopy(TEMPLATE)
    del without["Resources"]["UsersTable"]

    with pytest.raises(Failure, match="takes UsersTable out of use"):
        deploy.install(stage, artifact(without))

    assert "UsersTable" in stage.stack.template()["Resources"]


def test_parameter_that_the_template_does_not_know_is_named(
    stage: stages.Stage, artifact: Any
) -> None:
    odd = replace(stage, parameters={"Colour": "blue"})

    with pytest.raises(Failure, match="no parameter Colour; it has Stage, MailFrom"):
        deploy.install(odd, artifact(TEMPLATE))


@pytest.mark.parametrize("text", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_second_of_two_deployments_is_told(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    set_status(stage, text)

    with pytest.raises(Failure, match=f"being changed right now \\({text}\\)"):
        changes.make_ready(stage.stack)


def test_change_set_that_was_overtaken_is_told(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw the changes; the other one's were made while this one was asked."""
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    url = stage.stack.upload(artifact(with_queue("Mine")))
    mine = changes.propose(stage.stack, url, stage.parameters)
    assert mine

    refusal = {"Error": {"Code": "InvalidChangeSetStatus", "Message": "it is OBSOLETE"}}
    refuse(monkeypatch, "execute_change_set", refusal)

    with pytest.raises(Failure, match=r"Somebody else has changed flow .* try again to see"):
        changes.exhaust(changes.carry_out(stage.stack, mine))

    assert "Mine" not in stage.stack.template()["Resources"]


def test_change_set_that_vanishes_while_it_is_computed_is_told(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation deletes a stack's other change sets when one is carried out."""
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    refusal = {"Error": {"Code": "ChangeSetNotFound", "Message": "it does not exist"}}
    refuse(monkeypatch, "describe_change_set", refusal)

    with pytest.raises(Failure, match="Somebody else has changed flow"):
        deploy.install(stage, artifact(with_queue("Mine")))


def test_change_set_that_comes_while_another_is_carried_out_is_told(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    set_status(stage, "UPDATE_IN_PROGRESS")
    text = "Stack:flow is in UPDATE_IN_PROGRESS state and can not be updated."
    refusal = {"Error": {"Code": "ValidationError", "Message": text}}
    refuse(monkeypatch, "create_change_set", refusal)

    with pytest.raises(Failure, match="being changed right now \\(UPDATE_IN_PROGRESS\\)"):
        deploy.install(stage, artifact(with_queue("Mine")))


def test_refused_first_deployment_leaves_another_ones_proposal(
    stage: stages.Stage, artifact: Any
) -> None:
    url = stage.stack.upload(artifact(TEMPLATE))
    mine, theirs = (changes.propose(stage.stack, url, stage.parameters) for _ in range(2))
    assert mine
    assert theirs

    changes.withdraw(stage.stack, mine)

    assert status(stage) == "REVIEW_IN_PROGRESS"
    changes.withdraw(stage.stack, theirs)
    assert status(stage) is None


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, refusal: Any) -> None:
    """Have CloudFormation refuse one call from now on."""
    monkeypatch.setattr(
        Stack,
        "cloudformation",
        property(lambda self: _Refusing(self.client("cloudformation"), call, refusal)),
    )


class _Refusing:
    """CloudFormation but for one call, also where a paginator makes it."""

    def __init__(self, client: Any, call: str, refusal: Any) -> None:
        self._client = client
        self._call = call
        self._refusal = refusal

    def __getattr__(self, name: str) -> Any:
        return self._refuse if name == self._call else getattr(self._client, name)

    def _refuse(self, **_: Any) -> None:
        raise self._client.exceptions.ClientError(self._refusal, self._call)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("ROLLBACK_COMPLETE", "Nothing answers yet."),
        ("UPDATE_ROLLBACK_COMPLETE", "The former version goes on answering."),
        ("UPDATE_ROLLBACK_FAILED", "--region eu-central-1 --stack-name flow --resources-to-skip"),
        ("DELETE_FAILED", "put it right"),
    ],
)
def test_each_bad_end_says_what_to_do(stage: stages.Stage, text: str, advice: str) -> None:
    said = str(changes.Ended(stage.stack, text, "!!  Queue  delete failed: it is in use"))

    assert said.startswith(f"flow ended as {text}:\n!!  Queue  delete failed: it is in use\n")
    assert advice in said


def test_whoever_stops_watching_is_told_that_it_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def events() -> Iterator[changes.Event]:
        yield changes.Event("1", "UsersTable", "CREATE_COMPLETE", "", of_stack=False)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        changes.tell(events())

    said = capsys.readouterr().out
    assert "UsersTable  create complete" in said
    assert "it goes on in AWS: `make doctor` shows its end" in said


def test_what_a_failed_first_attempt_left_is_removed(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    set_status(stage, "ROLLBACK_COMPLETE")

    changes.make_ready(stage.stack)

    assert status(stage) is None


@pytest.mark.parametrize("text", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_what_a_failure_left_stays_until_somebody_says_yes(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    set_status(stage, text)
    monkeypatch.delenv("YES")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(Failure, match=r"Nothing was changed"):
        deploy.put_right(stage)

    assert status(stage) == text


def test_what_is_left_of_a_stack_goes_with_its_data_only_by_name(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    stage.stack.client("dynamodb").put_item(TableName="flow-users", Item={"id": {"S": "u"}})
    set_status(stage, "DELETE_FAILED")

    with pytest.raises(Failure, match=r"has data in it.* deploy with NAME=flow"):
        deploy.put_right(stage)

    assert "deleted  flow-users" in capsys.readouterr().out
    assert status(stage) == "DELETE_FAILED"

    monkeypatch.setenv("NAME", "flow")
    deploy.put_right(stage)

    assert status(stage) is None


def test_switch_leaves_a_stack_that_takes_no_changes_as_it_is(
    stage: stages.Stage, artifact: Any, answering: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YES", "1")
    deploy.install(stage, artifact(TEMPLATE))
    set_status(stage, "DELETE_FAILED")

    with pytest.raises(Failure, match=r"flow is DELETE_FAILED.* Nothing was changed"):
        switch.switch(stage, Tables(stage.stack.client("dynamodb"), "flow-"))

    assert status(stage) == "DELETE_FAILED"


def test_switch_takes_no_version_back_that_somebody_deployed_meanwhile(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    revised: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YES", "1")
    placed = copy.deepcopy(TEMPLATE)
    empty = {"Type": "String", "Default": ""}
    placed["Parameters"] |= {"DataPrefix": empty, "ActivityStream": empty}
    changes.deploy(stage.stack, artifact(placed), stage.parameters)
    upload = Stack.upload_template

    def meanwhile(self: Stack, template: Any) -> str:
        """After the switch has read the template, and before it proposes it with other tables."""
        theirs = upload(self, placed | {"Outputs": {"Theirs": {"Value": "theirs"}}})
        proposal = changes.propose(self, theirs, self.parameters() | {"DataPrefix": "x-"})
        assert proposal
        changes.exhaust(changes.carry_out(self, proposal))
        return upload(self, template)

    monkeypatch.setattr(Stack, "upload_template", meanwhile)

    with pytest.raises(Failure, match="Somebody else has changed flow"):
        switch.switch(stage, Tables(stage.stack.client("dynamodb"), "flow-"))

    assert "Outputs" in stage.stack.template()


def test_destroying_needs_the_name(
    stage: stages.Stage,
    artifact: Any,
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("YES", "1")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    deploy.install(stage, artifact(TEMPLATE))
    stage.stack.client("dynamodb").put_item(TableName="flow-users", Item={"id": {"S": "u"}})

    with pytest.raises(Failure, match="make destroy STAGE=dev NAME=flow"):
        destroy.destroy(stage)

    assert "deleted  flow-users" in capsys.readouterr().out
    assert status(stage) == "CREATE_COMPLETE"

    monkeypatch.setenv("NAME", "flow")
    destroy.destroy(stage)

    assert status(stage) is None


def test_destroying_what_is_not_there_says_so(stage: stages.Stage) -> None:
    with pytest.raises(Failure, match="no stack named flow"):
        destroy.destroy(stage)


@pytest.mark.parametrize(("name", "kept"), [("prod", True), ("dev", False)])
def test_which_tables_stay_depends_on_the_stage(name: str, kept: bool) -> None:
    resources = intrinsics.deployed(TEMPLATE, {"Stage": name})

    assert destroy.is_kept(resources["UsersTable"]) is kept


def test_condition_of_every_form_is_understood() -> None:
    same = {"Fn::Equals": [{"Ref": "A"}, "x"]}
    template = {
        "Parameters": {"A": {"Type": "String"}},
        "Conditions": {
            "Same": same,
            "Both": {"Fn::And": [same, {"Condition": "Same"}]},
            "Neither": {"Fn::Not": [{"Fn::Or": [same, same]}]},
        },
        "Resources": {
            "Kept": {"DeletionPolicy": {"Fn::If": ["Both", "Retain", "Delete"]}},
            "Gone": {"DeletionPolicy": {"Fn::If": ["Neither", "Retain", "Delete"]}},
        },
    }

    resources = intrinsics.deployed(template, {"A": "x"})

    assert destroy.is_kept(resources["Kept"])
    assert not destroy.is_kept(resources["Gone"])
