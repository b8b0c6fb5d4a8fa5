"""OpenAPI 3.1 from the same declarations that parse requests and render answers."""

import inspect
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib import VERSION
from chalicelib.api import idempotency, rendering
from chalicelib.api.problems import Problem, title
from chalicelib.api.requests import SESSION_COOKIE, Request
from chalicelib.api.routing import Operation, Routes

routes = Routes(__name__)

_REFERENCE = "#/components/schemas/{name}"
_AGAIN = {"description": "Seconds after which to ask again", "schema": {"type": "integer"}}
_operations: list[Operation] = []


@routes.raw("GET", "/api/openapi.json")
def show() -> Response:
    """This document."""
    body = msgspec.json.encode(document()).decode()
    return Response(body, headers={"Content-Type": "application/json", "Cache-Control": "no-cache"})


@routes.raw("GET", "/api/docs")
def read(request: Request) -> Response:
    return rendering.page(request, "docs.html", api=document())


def describe(operations: Iterable[Operation]) -> None:
    """Take over the operations of the app; the document holds those that answer JSON."""
    _operations[:] = [each for each in operations if not each.is_raw]
    document.cache_clear()


@cache
def document() -> dict[str, Any]:
    """The API as an OpenAPI 3.1 document."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in _operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TaskFlow",
            "version": VERSION,
            "description": "Tasks of a team: create, assign, track, live. "
            "Errors are RFC 9457 problems; times are ISO 8601 in UTC.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            },
        },
    }


def _schemas() -> dict[str, Any]:
    """Every declared body and answer by its name."""
    declared = [each for one in _operations for each in (one.body, one.answer) if each is not None]
    _, components = msgspec.json.schema_components([*declared, Problem], ref_template=_REFERENCE)
    return dict(components)


def _operation(operation: Operation) -> dict[str, Any]:
    summary = inspect.getdoc(operation.view) or ""
    described: dict[str, Any] = {
        "operationId": _identifier(operation),
        "tags": [operation.path.split("/")[2] if operation.path.startswith("/api/") else "health"],
        "summary": summary,
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation),
        "security": [{"bearer": []}, {"cookie": []}] if operation.needs_caller else [],
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": not getattr(operation.body, "MAY_BE_ABSENT", False),
            "content": {"application/json": {"schema": _schema(operation.body)}},
        }
    return described


def _identifier(operation: Operation) -> str:
    """For example get_api_tasks_id: unique, and stable while method and path are."""
    words = re.findall(r"\w+", operation.path)
    return "_".join([operation.method.lower(), *words])


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    (_,), components = msgspec.json.schema_components([operation.query], ref_template=_REFERENCE)
    properties = components[operation.query.__name__]["properties"]
    inline = {name: schema for name, schema in components.items() if "enum" in schema}
    return [
        {"name": name, "in": "query", "required": False, "schema": _inlined(schema, inline)}
        for name, schema in properties.items()
    ]


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    if not operation.is_idempotent:
        return []
    return [
        {
            "name": idempotency.HEADER,
            "in": "header",
            "required": False,
            "description": "A key of the client's own, fresh for each request: sent again with the"
            " same key within 24 hours, the request is answered again and not done again",
            "schema": {"type": "string", "pattern": idempotency.PATTERN},
        }
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Enumerations in place of references, and no null: a query parameter is there or not."""
    if isinstance(schema, dict) and "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(schema, dict) and "anyOf" in schema:
        kinds = [each for each in schema["anyOf"] if each != {"type": "null"}]
        rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
        return {**_inlined(kinds[0], definitions), **rest}
    return schema


def _responses(operation: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if operation.answer is not None:
        answer["content"] = {"application/json": {"schema": _schema(operation.answer)}}
    problem = {"application/problem+json": {"schema": {"$ref": _REFERENCE.format(name="Problem")}}}
    bodies = dict.fromkeys((operation.status, *operation.also), answer)
    bodies |= {status: {"content": problem} for status in operation.errors}
    if operation.is_throttled:
        bodies[HTTPStatus.TOO_MANY_REQUESTS] = {
            "content": problem,
            "headers": {"Retry-After": _AGAIN},
        }
    if operation.is_idempotent:
        bodies = _with_replays(bodies, {"content": problem})
    return {
        str(status): {"description": title(HTTPStatus(status)), **body}
        for status, body in bodies.items()
    }


def _with_replays(
    bodies: dict[int, dict[str, Any]], problem: dict[str, Any]
) -> dict[int, dict[str, Any]]:
    """The responses of a route that takes an Idempotency-Key."""
    replayed = {
        "description": "`true` when the request came before and this is its answer again",
        "schema": {"const": "true"},
    }
    marked = {
        status: {**body, "headers": {**body.get("headers", {}), idempotency.REPLAYED: replayed}}
        for status, body in bodies.items()
    }
    in_flight = {**problem, "headers": {"Retry-After": _AGAIN}}
    return {**marked, HTTPStatus.CONFLICT: in_flight, HTTPStatus.UNPROCESSABLE_ENTITY: problem}


def _schema(declared: type[Any]) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([declared], ref_template=_REFERENCE)
    return dict(schema)
