"""Where a command acts: a stage's file in infra/stages, and what its person adds to it."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import msgspec

from infra import local_stack, refusals, state
from infra.emulator import ADDRESS, CREDENTIALS, REGION
from infra.package import ROOT
from infra.progress import Failure
from infra.stack import Stack

FILES = Path(__file__).parent / "stages"
# The stage's file names the stage, and the endpoint the port.
FIXED = {"Stage", "LocalPort"}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stage's file.

    `watch_minutes` is how long a deployment watches the alarms at its end, `runtime` Lambda's name
    of the Python that the functions run on: "python3.11" to "python3.13".
    """

    stack: str
    region: str
    architecture: str = "arm64"
    runtime: str = "python3.11"
    watch_minutes: int = 0
    parameters: dict[str, str] = {}


@dataclass(frozen=True)
class Stage:
    """`parameters` are those of the file with the command line's on top.

    `python` is the version of the runtime, None for the one that runs this.
    """

    name: str
    stack: Stack
    architecture: str
    watch_minutes: int
    parameters: Mapping[str, str]
    python: str | None = None

    @property
    def region(self) -> str:
        return str(self.stack.session.region_name)


def chosen() -> Stage:
    """The stage that STAGE names; raises Failure, also for a file that cannot be used."""
    name = os.environ.get("STAGE", "")
    if name == local_stack.STAGE:
        return _local()
    path = FILES / f"{name}.json"
    if not name.isalnum() or not path.exists():
        wrong = f"There is no stage {name!r}" if name else "STAGE is missing"
        raise Failure(f"{wrong}: give STAGE={' or STAGE='.join(known())}.")
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except msgspec.MsgspecError as error:
        raise Failure(f"infra/stages/{path.name} cannot be used: {error}.") from error
    with answers():
        stack = Stack(_session(file.region), file.stack, _endpoint())
    return Stage(
        name,
        stack,
        file.architecture,
        file.watch_minutes,
        file.parameters | given(),
        file.runtime.removeprefix("python"),
    )


def given() -> dict[str, str]:
    """Parameters from the environment, where make puts its command line: MAIL_FROM is MailFrom."""
    template = json.loads((ROOT / "infra" / "resources.json").read_text())
    names = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): name
        for name in template["Parameters"]
        if name not in FIXED
    }
    return {name: os.environ[text] for text, name in names.items() if text in os.environ}


def known() -> list[str]:
    return sorted(path.stem for path in FILES.glob("*.json"))


def required(name: str, example: str) -> str:
    """A value from the command line that a command cannot do without."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise Failure(f"{name} is missing: give {name}={example}.")
    return value


@contextlib.contextmanager
def answers() -> Iterator[None]:
    """Turn what AWS refuses inside the block into a sentence."""
    with refusals.told(_endpoint()):
        yield


def _endpoint() -> str | None:
    """The emulator instead of AWS, by ENDPOINT or by botocore's own variable."""
    address = os.environ.get("ENDPOINT") or os.environ.get("AWS_ENDPOINT_URL") or None
    if address and not re.fullmatch(r"https?://[\w.\-\[\]:]+/?", address):
        raise Failure(
            f"ENDPOINT must be an emulator's address such as http://127.0.0.1:7145, not {address!r}."
        )
    return address


def _session(region: str) -> boto3.Session:
    if _endpoint() is None:
        return boto3.Session(region_name=region)
    return _emulated(region)


def _emulated(region: str) -> boto3.Session:
    """A person's own credentials are nothing for an emulator."""
    return boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=region
    )


def _local() -> Stage:
    port = state.running_port()
    if port is None:
        raise Failure("TaskFlow is not running; start it with `make run` in another terminal.")
    stack = Stack(_emulated(REGION), local_stack.STACK, f"http://{ADDRESS}:{port}")
    return Stage(local_stack.STAGE, stack, "", 0, {})


def run_services(stack: Stack, module: str, *arguments: str) -> int:
    """Run `python -m module` against the stage: services read their settings once, at import."""
    outcome = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | stack.environment(),
        check=False,
    )
    return outcome.returncode
