"""What each request may cost: the bars of the performance document, and which of them were missed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.bench.meter import Cost

# How far the reads and writes of one request may move between the smallest and the largest team.
GROWTH = 1.0


@dataclass(frozen=True)
class Bars:
    """The most a request may cost; None where there is no bar. Growth has one everywhere."""

    round_trips: int | None = None
    reads: float | None = None
    writes: float | None = None


@dataclass(frozen=True)
class Measured:
    """A row of the table: its costs and its CPU in milliseconds, by number of tasks."""

    name: str
    bars: Bars
    costs: Mapping[int, Cost]
    cpu: Mapping[int, float]

    def missed(self) -> Iterator[str]:
        """A sentence for each bar that was missed."""
        smallest, largest = self.costs[min(self.costs)], self.costs[max(self.costs)]
        for what, bar in vars(self.bars).items():
            worst = max(getattr(cost, what) for cost in self.costs.values())
            if bar is not None and worst > bar:
                yield f"{worst:g} {what.replace('_', ' ')}, where {bar:g} is the bar"
        for what in ("reads", "writes"):
            first, last = getattr(smallest, what), getattr(largest, what)
            if abs(last - first) > GROWTH:
                yield f"{what} grow from {first:g} to {last:g}, where ±{GROWTH:g} is the bar"
