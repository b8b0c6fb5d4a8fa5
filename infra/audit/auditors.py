"""The auditors, in an environment of their own: checkov pins another boto3 than TaskFlow runs with."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.audit import policies
from infra.audit.findings import Finding
from infra.progress import Failure, step

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# How parliament is asked about roles: as they are in AWS, not on the emulator.
IN_AWS = {"Stage": "prod", "AlarmEmail": "alarms@example.com"}


def environment(directory: Path) -> Path:
    """Where the auditors' commands are, installed when their pins have changed."""
    commands = directory / "bin"
    installed = directory / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if installed.exists() and installed.read_text() == wanted:
        return commands
    shutil.rmtree(directory, ignore_errors=True)
    with step("Installing the auditors, 100 packages apart from TaskFlow's (a minute)"):
        _run(sys.executable, "-m", "venv", str(directory))
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
        pip = [str(commands / "python"), "-m", "pip", "install", *options, "--no-deps"]
        _run(*pip, "--requirement", str(REQUIREMENTS))
    installed.write_text(wanted)
    return commands


def lint(template: Path) -> list[Finding]:
    """What cfn-lint says, warnings included."""
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [str(linter), "--format", "json", "--include-checks", "W", "--", str(template)]
    return [
        Finding(each["Rule"]["Id"], _resource(each["Location"]["Path"]), each["Message"])
        for each in json.loads(_output(*command) or "[]")
    ]


def checkov(template: Path, commands: Path) -> list[Finding]:
    options = ["--skip-download", "--quiet", "--compact", "--framework", "cloudformation"]
    command = [str(commands / "checkov"), *options, "-o", "json", "-f", str(template)]
    report = json.loads(_output(*command))
    if "results" not in report or report["summary"]["parsing_errors"]:
        raise Failure(f"checkov could not read {template.name}: {report.get('summary', report)}")
    return [
        Finding(each["check_id"], each["resource"].rpartition(".")[2], each["check_name"])
        for each in report["results"]["failed_checks"]
    ]


def parliament(template: Mapping[str, Any], commands: Path, directory: Path) -> list[Finding]:
    """Each policy in a file of its own, whose name is the resource's."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    known = {name: value for name, value in IN_AWS.items() if name in template["Parameters"]}
    documents = policies.of(template, known)
    if not documents:
        raise Failure("The template has no policies: there is nothing that parliament could read.")
    for name, document in documents.items():
        (directory / f"{name}.json").write_text(json.dumps(document))
    options = ["--include_policy_extension", "json", "--json"]
    said = _output(str(commands / "parliament"), "--directory", str(directory), *options)
    findings = [json.loads(line) for line in said.splitlines() if line.strip()]
    return [
        Finding(
            each["issue"],
            Path(each["location"]["filepath"]).stem,
            f"{each['title']} {re.sub(r'[{}]', '', str(each['detail']))}".strip(),
        )
        for each in findings
    ]


def _resource(path: list[Any]) -> str:
    return (
        str(path[1]) if len(path) > 1 and path[0] == "Resources" else str(path[0] if path else "")
    )


def _output(*command: str) -> str:
    """What a command prints; it may end with 1, which says that there are findings."""
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.stderr.strip() and not outcome.stdout.strip():
        raise Failure(f"{Path(command[0]).name} failed:\n{outcome.stderr.strip()[-2000:]}")
    return outcome.stdout


def _run(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise Failure(
            "The auditors could not be installed; check the network and the package index that pip"
            f" uses, then try again.\n{outcome.stderr.strip()[-1000:]}"
        )
