"""Reproducible zips of precompiled Python: the same files always give the same bytes."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.progress import Failure

# Lambda unpacks here; tracebacks and .pyc files name their modules by it.
TASK_ROOT = "/var/task"
# The oldest date a zip can carry. Only .pyc files without a source date are valid beside it.
EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o644 << 16


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One build at a time in a directory: `make run` builds whenever a file is saved."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def precompile(tree: Path, interpreter: str = sys.executable) -> None:
    """Put a .pyc beside every module of a tree that Python uses without looking at the source.

    A process of its own, isolated and with a fixed hash seed: the bytes that marshal writes
    depend on what else the compiling process has interned.
    """
    command = [interpreter, "-I", "-S", "-m", "compileall", "-q", "-f"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", TASK_ROOT, "."]
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0"}
    outcome = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        raise Failure(f"The code does not compile; correct it and try again:\n{outcome.stdout}")


def write(target: Path, tree: Path, *, onto: Path | None = None) -> None:
    """Zip a tree, optionally after the entries of an existing archive, which are not packed again."""
    partial = target.with_suffix(".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    if onto:
        shutil.copyfile(onto, partial)
    else:
        partial.unlink(missing_ok=True)
    with zipfile.ZipFile(partial, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files(tree):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), EPOCH)
            entry.external_attr = FILE_MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    partial.replace(target)


def files(tree: Path) -> Iterable[Path]:
    return sorted(path for path in tree.rglob("*") if path.is_file())
