"""Numbers that depend on each other but are defined in different places."""

from __future__ import annotations

import ast
import re

import pytest

from tests.template.documents import ROOT, definition, properties, written
from tests.template.state_machine import State, tasks

SWEEP = properties("SweepFunction")
SCHEDULE = properties("SweepFunctionQuarterly")


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


@pytest.mark.parametrize("task", tasks(), ids=lambda task: str(task.name))
def test_a_state_times_out_later_than_its_function(
    task: State,
) -> None:
    # Otherwise a retry would run concurrently with the first attempt.
    expected = properties(task.invoked)["Timeout"] + 10 if task.invoked else 30
    assert task.body["TimeoutSeconds"] == expected < definition()["TimeoutSeconds"]


def test_an_execution_has_a_day() -> None:
    assert definition()["TimeoutSeconds"] == 86_400


def test_a_sweep_ends_before_the_next_one_starts() -> None:
    assert seconds_between_sweeps() == 900
    assert SWEEP["Timeout"] == 810
    retries = SCHEDULE["Target"]["RetryPolicy"]
    assert retries == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    latest_start = retries["MaximumEventAgeInSeconds"]
    # Lambda's own retries of an asynchronous invocation would come on top.
    asynchronous = properties("SweepFunctionEventInvokeConfig")
    assert asynchronous["MaximumRetryAttempts"] == 0
    assert asynchronous["MaximumEventAgeInSeconds"] == latest_start
    assert latest_start + SWEEP["Timeout"] < seconds_between_sweeps()


def test_a_sweep_starts_a_page_only_with_enough_time_for_it() -> None:
    reserve = constant("functions/sweep/reconcile.py", "RESERVE_MILLISECONDS") / 1000
    per_second = constant("functions/sweep/starting.py", "PER_SECOND")
    # A page of 1,000 keys, for each of which an execution is started.
    assert 2 * 1000 / per_second < reserve < SWEEP["Timeout"] / 4


def test_a_sweep_leaves_executions_to_new_uploads() -> None:
    per_second = constant("functions/sweep/starting.py", "PER_SECOND")
    # StartExecution in smaller regions, and the most executions that may be open:
    # docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    assert per_second < 150
    restarts = int(SWEEP["Environment"]["Variables"]["RESTARTS_PER_SWEEP"])
    assert 0.9 * per_second * SWEEP["Timeout"] < restarts < 1_000_000 / 10


def test_the_event_of_an_upload_arrives_before_it_is_overdue() -> None:
    # S3 delivers most events within seconds; one that comes later is superseded.
    assert 30 <= int(SWEEP["Environment"]["Variables"]["OVERDUE_SECONDS"]) < 120


@pytest.mark.parametrize(
    ("parameter", "function"),
    [("UrlLifetimeSeconds", "ApiFunction"), ("UploadLifetimeSeconds", "ApiWriteFunction")],
)
def test_a_url_expires_before_the_credentials_that_sign_it(parameter: str, function: str) -> None:
    lifetime = written()["Parameters"][parameter]
    # The default duration of a role session.
    session = properties(f"{function}Role").get("MaxSessionDuration", 3600)
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
