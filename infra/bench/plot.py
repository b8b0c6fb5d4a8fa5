"""The picture of cost against size: flat for what the app does, rising for what COUNT would read."""

from collections.abc import Mapping

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from infra.bench.measuring import Sized
from infra.package import ROOT

PICTURE = ROOT / "docs" / "performance.svg"
# The name in the table, the name in the picture, the colour, and where the label stands.
READS = (
    ("GET /api/tasks", "list of 20 tasks", "#0f766e", 20),
    ("GET /api/dashboard/stats, tables", "statistics from tables", "#4f46e5", 7),
    ("GET /api/dashboard/stats, cache", "statistics from the cache", "#0284c7", 7),
)
WRITES = (
    ("  status, assignee, due date", "update of three fields", "#4f46e5", 7),
    ("  with assignee and due date", "create", "#0f766e", -14),
    ("PATCH /api/tasks/{id}, priority", "update of one field", "#0284c7", -14),
)
COUNT = "#dc2626"
INK = "#334155"


def draw(measured: Mapping[int, Sized]) -> None:
    # The same bytes from the same figures: a run that finds nothing new changes no file.
    with mpl.rc_context({"svg.hashsalt": "taskflow", "svg.fonttype": "none"}):
        figure, (reads, writes) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
        _lines(reads, measured, READS, "reads")
        sizes = sorted(measured)
        counted = [measured[size].counted for size in sizes]
        reads.plot(sizes, counted, color=COUNT, linestyle="--", marker="o", markersize=4)
        _label(reads, "one COUNT query", COUNT, (sizes[-2], counted[-2]), 12)
        reads.set_yscale("log")
        _lines(writes, measured, WRITES, "writes")
        writes.set_ylim(0, 24)
        _dress(reads, "Read units a request")
        _dress(writes, "Write units a request")
        figure.savefig(PICTURE, metadata={"Date": None})
        plt.close(figure)


def _lines(
    axes: Axes,
    measured: Mapping[int, Sized],
    wanted: tuple[tuple[str, str, str, int], ...],
    what: str,
) -> None:
    sizes = sorted(measured)
    for name, label, colour, offset in wanted:
        units = [getattr(measured[size].costs[name], what) for size in sizes]
        axes.plot(sizes, units, color=colour, marker="o", markersize=4)
        _label(axes, label, colour, (sizes[-1], units[-1]), offset)


def _label(axes: Axes, text: str, colour: str, point: tuple[float, float], offset: int) -> None:
    axes.annotate(
        text,
        point,
        xytext=(0, offset),
        textcoords="offset points",
        ha="right",
        color=colour,
        fontsize=9,
    )


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.set_xscale("log")
    axes.set_xlabel("tasks in the team", color=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color="#e2e8f0")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
