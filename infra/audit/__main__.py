"""`make audit`: the template before cfn-lint, checkov and parliament, and the list of exemptions."""

import json
from pathlib import Path

from infra import package
from infra.audit import auditors, findings
from infra.audit.findings import Exemption, Finding
from infra.progress import run, say, step

EXEMPTIONS = Path(__file__).with_name("exemptions.txt")
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
    described = package.template(BUILD, "arm64")
    template = BUILD / "template.json"
    template.write_text(json.dumps(described, indent=1))
    with step("Asking cfn-lint"):
        found = auditors.lint(template)
    with step("Asking checkov"):
        found += auditors.checkov(template, commands)
    with step("Asking parliament"):
        found += auditors.parliament(described, commands, BUILD / "policies")
    return found


def _tell(new: list[Finding], outdated: list[Exemption]) -> None:
    for finding in new:
        say(f"  {finding.check} {finding.resource}: {finding.says}")
    for exemption in outdated:
        say(f"  {exemption}: exempted, but nobody finds fault with it; take it off the list")


if __name__ == "__main__":
    run(main)
