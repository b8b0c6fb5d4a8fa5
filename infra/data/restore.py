"""`make restore`: people's tables as they were at a moment, beside today's, and checked.

Nothing of today's is touched. `make switch` lets the functions use the restored ones.
"""

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra import stages
from infra.data import check, derived, installation, rows
from infra.data.tables import Item, Layout, Tables, create, key_of, layouts, peoples
from infra.data.tables import derived as derived_tables
from infra.progress import Failure, run, say, step

_LOOK_SECONDS = 2.0
_SAY_SECONDS = 15.0
# A table of some gigabytes takes an hour or less; AWS goes on whether or not somebody watches.
_LONGEST_SECONDS = 6 * 3_600
_RECOVERY_SECONDS = 900
_EPOCHS = 1_000
_WRITERS = 8
# The tag that a restore puts on this table at its end, with the prefix as its value.
_MARKED, _FINISHED = "users", "taskflow:restored"
_PRICE = "0.15 USD a GB restored (us-east-1, June 2025)"


def moment(text: str) -> datetime:
    """The time that AT= names; raises Failure."""
    example = "2026-11-23T10:00:00Z"
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Failure(f"Name a moment: AT={example}, not {text!r}.") from None
    raise Failure(f"Say in which time zone, Z for UTC: AT={example}, not {text!r}.")


def prefix_at(stack: str, at: datetime) -> str:
    return f"{stack}-r{at:%Y%m%dT%H%M%SZ}-"


def restore(tables: Tables, to: Tables, at: datetime, *, protected: bool) -> None:
    """Make the tables `to` of the tables `tables` as they were; raises Failure.

    Begun again, it goes on with what is there; what was finished it leaves alone, because people
    may have worked with it since.
    """
    if to.prefix == tables.prefix:
        raise Failure(f"{to.prefix}* are in use already: there is nothing to restore to them.")
    if _was_restored(to):
        return
    there = _begun(tables, to)
    _require_window(tables, at)
    with step(f"Asking DynamoDB for {len(peoples())} tables {to.prefix}*"):
        for name in peoples():
            if name not in there:
                _restore_table(tables, to, name, at)
        for name in derived_tables():
            if name not in there:
                create(to, name)
    with step("Waiting until DynamoDB has them all"):
        _await_all(to, layouts())
    with step("Setting what a restored table has lost: expiry, stream, recovery, protection"):
        for layout in layouts().values():
            _set_up(to, layout, protected=protected)
        _await_all(to, layouts())
    if _was_restored(to):  # by somebody else meanwhile, and people may be at work in them
        return
    with step("Ending every session: those that were ended since then would live again"):
        _end_sessions(to)
    say("· Making the search index and the counters anew")
    derived.rebuild(to)
    say("· Checking keys, indexes, settings, counters, accounts and numbers")
    wrong = [*faults(to), *check.problems(to)]
    if wrong:
        raise Failure(
            "The restored tables are not as they should be; today's are as they were:\n"
            + "\n".join(wrong[:20])
        )
    to.client.tag_resource(ResourceArn=_arn(to), Tags=[{"Key": _FINISHED, "Value": to.prefix}])


def faults(tables: Tables) -> Iterator[str]:
    """How the tables differ from what the template says of them."""
    for layout in layouts().values():
        if _status(tables, layout.name) is None:
            yield f"There is no table {tables.name(layout.name)}."
        else:
            yield from _faults(tables, layout)


def is_finished(tables: Tables) -> bool:
    """Whether a restore of these tables came to its end."""
    if _status(tables, _MARKED) is None:
        return False
    tags = tables.client.list_tags_of_resource(ResourceArn=_arn(tables))["Tags"]
    return {"Key": _FINISHED, "Value": tables.prefix} in tags


def _was_restored(tables: Tables) -> bool:
    if not is_finished(tables):
        return False
    say("They were restored before, and are as they were left since.")
    return True


def _require_window(tables: Tables, at: datetime) -> None:
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for table in peoples():
        name = tables.name(table)
        answer = tables.client.describe_continuous_backups(TableName=name)
        recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise Failure(f"{name} has no point-in-time recovery: it cannot be restored.")
        earliest = max(earliest, recovery.get("EarliestRestorableDateTime", earliest))
        latest = min(latest, recovery.get("LatestRestorableDateTime", latest))
    if not earliest.replace(microsecond=0) <= at <= latest:
        raise Failure(
            f"AT={_text(at)} is not between {_text(earliest)} and {_text(latest)}, to which all"
            " tables can be restored. (The last five minutes are not there yet.)"
        )


def _arn(tables: Tables) -> str:
    found = tables.client.describe_table(TableName=tables.name(_MARKED))["Table"]
    return str(found["TableArn"])


def _restore_table(tables: Tables, to: Tables, name: str, at: datetime) -> None:
    tables.client.restore_table_to_point_in_time(
        SourceTableName=tables.name(name),
        TargetTableName=to.name(name),
        RestoreDateTime=at,
        BillingModeOverride="PAY_PER_REQUEST",
    )


def _begun(tables: Tables, to: Tables) -> set[str]:
    """Which tables are there already, from these: after a switch, others are in use."""
    there = {name for name in layouts() if _status(to, name) is not None}
    for name in there.intersection(peoples()):
        found = tables.client.describe_table(TableName=to.name(name))["Table"]
        arn = found.get("RestoreSummary", {}).get("SourceTableArn", tables.name(name))
        source = arn.rpartition("/")[2]
        if source != tables.name(name):
            raise Failure(
                f"{to.name(name)} was begun from {source}, and {tables.name(name)} is in use now:"
                " name another second, AT=. Nothing was touched."
            )
    return there


def _status(tables: Tables, name: str) -> str | None:
    """What DynamoDB says of the table and its indexes; None where there is none."""
    try:
        found = tables.client.describe_table(TableName=tables.name(name))["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    states = {found["TableStatus"]}
    states |= {index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", [])}
    return "ACTIVE" if states == {"ACTIVE"} else "/".join(sorted(states - {"ACTIVE"}))


def _await_all(tables: Tables, names: Iterable[str]) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    said = time.monotonic()
    waiting = list(names)
    while waiting := [name for name in waiting if _status(tables, name) != "ACTIVE"]:
        if time.monotonic() > deadline:
            raise Failure(
                f"Not ready after {_LONGEST_SECONDS // 3600} hours: {', '.join(waiting)}. The same"
                " command again goes on waiting."
            )
        if time.monotonic() - said > _SAY_SECONDS:
            said = time.monotonic()
            say(f"  waiting for {', '.join(waiting)}")
        time.sleep(_LOOK_SECONDS)


def _set_up(tables: Tables, layout: Layout, *, protected: bool) -> None:
    """What the template gives a table after it was made, unless it has it."""
    name, client = tables.name(layout.name), tables.client
    expiry = layout.properties.get("TimeToLiveSpecification")
    if expiry and _expiry(tables, layout) != expiry["AttributeName"]:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    found = client.describe_table(TableName=name)["Table"]
    stream = layout.properties.get("StreamSpecification")
    if stream and not found.get("StreamSpecification", {}).get("StreamEnabled"):
        client.update_table(TableName=name, StreamSpecification={"StreamEnabled": True, **stream})
        _await_all(tables, [layout.name])
    recovery = layout.properties.get("PointInTimeRecoverySpecification")
    if recovery and not _recovers(tables, layout):
        _turn_on_recovery(tables, layout)
    option = "DeletionProtectionEnabled"
    if protected and option in layout.properties and not found.get(option):
        _await_all(tables, [layout.name])
        client.update_table(TableName=name, **{option: True})


def _turn_on_recovery(tables: Tables, layout: Layout) -> None:
    """As soon as DynamoDB can: a table that was just made has to wait for it."""
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while True:
        try:
            tables.client.update_continuous_backups(
                TableName=tables.name(layout.name),
                PointInTimeRecoverySpecification=layout.properties[
                    "PointInTimeRecoverySpecification"
                ],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "ContinuousBackupsUnavailableException" or time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return


def _end_sessions(tables: Tables) -> None:
    """Nobody has ended their sessions so often since that a token of then or of now would fit."""

    def end(user: Item) -> None:
        tables.client.update_item(
            TableName=tables.name("users"),
            Key=key_of("users", user),
            UpdateExpression="SET session_epoch = session_epoch + :step REMOVE sessions",
            ExpressionAttributeValues={":step": {"N": str(_EPOCHS)}},
        )

    with ThreadPoolExecutor(_WRITERS) as pool:
        for page in rows.pages(tables, "users"):
            list(pool.map(end, page))


def _faults(tables: Tables, layout: Layout) -> Iterator[str]:
    name = tables.name(layout.name)
    found = tables.client.describe_table(TableName=name)["Table"]
    wanted = layout.properties
    if _keys(found) != _keys(wanted):
        yield f"{name} has the keys {_keys(found)}, and should have {_keys(wanted)}."
    indexes, due = _indexes(found), _indexes(wanted)
    if indexes != due:
        yield f"{name} has the indexes {indexes}, and should have {due}."
    expiry = wanted.get("TimeToLiveSpecification", {}).get("AttributeName")
    if _expiry(tables, layout) != expiry:
        yield f"{name}: expiry is not by {expiry}."
    if "StreamSpecification" in wanted and "LatestStreamArn" not in found:
        yield f"{name} has no stream."
    if "PointInTimeRecoverySpecification" in wanted and not _recovers(tables, layout):
        yield f"{name} has no point-in-time recovery."


def _keys(table: Any) -> list[str]:
    return [f"{key['AttributeName']} {key['KeyType']}" for key in table["KeySchema"]]


def _indexes(table: Any) -> dict[str, list[str]]:
    return {index["IndexName"]: _keys(index) for index in table.get("GlobalSecondaryIndexes", [])}


def _expiry(tables: Tables, layout: Layout) -> str | None:
    """By which attribute the table's items expire."""
    answer = tables.client.describe_time_to_live(TableName=tables.name(layout.name))
    expiry = answer["TimeToLiveDescription"]
    on = expiry.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    return str(expiry["AttributeName"]) if on else None


def _recovers(tables: Tables, layout: Layout) -> bool:
    answer = tables.client.describe_continuous_backups(TableName=tables.name(layout.name))
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return bool(recovery.get("PointInTimeRecoveryStatus") == "ENABLED")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def main() -> None:
    stage = stages.chosen()
    at = moment(os.environ.get("AT", ""))
    with installation.answers():
        stack = stage.stack
        tables = installation.tables(stage)
        to = Tables(tables.client, prefix_at(stack.name, at))
        if to.prefix == stack.outputs()["TablePrefix"]:
            raise Failure(f"{to.prefix}* are in use already: name another moment, AT=.")
        say(f"Restoring {tables.prefix}* as of {_text(at)} to {to.prefix}*, for {_PRICE}.")
        say("Today's tables stay as they are, and in use.")
        restore(tables, to, at, protected=stack.parameters().get("Stage") == "prod")
    say(
        f"\n{to.prefix}* are checked and ready. To use them:\n"
        f"  make switch STAGE={stage.name} PREFIX={to.prefix}\n"
        "What people do until then is in today's tables only. `make export` reads the restored ones,"
        f"\nwith PREFIX={to.prefix}"
    )


if __name__ == "__main__":
    run(main)
