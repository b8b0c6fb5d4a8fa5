"""Build the artifact: `chalice package`, then a trimmed, precompiled, reproducible zip and its template."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import addresses, archive, bundle, dependencies, gateway, observation, placement
from infra.progress import Failure, step

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
# What Chalice's own packager leaves out is the reason for half of this file.
SOURCES = ("app.py", "chalicelib", "templates")
# The template is made from these; a change elsewhere leaves it as it is.
TEMPLATE_SOURCES = (
    "app.py",
    ".chalice",
    "infra/resources.json",
    "infra/addresses.py",
    "infra/gateway.py",
    "infra/observation.py",
    "infra/placement.py",
)
# The app names what it misses when it is loaded without settings. To describe it, any will do.
ANY_SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "JWT_KEY_PARAMETER": "/none",
    "TABLE_PREFIX": "none-",
    "TASKFLOW_STAGE": "none",
}
# Tells builds of one version apart; /health answers with it.
STAMP = "chalicelib/build.txt"
STAMP_DIGITS = 12
LEFTOVERS = ("__pycache__", ".*", "*~", "*.pyc")
MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Artifact:
    code: Path
    template: Path


def build(
    output: Path = BUILD,
    *,
    architecture: str | None = None,
    python: str | None = None,
    native: bool = False,
) -> Artifact:
    """The whole artifact: code and template. `native` is for an emulator on this very machine.

    `python` is the version of the runtime, such as "3.12"; without it, the one that runs this.
    """
    architecture = architecture or MACHINES[platform.machine()]
    described = output / "template.json"
    finished = template(output, architecture, python)
    described.write_text(json.dumps(finished, indent=1) + "\n")
    zipped = code(output, architecture=architecture, python=python, native=native)
    return Artifact(zipped, described)


def template(output: Path, architecture: str, python: str | None = None) -> dict[str, Any]:
    """The template alone; Chalice leaves its runtime beside it."""
    interpreter = dependencies.interpreter(python)
    with archive.alone(output), step("Asking Chalice for the template"):
        generated = chalice_package(output / "stage", output / "chalice")
    return _finish(generated, architecture, interpreter.version)


def code(
    output: Path = BUILD,
    *,
    architecture: str | None = None,
    python: str | None = None,
    native: bool = False,
) -> Path:
    """The zip alone, with the current sources over the cached dependencies and Chalice's runtime."""
    interpreter = dependencies.interpreter(python)
    layer = dependencies.layer(
        ROOT / "requirements.txt",
        BUILD / "cache",
        architecture=architecture or MACHINES[platform.machine()],
        interpreter=interpreter,
        native=native,
    )
    target = output / "deployment.zip"
    with archive.alone(output):
        tree = output / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        for name in SOURCES:
            _copy(ROOT / name, tree / name)
        _chalice_runtime(output / "chalice" / "deployment.zip", tree)
        bundle.tree(tree / "chalicelib" / "static")
        (tree / STAMP).write_text(_stamp(tree, layer) + "\n")
        archive.precompile(tree, interpreter.path)
        archive.write(target, tree, onto=layer)
    return target


def chalice_package(
    stage: Path, output: Path, *, requirements: Path | None = None
) -> dict[str, Any]:
    """Run Chalice, and return the template it makes.

    For the artifact it sees no requirements: the dependency layer does not depend on the app.
    """
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    if requirements:
        (stage / "requirements.txt").symlink_to(requirements)
    for name in SOURCES:
        (stage / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / ".chalice", stage / ".chalice", ignore=shutil.ignore_patterns("deploy*"))
    command = [str(Path(sys.executable).with_name("chalice")), "package"]
    command += ["--merge-template", str(ROOT / "infra" / "resources.json"), str(output)]
    outcome = subprocess.run(
        command,
        cwd=stage,
        env=os.environ | ANY_SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        said = (outcome.stderr or outcome.stdout).strip()
        # Chalice explains at length what it refuses; of a crash the end is enough.
        reason = "\n".join(said.splitlines()[-6:]) if "Traceback" in said else said
        raise Failure(f"`chalice package` refused the app; correct it and try again:\n{reason}")
    template: dict[str, Any] = json.loads((output / "sam.json").read_text())
    return template


def _finish(template: dict[str, Any], architecture: str, python: str) -> dict[str, Any]:
    """What merging cannot do: take things out, and say the same of every function once."""
    resources = template["Resources"]
    # Its fixed logical id would never deploy a changed route; the stage deploys by itself.
    del resources["WebsocketAPIDeployment"]
    del resources["WebsocketAPIStage"]["Properties"]["DeploymentId"]
    api = resources["RestAPI"]["Properties"]
    # Pictures leave the function in base64. Only this makes the gateway decode them whatever the
    # browser's Accept begins with; in return, the bodies of requests arrive in base64.
    api["BinaryMediaTypes"] = ["*/*"]
    api["DefinitionBody"] = gateway.description()
    # Else SAM adds a stage called Stage, which has neither throttles nor a log.
    api["OpenApiVersion"] = "2.0"
    for function in functions(template).values():
        del function["Tags"]  # they name the packager, and a stage this template has no part in
        function["Architectures"] = [architecture]
        function["Runtime"] = f"python{python}"  # Chalice names the Python that it runs on
    placement.by_parameter(template)
    addresses.add(template, functions(template))
    observation.add(resources, functions(template))
    # Chalice's outputs spell the stage out; ours are in resources.json.
    template["Outputs"] = {
        name: value for name, value in template["Outputs"].items() if "Description" in value
    }
    return template


def stamp(code: Path) -> str:
    """What the code's /health calls it."""
    with zipfile.ZipFile(code) as archived:
        return archived.read(STAMP).decode().strip()


def for_this_machine() -> bool:
    """Whether the emulator needs wheels that Lambda could not load: on everything but Linux."""
    return sys.platform != "linux"


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of every function by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource.get("Type") == "AWS::Serverless::Function"
    }


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFTOVERS))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _stamp(tree: Path, layer: Path) -> str:
    """A name for what is in the tree and the layer below it: the same sources, the same name."""
    digest = hashlib.sha256(layer.name.encode())
    for path in archive.files(tree):
        digest.update(f"\0{path.relative_to(tree).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:STAMP_DIGITS]


def _chalice_runtime(package: Path, tree: Path) -> None:
    with zipfile.ZipFile(package) as archived:
        for name in archived.namelist():
            if name.startswith("chalice/"):
                archived.extract(name, tree)
