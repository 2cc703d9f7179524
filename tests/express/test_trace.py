"""`python -m ops trace` tells which try of an upload has failed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws.calls import intercepted
from ops.aws import Aws
from ops.trace.run import trace
from tests.express.test_express import drop_dead, refusing, tries, upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws


def test_between_two_tries_and_after_the_last_one_the_failure_is_told(aws: OfflineAws) -> None:
    key = "uploads/express/traced.jpg"
    between: list[str] = []

    def told() -> str:
        lines: list[str] = []
        trace(
            Aws("us-east-1", None, None),
            "image-pipeline",
            "",
            key,
            None,
            lines.append,
            as_json=False,
        )
        return " ".join(" ".join(lines).split())

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.operation == "StartSyncExecution" and tries(aws, key) == [1]:
            between.append(told())
        return broken(call, perform)

    broken = refusing("ImagePipelineStateMachine", 1000, function="StoreFunction")
    with intercepted(aws.deployment, around):
        upload(aws, key)
    assert "Try 1 of 5 of this picture has failed." in between[0]
    assert "(the last one: " in between[0]
    assert "This picture could not be processed (internal_error)." in told()
    assert "(the last one: " in told()
    drop_dead(aws)
