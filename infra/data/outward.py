"""`make export`: all of people's data into one file, a page at a time, going on where it was."""

import hashlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from chalicelib import VERSION, clock, ids
from infra import stages
from infra.data import installation, lines
from infra.data.checkpoint import Checkpoint
from infra.data.meter import Meter
from infra.data.tables import Tables, peoples
from infra.progress import Failure, run, say

# Nobody else on this machine is to read it.
_MODE = 0o600
_CHUNK = 1 << 20


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
    """Up to the byte `offset` the file is whole; the table `table` is to be read from `start`.

    `meanwhile` counts the changes that people made since the export began.
    """

    header: lines.Header
    prefix: str
    offset: int
    counts: dict[str, int]
    table: str | None
    start: dict[str, Any] | None
    meanwhile: int = 0

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "header": vars(self.header)}


def export(tables: Tables, target: Path, header: lines.Header, pace: Pace = _GENTLE) -> lines.End:
    """Write the file, or what is missing of it; raises Failure.

    It is whole once its last line is there. Reads are strongly consistent, but a table is read
    after another: while people work, a change may be in one and not yet in the other.
    """
    checkpoint = Checkpoint(target, "export")
    state = _state(checkpoint, tables, target, header)
    meter = Meter(start=sum(state.counts.values()))
    with target.open("r+b") as file:
        file.truncate(state.offset)
        file.seek(state.offset)
        while state.table is not None:
            _write_page(tables, file, state, meter, pace)
            checkpoint.write(state.plain())
        end = lines.End(state.counts, _sha256(file))
        file.write(lines.of_end(end))
        _settle(file)
    checkpoint.remove()
    say(f"  {meter}")
    if state.meanwhile:
        say(
            f"  {state.meanwhile:,} changes were made since it began: of those the file may have one"
            " half and not the other. For an exact copy export when nobody works, or restore to a"
            " moment and export what was restored (PREFIX=)."
        )
    return end


def _write_page(tables: Tables, file: BinaryIO, state: _State, meter: Meter, pace: Pace) -> None:
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
    if table == "activity":
        began_at = ids.first_at(datetime.fromisoformat(state.header.at))
        state.meanwhile += sum(item["id"]["S"] >= began_at for item in answer["Items"])
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


def _state(checkpoint: Checkpoint, tables: Tables, target: Path, header: lines.Header) -> _State:
    known = checkpoint.read()
    if known is not None:
        state = _State(**{**known, "header": lines.Header(**known["header"])})
        if state.prefix != tables.prefix:
            raise Failure(
                f"{target} was begun from the tables {state.prefix}*, not {tables.prefix}*: name"
                f" another file, or delete {checkpoint.path.name}."
            )
        say(f"  going on after {sum(state.counts.values()):,} items")
        return state
    if target.exists():
        raise Failure(f"{target} is there already: name another file, or delete it.")
    first = lines.of_header(header)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        file.write(first)
        _settle(file)
    counts = dict.fromkeys(peoples(), 0)
    state = _State(header, tables.prefix, len(first), counts, peoples()[0], None)
    checkpoint.write(state.plain())
    return state


def _after(table: str) -> str | None:
    following = peoples()[peoples().index(table) + 1 :]
    return following[0] if following else None


def _sha256(file: BinaryIO) -> str:
    """Of all that is in the file; it stands at its end afterwards."""
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


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
    with stages.answers():
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
