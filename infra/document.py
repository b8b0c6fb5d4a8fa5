"""What commands write into the documents: their output, between the markers of that command."""

from collections.abc import Sequence
from pathlib import Path

from infra.progress import Failure

PERFORMANCE = Path(__file__).parents[1] / "docs" / "performance.md"


def publish(path: Path, command: str, lines: Sequence[str]) -> None:
    """Replace what stands between the command's markers; raises Failure if they are not there."""
    begin, end = f"<!-- {command}: begin -->", f"<!-- {command}: end -->"
    before, found, rest = path.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise Failure(f"{path.name} has lost its markers: put `{begin}` and `{end}` back.")
    path.write_text("\n".join([before + begin, *lines, end + after]))


def fenced(text: str) -> list[str]:
    return ["```", text.strip("\n"), "```"]


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text: the first row is its headings, the first column its names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *figures in rows:
        cells = [cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells]).rstrip())
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:], rule])
