"""The artifact's dependency layer: what requirements.txt pins, trimmed to what the functions use."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from infra import archive
from infra.progress import Failure, step

# What Lambda runs and the pins are made for, and the day until which AWS patches it
# (docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, as cfn-lint's table has it too).
# A .pyc fits the minor version that compiled it only.
PYTHONS = {
    "3.11": date(2027, 6, 30),
    "3.12": date(2028, 10, 31),
    "3.13": date(2029, 6, 30),
}
# pyenv keeps its Pythons here; what it puts on the PATH answers only for those switched on.
PYENV = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()

# botocore carries the descriptions of 400 services with all they can do, and reads the endpoints
# of all of them at the first client. This is what the functions call; tests/test_package.py
# compares it with their policies, which tests/test_permissions.py compares with what they call.
OPERATIONS = {
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "lambda": frozenset({"Invoke"}),
    "sesv2": frozenset({"SendEmail"}),
    "sqs": frozenset({"SendMessage"}),
    "ssm": frozenset({"GetParameter"}),
}
# Their names in endpoints.json, which calls some of them differently.
ENDPOINT_PREFIXES = frozenset({"dynamodb", "email", "lambda", "sqs", "ssm"})
DESCRIPTION, RULES = "service-2.json.gz", "endpoint-rule-set-1.json.gz"
# Nothing reads these at run time.
DEAD_WEIGHT = ("*.dist-info", "tests", "bin", "*.pyi", "py.typed", "__pycache__")

# Amazon Linux 2 (Python 3.11) has glibc 2.26, Amazon Linux 2023 (3.12 and later) has 2.34.
GLIBC_TAGS = ("manylinux_2_17", "manylinux2014")
GLIBC_TAGS_2023 = (*GLIBC_TAGS, "manylinux_2_28", "manylinux_2_34")


@dataclass(frozen=True)
class Interpreter:
    """A Python that compiles for the runtime of the same version."""

    version: str
    path: str


def interpreter(version: str | None = None) -> Interpreter:
    """The Python of a version such as "3.12", from the PATH or pyenv; without one, that of this.

    Raises Failure when the version is none that Lambda runs, or is not on this machine.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version is None or version == own:
        return Interpreter(own, sys.executable)
    if version not in PYTHONS:
        raise Failure(f"Python {version} is none of {', '.join(PYTHONS)}: choose one of these.")
    for path in _installed(f"python{version}"):
        if _answers(path, version):
            return Interpreter(version, path)
    raise Failure(
        f"The runtime is Python {version}, and only that version can compile for it: install"
        f" python{version}, or choose Python {own}, which is here."
    )


def _installed(name: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        if found := shutil.which(name, path=folder):
            yield found
    yield from map(str, sorted(PYENV.glob(f"versions/*/bin/{name}")))


def _answers(path: str, version: str) -> bool:
    """Whether it runs, and is what its name says: pyenv's stand-ins may do neither."""
    command = [path, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    return outcome.returncode == 0 and outcome.stdout.strip() == version


def layer(
    requirements: Path, cache: Path, *, architecture: str, interpreter: Interpreter, native: bool
) -> Path:
    """The layer as a zip, from the cache when neither the pins nor the target have changed.

    `native` takes wheels for the operating system this runs on, for the emulator on a Mac.
    """
    python = interpreter.version
    key = hashlib.sha256(requirements.read_bytes())
    key.update(Path(__file__).read_bytes())
    target = f"{python}-{architecture}-{sys.platform if native else 'linux'}"
    packed = cache / f"{target}-{key.hexdigest()[:16]}.zip"
    with archive.alone(cache):
        if packed.exists():
            return packed
        tree = cache / f"tree-{target}"
        shutil.rmtree(tree, ignore_errors=True)
        with step(f"Collecting the pinned dependencies for Python {python} on {architecture}"):
            _install(
                requirements, tree, None if native else _platforms(python, architecture), python
            )
            _trim(tree)
            archive.precompile(tree, interpreter.path)
            archive.write(packed, tree)
        shutil.rmtree(tree)
    return packed


def _platforms(python: str, architecture: str) -> list[str]:
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    tags = GLIBC_TAGS if python == "3.11" else GLIBC_TAGS_2023
    return [f"{tag}_{machine}" for tag in tags]


def _install(requirements: Path, tree: Path, platforms: Sequence[str] | None, python: str) -> None:
    """Install wheels into a directory; None for platforms is this machine and its Python."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"]
    command += ["--requirement", str(requirements), "--target", str(tree)]
    if platforms is not None:
        command += ["--implementation", "cp", "--python-version", python]
        command += [f"--platform={each}" for each in platforms]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise Failure(
            "The pinned dependencies could not be downloaded; check the network and the package"
            f" index that pip uses, then try again.\n{outcome.stderr.strip()}"
        )


def _trim(tree: Path) -> None:
    for pattern in DEAD_WEIGHT:
        for path in list(tree.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    data = tree / "botocore" / "data"
    for service in [path for path in data.iterdir() if path.is_dir()]:
        kept = max(service.iterdir()) if service.name in OPERATIONS else None  # the newest version
        for version in list(service.iterdir()):
            if version != kept:
                shutil.rmtree(version)
        if kept:
            _trim_description(kept, OPERATIONS[service.name])
        else:
            service.rmdir()
    _trim_endpoints(data / "endpoints.json")


def _trim_description(version: Path, operations: AbstractSet[str]) -> None:
    """Leave the rules for endpoints, and of the service these operations with their shapes.

    Unpacked: botocore reads both forms, and the artifact packs them anyway.
    """
    description = described(
        json.loads(gzip.decompress((version / DESCRIPTION).read_bytes())), operations
    )
    rules = json.loads(gzip.decompress((version / RULES).read_bytes()))
    for path in list(version.iterdir()):
        path.unlink()
    for name, content in ((DESCRIPTION, description), (RULES, _undocumented(rules))):
        text = json.dumps(content, separators=(",", ":"))
        (version / name.removesuffix(".gz")).write_text(text)


def described(service: dict[str, Any], operations: AbstractSet[str]) -> dict[str, Any]:
    """A service's description with these operations, the shapes they reach, and no documentation."""
    shapes: dict[str, Any] = {}
    kept = {name: service["operations"][name] for name in sorted(operations)}
    found = list(_shapes_named(kept))
    while found:
        name = found.pop()
        if name not in shapes:
            shapes[name] = service["shapes"][name]
            found.extend(_shapes_named(shapes[name]))
    return {
        **{key: value for key, value in service.items() if key != "documentation"},
        "operations": _undocumented(kept),
        "shapes": {name: _undocumented(shapes[name]) for name in sorted(shapes)},
    }


def _shapes_named(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_named(value)
    elif isinstance(part, list):
        for each in part:
            yield from _shapes_named(each)


def _undocumented(part: Any) -> Any:
    """Without texts for people; a member that has the name is no text."""
    if isinstance(part, dict):
        return {
            key: _undocumented(value)
            for key, value in part.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(part, list):
        return [_undocumented(each) for each in part]
    return part


def _trim_endpoints(path: Path) -> None:
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: service
            for name, service in partition["services"].items()
            if name in ENDPOINT_PREFIXES
        }
    path.write_text(json.dumps(endpoints, separators=(",", ":")))
