"""The tables of a stage, and the file that a command was given."""

import os
from pathlib import Path

from botocore.config import Config

from infra.data.tables import Tables
from infra.progress import Failure
from infra.stages import Stage

# As many as write at once; and patience, for work that nobody waits for in front of a page.
_CLIENT = Config(max_pool_connections=16, retries={"mode": "adaptive", "total_max_attempts": 12})


def tables(stage: Stage) -> Tables:
    """Those that the stage's functions use, or others of it that PREFIX= names."""
    prefix = os.environ.get("PREFIX") or stage.stack.outputs()["TablePrefix"]
    stack = stage.stack
    client = stack.session.client("dynamodb", endpoint_url=stack.endpoint, config=_CLIENT)
    return Tables(client, prefix)


def file(*, example: str) -> Path:
    """The file that FILE= names; raises Failure."""
    name = os.environ.get("FILE", "")
    if not name:
        raise Failure(f"Name the file: FILE={example}")
    path = Path(name).expanduser()
    if not path.parent.is_dir():
        raise Failure(f"There is no folder {path.parent}.")
    return path
