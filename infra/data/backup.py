"""`make backup`: people's tables as they are now, under one label, for as long as it is wanted."""

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from infra import stages
from infra.data import installation
from infra.data.tables import Tables, peoples
from infra.progress import Failure, run, say, step

# USD a GB and month in us-east-1, warm storage: https://aws.amazon.com/dynamodb/pricing/on-demand/
PRICE = 0.10
PRICE_AS_OF = "June 2025"
_LOOK_SECONDS = 1.0
_LONGEST_SECONDS = 1_800
_GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Label:
    """The backups that were made together; `tables` are their ARNs by table."""

    name: str
    tables: dict[str, str]
    bytes: int

    def __str__(self) -> str:
        missing = ", ".join(sorted(set(peoples()) - set(self.tables)))
        note = f"  without {missing}" if missing else ""
        price = self.bytes / _GIGABYTE * PRICE
        return (
            f"  {self.name}  {len(self.tables)} tables, {self.bytes / 1_000_000:,.1f} MB,"
            f" {price:,.4f} USD a month{note}"
        )


def back_up(tables: Tables, label: str) -> Label:
    """Back every table of people's up, and wait until DynamoDB has them; raises Failure."""
    made = {
        table: tables.client.create_backup(TableName=tables.name(table), BackupName=label)[
            "BackupDetails"
        ]
        for table in peoples()
    }
    waiting = {table: str(details["BackupArn"]) for table, details in made.items()}
    deadline = time.monotonic() + _LONGEST_SECONDS
    total = 0
    while waiting:
        for table, arn in list(waiting.items()):
            details = tables.client.describe_backup(BackupArn=arn)["BackupDescription"]
            if details["BackupDetails"]["BackupStatus"] == "AVAILABLE":
                total += int(details["BackupDetails"].get("BackupSizeBytes", 0))
                del waiting[table]
        if waiting:
            if time.monotonic() > deadline:
                raise Failure(f"Still not backed up: {', '.join(waiting)}. AWS goes on by itself.")
            time.sleep(_LOOK_SECONDS)
    return Label(label, {table: details["BackupArn"] for table, details in made.items()}, total)


def new_label(tables: Tables) -> str:
    """The time, and a few digits that tell apart what two people back up in the same second."""
    return f"{tables.prefix}{clock.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def labels(tables: Tables) -> list[Label]:
    """What was backed up of these tables so far, the oldest first."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for table in peoples():
        pages = tables.client.get_paginator("list_backups").paginate(
            TableName=tables.name(table), BackupType="USER"
        )
        for page in pages:
            for each in page["BackupSummaries"]:
                found[each["BackupName"]][table] = each
    return [
        Label(
            name,
            {table: str(each["BackupArn"]) for table, each in parts.items()},
            sum(int(each.get("BackupSizeBytes", 0)) for each in parts.values()),
        )
        for name, parts in sorted(found.items())
    ]


def main() -> None:
    stage = stages.chosen()
    with stages.answers():
        tables = installation.tables(stage)
        label = new_label(tables)
        with step(f"Backing up {len(peoples())} tables of {stage.stack.name} as {label}"):
            back_up(tables, label)
        say("\nThe backups of this installation:")
        for each in labels(tables):
            say(str(each))
    say(
        f"\nThey stay until somebody deletes them, for {PRICE:.2f} USD a GB and month (us-east-1,"
        f" {PRICE_AS_OF}).\nBesides, `make restore` goes back to any second of the last 35 days."
    )


if __name__ == "__main__":
    run(main)
