"""Bounded reading: one DynamoDB query a page, and what is left for the next one."""

from typing import Any, Generic, TypeVar

from msgspec import Struct
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

M = TypeVar("M", bound=Model)


class Window(Struct, Generic[M], frozen=True):
    """The items one query returned; `last_key` is where the next one starts, if there is more.

    `looked_at` counts the rows that were read for them, those that a filter left out included.
    """

    items: list[M]
    last_key: dict[str, Any] | None
    looked_at: int


def first_page(model: type[M], results: ResultIterator[M]) -> Window[M]:
    """One query of `results` and no second one, however little its filter let through.

    PynamoDB would go on until it has found `limit` matches, which reads without bound.
    """
    page: Any = next(results.page_iter)
    items = [model.from_raw_data(raw) for raw in page["Items"]]
    return Window(items, page.get("LastEvaluatedKey"), page["ScannedCount"])
