"""People's data leave and come back whole, whatever ends the work in between."""

import dataclasses
import json
import os
import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import clock
from chalicelib.entities import Filters, Status, TeamRole, User
from chalicelib.services import accounts, changes, profiles, stats, tasks, teams, trash
from chalicelib.services.tasks import Draft
from chalicelib.storage import schema
from infra.data import check, derived, inward, lines, meter, outward
from infra.data import installation as installation_of
from infra.data.checkpoint import Checkpoint
from infra.data.tables import Tables, layouts, peoples
from infra.data.tables import derived as derived_tables
from infra.progress import Failure
from infra.stack import Stack
from infra.stages import Stage
from tests import former, recount
from tests.conftest import (
    PASSWORD,
    Client,
    Outbox,
    accepted_mail,
    account,
    member_of,
    recorded_pushes,
    registered,
)

HEADER = lines.Header("0.1.0", "taskflow-test", "2030-01-01T00:00:00Z")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.jsonl"


def installation() -> Tables:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    return Tables(client, os.environ["TABLE_PREFIX"])


def populate() -> User:
    """Two teams at work: everything that people can leave behind."""
    ada, grace = registered("Ada").user, registered("Grace").user
    oscar = registered("Oscar").user
    registered("Linus")
    assert ada
    assert grace
    assert oscar
    other = member_of("OT", "Olga").user
    assert other
    for number in range(12):
        draft = Draft(
            f"Täsk {number} ✓ \u2028",
            description="a\nb" * (number % 3),
            status=list(Status)[number % 4],
            assigned_to=grace.id if number % 2 else None,
            due_date=date(2026, 11, 1 + number) if number % 3 else None,
        )
        tasks.create(ada, draft)
    tasks.create(other, Draft("Elsewhere", due_date=date(2027, 2, 1)))
    tasks.update(grace, "TF-2", {"status": Status.COMPLETED, "due_date": date(2026, 12, 24)})
    tasks.update(grace, "TF-1", {}, place=tasks.Place(after="TF-5"))
    tasks.delete(ada, "TF-3")
    tasks.delete(ada, "TF-4")
    trash.restore(ada, "TF-4")
    teams.remove_member("TF", oscar.id)
    return ada


def exported(target: Path) -> list[str]:
    """What an export says now, without the line that names its time."""
    outward.export(installation(), target, HEADER)
    return target.read_text().splitlines()[1:]


@contextmanager
def dying(tables: Tables, at: int) -> Iterator[Tables]:
    """The installation until the process is killed at the call of that number."""
    left = iter(range(at))

    def before(_: str, __: Mapping[str, Any]) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    yield watched(tables, before)


def watched(tables: Tables, before: Callable[[str, Mapping[str, Any]], None]) -> Tables:
    """The installation, with something that happens before each call."""
    client = boto3.client("dynamodb", region_name="eu-central-1")
    original = client._make_api_call

    def call(operation: str, arguments: Mapping[str, Any]) -> Any:
        before(operation, arguments)
        return original(operation, arguments)

    client._make_api_call = call
    return dataclasses.replace(tables, client=client)


def test_people_s_tables_are_those_that_production_keeps() -> None:
    assert peoples()[:7] == (
        *("tasks", "trash", "activity", "trend", "users", "credentials", "teams"),
    )
    assert set(derived_tables()) >= {"connections", "ephemeral", "search", "stats"}
    assert layouts()["tasks"].keys == ("team", "number")


def test_import_of_an_export_is_the_same_installation(file: Path, tmp_path: Path) -> None:
    with account():
        populate()
        kept, feed, trashed = recount.kept(), recount.feed(), recount.trend_kept()
        first = exported(file)
    with account(), recorded_pushes() as pushed:
        inward.load(installation(), file)

        assert exported(tmp_path / "again.jsonl") == first
        assert (recount.kept(), recount.feed(), recount.trend_kept()) == (kept, feed, trashed)
        recount.assert_consistent()
        caller = accounts.log_in("ada@example.com", PASSWORD).user
        assert stats.of_team(caller).stats.total == 11
        assert [
            each.task.number for each in trash.find(caller, team=None, limit=5, cursor=None).items
        ] == [3]
        assert tasks.create(caller, Draft("Next")).number == 13
        assert pushed.frames == []
    assert file.stat().st_mode & 0o077 == 0


def test_import_wakes_nobody_but_indexes_words(file: Path) -> None:
    with account():
        populate()
        exported(file)
        assert rows_of("search") == []
    with account() as fresh, recorded_pushes():
        inward.load(installation(), file)
        records = [
            {"eventName": "INSERT", "dynamodb": {"NewImage": row, "SequenceNumber": str(number)}}
            for number, row in enumerate(rows_of("activity"))
        ]

        assert Outbox(fresh).consume(records) == {"batchItemFailures": []}
        assert Outbox(fresh).run_mail() == {"batchItemFailures": []}
        assert accepted_mail() == []
        assert {row["bucket"]["S"] for row in rows_of("search")} >= {"TF#täs", "OT#els"}


def rows_of(table: str) -> list[dict[str, Any]]:
    tables = installation()
    items: list[dict[str, Any]] = tables.client.scan(TableName=tables.name(table))["Items"]
    return items


@pytest.mark.slow
@pytest.mark.parametrize("at", range(1, 13, 2))
def test_export_that_was_killed_goes_on(at: int, file: Path, tmp_path: Path, aws: Any) -> None:
    populate()
    whole = exported(tmp_path / "whole.jsonl")
    pace = outward.Pace(page=5)

    with dying(installation(), at) as mortal, pytest.raises(KeyboardInterrupt):
        outward.export(mortal, file, HEADER, pace)
    assert not file.exists()
    with file.with_name("people.jsonl.part").open("ab") as torn:
        torn.write(b'{"table":"tasks","it')
    outward.export(installation(), file, HEADER, pace)

    lines.verified(file)
    assert file.read_text().splitlines()[1:] == whole
    assert sorted(each.name for each in tmp_path.iterdir()) == ["people.jsonl", "whole.jsonl"]


@pytest.mark.slow
@pytest.mark.parametrize("at", range(1, 13))
def test_export_while_people_work_has_each_change_whole_or_not_at_all(at: int, file: Path) -> None:
    with account():
        ada = populate()
        calls = iter(range(at))

        def before(_: str, __: Mapping[str, Any]) -> None:
            if next(calls, None) == at - 1:
                work(ada)

        outward.export(
            watched(installation(), before), file, outward.header("test"), outward.Pace(page=7)
        )
        recount.assert_consistent()
    with account():
        inward.load(installation(), file)

        recount.assert_consistent()
        caller = accounts.log_in("ada@example.com", PASSWORD).user
        for task in recount.stored():
            assert changes.of_task(caller, f"TF-{task.number}", limit=50, cursor=None).items
        assert tasks.create(caller, Draft("Next")).number in {13, 15}


def work(ada: User) -> None:
    """What may happen in any moment: somebody comes, somebody goes, tasks come and change."""
    ivy = registered("Ivy").user
    assert ivy
    tasks.create(ivy, Draft("Meanwhile", assigned_to=ivy.id, due_date=date(2026, 11, 3)))
    tasks.create(ada, Draft("Short-lived", status=Status.COMPLETED))
    tasks.update(ivy, "TF-5", {"status": Status.CANCELLED, "assigned_to": ivy.id})
    tasks.update(ivy, "TF-5", {"status": Status.COMPLETED})
    tasks.update(ivy, "TF-6", {"due_date": None})
    tasks.delete(ada, "TF-7")
    tasks.delete(ada, "TF-14")
    trash.restore(ada, "TF-3")
    profiles.change(ada, {"name": "Ada King"})
    registered("Jan")
    members = {each.name: each.id for each in teams.members(ada, "TF")}
    teams.set_role("TF", members["Grace"], TeamRole.VIEWER)
    teams.remove_member("TF", members["Linus"])
    teams.remove_member("TF", ivy.id)


def test_export_looks_for_what_committed_behind_it(file: Path) -> None:
    header = outward.header("test")
    a_minute_ago = clock.now() - timedelta(minutes=1)
    with account():
        ada = populate()

        def before(operation: str, arguments: Mapping[str, Any]) -> None:
            is_inside = "ExclusiveStartKey" in arguments and arguments["TableName"].endswith("y")
            if operation == "Scan" and is_inside and not recount.stored()[0].description:
                with clock.running(lambda: a_minute_ago):
                    tasks.update(ada, "TF-1", {"description": "earlier"})
                tasks.update(ada, "TF-1", {"title": "later"})

        outward.export(watched(installation(), before), file, header, outward.Pace(page=7))
    with account():
        inward.load(installation(), file)

        recount.assert_consistent()
        caller = accounts.log_in("ada@example.com", PASSWORD).user
        history = changes.of_task(caller, "TF-1", limit=50, cursor=None).items
        assert [each.task.description for each in history[:3]] == ["earlier", "earlier", ""]


@pytest.mark.slow
@pytest.mark.parametrize("at", [3, 9, 10, 11, 25, 40, 60, 75])
def test_import_that_was_killed_goes_on(at: int, file: Path, tmp_path: Path) -> None:
    with account():
        populate()
        whole = exported(file)
    with account():
        with dying(installation(), at) as mortal, pytest.raises(KeyboardInterrupt):
            inward.load(mortal, file, page=7)
        inward.load(installation(), file, page=7)

        assert exported(tmp_path / "again.jsonl") == whole
        assert check.problems(installation()) == []
        assert not Checkpoint(file, "import").path.exists()


def test_import_brings_the_former_release_s_data_to_this_one(file: Path, tmp_path: Path) -> None:
    old = [line for line in former.lines() if line["table"] in peoples()]
    content = [lines.of_header(lines.Header("0.0.9", "old", "2026-09-01T22:00:00Z"))]
    content += [
        json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in old
    ]
    write_whole(
        file, content, {name: sum(each["table"] == name for each in old) for name in peoples()}
    )

    with account():
        inward.load(installation(), file)

        caller = accounts.log_in("ada@example.com", PASSWORD).user
        column = tasks.find(
            caller, Filters(status=Status.PENDING, sort="rank"), team=None, limit=100, cursor=None
        )
        found = tasks.find(caller, Filters(text="certificate"), team=None, limit=100, cursor=None)
        assert recount.kept() == recount.recounted()
        assert len(column.items) == recount.recounted().by_status[Status.PENDING]
        assert [task.number for task in found.items] == [1]  # not among the newest hundred
        assert len(changes.of_task(caller, "TF-1", limit=5, cursor=None).items) == 3
        assert all(schema.is_current("tasks", row) for row in rows_of("tasks"))


def test_old_tasks_are_found_after_a_reindex(aws: Any) -> None:
    former.load()
    caller = accounts.log_in("ada@example.com", PASSWORD).user
    wanted = Filters(text="certificate")
    assert tasks.find(caller, wanted, team=None, limit=5, cursor=None).items == ()

    assert derived.reindex(installation()) == 109
    assert derived.reindex(installation()) == 109

    found = tasks.find(caller, wanted, team=None, limit=5, cursor=None)
    assert [task.number for task in found.items] == [1]


def write_whole(file: Path, content: list[bytes], counts: dict[str, int]) -> None:
    import hashlib  # noqa: PLC0415

    digest = hashlib.sha256(b"".join(content)).hexdigest()
    file.write_bytes(b"".join(content) + lines.of_end(lines.End(counts, digest)))


def test_import_refuses_to_mix(file: Path, alice: Client) -> None:
    exported(file)

    with pytest.raises(Failure, match="nobody has used"):
        inward.load(installation(), file)


def test_import_notices_somebody_who_registers_meanwhile(file: Path) -> None:
    with account():
        populate()
        exported(file)
    with account():
        with dying(installation(), 12) as mortal, pytest.raises(KeyboardInterrupt):
            inward.load(mortal, file, page=2)
        registered("Grace" if not is_there("grace@example.com") else "Somebody")
        tables = installation()
        with pytest.raises(Failure, match=r"working with the installation|do not fit together"):
            inward.load(tables, file, page=2)


def is_there(email: str) -> bool:
    return any(row["email"]["S"] == email for row in rows_of("credentials"))


def spoilt(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of the file."""
    file.write_text("\n".join(change(file.read_text().split("\n"))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda all_: all_[:-4], "ends after .* items without its last line"),
        (lambda all_: [*all_[:5], all_[5][:40]], "Line 6 is cut off"),
        (lambda all_: [*all_[:5], all_[5][:40], *all_[6:]], "Line 6 is not JSON"),
        (lambda all_: [*all_[:5], *all_[6:]], "counts 12 items of tasks, but there are 11. Copy"),
        (lambda all_: [*all_[:5], "[]", *all_[5:]], "Line 6 is no JSON object"),
        (lambda all_: [*all_[:5], '{"table":"cats","item":{}}', *all_[5:]], "Line 6 .*'cats'"),
        (lambda all_: [*all_[:5], '{"table":"tasks"}', *all_[5:]], "Line 6 has no item"),
        (
            lambda all_: [*all_[:5], '{"table":"tasks","item":{}}', *all_[5:]],
            "no team and no number",
        ),
        (
            lambda all_: [*all_[:5], '{"table":"users","item":{"id":"x"}}', *all_[5:]],
            "Line 6: the item is not",
        ),
        (
            lambda all_: [
                *all_[:5],
                '{"table":"users","item":{"id":{"S":"x"},"schema":{"N":"9"}}}',
                *all_[5:],
            ],
            "Line 6 was written by a later TaskFlow",
        ),
        (
            lambda all_: [*all_[:5], '{"end":1}', *all_[5:]],
            "Line 6 counts 0 items of tasks, but there are 4",
        ),
        (lambda all_: [*all_[:5], "[" * 200_000, *all_[5:]], "Line 6 is not JSON"),
        (lambda all_: [each.replace('"Ada"', '"Eve"') for each in all_], "checksum"),
        (lambda all_: [*all_[:-1], "more", ""], "something after"),
        (lambda all_: all_[1:], "not that of an export"),
        (lambda _: [""], "not that of an export"),
        (lambda _: ["PK\x03\x04", "more"], "not that of an export"),
        (lambda _: ["[1, 2]"], "not that of an export"),
        (
            lambda all_: [all_[0].replace('export":1', 'export":2'), *all_[1:]],
            "has format 2, this TaskFlow reads format 1",
        ),
    ],
)
def test_a_spoilt_file_is_refused_by_line_before_anything_is_written(
    change: Callable[[list[str]], list[str]], reason: str, file: Path
) -> None:
    with account():
        populate()
        exported(file)
    spoilt(file, change)
    with account():
        with pytest.raises(Failure, match=reason):
            inward.load(installation(), file)

        assert [rows_of(name) for name in peoples()] == [[] for _ in peoples()]


USER = {
    "id": {"S": "x"},
    "name": {"S": "X"},
    "email": {"S": "x@example.com"},
    "role": {"S": "user"},
    "created_at": {"N": "1"},
}


@pytest.mark.parametrize(
    ("table", "item", "reason"),
    [
        ("users", {"created_at": {"N": "soon"}}, "the item is not as DynamoDB's API has it"),
        ("users", {"created_at": {"N": "NaN"}}, "the item is not as DynamoDB's API has it"),
        ("users", {"name": {"S": 5}}, "the item is not as DynamoDB's API has it"),
        ("users", {"name": {"T": "X"}}, "the item is not as DynamoDB's API has it"),
        ("users", {"disabled": {"BOOL": "no"}}, "the item is not as DynamoDB's API has it"),
        ("users", {"schema": {"S": "one"}}, "the item is not as DynamoDB's API has it"),
        ("users", {"id": {"S": ""}}, "the id is empty"),
        ("users", {"email": None}, "the item of users has no email"),
        ("users", {"created_at": {"S": "1"}}, "the item of users has created_at as S, not as N"),
        ("activity", {"record": {"S": "?"}}, "the item of activity cannot be read"),
        ("trash", {"record": {"S": "{}"}}, "the item of trash cannot be read"),
        ("tasks", {"team_status": {"S": "TF#new"}}, "the item of tasks cannot be read"),
        ("tasks", {"team_status": {"S": "TF#new"}, "schema": None}, "the item of tasks"),
        ("tasks", {"team_status": {"N": "1"}, "schema": None}, "the item of tasks cannot be read"),
    ],
)
def test_an_item_that_nobody_wrote_is_refused_though_the_checksum_fits(
    table: str, item: dict[str, Any], reason: str, file: Path
) -> None:
    with account():
        ada = registered("Ada").user
        assert ada
        tasks.create(ada, Draft("Kept", due_date=date(2026, 12, 24)))
        tasks.delete(ada, tasks.create(ada, Draft("Deleted")).id)
        rows = {name: rows_of(name)[0] for name in ("tasks", "trash", "activity")}
        wrong = {**rows, "users": USER}[table] | item
        wrong = {name: value for name, value in wrong.items() if value is not None}
        content = [lines.of_header(HEADER), lines.of_item(table, wrong)]
        write_whole(file, content, {table: 1})

        with pytest.raises(Failure, match=f"Line 2: {reason}"):
            lines.verified(file)


def test_export_overwrites_no_other_file(file: Path, aws: Any) -> None:
    file.write_text("mine")

    with pytest.raises(Failure, match="is there already"):
        exported(file)
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Name the file: FILE=people.jsonl"),
        (".", "is a folder: name a file in it"),
        ("none/people.jsonl", "There is no folder .*none"),
    ],
)
def test_file_is_one_that_can_be(
    name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILE", name and str(tmp_path / name))

    with pytest.raises(Failure, match=reason):
        installation_of.file(example="people.jsonl")


def test_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wanted = tmp_path / "file" / "people.jsonl"

    with (
        pytest.raises(Failure, match=r"people\.jsonl: Not a directory\. Name a file where"),
        installation_of.answers(),
    ):
        wanted.open("w")


def test_who_breaks_work_off_is_told_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), installation_of.answers():
        raise KeyboardInterrupt

    assert "Broken off: the same command goes on where it was." in capsys.readouterr().out


def test_work_that_is_kept_waiting_says_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    said: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr(meter, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(meter, "say", said.put)

    with meter.Meter(start=5) as work_:
        work_.add(2)

        assert said.get(timeout=10).startswith("  … 7 items, ")

    assert list(said.queue)[-1].startswith("  7 items, ")


def test_import_waits_for_the_export(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("FILE", str(file))
    with pytest.raises(Failure, match="There is no file"):
        inward.main()
    Checkpoint(file, "export").write({})

    with pytest.raises(Failure, match="has not finished: start it again"):
        inward.main()


def test_prefix_is_of_tables_that_are_there(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("test", Stack(boto3.Session(region_name="eu-central-1"), "none"), "", 0, {})
    monkeypatch.setenv("PREFIX", "taskflow-test-")

    assert installation_of.tables(stage).prefix == "taskflow-test-"
    monkeypatch.setenv("PREFIX", "taskflow-test")
    with pytest.raises(
        Failure, match="no table taskflow-testusers: PREFIX= is what `make restore`"
    ):
        installation_of.tables(stage)


def test_export_that_lost_what_it_read_says_so(file: Path, alice: Client) -> None:
    with dying(installation(), 2) as mortal, pytest.raises(KeyboardInterrupt):
        outward.export(mortal, file, HEADER)
    file.with_name("people.jsonl.part").unlink()

    with pytest.raises(
        Failure, match=r"people.jsonl.part is not there any more: delete .*\.export"
    ):
        exported(file)
    Checkpoint(file, "export").path.write_text("{")
    with pytest.raises(Failure, match=r"people.jsonl.export is broken: delete it"):
        exported(file)


def test_export_that_was_killed_at_its_very_end_is_whole(file: Path, alice: Client) -> None:
    exported(file)
    whole = file.read_bytes()
    state = {"header": vars(HEADER), "prefix": installation().prefix, "offset": 9, "counts": {}}
    checkpoint = Checkpoint(file, "export")
    checkpoint.write(state | {"table": None, "start": None})

    exported(file)

    assert file.read_bytes() == whole
    assert not checkpoint.path.exists()
    checkpoint.write(state | {"table": "teams", "start": None})
    with pytest.raises(Failure, match="is there already"):
        exported(file)


def test_export_goes_on_with_its_own_installation_only(file: Path, alice: Client) -> None:
    with dying(installation(), 2) as mortal, pytest.raises(KeyboardInterrupt):
        outward.export(mortal, file, HEADER)

    with pytest.raises(Failure, match="was begun from the tables taskflow-test-"):
        outward.export(dataclasses.replace(installation(), prefix="other-"), file, HEADER)


def test_export_says_what_changed_while_it_ran(
    file: Path, alice: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    header = outward.header("taskflow-test")
    alice.post("/api/tasks", {"title": "Meanwhile"})

    outward.export(installation(), file, header)

    assert "1 changes since it began: each is in the file whole" in capsys.readouterr().out


def test_check_names_what_does_not_fit(alice: Client, bob: Client) -> None:
    alice.post("/api/tasks", {"title": "One"})
    tables = installation()
    assert check.problems(tables) == []
    assert alice.user
    assert bob.user
    key = {"key": {"S": "TF"}, "item": {"S": "sequence"}}
    tables.client.delete_item(TableName=tables.name("teams"), Key=key)
    tables.client.delete_item(TableName=tables.name("users"), Key={"id": {"S": bob.user.id}})
    tables.client.delete_item(
        TableName=tables.name("tasks"), Key={"team": {"S": "TF"}, "number": {"N": "1"}}
    )
    alice.post("/api/tasks", {"title": "Two"})

    wrong = "\n".join(check.problems(tables, counts={}))

    assert "Team TF: the counters say" in wrong
    assert "credential of bob@example.com" in wrong
    assert "1 accounts and 2 credentials" in wrong
    assert f"{bob.user.id} is a member who is not in the team" in wrong
    assert "Accounts are in 1 teams, and teams have 2 members" in wrong
    assert "Table users has 1 items, and should have 0" in wrong


_texts = st.text(st.characters(exclude_categories=("Cs",)))
_values = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, _texts),
        st.builds(lambda number: {"N": str(number)}, st.integers(-(10**37), 10**37)),
        st.builds(lambda content: {"B": content}, st.binary()),
        st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda some: {"SS": some}, st.lists(_texts, min_size=1)),
        st.builds(lambda some: {"BS": some}, st.lists(st.binary(), min_size=1)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda some: {"L": some}, st.lists(inner)),
        st.builds(lambda some: {"M": some}, st.dictionaries(_texts, inner)),
    ),
    max_leaves=8,
)


@given(item=st.dictionaries(_texts, _values))
def test_every_item_is_read_as_it_was_written(
    item: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "one.jsonl"
    item = {f"_{name}": value for name, value in item.items()} | USER  # no name that has a type
    content = [lines.of_header(HEADER), lines.of_item("users", item)]
    write_whole(file, content, {"users": 1})

    header, end = lines.verified(file)

    assert (header, end.counts["users"]) == (HEADER, 1)
    assert [line.item for line in lines.items(file)] == [item]
