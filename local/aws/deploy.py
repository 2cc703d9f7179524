"""Deploys a template into moto: every resource through the public API, in dependency order."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from local.aws.deployment import LATEST, Deployment, Function, Resource
from local.aws.environment import ACCOUNT, REGION
from local.aws.intrinsics import NO_VALUE, Intrinsics, as_text
from local.aws.parameters import refuse_references
from local.aws.resources import MAKERS, New, remove, update
from local.aws.sources import source_folder
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.template import Template


def deploy(
    template: Template,
    stack: str,
    previous: Deployment | None = None,
    functions: dict[str, Function] | None = None,
) -> Deployment:
    """Create every resource of a template whose condition is met, or update those that exist.

    Physical names are `<stack>-<logical id>-local`, the same in every run, so that recorded
    events stay valid.

    Args:
        template: to deploy.
        stack: its name.
        previous: what is deployed now, for an update.
        functions: receives each version of a function, by its qualified name, before anything
            can invoke it. Earlier versions stay.

    Raises:
        TemplateError: a resource type, a property or a parameter is not supported.
    """
    refuse_references(template.parameters)
    return _Stack(template, stack, previous, {} if functions is None else functions).deployed()


class _Stack:
    """A stack under construction: a resource is created at the first reference to it."""

    def __init__(
        self,
        template: Template,
        name: str,
        previous: Deployment | None,
        functions: dict[str, Function],
    ) -> None:
        self._template = template
        self._existing = dict(previous.resources) if previous else {}
        self._versions = functions
        self._name = name
        self._made: dict[str, Resource] = {}
        self._pending: list[str] = []
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": REGION,
            "AWS::StackName": name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/local",
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NO_VALUE,
        }
        self._intrinsics = Intrinsics(template.conditions, self._ref, self._attribute)

    def deployed(self) -> Deployment:
        wanted = [
            logical_id
            for logical_id, resource in self._template.resources.items()
            if self._wanted(resource)
        ]
        self._refuse_unknown_types(wanted)
        for logical_id in wanted:
            self._resource(logical_id)
        for logical_id in self._existing.keys() - self._made.keys():
            remove(logical_id, self._existing[logical_id])
        outputs = {
            name: as_text(self._intrinsics.resolve(output["Value"]))
            for name, output in self._template.outputs.items()
            if self._wanted(output)
        }
        functions = {
            logical_id: self._versions[resource.ref]
            for logical_id, resource in self._made.items()
            if resource.type == "AWS::Lambda::Function"
        }
        return Deployment(
            self._name, self._template.parameters, outputs, dict(self._made), functions
        )

    def _wanted(self, entry: dict[str, Any]) -> bool:
        return "Condition" not in entry or self._intrinsics.holds(entry["Condition"])

    def _refuse_unknown_types(self, wanted: list[str]) -> None:
        types = {logical_id: self._template.resources[logical_id]["Type"] for logical_id in wanted}
        unknown = [f"{name} ({each})" for name, each in types.items() if each not in MAKERS]
        if unknown:
            message = f"the offline AWS cannot make: {', '.join(unknown)}"
            raise TemplateError(message)

    def _ref(self, name: str) -> Any:
        for known in (self._pseudo, self._template.parameters):
            if name in known:
                return known[name]
        return self._resource(name).ref

    def _attribute(self, logical_id: str, attribute: str) -> Any:
        attributes = self._resource(logical_id).attributes
        if attribute not in attributes:
            message = f"the offline AWS gives no {attribute} of {logical_id}"
            raise TemplateError(message)
        return attributes[attribute]

    def _resource(self, logical_id: str) -> Resource:
        if logical_id not in self._made:
            self._make(logical_id)
        return self._made[logical_id]

    def _make(self, logical_id: str) -> None:
        declared = self._template.resources.get(logical_id)
        if declared is None or not self._wanted(declared):
            message = f"something refers to {logical_id}, which does not exist"
            raise TemplateError(message)
        if logical_id in self._pending:
            message = f"circular dependency: {' → '.join([*self._pending, logical_id])}"
            raise TemplateError(message)
        self._pending.append(logical_id)
        depends = declared.get("DependsOn", [])
        for other in [depends] if isinstance(depends, str) else depends:
            self._resource(other)
        properties = self._intrinsics.resolve(declared.get("Properties", {}))
        self._intrinsics.resolve(declared.get("UpdatePolicy", {}))
        policy = self._intrinsics.resolve(declared.get("UpdateReplacePolicy", "Delete"))
        new = New(
            logical_id,
            declared["Type"],
            f"{self._name}-{logical_id}-local",
            copy.deepcopy(properties),
            retains=policy == "Retain",
        )
        self._made[logical_id] = self._deployed(new, properties)
        self._pending.pop()
        self._publish(logical_id)

    def _deployed(self, new: New, properties: dict[str, Any]) -> Resource:
        logical_id, kind = new.logical_id, new.type
        existing = self._existing.get(logical_id)
        if existing and (existing.type, existing.properties) == (kind, properties):
            return existing
        try:
            made = update(new, existing) if existing else MAKERS[kind](new)
        except (ClientError, ParamValidationError, KeyError) as error:
            message = f"{logical_id} ({kind}): {error}"
            raise TemplateError(message) from error
        if new.properties:
            message = f"{logical_id} ({kind}): nothing offline applies {sorted(new.properties)}"
            raise TemplateError(message)
        return Resource(kind, made.ref, made.attributes, properties)

    def _publish(self, logical_id: str) -> None:
        """Make a new function, or a new version of one, known to what will run it."""
        made = self._made[logical_id]
        if made.type == "AWS::Lambda::Function":
            function = self._function(logical_id, made)
        elif made.type == "AWS::Lambda::Version":
            unpublished = self._versions[made.properties["FunctionName"]]
            function = replace(unpublished, version=made.attributes["Version"])
        else:
            return
        # An existing version stays what it was.
        if function.version == LATEST or function.qualified not in self._versions:
            self._versions[function.qualified] = function

    def _function(self, logical_id: str, resource: Resource) -> Function:
        properties = resource.properties
        layers = {each.ref: each for each in self._made.values() if "LayerVersion" in each.type}
        variables = properties.get("Environment", {}).get("Variables", {})
        root = self._template.root
        return Function(
            logical_id=logical_id,
            name=resource.ref,
            arn=resource.attributes["Arn"],
            handler=properties["Handler"],
            timeout=int(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            environment={name: as_text(value) for name, value in variables.items()},
            root=root,
            code=root / source_folder(properties["Code"]["S3Key"]),
            layers=tuple(
                root / source_folder(layers[arn].properties["Content"]["S3Key"])
                for arn in properties.get("Layers", [])
            ),
            log_group=properties.get("LoggingConfig", {}).get(
                "LogGroup", f"/aws/lambda/{resource.ref}"
            ),
        )
