"""Whose calls the offline AWS intercepts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from local.aws.calls import intercepted
from tests.integration.story import PATIENCE, ended, upload
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws


def test_what_a_test_calls_while_a_function_runs_is_not_a_call_of_the_function(
    aws: OfflineAws,
) -> None:
    # Not above: it reads the environment that the functions have.
    from image_pipeline.aws import dynamodb

    runs, may_go_on, made = threading.Event(), threading.Event(), set()

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        made.add((call.caller, call.operation))
        if call.operation == "DetectModerationLabels":
            runs.set()
            assert may_go_on.wait(PATIENCE)
        return perform()

    with intercepted(aws.deployment, around):
        arn = upload(aws, "uploads/calls.jpg", gradient_file())
        assert runs.wait(PATIENCE)
        dynamodb().list_tables()
        may_go_on.set()
        ended(aws, arn)
    assert {"ModerateFunction", "StoreFunction"} <= {caller for caller, _ in made}
    assert "ListTables" not in {operation for _, operation in made}
