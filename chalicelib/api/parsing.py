"""From untrusted JSON, queries and forms to declared types, with every fault found."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, inspect, structs

from chalicelib.api.requests import Request
from chalicelib.errors import Fault, Invalid
from chalicelib.i18n import Message, message

S = TypeVar("S", bound=msgspec.Struct)

LARGEST_BODY = 256 * 1024
_DIGITS = re.compile("[0-9]{1,18}")
# What forms call their fields; parameters that only programs send go by their own names.
_LABELS = {
    "current_password": Message("field.current_password"),
    "description": Message("field.description"),
    "due_date": Message("field.due_date"),
    "email": Message("field.email"),
    "language": Message("field.language"),
    "name": Message("field.name"),
    "new_password": Message("field.new_password"),
    "password": Message("field.password"),
    "priority": Message("field.priority"),
    "status": Message("field.status"),
    "theme": Message("field.theme"),
    "time_zone": Message("field.time_zone"),
    "title": Message("field.title"),
}


class TooLarge(Exception):
    """The body exceeds LARGEST_BODY."""


class NotJson(Exception):
    """There is a body, and it is not declared as application/json."""


class _Field(Struct, frozen=True):
    """A declared field: what fits, and what is said of what does not.

    Meta(extra={...}) of the declaration may give `strip` (trim white space before checking),
    `message` (for a value that does not fit) and `check` (what else is wrong with a value that
    fits, or None). `label` is how messages call the field.
    """

    name: str
    type: Any
    info: inspect.Type
    required: bool
    label: Message | str
    strip: bool
    message: Message
    check: Callable[[Any], Message | None]


def body(request: Request, declared: type[S]) -> S:
    """The JSON body as declared, absent only where MAY_BE_ABSENT. Raises Invalid, TooLarge, NotJson."""
    if len(request.body) > LARGEST_BODY:
        raise TooLarge
    if not request.body and getattr(declared, "MAY_BE_ABSENT", False):
        return declared()
    if request.body and request.content_type != "application/json":
        raise NotJson
    return fitted(_json_object(request.body), declared)


def query(request: Request, declared: type[S]) -> S:
    """The query string as declared; empty parameters count as absent. Raises Invalid."""
    return fitted({name: value for name, value in request.query.items() if value}, declared)


def form_values(request: Request) -> dict[str, str]:
    """The fields of a submitted form as they were typed. Raises Invalid, TooLarge."""
    if len(request.body) > LARGEST_BODY:
        raise TooLarge
    try:
        return dict(parse_qsl(request.body.decode(), max_num_fields=50))
    except ValueError as error:
        raise Invalid(Fault("", Message("error.form_unreadable"))) from error


def fitted(values: Mapping[str, Any], declared: type[S]) -> S:
    """Untyped values as declared, each field by itself: Invalid carries every fault found."""
    accepted: dict[str, Any] = {}
    faults: list[Fault] = []
    is_missing = False
    for field in _fields(declared):
        value = values.get(field.name, msgspec.UNSET)
        if field.strip and isinstance(value, str):
            value = value.strip()
        if value is msgspec.UNSET and not field.required:
            continue
        if value in (msgspec.UNSET, None, "") and _is_needed(field):
            is_missing = True
            faults.append(Fault(field.name, message("error.required", label=field.label)))
            continue
        try:
            accepted[field.name] = _converted(value, field)
        except msgspec.ValidationError:
            faults.append(Fault(field.name, field.message))
            continue
        except Invalid as error:
            faults += [Fault(f"{field.name}.{each.field}", each.message) for each in error.faults]
            continue
        fault = field.check(accepted[field.name])
        if fault is not None:
            faults.append(Fault(field.name, fault))
    if faults:
        summary = getattr(declared, "SUMMARY", None) if is_missing else None
        raise Invalid(*faults, summary=summary)
    return declared(**accepted)


def versions(request: Request) -> frozenset[int] | None:
    """The versions in If-Match, None for any; what is no version of ours matches nothing."""
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return None
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return frozenset(int(tag) for tag in tags if _DIGITS.fullmatch(tag))


def _json_object(raw: bytes) -> dict[str, Any]:
    """Strict JSON (RFC 8259): no NaN, no lone surrogates, distinct names, bounded depth.

    Raises Invalid. msgspec keeps the last of equal names; json tells of them.
    """
    try:
        value = msgspec.json.decode(raw)
        json.loads(raw, object_pairs_hook=_require_distinct)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _not_an_object() from error
    if not isinstance(value, dict):
        raise _not_an_object()
    return value


def _require_distinct(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("A name comes twice")


def _converted(value: object, field: _Field) -> Any:
    """The value in the field's type; raises ValidationError, and Invalid for an object's fields.

    Digits are read as a number.
    """
    plain = _plain(field.info)
    if isinstance(plain, inspect.StructType) and isinstance(value, dict):
        return fitted(value, plain.cls)
    if isinstance(plain, inspect.IntType) and isinstance(value, str):
        value = int(value) if _DIGITS.fullmatch(value) else value
    return msgspec.convert(value, field.type)


def _is_needed(field: _Field) -> bool:
    """Whether an empty value is as good as none: for required fields and texts of some length."""
    plain = _plain(field.info)
    is_nullable = isinstance(field.info, inspect.UnionType) and field.info.includes_none
    is_text = isinstance(plain, inspect.StrType) and bool(plain.min_length)
    return field.required or (is_text and not is_nullable)


@cache
def _fields(declared: type[msgspec.Struct]) -> tuple[_Field, ...]:
    return tuple(_field(each) for each in structs.fields(declared))


def _field(declared: structs.FieldInfo) -> _Field:
    info = inspect.type_info(declared.type)
    extra: dict[str, Any] = {}
    while isinstance(info, inspect.Metadata):
        extra, info = {**extra, **(info.extra or {})}, info.type
    for part in info.types if isinstance(info, inspect.UnionType) else ():
        if isinstance(part, inspect.Metadata):
            extra.update(part.extra or {})
    words = declared.name.replace("_", " ")
    label = _LABELS.get(declared.name, words.capitalize())
    return _Field(
        name=declared.name,
        type=declared.type,
        info=info,
        required=declared.required,
        label=label,
        strip=bool(extra.get("strip", False)),
        message=extra.get("message", _message(words, label, _plain(info))),
        check=extra.get("check", lambda _: None),
    )


def _plain(info: inspect.Type) -> inspect.Type:
    """The type itself: without metadata and null."""
    if isinstance(info, inspect.Metadata):
        return _plain(info.type)
    if isinstance(info, inspect.UnionType):
        return _plain(next(part for part in info.types if not isinstance(part, inspect.NoneType)))
    return info


def _message(name: str, label: Message | str, info: inspect.Type) -> Message:
    """What would have been right."""
    match info:
        case inspect.EnumType():
            choices = ", ".join(str(member.value) for member in info.cls)
            fault = message("error.choice", name=name, choices=choices)
        case inspect.LiteralType():
            choices = ", ".join(map(str, info.values))
            fault = message("error.choice", name=name, choices=choices)
        case inspect.DateType():
            fault = message("error.date", label=label, example="2026-11-23")
        case inspect.IntType():
            bounds = {"lowest": str(info.ge), "highest": str(info.le)}
            fault = message("error.whole_number", label=label, **bounds)
        case inspect.BoolType():
            fault = message("error.true_or_false", label=label)
        case inspect.StructType():
            fault = message("error.object", label=label)
        case inspect.ListType():
            bounds = {"least": str(info.min_length), "most": str(info.max_length)}
            fault = message("error.list", label=label, **bounds)
        case inspect.StrType(max_length=int()):
            fault = message("error.short_text", label=label, most=info.max_length)
        case _:
            fault = message("error.text", label=label)
    return fault


def _not_an_object() -> Invalid:
    return Invalid(Fault("", Message("error.not_an_object")))
