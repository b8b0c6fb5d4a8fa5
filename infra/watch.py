"""Notice saved source files and put them into the running functions."""

import os
from collections.abc import Iterator
from pathlib import Path

from infra import local_stack, package
from infra.emulator import Emulator
from infra.progress import Failure, say

WATCHED = (*package.SOURCES, *package.TEMPLATE_SOURCES, "requirements.txt")


class Watch:
    """Compares modification times; a few hundred files cost a millisecond or two."""

    def __init__(self, emulator: Emulator, running: local_stack.LocalStack) -> None:
        self._emulator = emulator
        self._running = running
        self._times = dict(_times())

    def deploy_changes(self) -> None:
        times = dict(_times())
        changed = sorted(
            path
            for path in times.keys() | self._times.keys()
            if times.get(path) != self._times.get(path)
        )
        if not changed:
            return
        try:
            self._deploy(changed)
        except FileNotFoundError:  # an editor was in the middle of it: look again
            return
        except Failure as failure:
            say(f"\n{failure}\n")
        self._times = times

    def _deploy(self, changed: list[str]) -> None:
        native = package.for_this_machine()
        count = self._running.stack.refresh(package.code(native=native))
        say(f"  saved {_names(changed)}: {count} functions run it")
        if _shapes_template(changed):
            before = (package.BUILD / "template.json").read_bytes()
            artifact = package.build(native=native)
            if artifact.template.read_bytes() != before:
                self._running = local_stack.deploy(self._emulator, artifact)
                say("  the stack has changed with it")


def _shapes_template(changed: list[str]) -> bool:
    return any(path.startswith(package.TEMPLATE_SOURCES) for path in changed)


def _names(changed: list[str]) -> str:
    return ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")  # noqa: PLR2004


def _times() -> Iterator[tuple[str, int]]:
    for name in WATCHED:
        path = package.ROOT / name
        for file in [path] if path.is_file() else _files(path):
            try:
                yield str(file.relative_to(package.ROOT)), file.stat().st_mtime_ns
            except FileNotFoundError:  # editors replace files; the next look sees the new one
                continue


def _files(directory: Path) -> Iterator[Path]:
    for parent, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name != "__pycache__"]
        yield from (Path(parent, name) for name in names if name[0] != "." and name[-1] != "~")
