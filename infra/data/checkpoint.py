"""How far a piece of work got, beside its file, so that it goes on there after whatever ended it."""

import json
import os
from pathlib import Path
from typing import Any

from infra.progress import Failure

# It may name the address at which an export stopped.
_MODE = 0o600


class Checkpoint:
    """`<file>.<kind>`: a small JSON object, written whole or not at all."""

    def __init__(self, file: Path, kind: str) -> None:
        self.path = file.with_name(f"{file.name}.{kind}")

    def read(self) -> dict[str, Any] | None:
        if not self.path.exists():
            return None
        try:
            found: dict[str, Any] = json.loads(self.path.read_text())
        except ValueError as error:
            raise Failure(f"{self.path} is broken: delete it, and begin anew.") from error
        return found

    def write(self, state: dict[str, Any]) -> None:
        fresh = self.path.with_name(self.path.name + "~")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "w") as file:
            file.write(json.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
