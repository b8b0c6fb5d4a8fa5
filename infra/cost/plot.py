"""The picture of docs/cost.md: a month's bill against the number of people, beside small servers."""

from collections.abc import Mapping

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

from infra.cost import prices, report, usage
from infra.cost.prices import Region
from infra.package import ROOT

PICTURE = ROOT / "docs" / "cost.svg"
PEOPLE = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
OURS, SERVERS = "#0f766e", ("#4f46e5", "#dc2626")
INK, RULE = "#334155", "#94a3b8"


def draw(rows: Mapping[str, usage.Row], region: Region) -> None:
    # The same bytes from the same figures: a run that finds nothing new changes no file.
    with mpl.rc_context({"svg.hashsalt": "taskflow", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
        bills = [report.bill(usage.month(size, rows), region).total for size in PEOPLE]
        axes.plot(PEOPLE, bills, color=OURS, marker="o", markersize=4, label="TaskFlow")
        for server, colour in zip(prices.SERVERS, SERVERS, strict=True):
            axes.axhline(server.price, color=colour, linestyle="--", label=server.name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title("US dollars a month", loc="left", color=INK, fontsize=11)
        axes.set_xlabel("people, in teams of ten", color=INK)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.grid(axis="y", color=RULE, alpha=0.4)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color(RULE)
        axes.tick_params(which="both", colors=INK)
        axes.legend(frameon=False, labelcolor=INK)
        # On a ground of its own: on a dark page no colour that a white one bears is legible.
        figure.savefig(PICTURE, metadata={"Date": None})
        plt.close(figure)
