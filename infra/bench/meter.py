"""The meter: DynamoDB calls and the capacity they consumed, counted at botocore's hooks.

DynamoDB Local is right about everything but transactions: of several items in one table it
counts one, and doubles it twice. So while something is measured, the operations of a
transaction are carried out one by one (`_transact`) and charged as AWS charges a transaction:
twice for the table, once for the indexes, measured on AWS in
https://github.com/nubo-db/dynoxide/pull/188.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

Action = Callable[[], object]

_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_TRANSACTION = "TransactWriteItems"


@dataclass
class Cost:
    """What one request did; `parts` are the units by operation and table or index."""

    round_trips: int = 0
    reads: float = 0.0
    writes: float = 0.0
    parts: Counter[str] = field(default_factory=Counter)


class Meter:
    """Counts what goes through `clients` while something is measured.

    `aside` is a client that is not counted: it carries out the parts of a transaction.
    """

    def __init__(self, clients: Iterable[Any], aside: Any) -> None:
        self._cost: Cost | None = None
        self._aside = aside
        for client in clients:
            events = client.meta.events
            events.register("provide-client-params.dynamodb", self._ask)
            events.register("before-call.dynamodb", self._count)
            events.register("after-call.dynamodb", self._read)

    def cost(self, action: Action) -> Cost:
        cost = self._cost = Cost()
        try:
            action()
        finally:
            self._cost = None
        return cost

    @staticmethod
    def cpu(action: Action) -> float:
        """Milliseconds of this process's CPU; the meter's hooks rest meanwhile."""
        started = time.process_time()
        action()
        return (time.process_time() - started) * 1000

    def _ask(self, params: Mapping[str, Any], **_: Any) -> Mapping[str, Any] | None:
        return {**params, "ReturnConsumedCapacity": "INDEXES"} if self._cost else None

    def _count(self, model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        """Count the call; botocore takes what is returned here for the answer."""
        if self._cost is None:
            return None
        self._cost.round_trips += 1
        return self._transact(self._cost, params) if model.name == _TRANSACTION else None

    def _transact(self, cost: Cost, params: Mapping[str, Any]) -> Any:
        for operation in json.loads(params["body"])["TransactItems"]:
            ((kind, arguments),) = operation.items()
            capacity = self._carry_out(kind, arguments)["ConsumedCapacity"]
            for place, units, is_index in _places(capacity):
                _charge(cost, _TRANSACTION, place, units if is_index else 2 * units)
        return SimpleNamespace(status_code=HTTPStatus.OK), {}

    def _carry_out(self, kind: str, arguments: Mapping[str, Any]) -> Any:
        """An update that changes nothing is charged as a condition check is."""
        method = "update_item" if kind == "ConditionCheck" else f"{kind.lower()}_item"
        return getattr(self._aside, method)(**arguments, ReturnConsumedCapacity="INDEXES")

    def _read(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._cost is None:
            return
        capacity = parsed.get("ConsumedCapacity", [])
        for table in capacity if isinstance(capacity, list) else [capacity]:
            for place, units, _is_index in _places(table):
                _charge(self._cost, model.name, place, units)


def _charge(cost: Cost, operation: str, place: str, units: float) -> None:
    if operation in _READS:
        cost.reads += units
    else:
        cost.writes += units
    cost.parts[f"{operation} {place}"] += units  # type: ignore[assignment] # units come in halves


def _places(capacity: Mapping[str, Any]) -> Iterable[tuple[str, float, bool]]:
    """The table and its indexes, the units each consumed, and whether it is an index."""
    table = capacity["TableName"].rpartition("-")[2]
    yield table, capacity.get("Table", capacity)["CapacityUnits"], False
    for name, index in capacity.get("GlobalSecondaryIndexes", {}).items():
        yield f"{table}.{name}", index["CapacityUnits"], True
