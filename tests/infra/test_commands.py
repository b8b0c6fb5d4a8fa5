"""The commands of every day: what they do, and what they refuse."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from chalicelib import ids
from chalicelib.services import tokens
from infra import bill, dependencies, doctor, keys, logs, progress, redrive
from infra.progress import Failure
from infra.stack import Stack
from infra.stages import Stage
from infra.tail import Tail
from tests.conftest import Time

REGION = "eu-central-1"
NOW = 1_795_424_400
HOUR = 3600


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("FORCE", "FILTER", "SINCE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        stack = Stack(boto3.Session(region_name=REGION), "flow")
        yield Stage("dev", stack, "arm64", 0, {"Stage": "dev", "MailFrom": "me@flow.example"})


# The signing key


def stored(stage: Stage) -> Any:
    ssm = stage.stack.client("ssm")
    found = ssm.get_parameter(Name=stage.stack.key_parameter, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    return json.loads(found["Value"])


@pytest.fixture
def signing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage that has its first key."""
    monkeypatch.setattr(Stack, "functions", lambda _: {})
    stage.stack.ensure_signing_key()
    return stage


def test_new_key_signs_and_the_former_still_verifies(signing: Stage) -> None:
    first = stored(signing)["current"]

    keys.rotate(signing, NOW)

    current, ring = tokens.parse_keys(stored(signing))
    assert stored(signing)["previous"] == first
    assert set(ring) == {current, first["kid"]}
    assert current != first["kid"]


def test_second_rotation_waits_for_the_first_ones_tokens(signing: Stage) -> None:
    keys.rotate(signing, NOW)
    after_one = stored(signing)

    with pytest.raises(Failure, match="wait 1 h 0 min"):
        keys.rotate(signing, NOW + 23 * HOUR)

    assert stored(signing) == after_one
    keys.rotate(signing, NOW + 24 * HOUR)
    assert stored(signing)["previous"] == after_one["current"]


def test_leaked_key_is_rotated_out_at_once(signing: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    leaked = stored(signing)["current"]
    keys.rotate(signing, NOW)
    monkeypatch.setenv("FORCE", "1")

    keys.rotate(signing, NOW + 60)

    assert leaked not in stored(signing).values()


@pytest.mark.parametrize("text", ["secret", "[]", "{}", '{"current":null}'])
def test_what_is_no_key_is_not_rotated(signing: Stage, text: str) -> None:
    signing.stack.client("ssm").put_parameter(
        Name=signing.stack.key_parameter, Value=text, Type="SecureString", Overwrite=True
    )

    with pytest.raises(Failure, match="holds no keys as TaskFlow writes them"):
        keys.rotate(signing, NOW)


def test_key_that_was_never_made_is_not_rotated(stage: Stage) -> None:
    with pytest.raises(Failure, match="make deploy STAGE=dev"):
        keys.rotate(stage, NOW)


# Logs


@pytest.mark.parametrize(("text", "span"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_span_is_a_number_and_a_unit(text: str, span: int) -> None:
    assert logs.seconds(text) == span


@pytest.mark.parametrize("text", ["", "10", "m", "-1m", "1w", "0m", "yesterday"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(Failure, match="SINCE must be a span"):
        logs.seconds(text)


def test_logs_are_filtered_and_begin_where_they_are_asked_to(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "functions", lambda _: {"Outbox": "flow-outbox"})
    client, now = stage.stack.client("logs"), int(time.time() * 1000)
    client.create_log_group(logGroupName="/aws/lambda/flow-outbox")
    client.create_log_stream(logGroupName="/aws/lambda/flow-outbox", logStreamName="s")
    client.put_log_events(
        logGroupName="/aws/lambda/flow-outbox",
        logStreamName="s",
        logEvents=[
            {"timestamp": now - age, "message": json.dumps({"event": name})}
            for age, name in (
                (90_000, "mail_sent"),
                (50_000, "mail_sent"),
                (40_000, "user_enabled"),
            )
        ],
    )

    tail = Tail(stage.stack, since=now - 60_000, wanted="MAIL")

    assert [line[10:] for line in tail.lines()] == ["mail sent"]
    assert tail.lines() == []


def test_reading_back_says_that_it_is_alive(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lines(_: Tail) -> list[str]:
        time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setattr(Stack, "functions", lambda _: {})
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(Tail, "lines", lines)

    with pytest.raises(KeyboardInterrupt):
        logs.main()

    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("· What taskflow-dev logged in the last 10m")
    assert second.startswith("  … ")


# The bill


def costs(*services: tuple[str, str]) -> dict[str, Any]:
    groups = [
        {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
        for name, amount in services
    ]
    return {"ResultsByTime": [{"Groups": groups}]}


def test_bill_is_by_service_dearest_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []
    answer = costs(("AWS Lambda", "0.004"), ("Amazon DynamoDB", "1.25"), ("Amazon S3", "0.4"))
    _explorer(monkeypatch, lambda **request: asked.append(request) or answer)

    bill.bill(stage, date(2026, 11, 23))

    said = capsys.readouterr().out
    assert asked[0]["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-24"}
    assert asked[0]["Filter"]["Tags"]["Values"] == ["flow"]
    assert "$0.01" in said
    assert said.index("Amazon DynamoDB") < said.index("Amazon S3")
    assert "AWS Lambda" not in said
    assert "1.65  USD together" in said


def test_bill_that_knows_no_stacks_says_how_it_learns(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _explorer(monkeypatch, lambda **_: costs())

    with pytest.raises(Failure, match="update-cost-allocation-tags-status"):
        bill.bill(stage, date(2026, 11, 1))


def test_bill_of_an_account_that_has_none_yet_is_explained(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unseen(**_: Any) -> Any:
        error = {"Error": {"Code": "DataUnavailableException", "Message": "not available"}}
        raise doctor.ClientError(error, "GetCostAndUsage")

    _explorer(monkeypatch, unseen)

    with pytest.raises(Failure, match=r"nothing for flow\. Either nothing has cost anything yet"):
        bill.bill(stage, date(2026, 11, 1))


def _explorer(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Moto's Cost Explorer only repeats what is put into it over HTTP."""
    _answering(monkeypatch, "ce", "get_cost_and_usage", answer)


def _answering(monkeypatch: pytest.MonkeyPatch, service: str, method: str, answer: Any) -> None:
    """Have one method of a service answered by the test, because moto does not."""
    real = boto3.Session.client

    def client(self: boto3.Session, name: str, **more: Any) -> Any:
        made = real(self, name, **more)
        if name == service:
            setattr(made, method, answer)
        return made

    monkeypatch.setattr(boto3.Session, "client", client)


# Doctor


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"ProductionAccessEnabled": False, "SendingEnabled": True}
    _answering(monkeypatch, "sesv2", "get_account", lambda: account)


def test_doctor_says_each_thing_and_stops_for_none_of_the_harmless(
    stage: Stage, sandbox: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.stack.client("sesv2").create_email_identity(EmailIdentity="flow.example")

    doctor.require(stage)

    lines = [line for line in capsys.readouterr().out.splitlines() if line[:2] in {"ok", "!!"}]
    about = {line[4:].split(":")[0] for line in lines}
    assert any("sandbox" in line for line in lines)
    assert about >= {"tools", "runtime", "credentials", "region", "stack", "signing key", "mail"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (180, "ok  runtime: AWS patches python3.12 until 2028-10-31"),
        (
            179,
            (
                "!!  runtime: AWS patches python3.12 until 2028-10-31, and soon after it takes no"
                " changes of such functions; choose python3.13 in infra/stages/dev.json"
            ),
        ),
    ],
)
def test_end_of_a_runtime_is_told_half_a_year_before(
    stage: Stage, now: Time, monkeypatch: pytest.MonkeyPatch, days: int, expected: str
) -> None:
    interpreter = dependencies.Interpreter("3.12", "/opt/python3.12")
    monkeypatch.setattr(dependencies, "interpreter", lambda _: interpreter)
    now.now = datetime(2028, 10, 31, tzinfo=UTC) - timedelta(days=days)

    said = [str(finding) for finding in doctor._tools(stage)]

    assert expected in said
    assert not any(finding.blocks for finding in doctor._tools(stage))


def test_without_credentials_nothing_else_is_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise doctor.ClientError({"Error": {"Code": "ExpiredToken", "Message": "late"}}, "Get")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)

    with pytest.raises(Failure, match="One line above"):
        doctor.require(stage)

    said = capsys.readouterr().out
    assert "aws sts get-caller-identity" in said
    assert "stack:" not in said


def test_sender_must_be_known_before_the_first_deployment(stage: Stage, sandbox: None) -> None:
    nobody = Stage("dev", stage.stack, "arm64", 0, {"Stage": "dev"})

    with pytest.raises(Failure, match="must be put right"):
        doctor.require(nobody)


def test_key_that_anyone_could_read_stops_a_deployment(stage: Stage, sandbox: None) -> None:
    stage.stack.client("ssm").put_parameter(
        Name=stage.stack.key_parameter, Value="{}", Type="String"
    )

    with pytest.raises(Failure, match="must be put right"):
        doctor.require(stage)


@pytest.mark.parametrize("text", sorted({*doctor.STATES, "IMPORT_ROLLBACK_FAILED"}))
def test_every_broken_state_is_explained(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(Stack, "describe", lambda _: {"StackStatus": text})

    (finding,) = doctor._stack(stage)

    assert not finding.is_well
    assert text in finding.sentence


# Redrive


@pytest.fixture
def failed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> "Failed":
    return Failed(stage.stack, monkeypatch)


class Failed:
    """A stack's queues on moto, and an outbox that notes what it is brought."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        sqs = stack.client("sqs")
        self.failed = sqs.create_queue(QueueName="failed")["QueueUrl"]
        self.mail = sqs.create_queue(QueueName="mail")["QueueUrl"]
        outputs = {"FailedQueueUrl": self.failed, "MailQueueUrl": self.mail, "TablePrefix": "f-"}
        monkeypatch.setattr(Stack, "outputs", lambda _: outputs)
        monkeypatch.setattr(Stack, "functions", lambda _: {"Outbox": "flow-outbox"})
        self.sqs = sqs
        self.brought: list[Any] = []
        self.redrive = redrive.Redrive(stack)
        # moto runs functions in Docker alone.
        self.redrive._invoke = self._invoke  # type: ignore[method-assign]
        self.answers: list[Any] = []

    def _invoke(self, function: str, event: Any) -> list[Any]:
        self.brought.append((function, event))
        return self.answers.pop() if self.answers else []

    def put(self, body: Any) -> None:
        self.sqs.send_message(QueueUrl=self.failed, MessageBody=body)

    @property
    def left(self) -> int:
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["failed"]
        return len(queue._messages)


RECORD = {
    "eventName": "INSERT",
    "dynamodb": {"SequenceNumber": "1", "NewImage": {"id": {"S": "a"}}},
}


def test_set_aside_record_goes_to_the_outbox_and_off_the_queue(failed: Failed) -> None:
    failed.put(json.dumps(RECORD))

    assert failed.redrive.all() == 0
    assert failed.brought == [("flow-outbox", {"Records": [RECORD]})]
    assert failed.left == 0


def test_what_fails_again_stays(failed: Failed) -> None:
    failed.put(json.dumps(RECORD))
    failed.answers = [[{"itemIdentifier": "1"}]]

    assert failed.redrive.all() == 1
    assert failed.left == 1


def test_record_that_is_set_aside_again_is_brought_once_a_run(
    failed: Failed, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(RECORD)
    failed.put(text)
    bring = failed._invoke

    def set_aside(function: str, event: Any) -> list[Any]:
        failed.put(json.dumps(RECORD, separators=(",", ":")))
        return bring(function, event)

    failed.redrive._invoke = set_aside  # type: ignore[method-assign]

    assert failed.redrive.all() == 1
    assert (len(failed.brought), failed.left) == (1, 1)
    assert capsys.readouterr().out.endswith("0 brought again, 1 left on the queue.\n")


def test_call_that_failed_is_made_again(failed: Failed) -> None:
    arn = "arn:aws:lambda:eu-central-1:1:function:flow-feedback"
    context = {"functionArn": f"{arn}:$LATEST"}
    failed.put(json.dumps({"requestContext": context, "requestPayload": {"Records": []}}))

    assert failed.redrive.all() == 0
    assert failed.brought == [(arn, {"Records": []})]


@pytest.mark.parametrize("hesitates", [False, True])
def test_batch_is_read_from_the_stream_again(stage: Stage, failed: Failed, hesitates: bool) -> None:
    """Also where the stream says nothing at first, as DynamoDB's may though records follow."""
    dynamodb = stage.stack.client("dynamodb")
    table = dynamodb.create_table(
        TableName="f-activity",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    for name in "abcd":
        dynamodb.put_item(TableName="f-activity", Item={"id": {"S": name}, "b": {"B": b"\1"}})
    streams = stage.stack.client("dynamodbstreams")
    arn = table["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    numbers = [
        record["dynamodb"]["SequenceNumber"]
        for record in streams.get_records(ShardIterator=iterator)["Records"]
    ]
    batch = {
        "streamArn": arn,
        "shardId": shard,
        "startSequenceNumber": numbers[1],
        "endSequenceNumber": numbers[2],
    }
    failed.put(json.dumps({"DDBStreamBatchInfo": batch}))
    read, asked = failed.redrive._streams.get_records, Counter[str]()

    def hesitant(ShardIterator: str) -> Any:  # noqa: N803 - boto3's name
        asked["times"] += 1
        if hesitates and asked["times"] == 1:
            return {"Records": [], "NextShardIterator": ShardIterator}
        return read(ShardIterator=ShardIterator)

    failed.redrive._streams.get_records = hesitant

    assert failed.redrive.all() == 0

    ((_, event),) = failed.brought
    assert [r["dynamodb"]["NewImage"]["id"]["S"] for r in event["Records"]] == ["b", "c"]
    assert json.loads(json.dumps(event, default=redrive._plain))["Records"][0]["dynamodb"][
        "NewImage"
    ]["b"] == {"B": "AQ=="}


def test_batch_that_the_stream_has_in_part_is_read_from_the_table(
    stage: Stage, failed: Failed
) -> None:
    dynamodb = stage.stack.client("dynamodb")
    for name, key in (("f-teams", ("key", "item")), ("f-activity", ("team", "id"))):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in key],
            KeySchema=[
                {"AttributeName": each, "KeyType": kind}
                for each, kind in zip(key, ("HASH", "RANGE"), strict=True)
            ],
        )
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    items = [{"team": {"S": "TF"}, "id": {"S": ids.first_at(at) + each}} for each in "ab"]
    dynamodb.put_item(TableName="f-teams", Item={"key": {"S": "TF"}, "item": {"S": "team"}})
    for item in items:
        dynamodb.put_item(TableName="f-activity", Item=item)
    first = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "NewImage": items[0]}}
    streams = failed.redrive._streams
    streams.get_shard_iterator = lambda **_: {"ShardIterator": "there"}
    streams.get_records = lambda **_: {"Records": [first]}
    batch = {
        "streamArn": "arn:aws:dynamodb:eu-central-1:1:table/f-activity/stream/now",
        "shardId": "shard",
        "startSequenceNumber": "7",
        "endSequenceNumber": "8",
        "approximateArrivalOfFirstRecord": at.isoformat(),
        "approximateArrivalOfLastRecord": at.isoformat(),
    }
    failed.put(json.dumps({"DDBStreamBatchInfo": batch}))

    assert failed.redrive.all() == 0

    ((_, event),) = failed.brought
    assert [record["dynamodb"]["NewImage"] for record in event["Records"]] == items


def test_what_nobody_here_wrote_stays(failed: Failed) -> None:
    bodies = ("nonsense", "[]", '{"a":1}', '"text"', '{"requestPayload":1}')
    batches = ('{"DDBStreamBatchInfo":{}}', '{"DDBStreamBatchInfo":null}')
    for body in (*bodies, *batches):
        failed.put(body)

    assert failed.redrive.all() == 7
    assert failed.brought == []
