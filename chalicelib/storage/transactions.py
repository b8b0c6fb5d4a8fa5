"""A DynamoDB transaction in which each operation carries the error that its failure means."""

from collections.abc import Sequence

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib import errors
from chalicelib.storage import connection

Meaning = type[errors.TaskFlowError]


class Transaction:
    """Collects operations and commits them together or not at all.

    PynamoDB sends checks, deletes, puts and updates in that order whatever the order of the
    calls was, and DynamoDB reports its reasons in the order it was sent: `_meanings` is kept
    the same way. botocore adds a client request token, so a retry of a request whose answer
    was lost does not write twice (within ten minutes).
    """

    def __init__(self) -> None:
        self._write = TransactWrite(connection=connection.shared())
        self._meanings: dict[str, list[Meaning | None]] = {
            "check": [],
            "delete": [],
            "put": [],
            "update": [],
        }

    def check(
        self, model: type[Model], hash_key: str, *, condition: Condition, otherwise: Meaning
    ) -> None:
        _register(model)
        self._meanings["check"].append(otherwise)
        self._write.condition_check(model, hash_key, condition=condition)

    def delete(self, item: Model, *, condition: Condition, otherwise: Meaning) -> None:
        _register(type(item))
        self._meanings["delete"].append(otherwise)
        self._write.delete(item, condition=condition)

    def put(
        self,
        item: Model,
        *,
        condition: Condition | None = None,
        otherwise: Meaning | None = None,
    ) -> None:
        _register(type(item))
        self._meanings["put"].append(otherwise)
        self._write.save(item, condition=condition)

    def update(
        self,
        item: Model,
        actions: Sequence[Action],
        *,
        condition: Condition | None = None,
        otherwise: Meaning | None = None,
    ) -> None:
        _register(type(item))
        self._meanings["update"].append(otherwise)
        self._write.update(item, list(actions), condition=condition)

    def commit(self) -> None:
        """Write everything.

        Raises the error of the first operation whose condition failed; Contention when
        another transaction was in the way; Unavailable when DynamoDB did not answer.
        """
        try:
            with self._write:
                pass
        except TransactWriteError as error:
            raise self._translated(error) from error

    def _translated(self, error: TransactWriteError) -> BaseException:
        meanings = [meaning for kind in self._meanings.values() for meaning in kind]
        reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
        for reason, meaning in zip(reasons, meanings, strict=False):
            if reason == "ConditionalCheckFailed" and meaning is not None:
                return meaning()
        if "TransactionConflict" in reasons or error.cause_response_code == "TransactionConflict":
            return errors.Contention()
        if {"ThrottlingError", "ProvisionedThroughputExceeded"} & set(reasons):
            return errors.Unavailable()
        return error


def _register(model: type[Model]) -> None:
    """Make the table's keys known to the shared connection, which PynamoDB does at first use."""
    model._get_connection()  # noqa: SLF001 - PynamoDB has no public way to do it early
