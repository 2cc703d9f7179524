"""The quantities of a month, from what each upload uses and what is deployed; pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ops.cost import console, model
from ops.cost.upload import functions, processing, services
from ops.cost.usage import averaged
from ops.cost.workload import SECONDS

if TYPE_CHECKING:
    from ops.cost.stack import Stack
    from ops.cost.usage import Measured
    from ops.cost.workload import Workload

_GB = 2**30
# X-Ray's rule: the first request of a second, and 5 % of the others.
_TRACED_A_SECOND, _TRACED_OF_OTHERS = 1.0, 0.05
_COMPRESSED = 0.15
# Of views of renditions through CloudFront, those that are not in its caches.
_MISSES = 0.1
# A data key is used for five minutes.
_KEY_REQUESTS_AN_HOUR = 12
# docs/operations.md, "What it costs": so many keys are compared in every sweep; of more, so many a
# day, or each of them once a day.
KEYS_OF_A_SWEEP, KEYS_A_DAY = 5_000, 500_000
_COMPARED_A_SECOND = 4_000
_READ_UNIT = 4096
_DAYS = 365 / 12


def quantities(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    """Return everything that a month uses, by the names of its prices."""
    return model.added(
        model.times(work.pictures, processing(stack, measured, work)),
        _api(stack, measured, work),
        console.used(stack, measured, work),
        _sweeps(stack, measured, work),
        _stored(stack, measured, work),
        _delivered(stack, measured, work),
        _tracing(stack, measured, work),
        _standing(stack, measured),
    )


def _api(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    parts = []
    for name, each in (("create", work.creates), ("read", work.reads)):
        usage = measured.requests[name]
        used = model.added(services(usage), functions(stack, measured, usage, work.cold))
        parts.append(model.times(work.pictures * each, {**used, "api_requests": 1}))
    return model.added(*parts)


def _sweeps(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    """Return the sweeps of a month, and what they read of every key and of every record."""
    each = model.added(
        services(measured.sweep), functions(stack, measured, measured.sweep, cold=1.0)
    )
    keys = work.pictures * work.kept
    compared = keys * stack.sweeps
    if keys > KEYS_OF_A_SWEEP:
        compared = max(keys, min(compared / _DAYS, KEYS_A_DAY)) * _DAYS
    # Eventually consistent. Of a record, which is charged whole, by its key; of the table, by page.
    sizes = [
        (share, usage.stored["Records"] / _READ_UNIT) for share, usage in work.shares(measured)
    ]
    units = sum(share * (size + math.ceil(size)) / 2 for share, size in sizes)
    seconds, memory = compared / _COMPARED_A_SECOND, stack.functions["SweepFunction"].memory
    walks = {
        "s3_puts": compared / 1000,
        "dynamodb_reads": compared * units,
        f"lambda_{stack.architecture}": seconds * memory / 1024,
    }
    return model.added(
        model.times(stack.sweeps, each), walks, {"eventbridge_schedules": stack.sweeps}
    )


def _stored(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    stored = averaged(work.shares(measured))
    kept = work.pictures * work.kept / _GB
    logs = processing(stack, measured, work)["logs_ingested"] * work.pictures
    return {
        "s3_storage": kept * (stored["UploadsBucket"] + stored["RenditionsBucket"]),
        "dynamodb_storage": kept * (stored["ImagesTable"] + stored["ReadModelTable"]),
        "dynamodb_backup": kept * stored["ImagesTable"],
        "logs_stored": logs * _COMPRESSED * stack.log_days / _DAYS,
    }


def rendition_bytes(measured: Measured, work: Workload) -> float:
    """Return the average size of what a view transfers: a rendition of four."""
    renditions = 4
    return averaged(work.shares(measured))["RenditionsBucket"] / renditions


def _delivered(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    views = work.pictures * work.views
    gigabytes = views * rendition_bytes(measured, work) / _GB
    if stack.delivery == "CLOUDFRONT":
        return {
            "cloudfront_requests": views,
            "cloudfront_transfer": gigabytes,
            "s3_gets": views * _MISSES,
        }
    return {"s3_gets": views, "transfer": gigabytes}


def _tracing(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    """Return the traces that X-Ray records, if requests come evenly."""
    sources = [work.pictures] if stack.executions_are_traced else []
    invoked = [(work.pictures * share, usage) for share, usage in work.shares(measured)]
    invoked += [
        (work.pictures * work.creates, measured.requests["create"]),
        (work.pictures * work.reads, measured.requests["read"]),
        (stack.sweeps, measured.sweep),
        *console.visited(stack, measured, work),
    ]
    in_executions = {
        name for usage in measured.kinds.values() for stage in usage.stages for name in stage
    }
    for name, function in stack.functions.items():
        if function.is_traced and name not in in_executions:
            sources.append(
                sum(
                    times * usage.functions[name].requests
                    for times, usage in invoked
                    if name in usage.functions
                )
            )
    return {"xray_traces": sum(map(sampled, sources))}


def sampled(requests: float) -> float:
    """Return how many of a month's requests X-Ray samples."""
    rate = requests / SECONDS
    others = max(0.0, rate - _TRACED_A_SECOND)
    return (min(rate, _TRACED_A_SECOND) + _TRACED_OF_OTHERS * others) * SECONDS


def _standing(stack: Stack, measured: Measured) -> dict[str, float]:
    """Return what a stack uses that has nothing to do."""
    ready = [
        model.provisioned(each.provisioned, each.memory, stack.architecture)
        for each in stack.functions.values()
        if each.provisioned
    ]
    cached = [
        each.memory / 1024 * SECONDS for each in stack.functions.values() if each.is_snap_started
    ]
    key = {}
    if stack.encrypted:
        users = stack.encrypted * len(stack.functions)
        key = {"kms_keys": 1, "kms_requests": users * _KEY_REQUESTS_AN_HOUR * model.HOURS}
    return model.added(
        *ready,
        {"lambda_snapstart_cache": sum(cached)} if cached else {},
        key,
        {
            "metrics": measured.metrics,
            "alarms": stack.alarm_metrics,
            "composite_alarms": stack.composite_alarms,
            "dashboards": stack.dashboards,
            "secrets": stack.secrets,
            "sqs_requests": idle_polls(stack),
        },
    )


def idle_polls(stack: Stack) -> float:
    """Return the requests of Lambda's pollers to empty queues: five for each, every 20 seconds."""
    queues = stack.is_express + stack.has_webhooks
    return queues * 5 * SECONDS / 20
