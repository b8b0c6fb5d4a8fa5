"""Findings against the list of exemptions: what is new, and what the list says for nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from infra.progress import Failure

EVERY = "*"


@dataclass(frozen=True, order=True)
class Finding:
    check: str
    resource: str
    says: str


@dataclass(frozen=True)
class Exemption:
    check: str
    resource: str  # a logical id, or EVERY
    reason: str

    def covers(self, finding: Finding) -> bool:
        return self.check == finding.check and self.resource in {EVERY, finding.resource}

    def __str__(self) -> str:
        return f"{self.check} {self.resource}"


def exemptions(text: str) -> list[Exemption]:
    """One for each resource of each line; raises Failure for a line that is none."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = re.fullmatch(r"(\w+) ([\w* ]+): (\S.*)", line)
        if parts is None:
            raise Failure(f"Line {number} of the exemptions is not `CHECK RESOURCE …: reason`.")
        found += [Exemption(parts[1], each, parts[3]) for each in parts[2].split()]
    return found


def unexcused(findings: Iterable[Finding], granted: Iterable[Exemption]) -> list[Finding]:
    granted = list(granted)
    return sorted(
        finding
        for finding in set(findings)
        if not any(exemption.covers(finding) for exemption in granted)
    )


def outdated(findings: Iterable[Finding], granted: Iterable[Exemption]) -> list[Exemption]:
    """Exemptions from what nobody found."""
    findings = list(findings)
    return [
        exemption
        for exemption in granted
        if not any(exemption.covers(finding) for finding in findings)
    ]
