"""`make audit`: the templates before cfn-lint, checkov and parliament, and the list of exemptions."""

import json
from pathlib import Path

from infra import package
from infra.audit import auditors, findings
from infra.audit.findings import Exemption, Finding
from infra.progress import run, say, step

EXEMPTIONS = Path(__file__).with_name("exemptions.txt")
# Who deploys: a template of its own.
DEPLOYER = package.ROOT / "infra" / "deployer.json"
BUILD = package.BUILD / "audit"


def main() -> int:
    granted = findings.exemptions(EXEMPTIONS.read_text())
    commands = auditors.environment(BUILD / "environment")
    found = _found(commands)
    new, outdated = findings.unexcused(found, granted), findings.outdated(found, granted)
    _tell(new, outdated)
    if new or outdated:
        return 1
    say(f"Nothing but the {len(found)} findings that {EXEMPTIONS.name} gives reasons for.")
    return 0


def _found(commands: Path) -> list[Finding]:
    template = BUILD / "template.json"
    template.write_text(json.dumps(package.template(BUILD, "arm64"), indent=1))
    return [finding for each in (template, DEPLOYER) for finding in _about(each, commands)]


def _about(template: Path, commands: Path) -> list[Finding]:
    with step(f"Asking cfn-lint about {template.name}"):
        found = auditors.lint(template)
    with step(f"Asking checkov about {template.name}"):
        found += auditors.checkov(template, commands)
    with step(f"Asking parliament about {template.name}"):
        found += auditors.parliament(json.loads(template.read_text()), commands, BUILD / "policies")
    return found


def _tell(new: list[Finding], outdated: list[Exemption]) -> None:
    for finding in new:
        say(f"  {finding.check} {finding.resource}: {finding.says}")
    for exemption in outdated:
        say(f"  {exemption}: exempted, but nobody finds fault with it; take it off the list")


if __name__ == "__main__":
    run(main)
