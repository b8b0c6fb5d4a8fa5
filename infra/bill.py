"""`make bill`: what a stage has cost this month, by service, as Cost Explorer knows it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra import stages
from infra.progress import Failure, run, say, step
from infra.stages import Stage

# CloudFormation puts it on every resource; the account says once that bills shall tell it.
TAG = "aws:cloudformation:stack-name"
# Cost Explorer lives there for every region.
REGION = "us-east-1"
# https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/
PRICE_OF_ASKING = "$0.01"
# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
UNSEEN = "DataUnavailableException"
# Less than this is not worth a line.
CENTS = 0.005


def main() -> None:
    stage = stages.chosen()
    if stage.stack.endpoint:
        raise Failure("The emulator sends no bill; `make bill` asks AWS.")
    with stages.answers():
        bill(stage, datetime.now(UTC).date())


def bill(stage: Stage, today: date) -> None:
    """Say the month to date; raises Failure where bills do not tell stacks apart."""
    first = today.replace(day=1)
    say(f"Each such question costs {PRICE_OF_ASKING}; figures are up to a day old.")
    with step(f"Asking Cost Explorer for {first:%B %Y}"):
        costs = _costs(stage, first, today + timedelta(days=1))
    if not costs:
        raise Failure(
            f"Cost Explorer has nothing for {stage.stack.name}. Either nothing has cost anything"
            " yet, or bills do not tell stacks apart: allow it once, and look again in a day:\n"
            "  aws ce update-cost-allocation-tags-status --region us-east-1"
            f" --cost-allocation-tags-status TagKey={TAG},Status=Active"
        )
    for service, dollars in sorted(costs.items(), key=lambda each: -each[1]):
        if dollars >= CENTS:
            say(f"  {dollars:10.2f}  {service}")
    say(f"  {sum(costs.values()):10.2f}  USD together, {first:%d %B} to {today:%d %B}")


def _costs(stage: Stage, first: date, end: date) -> dict[str, float]:
    """Dollars by service; none also for an account that Cost Explorer has not looked at yet."""
    client = stage.stack.session.client("ce", region_name=REGION)
    try:
        answer: Any = client.get_cost_and_usage(
            TimePeriod={"Start": first.isoformat(), "End": end.isoformat()},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
            Filter={"Tags": {"Key": TAG, "Values": [stage.stack.name]}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == UNSEEN:
            return {}
        raise
    return {
        group["Keys"][0]: float(group["Metrics"]["UnblendedCost"]["Amount"])
        for period in answer["ResultsByTime"]
        for group in period.get("Groups", [])
    }


if __name__ == "__main__":
    run(main)
