"""CloudFormation's conditions, decided: what a template says for given parameters."""

from collections.abc import Mapping
from typing import Any

NOTHING = {"Ref": "AWS::NoValue"}


def deployed(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The resources that exist with these parameters, with every Fn::If in them taken."""
    decisions = _Decisions(template, given)
    return {
        name: decisions.taken(resource)
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or decisions.holds(resource)
    }


def outputs(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    decisions = _Decisions(template, given)
    return {name: decisions.taken(each["Value"]) for name, each in template["Outputs"].items()}


class _Decisions:
    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str]) -> None:
        self._conditions = template["Conditions"]
        declared = template["Parameters"]
        if unknown := given.keys() - declared.keys():
            raise KeyError(f"The template has no parameter {', '.join(sorted(unknown))}")
        self._values = {
            name: str(given.get(name, declaration.get("Default")))
            for name, declaration in declared.items()
        }

    def holds(self, condition: Any) -> bool:
        if "Condition" in condition:
            return self.holds(self._conditions[condition["Condition"]])
        ((function, arguments),) = condition.items()
        if function == "Fn::Equals":
            first, second = (
                self._values[each["Ref"]] if isinstance(each, dict) else each for each in arguments
            )
            return bool(first == second)
        parts = [self.holds(each) for each in arguments]
        return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[function]

    def taken(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for each in node if (value := self.taken(each)) != NOTHING]
        if not isinstance(node, dict):
            return node
        if "Fn::If" in node:
            name, then, otherwise = node["Fn::If"]
            return self.taken(then if self.holds({"Condition": name}) else otherwise)
        found = {key: self.taken(value) for key, value in node.items()}
        return {key: value for key, value in found.items() if value != NOTHING}
