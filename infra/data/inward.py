"""`make import`: an export into an installation without people, going on where it was."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chalicelib.storage import schema
from infra import stages
from infra.data import check, derived, installation, lines, rows
from infra.data.checkpoint import Checkpoint
from infra.data.meter import Meter
from infra.data.tables import Item, Tables, key_of, layouts, peoples
from infra.progress import Failure, run, say, step

# The lines between two checkpoints, and how many of them are on their way at once.
PAGE = 500
_WRITERS = 8


def load(tables: Tables, file: Path, *, page: int = PAGE) -> lines.End:
    """Write what the file has, make anew what follows from it, and check it; raises Failure.

    Each item is put where none is: begun again after whatever ended it, it ends the same.
    """
    with step(f"Reading {file} whole, to the checksum at its end"):
        header, end = lines.verified(file)
    say(f"  of {header.stack}, TaskFlow {header.version}, {header.at}")
    checkpoint = Checkpoint(file, "import")
    _write(tables, file, end, checkpoint, page)
    say("· Making the search index and the counters anew")
    derived.rebuild(tables)
    say("· Checking what was imported")
    wrong = check.problems(tables, counts=end.counts)
    if wrong:
        raise Failure(
            "The data were imported, but do not fit together. Deploy a new stack, and import what"
            " was exported again, before anybody registers:\n" + "\n".join(wrong[:20])
        )
    checkpoint.remove()
    return end


def _write(tables: Tables, file: Path, end: lines.End, checkpoint: Checkpoint, page: int) -> None:
    state = _state(tables, end, checkpoint)
    left = lines.items(file, offset=state["offset"], number=state["line"])
    say("· Writing")
    with Meter(start=state["items"]) as meter, ThreadPoolExecutor(_WRITERS) as pool:
        for some in rows.batched(left, page):
            for _ in pool.map(lambda line: _put(tables, line), some):
                meter.add(1)
            state |= {
                "items": meter.items,
                "line": some[-1].number + 1,
                "offset": some[-1].following,
            }
            checkpoint.write(state)


def _state(tables: Tables, end: lines.End, checkpoint: Checkpoint) -> dict[str, Any]:
    """Where to go on: at the beginning, for tables that are empty; raises Failure for others."""
    mine = {"sha256": end.sha256, "prefix": tables.prefix}
    known = checkpoint.read()
    if known is not None and known | mine == known:
        say(f"  going on after {known['items']:,} items")
        return known
    used = [name for name in _must_be_empty() if not rows.is_empty(tables, name)]
    if used:
        raise Failure(
            f"There is something in {', '.join(tables.name(name) for name in used)}: an import"
            " goes into an installation that nobody has used. Deploy a new stack for it."
        )
    state = {**mine, "items": 0, "line": 1, "offset": 0}
    checkpoint.write(state)
    return state


def _must_be_empty() -> Iterator[str]:
    """The tables that somebody's first step would put something into."""
    yield from peoples()
    yield "stats"


def _put(tables: Tables, line: lines.Line) -> None:
    item = _imported(line.table, line.item)
    name = layouts()[line.table].keys[0]
    try:
        tables.client.put_item(
            TableName=tables.name(line.table),
            Item=item,
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": name},
        )
    except tables.client.exceptions.ConditionalCheckFailedException:
        there = tables.client.get_item(
            TableName=tables.name(line.table), Key=key_of(line.table, item), ConsistentRead=True
        )
        if there.get("Item") != item:
            raise Failure(
                f"Line {line.number}: {line.table} has another item of that key: the file has it"
                " twice, or somebody is working with the installation already. Deploy a new stack,"
                " and import before anybody registers."
            ) from None


def _imported(table: str, item: Item) -> Item:
    """The item as this release writes it; what happened elsewhere is told to nobody here."""
    item = schema.forward(table, item)
    if table == "activity":
        return item | {"imported": {"BOOL": True}}
    if table == "teams" and item["item"]["S"] == "team":
        return item | {"tasks_schema": {"N": str(schema.current("tasks"))}}
    return item


def main() -> None:
    stage = stages.chosen()
    file = installation.file(example="people.jsonl")
    if Checkpoint(file, "export").path.exists():
        raise Failure(f"The export of {file} has not finished: start it again, it goes on.")
    if not file.exists():
        raise Failure(f"There is no file {file}.")
    with installation.answers():
        tables = installation.tables(stage)
        say(f"· Importing {file} into {tables.prefix}*")
        end = load(tables, file)
    say(
        f"\n{sum(end.counts.values()):,} items are in {stage.stack.name}, and everything fits together."
        "\nPeople sign in with the passwords they have. Nobody was mailed."
    )


if __name__ == "__main__":
    run(main)
