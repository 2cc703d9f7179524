"""Numbers that depend on each other but are defined in different places."""

from __future__ import annotations

import ast
import re

import pytest

from tests.template.documents import FUNCTIONS, ROOT, definition, properties, written
from tests.template.state_machine import State, tasks

SWEEP = properties("SweepFunction")
SCHEDULE = properties("SweepFunctionQuarterly")
OVERDUE_SECONDS = int(SWEEP["Environment"]["Variables"]["OVERDUE_SECONDS"])


def seconds_between_sweeps() -> int:
    match = re.fullmatch(r"rate\((\d+) minutes\)", SCHEDULE["ScheduleExpression"])
    assert match
    return 60 * int(match[1])


def constant(path: str, name: str) -> int:
    """Read an integer constant without importing its module, which needs an environment."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return int(ast.literal_eval(node.value))
    message = f"{path} has no {name}"
    raise LookupError(message)


def test_an_upload_is_overdue_only_after_its_execution_and_last_function_have_ended() -> None:
    # When Step Functions times an execution out, its last function may still be running.
    longest = max(properties(function)["Timeout"] for function in FUNCTIONS)
    assert definition()["TimeoutSeconds"] == 86_400
    assert definition()["TimeoutSeconds"] + longest < OVERDUE_SECONDS == 87_300


@pytest.mark.parametrize("task", tasks(), ids=lambda task: str(task.name))
def test_a_state_times_out_later_than_its_function(
    task: State,
) -> None:
    # Otherwise a retry would run concurrently with the first attempt.
    expected = properties(task.invoked)["Timeout"] + 10 if task.invoked else 30
    assert task.body["TimeoutSeconds"] == expected < definition()["TimeoutSeconds"]


def test_a_sweep_ends_before_the_next_one_starts() -> None:
    assert seconds_between_sweeps() == 900
    assert SWEEP["Timeout"] == 300
    retries = SCHEDULE["Target"]["RetryPolicy"]
    assert retries == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 300}
    latest_start = retries["MaximumEventAgeInSeconds"]
    # Lambda's own retries of an asynchronous invocation would come on top.
    asynchronous = properties("SweepFunctionEventInvokeConfig")
    assert asynchronous["MaximumRetryAttempts"] == 0
    assert asynchronous["MaximumEventAgeInSeconds"] == latest_start
    assert latest_start + SWEEP["Timeout"] < seconds_between_sweeps()


def test_a_sweep_starts_a_page_only_with_enough_time_for_it() -> None:
    reserve = constant("functions/sweep/walk.py", "_MILLISECONDS_FOR_A_PAGE") / 1000
    # A page of 1,000 recent objects takes 24 s at this MemorySize.
    assert 24 < reserve < SWEEP["Timeout"] / 4


def test_a_sweep_restarts_fewer_uploads_than_the_quota_of_startexecution() -> None:
    restarts = int(SWEEP["Environment"]["Variables"]["RESTARTS_PER_SWEEP"])
    assert restarts == 100
    # The bucket size in smaller regions:
    # docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    assert restarts <= 500


def test_a_url_expires_before_the_credentials_that_sign_it() -> None:
    lifetime = written()["Parameters"]["UrlLifetimeSeconds"]
    # The default duration of a role session.
    session = properties("ApiFunctionRole").get("MaxSessionDuration", 3600)
    assert int(lifetime["Default"]) <= lifetime["MaxValue"] <= session == 3600


def test_the_review_threshold_is_below_the_reject_threshold() -> None:
    parameters = written()["Parameters"]
    review = parameters["ModerationReviewConfidence"]
    reject = parameters["ModerationRejectConfidence"]
    assert 0 < int(review["Default"]) < int(reject["Default"]) < 100


def test_dead_letters_are_kept_longer_than_events_are_delivered() -> None:
    (target,) = properties("UploadRule")["Targets"]
    delivered_for = target["RetryPolicy"]["MaximumEventAgeInSeconds"]
    assert properties("UploadDeadLetterQueue")["MessageRetentionPeriod"] > delivered_for
