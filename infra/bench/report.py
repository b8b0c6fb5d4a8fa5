"""The table of costs: for the terminal, and between the markers of docs/performance.md."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence

from infra import document
from infra.bench.bars import Measured
from infra.bench.measuring import CPU_RUNS, Sized

UNITS = document.PERFORMANCE.with_name("units.json")


def table(rows: Sequence[Measured]) -> str:
    """Aligned columns; a bar stands beside what it bounds, and "missed" behind a row that missed one."""
    return "\n" + document.aligned([_headings(rows), *map(_cells, rows)])


def verdict(rows: Sequence[Measured]) -> str:
    missed = [f"{_title(rows, row)}: {each}" for row in rows for each in row.missed()]
    if not missed:
        return f"Every bar is met, growth within ±1 unit in all {len(rows)} rows."
    return "\n".join(["Bars missed:", *(f"- {sentence}" for sentence in missed)])


def breakdown(rows: Iterable[Measured]) -> str:
    """Where the units of each row go, at the largest size."""
    lines = ["", "Units by operation and table or index:"]
    for row in rows:
        cost = row.costs[max(row.costs)]
        parts = ", ".join(f"{place} {units:g}" for place, units in cost.parts.items())
        lines.append(f"{row.name}: {parts}")
    return "\n".join(lines)


def publish(rows: Sequence[Measured], measured: Mapping[int, Sized]) -> None:
    """Replace what stands between the markers of the document."""
    counted = ", ".join(f"{size:,}: {one.counted:,.0f}" for size, one in measured.items())
    facts = [
        f"Read units of one COUNT query over the team, by number of tasks: {counted}.",
        f"CPU: {platform.machine()}, Python {platform.python_version()}, median of {CPU_RUNS} runs.",
    ]
    block = [*document.fenced(table(rows)), "", verdict(rows), "", *facts]
    document.publish(document.PERFORMANCE, "make bench", block)


def record(rows: Sequence[Measured]) -> None:
    """The same for programs (`make cost` reads it): each row's figures at the largest size."""
    units = {}
    for row in rows:
        cost, cpu = row.costs[max(row.costs)], row.cpu[max(row.cpu)]
        units[_title(rows, row)] = {
            "round_trips": cost.round_trips,
            "reads": cost.reads,
            "writes": cost.writes,
            "cpu": round(cpu, 1),
        }
    UNITS.write_text(json.dumps(units, indent=1, ensure_ascii=False) + "\n")


def _headings(rows: Sequence[Measured]) -> list[str]:
    small, large = (f"{size:,}" for size in sorted(rows[0].costs))
    return [
        "request or event",
        *("trips", "bar"),
        *(f"reads {small}", large, "bar"),
        *(f"writes {small}", large, "bar"),
        *(f"CPU ms {small}", large),
        "",
    ]


def _cells(row: Measured) -> list[str]:
    small, large = sorted(row.costs)
    first, last = row.costs[small], row.costs[large]
    return [
        row.name,
        *(f"{max(first.round_trips, last.round_trips)}", _bar(row.bars.round_trips)),
        *(f"{first.reads:g}", f"{last.reads:g}", _bar(row.bars.reads)),
        *(f"{first.writes:g}", f"{last.writes:g}", _bar(row.bars.writes)),
        *(f"{row.cpu[small]:.1f}", f"{row.cpu[large]:.1f}"),
        "missed" if any(row.missed()) else "",
    ]


def _bar(bar: float | None) -> str:
    return "" if bar is None else f"≤{bar:g}"


def _title(rows: Sequence[Measured], row: Measured) -> str:
    """The row's name with that of the row it continues."""
    if not row.name.startswith(" "):
        return row.name
    above = [each.name for each in rows[: rows.index(row)] if not each.name.startswith(" ")]
    return f"{above[-1].partition(',')[0]} {row.name.strip()}"
