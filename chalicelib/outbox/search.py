"""The search index: it follows the texts of tasks."""

from chalicelib.entities import Activity
from chalicelib.services import search


def update(change: Activity) -> None:
    """Let the index follow the change; raises Unavailable."""
    search.follow(change)
