"""How far a piece of work got, beside its file, so that it goes on there after whatever ended it."""

import json
from pathlib import Path
from typing import Any


class Checkpoint:
    """`<file>.<kind>`: a small JSON object, written whole or not at all."""

    def __init__(self, file: Path, kind: str) -> None:
        self.path = file.with_name(f"{file.name}.{kind}")

    def read(self) -> dict[str, Any] | None:
        if not self.path.exists():
            return None
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found

    def write(self, state: dict[str, Any]) -> None:
        fresh = self.path.with_name(self.path.name + "~")
        fresh.write_text(json.dumps(state))
        fresh.replace(self.path)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
