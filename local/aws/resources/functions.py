"""Lambda functions, layers and permissions."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, call, makes

if TYPE_CHECKING:
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
