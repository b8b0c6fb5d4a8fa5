"""Data as the former release wrote them: tests/data/former-release.jsonl, an item of a table a line.

Made once by that release's own code (commit 452865d): four accounts, one of them taken out of the
team; 110 tasks in every status, one of them deleted, some changed. Tasks had no order by hand and
no trail, only open ones a key by due date; changes were plain JSON; there was no search.
"""

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import conftest

FILE = Path(__file__).parent / "data" / "former-release.jsonl"
# When the last of it was written, while its snapshot of the statistics is fresh.
WRITTEN_AT = datetime(2026, 9, 1, 21, 46, 10, tzinfo=UTC)


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text().splitlines()]


def load() -> None:
    """Write the data into the test's tables, past the code of this release."""
    for line in lines():
        table = os.environ["TABLE_PREFIX"] + line["table"]
        conftest._client("dynamodb").put_item(TableName=table, Item=_item(line["item"]))


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value
        for name, value in item.items()
    }
