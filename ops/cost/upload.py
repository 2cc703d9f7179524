"""What one upload uses, from its event to its outcome, by the names of prices; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ops.cost import model
from ops.cost.stack import Function
from ops.cost.usage import PUBLISH_SECONDS, TRANSITION_SECONDS, Invocations

if TYPE_CHECKING:
    from ops.cost.stack import Stack
    from ops.cost.usage import Measured, Usage
    from ops.cost.workload import Workload

_GB = 2**30
# Standard executions are paid by state. Of an Express execution, 50 MB, its definition of 30 KB and
# its data of at most 256 KB for each branch are one chunk.
_EXPRESS_MB = 64
# SendMessage of the event, ReceiveMessage and DeleteMessage.
QUEUE_REQUESTS = 3
"""Requests of SQS for a message that Lambda delivers."""
_DISPATCH = "DispatchFunction"
# For the price of the other workflow, whose function is not in the template as it is deployed.
_OTHERS = {_DISPATCH: Function(memory=512, timeout=330)}
_WEBHOOK = Invocations(1, 0.01, 0.3)


def processing(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    """Return what one upload of the mix uses, from its event to its outcome."""
    return model.added(
        *(
            model.times(share, _of_an_upload(stack, measured, usage, work))
            for share, usage in work.shares(measured)
        )
    )


def _of_an_upload(
    stack: Stack, measured: Measured, usage: Usage, work: Workload
) -> dict[str, float]:
    parts = [services(usage), functions(stack, measured, usage, work.cold)]
    if not stack.is_moderated:
        parts[0].pop("rekognition", None)
    elif stack.keeps_answers:
        parts.append(_kept_answers(usage.quantities.get("rekognition", 0.0), work.repeated))
    if stack.is_express:
        seconds = execution_seconds(stack, measured, usage)
        parts.append(model.express(1, seconds, _EXPRESS_MB))
        parts.append(_dispatched(stack, measured, seconds, work.cold))
    else:
        parts.append(model.standard(1, len(usage.states)))
    if stack.has_webhooks:
        parts.append({"sqs_requests": QUEUE_REQUESTS})
        parts.append(_invoked(stack, measured, "WebhookFunction", _WEBHOOK, work.cold))
    if stack.is_mailed:
        parts.append({"sns_emails": 1})
    return model.added(*parts)


def _kept_answers(questions: float, repeated: float) -> dict[str, float]:
    """Return what the table of answers adds for the questions of an upload, and what it saves.

    The latest model and the answer are read, and both are written for what is new. A file that
    Rekognition would have read by itself is downloaded, which sheets are in any case.
    """
    return {
        "rekognition": -questions * repeated,
        "dynamodb_reads": 2 * questions,
        "dynamodb_writes": 2 * questions * (1 - repeated),
        "s3_gets": float(questions > 0),
    }


def services(usage: Usage) -> dict[str, float]:
    """Return what is used besides Lambda and Step Functions."""
    others = {name: each for name, each in usage.quantities.items() if name != "logs_bytes"}
    return {**others, "logs_ingested": usage.quantities["logs_bytes"] / _GB}


def functions(stack: Stack, measured: Measured, usage: Usage, cold: float) -> dict[str, float]:
    """Return what the functions use, with a share of cold starts."""
    return model.added(
        *(
            _invoked(stack, measured, name, invoked, cold)
            for name, invoked in usage.functions.items()
        )
    )


def _invoked(
    stack: Stack, measured: Measured, name: str, invoked: Invocations, cold: float
) -> dict[str, float]:
    function = stack.functions.get(name) or _OTHERS[name]
    taken = seconds(measured, name, function, invoked)
    if not (function.provisioned or function.is_snap_started):
        taken += cold * measured.init.get(name, 0.0) / model.vcpus(function.memory)
    return _paid(stack, function, invoked.requests, taken, cold)


def _paid(
    stack: Stack, function: Function, requests: float, taken: float, cold: float
) -> dict[str, float]:
    found = model.functions(requests, taken, function.memory, stack.architecture)
    if function.provisioned:
        paid = found.pop(f"lambda_{stack.architecture}")
        return {**found, f"lambda_provisioned_duration_{stack.architecture}": paid}
    if function.is_snap_started:
        return {**found, "lambda_snapstart_restore": cold * requests * function.memory / 1024}
    return found


def seconds(measured: Measured, name: str, function: Function, invoked: Invocations) -> float:
    """Return how long a warm invocation takes."""
    share = model.vcpus(function.memory, measured.parallel.get(name, 1.0))
    return invoked.cpu / share + invoked.waiting


def execution_seconds(stack: Stack, measured: Measured, usage: Usage) -> float:
    """Return how long an execution takes; functions of a stage run at the same time.

    The states that invoke those are entered at the same time, too.
    """
    stages = sum(
        max(seconds(measured, name, stack.functions[name], usage.functions[name]) for name in stage)
        for stage in usage.stages
    )
    at_once = sum(len(stage) - 1 for stage in usage.stages)
    return stages + TRANSITION_SECONDS * (len(usage.states) - at_once) + PUBLISH_SECONDS


def _dispatched(stack: Stack, measured: Measured, waited: float, cold: float) -> dict[str, float]:
    """Return what the function uses that waits for an execution: alone, not in a batch."""
    invoked = replace(measured.dispatch, waiting=waited)
    used = _invoked(stack, measured, _DISPATCH, invoked, cold)
    return {**used, "sqs_requests": QUEUE_REQUESTS}
