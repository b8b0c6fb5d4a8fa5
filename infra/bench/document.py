"""The performance document: what a bench writes between its markers there."""

from pathlib import Path

from infra.progress import Failure

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def replace(begin: str, end: str, block: str) -> None:
    """Let `block` stand between the two markers."""
    before, opened, rest = DOCUMENT.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise Failure(f"{DOCUMENT.name} has lost its markers: put `{begin}` and `{end}` back.")
    DOCUMENT.write_text(f"{before}{begin}\n{block}\n{end}{after}")
