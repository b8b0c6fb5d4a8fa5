"""The tables of a stage, the file that a command was given, and what either may answer."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from botocore.config import Config

from infra import stages
from infra.data.tables import Tables
from infra.progress import Failure, say
from infra.stages import Stage

# As many as write at once; and patience, for work that nobody waits for in front of a page.
_CLIENT = Config(max_pool_connections=16, retries={"mode": "adaptive", "total_max_attempts": 12})


def tables(stage: Stage) -> Tables:
    """Those that the stage's functions use, or others of it that PREFIX= names; raises Failure."""
    stack = stage.stack
    client = stack.session.client("dynamodb", endpoint_url=stack.endpoint, config=_CLIENT)
    named = os.environ.get("PREFIX")
    if not named:
        return Tables(client, stack.outputs()["TablePrefix"])
    found = Tables(client, named)
    quick = stack.client("dynamodb")
    try:
        quick.describe_table(TableName=found.name("users"))
    except quick.exceptions.ResourceNotFoundException as error:
        raise Failure(
            f"There is no table {found.name('users')}: PREFIX= is what `make restore` said, with the"
            " dash at its end."
        ) from error
    return found


def file(*, example: str) -> Path:
    """The file that FILE= names; raises Failure."""
    name = os.environ.get("FILE", "")
    if not name:
        raise Failure(f"Name the file: FILE={example}")
    path = Path(name).expanduser()
    if not path.parent.is_dir():
        raise Failure(f"There is no folder {path.parent}.")
    if path.is_dir():
        raise Failure(f"{path} is a folder: name a file in it, FILE={path / example}")
    return path


@contextlib.contextmanager
def answers() -> Iterator[None]:
    """Turn what AWS or the disk refuses, or a person breaks off, inside the block into a sentence.

    For work that goes on where it was when it is begun again.
    """
    try:
        with stages.answers():
            yield
    except KeyboardInterrupt:
        say("\nBroken off: the same command goes on where it was.")
        raise
    except OSError as error:
        raise Failure(
            f"{error.filename or 'The disk'}: {error.strerror}. Name a file where you may read and"
            " write, or make room on its disk; the same command goes on where it was."
        ) from error
