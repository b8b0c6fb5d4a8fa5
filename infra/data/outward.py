"""`make export`: all of people's data into one file, a page at a time, going on where it was."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from chalicelib import VERSION, clock
from infra import stages
from infra.data import installation, lines
from infra.data.checkpoint import Checkpoint
from infra.data.cut import Cut
from infra.data.meter import Meter
from infra.data.tables import Tables, peoples
from infra.progress import Failure, run, say, step

# Nobody else on this machine is to read it.
_MODE = 0o600


@dataclass(frozen=True)
class Pace:
    """Items that a Scan reads at once, and the read units a second that it takes from a table.

    Of the 3,000 units a second that one partition has, people keep three quarters.
    """

    page: int = 500
    units: float = 750


_GENTLE = Pace()


@dataclass
class _State:
    """Up to the byte `offset` what was read is whole; the table `table` is to go on from `start`."""

    header: lines.Header
    prefix: str
    offset: int
    counts: dict[str, int]
    table: str | None
    start: dict[str, Any] | None

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "header": vars(self.header)}


def export(tables: Tables, target: Path, header: lines.Header, pace: Pace = _GENTLE) -> lines.End:
    """Write the file, or go on with it; raises Failure.

    It is there once it is whole: what is read goes beside it, and into it once all is read. Reads
    are strongly consistent, but a table is read after another; what people change meanwhile is
    put right at the end.
    """
    checkpoint = Checkpoint(target, "export")
    read = target.with_name(f"{target.name}.part")
    state = _state(checkpoint, tables, target, read, header)
    if state.table is not None:
        _read(tables, read, state, checkpoint, pace)
    if target.exists():
        end = lines.verified(target)[1]
    else:
        with step("Putting right what people changed meanwhile"):
            end = _write(tables, read, target, state.header)
    read.unlink(missing_ok=True)
    checkpoint.remove()
    return end


def _read(tables: Tables, read: Path, state: _State, checkpoint: Checkpoint, pace: Pace) -> None:
    with Meter(start=sum(state.counts.values())) as meter, _own(read) as file:
        file.truncate(state.offset)
        file.seek(state.offset)
        while state.table is not None:
            _read_page(tables, file, state, meter, pace)
            checkpoint.write(state.plain())


def _read_page(tables: Tables, file: BinaryIO, state: _State, meter: Meter, pace: Pace) -> None:
    began = time.monotonic()
    table = state.table or ""
    request: dict[str, Any] = {"ExclusiveStartKey": state.start} if state.start else {}
    answer = tables.client.scan(
        TableName=tables.name(table),
        Limit=pace.page,
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
        **request,
    )
    for item in answer["Items"]:
        item.pop("imported", None)  # a mark for the outbox, of the installation it was imported to
        file.write(lines.of_item(table, item))
    _settle(file)
    units = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
    meter.add(len(answer["Items"]), units)
    state.counts[table] += len(answer["Items"])
    state.offset = file.tell()
    state.start = answer.get("LastEvaluatedKey")
    if state.start is None:
        say(f"  {table}: {state.counts[table]:,}")
        state.table = _after(table)
    time.sleep(max(0.0, units / pace.units - (time.monotonic() - began)))


def _write(tables: Tables, read: Path, target: Path, header: lines.Header) -> lines.End:
    """The file from what was read, whole or not at all."""
    cut = Cut(datetime.fromisoformat(header.at))
    for _, table, item in lines.raw(read):
        cut.read(table, item)
    cut.complete(tables)
    fresh = target.with_name(f"{target.name}~")
    with _own(fresh) as file:
        file.truncate()
        writer = lines.Writer(file, header)
        for line, table, item in lines.raw(read):
            kept = cut.kept(table, item)
            if kept is not None:
                writer.add(table, line if kept is item else lines.of_item(table, kept))
        for table, item in cut.added():
            writer.add(table, lines.of_item(table, item))
        end = writer.end()
        _settle(file)
    fresh.replace(target)
    if cut.changes:
        say(f"  {cut.changes:,} changes since it began: each is in the file whole, or not at all")
    return end


def _state(
    checkpoint: Checkpoint, tables: Tables, target: Path, read: Path, header: lines.Header
) -> _State:
    """How far it is; raises Failure for a file that is something else."""
    known = checkpoint.read()
    state = _State(**{**known, "header": lines.Header(**known["header"])}) if known else None
    if target.exists() and (state is None or state.table is not None):
        raise Failure(f"{target} is there already: name another file, or delete it.")
    if state is None:
        return _State(header, tables.prefix, 0, dict.fromkeys(peoples(), 0), peoples()[0], None)
    if state.prefix != tables.prefix:
        raise Failure(
            f"{target} was begun from the tables {state.prefix}*, not {tables.prefix}*: name"
            f" another file, or delete {checkpoint.path}."
        )
    if not target.exists() and (not read.exists() or read.stat().st_size < state.offset):
        raise Failure(f"{read} is not there any more: delete {checkpoint.path}, and begin anew.")
    say(f"  going on after {sum(state.counts.values()):,} items")
    return state


def _after(table: str) -> str | None:
    following = peoples()[peoples().index(table) + 1 :]
    return following[0] if following else None


def _own(path: Path) -> BinaryIO:
    """The file to write to, made if need be, for nobody else to read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, _MODE), "r+b")


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def header(stack: str) -> lines.Header:
    """The first line of an export that begins now."""
    at = clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return lines.Header(VERSION, stack, at)


def main() -> None:
    stage = stages.chosen()
    target = installation.file(example="people.jsonl")
    with installation.answers():
        tables = installation.tables(stage)
        say(f"· Exporting {tables.prefix}* to {target}, 500 items a page, gently")
        end = export(tables, target, header(stage.stack.name))
    size = target.stat().st_size / 1_000_000
    say(
        f"\n{target}: {sum(end.counts.values()):,} items, {size:,.1f} MB, SHA-256 {end.sha256[:16]}…\n"
        "It is as confidential as the database: names, addresses, tasks, and what passwords are\n"
        "checked against. Only you can read it here; keep it so wherever it goes."
    )


if __name__ == "__main__":
    run(main)
