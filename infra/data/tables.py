"""The tables of an installation, by the template that made them: which there are, and their keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.package import ROOT

Item = dict[str, Any]

# In this order an export that runs while people work can be put right: what happened to a task is
# read after the task, whom a task names after both, and the sequence knows every number.
_ORDER = ("tasks", "trash", "activity", "trend", "users", "credentials", "teams")
# Kept with the stack, and yet nothing but what the other tables add up to.
_COUNTED = {"stats"}
_AT_CREATION = (
    *("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"),
    *("BillingMode", "StreamSpecification"),
)


@dataclass(frozen=True)
class Layout:
    """A table as the template describes it; `is_peoples` where it cannot be made anew."""

    name: str
    keys: tuple[str, ...]
    is_peoples: bool
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Tables:
    """An installation's tables: a low-level client, and what their names begin with."""

    client: Any
    prefix: str

    def name(self, table: str) -> str:
        return self.prefix + table


@cache
def layouts() -> dict[str, Layout]:
    """Every table of the template by its name without the prefix."""
    template = json.loads((ROOT / "infra" / "resources.json").read_text())
    found = [
        _layout(resource)
        for resource in template["Resources"].values()
        if resource.get("Type") == "AWS::DynamoDB::Table"
    ]
    return {layout.name: layout for layout in found}


def peoples() -> tuple[str, ...]:
    """The tables that hold people's data, in the order in which they are exported."""
    known = [name for name, layout in layouts().items() if layout.is_peoples]
    return tuple(name for name in _ORDER if name in known) + tuple(sorted(set(known) - set(_ORDER)))


def derived() -> tuple[str, ...]:
    """The others: made anew from people's data, or worth nothing after an hour."""
    return tuple(sorted(set(layouts()) - set(peoples())))


def create(tables: Tables, table: str) -> None:
    """Make a table as the template has it, without waiting for it."""
    properties = layouts()[table].properties
    options = {name: properties[name] for name in _AT_CREATION if name in properties}
    if "StreamSpecification" in options:
        options["StreamSpecification"] = {"StreamEnabled": True, **options["StreamSpecification"]}
    tables.client.create_table(TableName=tables.name(table), **options)


def key_of(table: str, item: Mapping[str, Any]) -> Item:
    return {name: item[name] for name in layouts()[table].keys}


def _layout(resource: Mapping[str, Any]) -> Layout:
    properties = resource["Properties"]
    name = properties["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    return Layout(
        name=name,
        keys=tuple(key["AttributeName"] for key in properties["KeySchema"]),
        is_peoples=resource["DeletionPolicy"] != "Delete" and name not in _COUNTED,
        properties=properties,
    )
