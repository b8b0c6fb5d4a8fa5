"""`make cost`: what a month costs by number of people; fails when a bar is missed."""

from infra import document
from infra.cost import plot, prices, report, usage
from infra.package import ROOT
from infra.progress import run, say, step

DOCUMENT = ROOT / "docs" / "cost.md"


def main() -> int:
    rows, lists = usage.measured(), prices.regions()
    bills = {
        name: {size: report.bill(usage.month(size, rows), region) for size in report.SIZES}
        for name, region in lists.items()
    }
    said = report.block(bills, rows, lists)
    say("\n".join(line for line in said if line != "```"))
    with step("Writing docs/cost.md and docs/cost.svg"):
        document.publish(DOCUMENT, "make cost", said)
        plot.draw(rows, lists[report.HOME])
    return 1 if list(report.missed(bills[report.HOME])) else 0


if __name__ == "__main__":
    run(main)
