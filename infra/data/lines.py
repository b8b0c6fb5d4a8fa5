r"""The file of an export: JSON Lines, readable by anyone, checked to the last byte.

    {"taskflow_export": 1, "version": "1.0.0", "stack": "taskflow-prod", "at": "2026-11-23T10:00:00Z"}
    {"table": "tasks", "item": {"team": {"S": "TF"}, "number": {"N": "42"}, …}}
    …
    {"end": {"tasks": 1, …}, "sha256": "…"}

An item is as DynamoDB's API has it, bytes in base64. The last line counts the items of each table
and bears the SHA-256 of all lines before it: `head -n -1 FILE | sha256sum` says the same.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from chalicelib.storage import schema
from infra.data import shapes
from infra.data.tables import Item, layouts, peoples
from infra.progress import Failure

FORMAT = 1
# An item has at most 400 KB, which base64 and JSON's escapes make longer.
_LONGEST = 4_000_000
_AGAIN = "Copy the file again, or export again."


@dataclass(frozen=True)
class Header:
    """What the first line says; `at` is when the export began."""

    version: str
    stack: str
    at: str


@dataclass(frozen=True)
class End:
    """What the last line says."""

    counts: dict[str, int]
    sha256: str


@dataclass(frozen=True)
class Line:
    """An item of a table; the next one begins at the byte `following`."""

    number: int
    table: str
    item: Item
    following: int


def of_header(header: Header) -> bytes:
    return _encoded(
        {
            "taskflow_export": FORMAT,
            "version": header.version,
            "stack": header.stack,
            "at": header.at,
        }
    )


def of_item(table: str, item: Item) -> bytes:
    return _encoded({"table": table, "item": dict(sorted(item.items()))})


def of_end(end: End) -> bytes:
    return _encoded({"end": end.counts, "sha256": end.sha256})


class Writer:
    """Writes a file from its first line to its last, which counts and sums up the others."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file = file
        self._counts = dict.fromkeys(peoples(), 0)
        self._digest = hashlib.sha256()
        self._write(of_header(header))

    def add(self, table: str, line: bytes) -> None:
        self._counts[table] += 1
        self._write(line)

    def end(self) -> End:
        end = End(self._counts, self._digest.hexdigest())
        self._write(of_end(end))
        return end

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._digest.update(line)


def raw(path: Path) -> Iterator[tuple[bytes, str, Item]]:
    """The lines of items alone, as `of_item` wrote them, each with its table and its item as JSON."""
    with path.open("rb") as file:
        for line in file:
            document = json.loads(line)
            yield line, document["table"], document["item"]


def verified(path: Path) -> tuple[Header, End]:
    """Read a file whole, and nothing of it at once; raises Failure that says what is wrong."""
    counts = dict.fromkeys(peoples(), 0)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        first = file.readline(_LONGEST)
        header = _header(first)
        digest.update(first)
        for number, raw in _raw(file, 2):
            document = _document(number, raw)
            if "end" in document:
                return header, _end(number, document, counts, digest.hexdigest(), file)
            counts[_line(number, document, 0).table] += 1
            digest.update(raw)
    raise Failure(
        f"{path} ends after {sum(counts.values()):,} items without its last line: it was cut off."
        f" {_AGAIN}"
    )


def items(path: Path, *, offset: int = 0, number: int = 1) -> Iterator[Line]:
    """The items from a byte on, the line there being `number`; of a file that was verified."""
    with path.open("rb") as file:
        file.seek(offset)
        if offset == 0:
            file.readline()
            number += 1
        for count, raw in _raw(file, number):
            document = _document(count, raw)
            if "end" in document:
                return
            yield _line(count, document, file.tell())


def _raw(file: BinaryIO, number: int) -> Iterator[tuple[int, bytes]]:
    while raw := file.readline(_LONGEST):
        yield number, raw
        number += 1


def _header(raw: bytes) -> Header:
    try:
        document = _document(1, raw)
    except Failure:
        document = {}
    if "taskflow_export" not in document:
        raise Failure("The first line is not that of an export: this file is none.")
    if document["taskflow_export"] != FORMAT:
        raise Failure(
            f"The file has format {document['taskflow_export']}, this TaskFlow reads format"
            f" {FORMAT}: import it with TaskFlow {document.get('version', 'of its time')} or later."
        )
    return Header(
        version=str(document.get("version")),
        stack=str(document.get("stack")),
        at=str(document.get("at")),
    )


def _end(
    number: int, document: dict[str, Any], counts: dict[str, int], sha256: str, file: BinaryIO
) -> End:
    end = document["end"]
    said = end if isinstance(end, dict) else {}
    for table, count in counts.items():
        if said.get(table, 0) != count:
            raise Failure(
                f"Line {number} counts {said.get(table, 0)} items of {table}, but there are {count}."
                f" {_AGAIN}"
            )
    if document.get("sha256") != sha256:
        raise Failure(
            f"The checksum of line {number} does not fit: the file was changed after its export."
            f" {_AGAIN}"
        )
    if file.read(1):
        raise Failure(f"There is something after line {number}, which should be the last. {_AGAIN}")
    return End(counts, sha256)


def _document(number: int, raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except (RecursionError, ValueError) as error:
        whole = raw.endswith(b"\n")
        reason = "is not JSON" if whole else "is cut off"
        raise Failure(f"Line {number} {reason}. {_AGAIN}") from error
    if not isinstance(document, dict):
        raise Failure(f"Line {number} is no JSON object. {_AGAIN}")
    return document


def _line(number: int, document: dict[str, Any], following: int) -> Line:
    table, item = document.get("table"), document.get("item")
    if table not in peoples():
        raise Failure(f"Line {number} is of a table {table!r}, which this TaskFlow does not have.")
    if not isinstance(item, dict):
        raise Failure(f"Line {number} has no item. {_AGAIN}")
    missing = [key for key in layouts()[table].keys if key not in item]
    if missing:
        raise Failure(f"Line {number}: the item has no {' and no '.join(missing)}. {_AGAIN}")
    try:
        values = {name: _read(value) for name, value in item.items()}
        is_later = schema.is_later(table, values)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Failure(
            f"Line {number}: the item is not as DynamoDB's API has it. {_AGAIN}"
        ) from error
    empty = [key for key in layouts()[table].keys if not any(values[key].values())]
    if empty:
        raise Failure(f"Line {number}: the {' and the '.join(empty)} is empty. {_AGAIN}")
    if is_later:
        raise Failure(f"Line {number} was written by a later TaskFlow: import it with that one.")
    if fault := shapes.fault(table, values):
        raise Failure(f"Line {number}: the item of {table} {fault}. {_AGAIN}")
    return Line(number, table, values, following)


def _encoded(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_base64)
    return text.encode() + b"\n"


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()


def _read(value: Any) -> Any:
    """A typed value with its bytes as bytes; raises an error of many kinds for what is none."""
    ((kind, content),) = value.items()
    if kind == "M":
        return {"M": {name: _read(each) for name, each in content.items()}}
    if kind == "L":
        return {"L": [_read(each) for each in content]}
    if kind in _SETS:
        return {kind: [_SCALARS[kind[0]](each) for each in content]}
    return {kind: _SCALARS[kind](content)}


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise TypeError
    return content


def _number(content: Any) -> str:
    if not Decimal(_text(content)).is_finite():
        raise ValueError
    return _text(content)


def _bytes(content: Any) -> bytes:
    return base64.b64decode(_text(content), validate=True)


def _truth(content: Any) -> bool:
    if not isinstance(content, bool):
        raise TypeError
    return content


_SETS = {"SS", "NS", "BS"}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _number,
    "B": _bytes,
    "BOOL": _truth,
    "NULL": _truth,
}
