"""Backups and restored tables: whole, checked, with what a restore drops set again."""

import dataclasses
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import ANY, Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.services import tasks
from chalicelib.services.tasks import Draft
from infra import doctor
from infra.data import backup, derived, restore, switch
from infra.data.tables import Tables, layouts, peoples
from infra.data.tables import derived as derived_tables
from infra.progress import Failure
from infra.stack import Stack
from infra.stages import Stage
from tests.conftest import Client, Time

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def tables(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """An installation that can be restored to a moment, with moto the same for all tables."""
    monkeypatch.setattr("moto.dynamodb.models.unix_time", AT.timestamp)
    client = boto3.client("dynamodb", region_name="eu-central-1")
    found = Tables(client, os.environ["TABLE_PREFIX"])
    for table in peoples():
        client.update_continuous_backups(
            TableName=found.name(table),
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    return found


@pytest.fixture
def work(tables: Tables, alice: Client, bob: Client) -> None:
    assert alice.user
    for number in range(5):
        tasks.create(alice.user, Draft(f"Task {number}"))
    tasks.delete(alice.user, "TF-2")


def restored(tables: Tables) -> Tables:
    return dataclasses.replace(tables, prefix=restore.prefix_at("taskflow-test", AT))


def run(tables: Tables, **options: Any) -> Tables:
    """Restore to a moment that moto, which has no past, has."""
    answer = tables.client.describe_continuous_backups(TableName=tables.name("users"))
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    moment = recovery["LatestRestorableDateTime"].replace(microsecond=0)
    restore.restore(tables, restored(tables), moment, **({"protected": False} | options))
    return restored(tables)


def broken_off(tables: Tables) -> None:
    """As the restore of these tables was before its very end."""
    found = tables.client.describe_table(TableName=tables.name("users"))["Table"]
    tables.client.untag_resource(ResourceArn=found["TableArn"], TagKeys=["taskflow:restored"])


def items(tables: Tables, table: str) -> list[Any]:
    return sorted(tables.client.scan(TableName=tables.name(table))["Items"], key=str)


def test_restored_tables_hold_what_people_made_and_what_follows_from_it(
    tables: Tables, work: None
) -> None:
    before = {name: items(tables, name) for name in layouts()}
    derived.reindex(tables)

    new = run(tables)

    same = set(peoples()) - {"users"}
    assert new.prefix == "taskflow-test-r20261123T100000Z-"
    assert {name: items(new, name) for name in same} == {name: before[name] for name in same}
    signed_out = {"session_epoch": ANY, "sessions": ANY}
    assert [row | signed_out for row in items(new, "users")] == before["users"]
    assert items(new, "search") == items(tables, "search")
    assert {row["part"]["S"] for row in items(new, "stats")} == {"shard#0"}
    assert items(new, "ephemeral") == items(new, "connections") == []
    before |= {"search": items(tables, "search")}
    assert {name: items(tables, name) for name in layouts()} == before


def test_no_session_lives_on_in_restored_tables(tables: Tables, work: None) -> None:
    new = run(tables)

    assert {row["session_epoch"]["N"] for row in items(tables, "users")} == {"1"}
    assert {row["session_epoch"]["N"] for row in items(new, "users")} == {"1001"}


def test_settings_that_a_restore_drops_are_those_of_the_template(
    tables: Tables, work: None
) -> None:
    new = run(tables, protected=True)

    for name, layout in layouts().items():
        found = new.client.describe_table(TableName=new.name(name))["Table"]
        expiry = new.client.describe_time_to_live(TableName=new.name(name))
        assert ("LatestStreamArn" in found) == (name == "activity")
        assert found.get("DeletionProtectionEnabled", False) == (
            "DeletionProtectionEnabled" in layout.properties
        )
        assert (expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED") == (
            "TimeToLiveSpecification" in layout.properties
        )
        assert list(restore._faults(new, layout)) == []


def test_a_restore_that_was_broken_off_goes_on(tables: Tables, work: None) -> None:
    new = restored(tables)
    for name in peoples()[:3]:
        new.client.restore_table_to_point_in_time(
            SourceTableName=tables.name(name), TargetTableName=new.name(name)
        )

    assert run(tables) == new
    assert items(new, "tasks") == items(tables, "tasks")


def test_a_restore_goes_on_from_the_tables_it_was_begun_from_only(
    tables: Tables, work: None
) -> None:
    begun = run(tables)
    broken_off(begun)
    switched_to = dataclasses.replace(tables, prefix="taskflow-test-other-")

    with pytest.raises(Failure, match=r"was begun from .*: name another second, AT="):
        restore.restore(switched_to, begun, AT, protected=False)


def test_a_restore_that_was_finished_leaves_what_people_did_since(
    tables: Tables, work: None
) -> None:
    new = run(tables)
    key = {"key": {"S": "TF"}, "item": {"S": "sequence"}}
    new.client.delete_item(TableName=new.name("teams"), Key=key)
    worked_with = {name: items(new, name) for name in layouts()}

    run(tables)

    assert {name: items(new, name) for name in layouts()} == worked_with


def test_a_restore_that_somebody_else_finished_meanwhile_leaves_their_people_alone(
    tables: Tables, work: None
) -> None:
    new = restored(tables)

    def finish(**_: Any) -> None:
        if restore._status(new, "users"):
            arn = new.client.describe_table(TableName=new.name("users"))["Table"]["TableArn"]
            tag = {"Key": "taskflow:restored", "Value": new.prefix}
            new.client.tag_resource(ResourceArn=arn, Tags=[tag])

    tables.client.meta.events.register("after-call.dynamodb.RestoreTableToPointInTime", finish)

    run(tables)

    assert {row["session_epoch"]["N"] for row in items(new, "users")} == {"1"}


def test_switch_is_to_tables_that_were_restored_to_the_end(tables: Tables, work: None) -> None:
    new = run(tables)
    stream = new.client.describe_table(TableName=new.name("activity"))["Table"]["LatestStreamArn"]

    assert switch._parameters("taskflow-test", new) == {
        "DataPrefix": new.prefix,
        "ActivityStream": stream,
    }
    assert switch._parameters("taskflow-test", tables) == {"DataPrefix": "", "ActivityStream": ""}
    broken_off(new)
    with pytest.raises(Failure, match=r"are not finished: the same `make restore`"):
        switch._parameters("taskflow-test", new)
    new.client.delete_table(TableName=new.name("search"))
    with pytest.raises(Failure, match=r"There is no table taskflow-test-r.*-search"):
        switch._parameters("taskflow-test", new)


def test_what_is_wrong_with_a_restored_table_is_said(tables: Tables, work: None) -> None:
    new = run(tables)
    new.client.update_time_to_live(
        TableName=new.name("trash"),
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
    )
    key = {"key": {"S": "TF"}, "item": {"S": "sequence"}}
    new.client.delete_item(TableName=new.name("teams"), Key=key)
    new.client.delete_table(TableName=new.name("connections"))
    new.client.create_table(
        TableName=new.name("connections"),
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    broken_off(new)

    with pytest.raises(Failure, match=r"connections has the keys \['id HASH'\]"):
        run(tables)
    assert list(restore._faults(new, layouts()["trash"])) == []
    sequence = new.client.get_item(TableName=new.name("teams"), Key=key)["Item"]
    assert sequence["last_number"] == {"N": "5"}


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (200, "", "  1 closed\n"),
        (410, "GoneException", "  0 closed\n"),
        (403, "AccessDeniedException", "!!  not all of them: These credentials may not do that"),
    ],
)
def test_switch_closes_the_sockets_that_the_former_tables_know(
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: str,
    said: str,
) -> None:
    monkeypatch.setattr(Stack, "outputs", lambda _: {"ApiId": "a", "SocketApiId": "s"})
    monkeypatch.setattr(Stack, "parameters", lambda _: {"Stage": "dev"})
    stage = Stage("dev", Stack(boto3.Session(region_name="eu-central-1"), "flow"), "arm64", 0, {})
    asked: list[str] = []

    def answer(params: Any, **_: Any) -> Any:
        asked.append(params["url"])
        error = {"Error": {"Code": code, "Message": "no"}} if code else {}
        return Mock(status_code=status), {"ResponseMetadata": {}} | error

    stage.stack.session.events.register(
        "before-call.apigatewaymanagementapi.DeleteConnection", answer
    )
    for team in ("*", "TF"):
        row = {"team": {"S": team}, "connection_id": {"S": "socket"}}
        tables.client.put_item(TableName=tables.name("connections"), Item=row)

    switch._say_who_hung_up(stage, tables)

    site = "https://s.execute-api.eu-central-1.amazonaws.com/dev"
    assert asked == [f"{site}/@connections/socket"]
    assert capsys.readouterr().out.startswith(said)


def test_doctor_misses_what_a_restored_table_has_not(
    tables: Tables, work: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = run(tables)
    stage = Stage("dev", Stack(boto3.Session(region_name="eu-central-1"), "flow"), "arm64", 0, {})
    monkeypatch.setattr(Stack, "is_new", lambda _: False)
    monkeypatch.setattr(Stack, "parameters", lambda _: {"DataPrefix": new.prefix})
    (before,) = doctor._tables(stage)
    new.client.delete_table(TableName=new.name("search"))

    missing, remedy = doctor._tables(stage)

    assert before.is_well
    assert missing.blocks
    assert missing.sentence == f"tables: There is no table {new.name('search')}."
    assert "into a new stack" in remedy.sentence


def test_stack_s_own_tables_are_no_question(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("dev", Stack(boto3.Session(region_name="eu-central-1"), "flow"), "arm64", 0, {})
    monkeypatch.setattr(Stack, "is_new", lambda _: False)
    monkeypatch.setattr(Stack, "parameters", lambda _: {"DataPrefix": ""})

    assert list(doctor._tables(stage)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Name a moment"),
        ("yesterday", "Name a moment"),
        ("0001-01-01T00:00:00+14:00", "Name a moment"),
        ("2026-11-23T10:00:00", "in which time zone"),
    ],
)
def test_a_moment_is_named_exactly(text: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        restore.moment(text)


def test_moments_are_of_any_zone() -> None:
    assert restore.moment("2026-11-23T11:00:00.5+01:00") == AT


def test_moment_must_be_one_that_every_table_has(tables: Tables) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    with pytest.raises(Failure, match="to which all tables can be restored"):
        restore.restore(tables, restored(tables), tomorrow, protected=False)
    tables.client.update_continuous_backups(
        TableName=tables.name("tasks"),
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    with pytest.raises(Failure, match="taskflow-test-tasks has no point-in-time recovery"):
        restore.restore(tables, restored(tables), AT, protected=False)


def test_tables_in_use_are_not_restored_over(tables: Tables) -> None:
    with pytest.raises(Failure, match="are in use already"):
        restore.restore(tables, tables, AT, protected=False)


def test_tables_other_than_people_s_are_the_rest() -> None:
    assert set(peoples()) | set(derived_tables()) == set(layouts())


def test_backups_of_a_label_are_listed_together(tables: Tables, work: None) -> None:
    first = backup.back_up(tables, "taskflow-test-20261123T100000Z")
    backup.back_up(tables, "taskflow-test-20261124T100000Z")
    tables.client.delete_backup(BackupArn=first.tables["trash"])

    whole, partial = sorted(backup.labels(tables), key=lambda label: label.name, reverse=True)

    assert set(first.tables) == set(peoples())
    assert str(whole).endswith("USD a month")
    assert str(partial).endswith("without trash")


def test_two_backups_of_one_second_are_told_apart(tables: Tables, now: Time) -> None:
    now.now = AT
    one, other = (backup.back_up(tables, backup.new_label(tables)) for _ in range(2))

    assert [label.name for label in backup.labels(tables)] == sorted({one.name, other.name})
    assert one.name.startswith("taskflow-test-20261123T100000Z-")


def test_backup_without_a_table_says_so(tables: Tables) -> None:
    tables.client.delete_table(TableName=tables.name("trend"))

    with pytest.raises(ClientError, match="TableNotFound"):
        backup.back_up(tables, "label")
