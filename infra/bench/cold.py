"""`make bench-cold`: what a cold start costs with our artifact and with the zip that Chalice makes.

Both zips are unpacked and started in turn, each in a fresh process that has nothing but Python
and the zip. Fails when ours takes more than a third of the other's CPU.
"""

import json
import platform
import shutil
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from infra import document, package
from infra.progress import Failure, run, say, step

BAR = 1 / 3
RUNS = 15
MEGABYTE = 1_000_000
ENDPOINT = "https://dynamodb.us-east-1.amazonaws.com/"
PLAIN, OURS = "chalice package", "make package"
SETTINGS = {
    **package.ANY_SETTINGS,
    # What Lambda gives a function; without it botocore asks the network for credentials.
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_LAMBDA_FUNCTION_NAME": "taskflow-APIHandler",
    "SOCKET_URL": "wss://sockets.test",
}
# A cold start up to the moment when its first question would leave for DynamoDB: credentials,
# endpoint and signature included. The answer comes from a hook, so no network is asked.
START = """
import json, resource, sys, time
wall = time.perf_counter()
before = resource.getrusage(resource.RUSAGE_SELF)
sys.path.insert(0, sys.argv[1])
import app
from botocore.awsrequest import AWSResponse
from chalicelib.storage import connection
asked = []
def answered(request, **_):
    asked.append(request.url)
    class Body:
        def stream(self):
            yield b"{}"
    return AWSResponse(request.url, 200, {}, Body())
client = connection.shared().client
client.meta.events.register("before-send.dynamodb", answered)
client.get_item(TableName="none-teams", Key={"team": {"S": "TF"}, "item": {"S": "team"}})
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "asked": asked,
    "cpu": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000,
    "process": (after.ru_utime + after.ru_stime) * 1000,
    "wall": (time.perf_counter() - wall) * 1000,
    "modules": len(sys.modules),
}))
"""


@dataclass(frozen=True)
class Start:
    """One cold start in milliseconds: its CPU, that of the whole process, and its time."""

    cpu: float
    process: float
    wall: float
    modules: float


@dataclass(frozen=True)
class Zip:
    """An artifact, and the median of its starts."""

    size: int
    files: int
    start: Start


def main() -> int:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Failure("Chalice packs for Linux on x86_64 only: run this bench there.")
    directory = package.BUILD / "cold"
    archives = {PLAIN: _plain(directory), OURS: package.build().code}
    with step("Unpacking both"):
        trees = [_unpacked(path, directory / name) for name, path in archives.items()]
    with step(f"Starting each {RUNS} times, in turn"):
        rounds = [[start(tree) for tree in trees] for _ in range(RUNS)]
    measured = {
        name: _measured(path, starts)
        for (name, path), starts in zip(archives.items(), zip(*rounds, strict=True), strict=True)
    }
    said = [*document.fenced(table(measured)), "", verdict(measured), "", _facts()]
    say("\n" + "\n".join(line for line in said if line != "```"))
    document.publish(document.PERFORMANCE, "make bench-cold", said)
    return 0 if ratio(measured) <= BAR else 1


def start(tree: Path) -> Start:
    """One start in a process without site-packages, environment or a place to keep bytecode."""
    command = [sys.executable, "-I", "-S", "-B", "-c", START, str(tree)]
    outcome = subprocess.run(
        command, cwd="/", env=SETTINGS, capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        raise Failure(f"The app in {tree} does not start:\n{outcome.stderr.strip()}")
    told = json.loads(outcome.stdout.splitlines()[-1])
    if told.pop("asked") != [ENDPOINT]:
        raise Failure(f"The app in {tree} did not come to ask DynamoDB at {ENDPOINT}.")
    return Start(**told)


def ratio(measured: Mapping[str, Zip]) -> float:
    return measured[OURS].start.cpu / measured[PLAIN].start.cpu


def table(measured: Mapping[str, Zip]) -> str:
    plain, ours = measured[PLAIN], measured[OURS]
    figures = [
        ("zip, MB", plain.size / MEGABYTE, ours.size / MEGABYTE, "{:.1f}"),
        ("files", plain.files, ours.files, "{:,}"),
        ("modules loaded", plain.start.modules, ours.start.modules, "{:,}"),
        ("CPU of the start, ms", plain.start.cpu, ours.start.cpu, "{:.0f}"),
        ("  and of Python's own", plain.start.process, ours.start.process, "{:.0f}"),
        ("time, ms", plain.start.wall, ours.start.wall, "{:.0f}"),
    ]
    rows = [
        (name, form.format(before), form.format(after), f"{after / before:.2f}")
        for name, before, after, form in figures
    ]
    return document.aligned([("", PLAIN, OURS, "ratio"), *rows])


def verdict(measured: Mapping[str, Zip]) -> str:
    found = ratio(measured)
    if found <= BAR:
        return f"The bar is met: {found:.2f} of the plain zip's CPU, where {BAR:.2f} is the bar."
    return f"Bar missed: {found:.2f} of the plain zip's CPU, where {BAR:.2f} is the bar."


def _plain(directory: Path) -> Path:
    """The zip as `chalice package` makes it of app.py, chalicelib/ and requirements.txt."""
    sources = directory / "sources"
    pins = package.ROOT / "requirements.txt"
    with step("Asking Chalice for its zip (it downloads the dependencies when they change)"):
        package.chalice_package(sources, directory / "output", requirements=pins)
    return directory / "output" / "deployment.zip"


def _unpacked(path: Path, tree: Path) -> Path:
    shutil.rmtree(tree, ignore_errors=True)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tree)
    return tree


def _measured(path: Path, starts: Sequence[Start]) -> Zip:
    median = Start(
        *(
            statistics.median(getattr(each, field.name) for each in starts)
            for field in fields(Start)
        )
    )
    with zipfile.ZipFile(path) as archive:
        return Zip(path.stat().st_size, len(archive.namelist()), median)


def _facts() -> str:
    return f"{platform.machine()}, Python {platform.python_version()}, medians of {RUNS} starts."


if __name__ == "__main__":
    run(main)
