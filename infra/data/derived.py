"""What follows from people's data, made anew from them: the index of words, and the counters."""

from itertools import chain

from chalicelib.entities import Task
from chalicelib.services import search
from chalicelib.storage import search as index
from infra import stages
from infra.data import installation, rows
from infra.data.books import Books, counted
from infra.data.meter import Meter
from infra.data.tables import Item, Tables
from infra.progress import run, say


def reindex(tables: Tables) -> int:
    """Let the search index have every task; returns how many there are.

    Harmless while people work: rows are what they are whoever writes them, and what the index
    has too many of is passed over by who searches.
    """
    with Meter() as meter:
        books = counted(tables, meter, each=lambda tasks: _index(tables, tasks))
    return sum(book.statuses.total() for book in books.values())


def rebuild(tables: Tables) -> dict[str, Books]:
    """Make index and counters anew, for tables that nobody works with yet."""
    with Meter() as meter:
        books = counted(tables, meter, each=lambda tasks: _index(tables, tasks))
        for team, book in books.items():
            _write_counters(tables, team, book)
            if book.last_number < book.highest:
                _set_sequence(tables, team, book.highest)
    return books


def counters(tables: Tables, team: str) -> list[Item]:
    """The team's rows of counters; strongly consistent."""
    pages = tables.client.get_paginator("query").paginate(
        TableName=tables.name("stats"),
        KeyConditionExpression="team = :team",
        ExpressionAttributeValues={":team": {"S": team}},
        ConsistentRead=True,
    )
    return [item for page in pages for item in page["Items"]]


def _index(tables: Tables, tasks: list[Task]) -> None:
    found = chain.from_iterable(
        (
            index.row(task.team, task.number, word)
            for word in search.indexed(task.title, task.description)
        )
        for task in tasks
    )
    requests = ({"PutRequest": {"Item": row.to_dynamodb_dict()}} for row in found)
    rows.write_many(tables, "search", requests)


def _write_counters(tables: Tables, team: str, book: Books) -> None:
    wanted = {row.part: row.to_dynamodb_dict() for row in book.counters(team)}
    former = [row["part"]["S"] for row in counters(tables, team)]
    gone = [
        {"DeleteRequest": {"Key": {"team": {"S": team}, "part": {"S": part}}}}
        for part in former
        if part not in wanted
    ]
    puts = [{"PutRequest": {"Item": row}} for row in wanted.values()]
    rows.write_many(tables, "stats", [*gone, *puts])


def _set_sequence(tables: Tables, team: str, number: int) -> None:
    tables.client.update_item(
        TableName=tables.name("teams"),
        Key={"key": {"S": team}, "item": {"S": "sequence"}},
        UpdateExpression="SET last_number = :number",
        ExpressionAttributeValues={":number": {"N": str(number)}},
    )


def main() -> None:
    stage = stages.chosen()
    with stages.answers():
        tables = installation.tables(stage)
        say(f"· Indexing the words of the tasks in {tables.prefix}tasks")
        tasks = reindex(tables)
    say(f"\nThe search index has the words of {tasks:,} tasks.")


if __name__ == "__main__":
    run(main)
