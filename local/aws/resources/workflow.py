"""Step Functions state machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws.intrinsics import as_text
from local.aws.resources.registry import Made, call, makes, updates
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


@makes("AWS::StepFunctions::StateMachine")
def state_machine(new: New) -> Made:
    """Create a state machine from its definition with the substitutions applied.

    moto's CloudFormation would create it in the backend that does not execute, without the
    substitutions.
    """
    name = new.take("StateMachineName", new.name)
    arn = call("stepfunctions", "create_state_machine", name=name, **_settings(new))[
        "stateMachineArn"
    ]
    return Made(arn, {"Arn": arn, "Name": name})


@updates("AWS::StepFunctions::StateMachine")
def updated_state_machine(new: New, existing: Resource) -> Made:
    """Change a state machine. Executions that are running keep their definition."""
    new.pass_over(["StateMachineName", "StateMachineType"])  # CloudFormation would replace it
    settings = _settings(new)
    call("stepfunctions", "update_state_machine", stateMachineArn=existing.ref, **settings)
    return Made(existing.ref, existing.attributes)


def _settings(new: New) -> dict[str, Any]:
    """Take the properties of a state machine as parameters of the API."""
    new.pass_over(["Tags"])
    values = new.take("DefinitionSubstitutions", {})

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            message = f"{new.logical_id}: nothing is given for ${{{match[1]}}} in the definition"
            raise TemplateError(message)
        return as_text(values[match[1]])

    options = {
        name: new.take(given, None)
        for name, given in (
            ("type", "StateMachineType"),
            ("loggingConfiguration", "LoggingConfiguration"),
            ("tracingConfiguration", "TracingConfiguration"),
        )
    }
    return {
        "definition": _VARIABLE.sub(value, new.take("DefinitionString")),
        "roleArn": new.take("RoleArn"),
        **{option: _lower_first(given) for option, given in options.items()},
    }


def _lower_first(value: Any) -> Any:
    """Rename CloudFormation's properties to the lower-case parameters of the API."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower_first(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_lower_first(each) for each in value]
    return value
