"""What is said of the reckoning: the tables of docs/cost.md, and which bars were missed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from infra import document
from infra.cost import prices, usage
from infra.cost.prices import Region
from infra.cost.usage import Month

SIZES = (0, 5, 10, 50, 100, 1_000, 1_000_000)
# US dollars a month, by number of people.
BARS = {0: 0.05, 10: 0.40, 1_000: 40.0}
HOME = "us-east-1"
# What is added up under one name in the table.
SERVICES = {
    "DynamoDB, requests": ("reads", "writes"),
    "DynamoDB, storage and PITR": ("stored_gb", "pitr_gb"),
    "Lambda": ("gb_seconds", "invocations"),
    "API Gateway, requests": ("requests",),
    "API Gateway, frames": ("messages",),
    "API Gateway, socket minutes": ("socket_minutes",),
    "SES": ("mails",),
    "CloudWatch, logs": ("log_gb", "log_stored_gb"),
    "CloudWatch, alarms": ("alarms",),
    "SQS and SNS": ("queue_requests", "notices"),
    "Data out": ("out_gb",),
    "S3": ("artifact_gb",),
}


@dataclass(frozen=True)
class Bill:
    """A month's charges by service; `allowances` is what AWS takes off for every account."""

    charges: Mapping[str, float]
    allowances: float

    @property
    def gross(self) -> float:
        return sum(self.charges.values())

    @property
    def total(self) -> float:
        return self.gross - self.allowances


def bill(used: Month, region: Region) -> Bill:
    by_unit = _charges(used, region)
    less = _charges(usage.without_allowances_that_stand(used), region)
    charges = {name: sum(by_unit[unit] for unit in units) for name, units in SERVICES.items()}
    return Bill(charges, sum(by_unit.values()) - sum(less.values()))


def table(bills: Mapping[int, Bill]) -> str:
    rows = [["US dollars a month", *(f"{size:,}" if size else "idle" for size in bills)]]
    rows += [[name, *(dollars(each.charges[name]) for each in bills.values())] for name in SERVICES]
    rows.append(["all at list price", *(dollars(each.gross) for each in bills.values())])
    rows.append(
        ["less standing allowances", *(dollars(-each.allowances) for each in bills.values())]
    )
    rows.append(["to pay", *(dollars(each.total) for each in bills.values())])
    rows.append(["  for each person", *(_each(size, one) for size, one in bills.items())])
    rows.append(["bar", *(f"≤{BARS[size]:.2f}" if size in BARS else "" for size in bills)])
    return document.aligned(rows)


def regions(bills: Mapping[str, Mapping[int, Bill]], lists: Mapping[str, Region]) -> str:
    rows = [["to pay, US dollars", *(f"{size:,}" if size else "idle" for size in SIZES)]]
    for name, each in bills.items():
        mark = "" if lists[name].is_confirmed else " (not confirmed)"
        rows.append([name + mark, *(dollars(each[size].total) for size in SIZES)])
    return document.aligned(rows)


def missed(bills: Mapping[int, Bill]) -> Iterator[str]:
    """A sentence for each bar that was missed, with what costs most."""
    for size, bar in BARS.items():
        one = bills[size]
        if one.total > bar:
            dearest = max(one.charges, key=lambda name: one.charges[name])
            yield (
                f"{size:,} people: {one.total:.2f} a month, where {bar:.2f} is the bar; most of it"
                f" is {dearest} ({one.charges[dearest]:.2f})"
            )


def verdict(bills: Mapping[int, Bill]) -> list[str]:
    found = list(missed(bills))
    return ["Bars missed:", *(f"- {each}." for each in found)] if found else ["Every bar is met."]


def crossing(rows: Mapping[str, usage.Row], region: Region, price: float) -> int:
    """The smallest number of people at which a server of that price a month costs less."""
    low, high = 1, 1_000_000
    while low < high:
        middle = (low + high) // 2
        if bill(usage.month(middle, rows), region).total > price:
            high = middle
        else:
            low = middle + 1
    return low


def crossings(rows: Mapping[str, usage.Row], region: Region) -> list[str]:
    return [
        f"- {server.name} ({server.price:.2f} a month): cheaper from"
        f" {crossing(rows, region, server.price):,} people on."
        for server in prices.SERVERS
    ]


def model(rows: Mapping[str, usage.Row]) -> str:
    head = ["a person, a working day", "times", "reads", "writes", "ms of Lambda"]
    lines = [
        [
            name,
            f"{times:g}",
            f"{rows[name].reads:g}",
            f"{rows[name].writes:g}",
            _ms(name, rows[name]),
        ]
        for name, times in usage.DAY.items()
    ]
    return document.aligned([head, *lines])


def dollars(amount: float) -> str:
    """With as many digits as are worth saying."""
    if round(amount, 2) == 0 and amount:
        return f"{amount:.4f}"
    return f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:.2f}"  # noqa: PLR2004 - cents of no interest


def _ms(name: str, row: usage.Row) -> str:
    return f"{usage.milliseconds(row, usage.memory(name)):.0f}"


def _each(size: int, one: Bill) -> str:
    return f"{one.total / size:.3f}" if size else ""


def _charges(used: Month, region: Region) -> dict[str, float]:
    return {
        each.name: prices.charge(getattr(used, each.name), getattr(region, each.name))
        for each in fields(Month)
    }


def block(
    bills: Mapping[str, Mapping[int, Bill]],
    rows: Mapping[str, usage.Row],
    lists: Mapping[str, Region],
) -> Sequence[str]:
    """What stands between the markers of docs/cost.md."""
    return [
        *document.fenced(table(bills[HOME])),
        "",
        *verdict(bills[HOME]),
        "",
        *document.fenced(regions(bills, lists)),
        "",
        *crossings(rows, lists[HOME]),
        "",
        *document.fenced(model(rows)),
        "",
        *_memory(rows, lists[HOME]),
    ]


def _memory(rows: Mapping[str, usage.Row], region: Region) -> list[str]:
    """What the API's function costs in a larger and in a smaller size, a million requests each."""
    head = ["a million requests, US dollars", "512 MB", "1,769 MB", "ms, 512 MB", "ms, 1,769 MB"]
    lines = [head]
    for name in ("POST /api/auth/login", "GET /api/tasks", "GET /admin", usage.CREATED):
        times = [usage.milliseconds(rows[name], each) for each in (usage.OTHER_GB, usage.API_GB)]
        sizes = (usage.OTHER_GB, usage.API_GB)
        paid = [
            prices.charge(1e6 * ms / 1000 * size, region.gb_seconds)
            for ms, size in zip(times, sizes, strict=True)
        ]
        lines.append([name, *(f"{each:.2f}" for each in paid), *(f"{each:.0f}" for each in times)])
    return document.fenced(document.aligned(lines))
