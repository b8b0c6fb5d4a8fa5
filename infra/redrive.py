"""`make redrive`: bring what failed for good once more, and take it off the queue when it arrived."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import ids
from infra import stages
from infra.progress import run, say, step
from infra.stack import Stack

# As many as fit into one call of Lambda, 6 MB, with room to spare.
RECORDS_AT_ONCE = 50
# Longer than delivering one message takes, so that nobody else gets it meanwhile.
HIDDEN_SECONDS = 300
# A change takes its id before it commits, and the stream tells the time of the commit.
SLACK = timedelta(minutes=1)
# A stream may answer with nothing although records follow, where time lies between them.
EMPTY_ANSWERS = 100
# How a stream refuses what it has forgotten, or never had.
FORGOTTEN = {"TrimmedDataAccessException", "ResourceNotFoundException"}

STRANGE = "it is nothing that TaskFlow puts there"
READ_NOW = "changes that an earlier release could not read, brought"

Record = Mapping[str, Any]


class NotDelivered(Exception):
    """Why a message stays on the queue."""


class SetAside(NotDelivered):
    """A change was brought a moment ago, and the outbox has put it on the queue anew."""


def main() -> int:
    stage = stages.chosen()
    with stages.answers(), step(f"Redriving what failed in {stage.stack.name}"):
        kept = Redrive(stage.stack).all()
    return 1 if kept else 0


class Redrive:
    """One run over the failed queue. Delivering twice does no harm, so a run may end anywhere."""

    def __init__(self, stack: Stack) -> None:
        outputs = stack.outputs()
        self._failed = outputs["FailedQueueUrl"]
        self._mail = outputs["MailQueueUrl"]
        self._prefix = outputs["TablePrefix"]
        self._functions = stack.functions()
        self._sqs = stack.client("sqs")
        self._lambda = stack.client("lambda")
        self._streams = stack.client("dynamodbstreams")
        self._dynamodb = stack.client("dynamodb")

    def all(self) -> int:
        """Bring every message once; returns how many stay, after saying why."""
        delivered: Counter[str] = Counter()
        kept: list[str] = []
        seen: set[str] = set()
        for message in self._messages():
            body, handle = message["Body"], message["ReceiptHandle"]
            try:
                kind = self._deliver(body, is_new=_meaning(body) not in seen)
            except (NotDelivered, BotoCoreError, ClientError) as reason:
                if isinstance(reason, SetAside):
                    delivered[READ_NOW] -= 1
                kept.append(handle)
                say(f"!!  message {message['MessageId']} stays: {reason}")
                continue
            seen.add(_meaning(body))
            delivered[kind] += 1
            self._sqs.delete_message(QueueUrl=self._failed, ReceiptHandle=handle)
        for handle in kept:
            self._sqs.change_message_visibility(
                QueueUrl=self._failed, ReceiptHandle=handle, VisibilityTimeout=0
            )
        for kind, count in sorted((+delivered).items()):
            say(f"  {kind}: {count}")
        say(f"{delivered.total()} brought again, {len(kept)} left on the queue.")
        return len(kept)

    def _messages(self) -> Iterator[Any]:
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._failed,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            yield from messages

    def _deliver(self, text: str, *, is_new: bool) -> str:
        """Bring one message to where it failed; returns what it was, raises NotDelivered."""
        try:
            return self._brought(text, is_new=is_new)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotDelivered(STRANGE) from error

    def _brought(self, text: str, *, is_new: bool) -> str:
        if _is_packed(text):
            self._sqs.send_message(QueueUrl=self._mail, MessageBody=text)
            return "mail, back in its queue"
        body = _parsed(text)
        if "DDBStreamBatchInfo" in body:
            self._to_outbox(self._records(body["DDBStreamBatchInfo"]))
            return "batches of changes, delivered"
        if "dynamodb" in body:
            if not is_new:
                raise SetAside("this release cannot read the change")
            self._to_outbox([body])
            return READ_NOW
        if "requestPayload" in body:
            self._invoke(_function(body), body["requestPayload"])
            return "calls of a function, made again"
        raise NotDelivered(STRANGE)

    def _to_outbox(self, records: Iterable[Record]) -> None:
        waiting = list(records)
        for start in range(0, len(waiting), RECORDS_AT_ONCE):
            some = waiting[start : start + RECORDS_AT_ONCE]
            failures = self._invoke(self._functions["Outbox"], {"Records": some})
            if failures:
                raise NotDelivered(f"{len(failures)} of its changes failed again; see `make logs`")

    def _invoke(self, function: str, event: Any) -> list[Any]:
        """Call a function and wait; returns what it could not do, raises NotDelivered when it fails."""
        payload = json.dumps(event, default=_plain).encode()
        answer = self._lambda.invoke(FunctionName=function, Payload=payload)
        text = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise NotDelivered(f"{function} failed: {text.decode()[:300]}")
        result = json.loads(text or b"null")
        return result.get("batchItemFailures", []) if isinstance(result, dict) else []

    def _records(self, batch: Mapping[str, Any]) -> list[Record]:
        """The batch from the stream, which remembers 24 hours, else from the table."""
        try:
            found = list(self._from_stream(batch))
        except ClientError as error:
            if error.response["Error"]["Code"] not in FORGOTTEN:
                raise
            found = []
        is_whole = found and _number(found[-1]) == int(batch["endSequenceNumber"])
        return found if is_whole else list(self._from_table(batch))

    def _from_stream(self, batch: Mapping[str, Any]) -> Iterator[Record]:
        iterator = self._streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
        last, empty = int(batch["endSequenceNumber"]), 0
        while iterator and empty < EMPTY_ANSWERS:
            answer = self._streams.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                if _number(record) <= last:
                    yield _as_lambda_gets(record)
                if _number(record) >= last:
                    return
            empty += not answer["Records"]
            iterator = answer.get("NextShardIterator")

    def _from_table(self, batch: Mapping[str, Any]) -> Iterator[Record]:
        """Every team's changes of the batch's time: more than the batch, which does no harm."""
        first = ids.first_at(_moment(batch["approximateArrivalOfFirstRecord"]) - SLACK)
        last = ids.first_at(_moment(batch["approximateArrivalOfLastRecord"]) + SLACK)
        query = self._dynamodb.get_paginator("query")
        for team in self._teams():
            pages = query.paginate(
                TableName=f"{self._prefix}activity",
                KeyConditionExpression="team = :team AND id BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":team": {"S": team},
                    ":first": {"S": first},
                    ":last": {"S": last},
                },
            )
            for page in pages:
                for item in page["Items"]:
                    yield _record(item["id"]["S"], item)

    def _teams(self) -> list[str]:
        """A scan, of the smallest table: only people with a terminal come here."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=f"{self._prefix}teams",
            FilterExpression="#item = :team",
            ExpressionAttributeNames={"#item": "item", "#key": "key"},
            ExpressionAttributeValues={":team": {"S": "team"}},
            ProjectionExpression="#key",
        )
        return sorted(item["key"]["S"] for page in pages for item in page["Items"])


def _is_packed(text: str) -> bool:
    """Whether it is a change as the mail queue carries it; storage/activity.py packs them."""
    try:
        json.loads(zlib.decompress(base64.b85decode(text)))
    except (ValueError, zlib.error):
        return False
    return True


def _parsed(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _meaning(text: str) -> str:
    """The same for two messages that say the same, however they space it."""
    body = _parsed(text)
    return json.dumps(body, sort_keys=True) if body else text


def _function(body: Mapping[str, Any]) -> str:
    return str(body["requestContext"]["functionArn"]).removesuffix(":$LATEST")


def _as_lambda_gets(record: Mapping[str, Any]) -> Record:
    change = record["dynamodb"]
    bare = _record(change["SequenceNumber"], change.get("NewImage", {}))
    return {**bare, "eventName": record["eventName"]}


def _record(number: str, image: Mapping[str, Any]) -> Record:
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": number, "NewImage": image}}


def _number(record: Mapping[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _plain(value: Any) -> str:
    """Binary attributes as Lambda's events carry them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no JSON")


if __name__ == "__main__":
    run(main)
