"""Continuous deployment: what runs is pinned, and who may deploy is no more than one repository."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(
    r"uses: (\./\.github/workflows/\w+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)"
)
TEMPLATE: dict[str, Any] = json.loads((ROOT / "infra" / "deployer.json").read_text())
# Longer than IAM stores: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST_INLINE_POLICIES = 10_240
# Actions that no resource can be named for, or whose resources have names that AWS makes up.
EVERYWHERE = {"TheirSources", "Subscriptions", "LogsOfTheGateway", "MailAnew", "Questions"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_digest(workflow: Path) -> None:
    uses = [line.strip(" -") for line in workflow.read_text().splitlines() if "uses:" in line]

    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_say_what_they_may(workflow: Path) -> None:
    assert re.search(r"^permissions:", workflow.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("name", "stage"), [("DevDeployer", "dev"), ("ProdDeployer", "prod")])
def test_role_is_for_one_environment_of_one_repository(name: str, stage: str) -> None:
    (statement,) = TEMPLATE["Resources"][name]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ]

    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {
                "Fn::Sub": f"repo:${{Repository}}:environment:{stage}"
            },
        }
    }


@pytest.mark.parametrize(("name", "stage"), [("DevDeployer", "dev"), ("ProdDeployer", "prod")])
def test_role_reaches_its_own_stage_alone(name: str, stage: str) -> None:
    other = {"dev": "prod", "prod": "dev"}[stage]
    policy = _policy(name)
    text = json.dumps(policy)

    assert f"${{StackPrefix}}-{other}" not in text
    assert {each["Sid"] for each in policy["Statement"] if each["Resource"] == ["*"]} == EVERYWHERE
    assert not re.search(r'"\w+:\*"', text)
    assert len(re.sub(r"\s", "", text)) < LONGEST_INLINE_POLICIES


def _policy(name: str) -> Any:
    (policy,) = TEMPLATE["Resources"][name]["Properties"]["Policies"]
    return policy["PolicyDocument"]
