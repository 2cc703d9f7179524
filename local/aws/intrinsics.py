"""The intrinsic functions of CloudFormation that templates here use."""

from __future__ import annotations

import json
import re
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from local.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_VALUE = object()  # AWS::NoValue: the property is omitted
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def as_text(value: Any) -> str:
    """Convert a scalar to a string as CloudFormation does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Intrinsics:
    """Resolves a part of a template to plain data.

    Args:
        conditions: of the template, unresolved.
        ref: the value of a `Ref` to a parameter, pseudo parameter or resource.
        get_att: the value of an attribute of a resource.
        mappings: of the template; without them `Fn::FindInMap` is unknown, as SAM resolves it.
    """

    def __init__(
        self,
        conditions: Mapping[str, Any],
        ref: Callable[[str], Any],
        get_att: Callable[[str, str], Any],
        mappings: Mapping[str, Any] | None = None,
    ) -> None:
        self._conditions = conditions
        self._ref = ref
        self._get_att = get_att
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": ref,
            "Condition": self.holds,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Join": lambda given: given[0].join(map(as_text, self.resolve(given[1]))),
            "Fn::Select": lambda given: self.resolve(given[1])[int(self.resolve(given[0]))],
            "Fn::Split": lambda given: self.resolve(given[1]).split(given[0]),
            "Fn::ToJsonString": lambda given: json.dumps(self.resolve(given)),
            "Fn::Equals": lambda given: len({as_text(self.resolve(each)) for each in given}) == 1,
            "Fn::Not": lambda given: not self.resolve(given[0]),
            "Fn::And": lambda given: all(self.resolve(each) for each in given),
            "Fn::Contains": lambda given: self.resolve(given[1]) in self.resolve(given[0]),
            "Fn::Or": lambda given: any(self.resolve(each) for each in given),
        }
        if mappings is not None:
            self._functions["Fn::FindInMap"] = lambda given: reduce(
                getitem, self.resolve(given), mappings
            )

    def resolve(self, value: Any) -> Any:
        """Replace every intrinsic function in a value by its result.

        Raises:
            TemplateError: a function is unknown, or refers to something that does not exist.
        """
        if isinstance(value, list):
            resolved = [self.resolve(item) for item in value]
            return [item for item in resolved if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            # In a policy statement, Condition is a key whose value is a dictionary.
            if name in self._functions and not (name == "Condition" and isinstance(argument, dict)):
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                message = f"the offline AWS does not know the function {name}"
                raise TemplateError(message)
        fields = {name: self.resolve(field) for name, field in value.items()}
        return {name: field for name, field in fields.items() if field is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is met."""
        if condition not in self._conditions:
            message = f"the template has no condition {condition}"
            raise TemplateError(message)
        return bool(self.resolve(self._conditions[condition]))

    def _attribute(self, given: Any) -> Any:
        resource, attribute = given.split(".", 1) if isinstance(given, str) else given
        return self._get_att(resource, self.resolve(attribute))

    def _choose(self, given: Any) -> Any:
        condition, when_true, when_false = given
        return self.resolve(when_true if self.holds(condition) else when_false)

    def _substitute(self, given: Any) -> str:
        text, variables = (given, {}) if isinstance(given, str) else given
        own = self.resolve(variables)

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:  # ${!name} stands for the text ${name}
                return "${" + name + "}"
            if name in own:
                return as_text(own[name])
            return as_text(self._attribute(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(value, text)
