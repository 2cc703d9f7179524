"""Nested executions: names that the API has, and a wait for their end that asks nothing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_sfn as sfn,
)
from moto.stepfunctions.parser.asl.utils import boto_client

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.progress import Progress

_SECONDS_BETWEEN_LOOKS = 0.5


@contextmanager
def nesting(progress: Progress) -> Iterator[None]:
    """Context manager in which states may start executions and wait for their end.

    moto calls Step Functions with names that its API does not have, and asks it twice a second
    about each nested execution, which took a third of the time of a backfill.
    """
    with _as_optimized(progress), _as_sdk():
        yield


@contextmanager
def _as_sdk() -> Iterator[None]:
    """Context manager in which `aws-sdk:sfn:…` has the names that states write and read."""
    service = sdk.StateTaskServiceAwsSdk
    evaluate = service._eval_service_task

    def eval_task(task: Any, env: Any, *rest: Any, **given: Any) -> None:
        if task.resource.api_name != "sfn":
            evaluate(task, env, *rest, **given)
            return
        _rename(given["normalised_parameters"], str.lower)
        evaluate(task, env, *rest, **given)
        answer = env.stack[-1]
        _rename(answer, str.upper)
        for name, value in answer.items():
            if isinstance(value, datetime):
                answer[name] = value.isoformat(timespec="milliseconds")

    def client_for(*given: Any, **named: Any) -> Any:
        client = boto_client.boto_client_for(*given, **named)
        # moto answers on the host that AWS has for synchronous executions as for all others.
        client.meta.config.inject_host_prefix = False
        return client

    with (
        replaced(service, "_eval_service_task", eval_task),
        replaced(sdk, "boto_client_for", client_for),
    ):
        yield


@contextmanager
def _as_optimized(progress: Progress) -> Iterator[None]:
    """Context manager in which `states:startExecution.sync:2` works."""
    service = sfn.StateTaskServiceSfn
    normalise, evaluate = service._normalise_parameters, service._eval_service_task
    resolve: Any = service._build_sync2_resolver

    def lower(task: Any, parameters: dict[str, Any], *rest: Any, **names: Any) -> None:
        normalise(task, parameters, *rest, **names)
        _rename(parameters, str.lower)

    def upper(_task: Any, response: Any, **_names: Any) -> None:
        _rename(response, str.upper)

    def eval_task(task: Any, env: Any, **given: Any) -> None:
        evaluate(task, env, **given)
        _rename(env.stack[-1], str.upper)

    def build_resolver(task: Any, env: Any, *rest: Any, **given: Any) -> Callable[[], Any]:
        arn = env.stack[-1]["ExecutionArn"]
        describe = resolve(task, env, *rest, **given)

        def await_end() -> Any:
            while env.is_running():
                if progress.await_end(arn, _SECONDS_BETWEEN_LOOKS):
                    return describe()
            return None

        return await_end

    with (
        replaced(service, "_build_sync2_resolver", build_resolver),
        replaced(service, "_normalise_parameters", lower),
        replaced(service, "_normalise_response", upper),
        replaced(service, "_eval_service_task", eval_task),
    ):
        yield


def _rename(fields: dict[str, Any], first: Any) -> None:
    for name in list(fields):
        fields[first(name[0]) + name[1:]] = fields.pop(name)
