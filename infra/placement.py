"""Where the functions find their tables: the stack's own, or others that a restore has made.

The parameter DataPrefix says what the names of the tables begin with, ActivityStream which stream
wakes the outbox. Empty, as they are unless somebody restored, everything is as it is written in
the policies and in app.py: the tables and the stream of the stack.
"""

import re
from typing import Any

_ARN = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${DataPrefix}"
_STREAM = {"Fn::GetAtt": ["ActivityTable", "StreamArn"]}


def by_parameter(template: dict[str, Any]) -> None:
    """Let the functions' policies and the outbox's event source follow the two parameters."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for name in ("Policies", "Events"):
            if name in properties:
                properties[name] = _placed(properties[name])


def _placed(value: Any) -> Any:
    """The value with each reference to a table's ARN made conditional."""
    if value == _STREAM:
        return {"Fn::If": ["HasActivityStream", {"Ref": "ActivityStream"}, value]}
    table = _table(value)
    if table is not None:
        return {"Fn::If": ["HasDataPrefix", {"Fn::Sub": _ARN + table}, value]}
    if isinstance(value, dict):
        return {key: _placed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_placed(each) for each in value]
    return value


def _table(value: Any) -> str | None:
    """What an ARN names behind the prefix: "tasks" of TasksTable, "tasks/index/*" of its indexes."""
    match value:
        case {"Fn::GetAtt": [str(name), "Arn"]} if name.endswith("Table"):
            return name.removesuffix("Table").lower()
        case {"Fn::Sub": str(text)}:
            found = re.fullmatch(r"\$\{(\w+)Table\.Arn\}(.*)", text)
            return found[1].lower() + found[2] if found else None
    return None
