"""Lambda functions, their versions and aliases, layers and permissions."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, call, makes, removes, updates
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New


def _stand_in_archive() -> bytes:
    # The code runs from the working tree, but the API of Lambda requires an archive.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README", "The offline AWS runs the code from the working tree.\n")
    return buffer.getvalue()


_ARCHIVE = _stand_in_archive()


@makes("AWS::Lambda::Function")
def function(new: New) -> Made:
    """Create a function. `Code` is not uploaded: the deployment knows where the source is."""
    new.pass_over(["Tags", "Code"])
    name = new.take("FunctionName", new.name)
    concurrency = new.take("ReservedConcurrentExecutions", None)
    made = call(
        "lambda", "create_function", FunctionName=name, Code={"ZipFile": _ARCHIVE}, **new.rest()
    )
    if concurrency is not None:
        call(
            "lambda",
            "put_function_concurrency",
            FunctionName=name,
            ReservedConcurrentExecutions=concurrency,
        )
    return Made(name, {"Arn": made["FunctionArn"]})


@makes("AWS::Lambda::EventInvokeConfig")
def event_invoke_config(new: New) -> Made:
    """Set how Lambda treats asynchronous invocations of a function."""
    name, qualifier = new.take("FunctionName"), new.take("Qualifier")
    call(
        "lambda",
        "put_function_event_invoke_config",
        FunctionName=name,
        Qualifier=None if qualifier == "$LATEST" else qualifier,
        **new.rest(),
    )
    return Made(f"{name}|{qualifier}")


@makes("AWS::Lambda::EventSourceMapping")
def event_source_mapping(new: New) -> Made:
    """Create an event source mapping; `local.aws.streams` and `local.aws.queues` deliver."""
    new.pass_over(["Tags"])
    made = call("lambda", "create_event_source_mapping", **new.rest())
    return Made(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": made["UUID"]})


@updates("AWS::Lambda::Function")
def updated_function(new: New, existing: Resource) -> Made:
    """Change the unpublished version of a function. Its concurrency belongs to no version."""
    new.pass_over(["Tags", "FunctionName"])
    concurrency = new.take("ReservedConcurrentExecutions", None)
    if concurrency is None:
        call("lambda", "delete_function_concurrency", FunctionName=existing.ref)
    else:
        call(
            "lambda",
            "put_function_concurrency",
            FunctionName=existing.ref,
            ReservedConcurrentExecutions=concurrency,
        )
    given = new.rest()
    versioned = {
        name: value for name, value in given.items() if existing.properties.get(name) != value
    }
    code, architectures = versioned.pop("Code", None), versioned.pop("Architectures", None)
    if code or architectures:
        call(
            "lambda",
            "update_function_code",
            FunctionName=existing.ref,
            ZipFile=_ARCHIVE,
            Architectures=architectures,
        )
    if versioned:
        call("lambda", "update_function_configuration", FunctionName=existing.ref, **versioned)
    return Made(existing.ref, existing.attributes)


@makes("AWS::Lambda::Version")
def version(new: New) -> Made:
    """Publish what the function is now.

    Raises:
        TemplateError: it is what the last version is; CloudFormation refuses that, too.
    """
    name = new.take("FunctionName")
    before = call("lambda", "list_versions_by_function", FunctionName=name)["Versions"]
    made = call("lambda", "publish_version", FunctionName=name, **new.rest())
    if made["Version"] in {each["Version"] for each in before}:
        number = made["Version"]
        message = f"{new.logical_id}: a version of {name} like this exists already ({number})"
        raise TemplateError(message)
    return Made(made["FunctionArn"], {"Version": made["Version"]})


@makes("AWS::Lambda::Alias")
def alias(new: New) -> Made:
    """Create an alias."""
    return Made(call("lambda", "create_alias", **new.rest())["AliasArn"])


@updates("AWS::Lambda::Alias")
def moved_alias(new: New, existing: Resource) -> Made:
    """Point an alias to another version. Invocations that are running end on the version before."""
    call("lambda", "update_alias", **new.rest())
    return Made(existing.ref)


@removes("AWS::Lambda::Version")
def retained_version(_version: Resource) -> None:
    """Keep a version that is in no template any more, as SAM's DeletionPolicy says."""


@removes("AWS::Lambda::LayerVersion")
def deleted_layer_version(version: Resource) -> None:
    """Delete a layer version; the versions of functions that have it keep it."""
    name, number = version.ref.split(":")[6:8]
    call("lambda", "delete_layer_version", LayerName=name, VersionNumber=number)


@makes("AWS::Lambda::LayerVersion")
def layer_version(new: New) -> Made:
    """Create a layer version. Like that of a function, its source is not uploaded."""
    new.pass_over(["Content"])
    name = new.take("LayerName", new.name)
    made = call(
        "lambda",
        "publish_layer_version",
        LayerName=name,
        Content={"ZipFile": _ARCHIVE},
        **new.rest(),
    )
    return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})


@makes("AWS::Lambda::Permission")
def permission(new: New) -> Made:
    """Add a statement to a function's policy."""
    call("lambda", "add_permission", StatementId=new.logical_id, **new.rest())
    return Made(new.logical_id)


@removes("AWS::Lambda::Permission")
def removed_permission(existing: Resource) -> None:
    """Remove a statement from a function's policy."""
    name, _, qualifier = (
        existing.properties["FunctionName"].partition(":function:")[2].partition(":")
    )
    call(
        "lambda",
        "remove_permission",
        FunctionName=name or existing.properties["FunctionName"],
        StatementId=existing.ref,
        Qualifier=qualifier or None,
    )
