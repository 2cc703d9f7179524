"""Retries: the same rules for every step; throttles are waited for until the deadline."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import botocore.session
import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from image_pipeline import errors
from reject.fault import CAPACITY
from reject.fault import KILLS as JUDGED
from tests.template.documents import definition
from tests.template.state_machine import State, error_names, plain, tasks

PERMANENT: dict[str, Any] = {
    "ErrorEquals": ["ValidationError", "Superseded", "ConfigError"],
    "MaxAttempts": 0,
}
THROTTLES: dict[str, Any] = {
    "ErrorEquals": [
        "Lambda.TooManyRequestsException",
        "ThrottlingException",
        "Throttled",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    ],
    "IntervalSeconds": 1,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 5760,
    "JitterStrategy": "FULL",
}
# The host may be at fault, so a second attempt tells whether the picture is. Steps that decode no
# pixels are not on this list: there, a kill is an error like any other.
KILLS: dict[str, Any] = {
    "ErrorEquals": [
        "Sandbox.Timedout",
        "Runtime.ExitError",
        "Runtime.OutOfMemory",
        "Lambda.Unknown",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 1,
    "JitterStrategy": "FULL",
}
ANYTHING_ELSE: dict[str, Any] = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 3.0,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 5,
    "JitterStrategy": "FULL",
}
MALFORMED: dict[str, Any] = {
    "ErrorEquals": ["SNS.InvalidParameterException", "SNS.InvalidParameterValueException"],
    "MaxAttempts": 0,
}
STEP = [PERMANENT, THROTTLES, ANYTHING_ELSE]
DECODING = [PERMANENT, THROTTLES, KILLS, ANYTHING_ELSE]
NOTIFYING = [
    MALFORMED,
    THROTTLES
    | {
        "ErrorEquals": [
            "SNS.ThrottledException",
            "SNS.ThrottlingException",
            "SNS.KMSThrottlingException",
        ]
    },
    ANYTHING_ELSE,
]
KEEPING = [
    THROTTLES | {"ErrorEquals": ["SQS.RequestThrottledException", "SQS.ThrottlingException"]},
    ANYTHING_ELSE,
]
RETRIES = {
    "ValidateImage": [
        PERMANENT | {"ErrorEquals": [*PERMANENT["ErrorEquals"], "Unannounced"]},
        *STEP[1:],
    ],
    "ConvertToJPEG": DECODING,
    "GenerateThumbnail": DECODING,
    "RunModeration": DECODING,
    # It finds out that the picture is not to blame, and will find out the same again.
    "RejectImage": [
        PERMANENT | {"ErrorEquals": [*PERMANENT["ErrorEquals"], "KilledElsewhere"]},
        *STEP[1:],
    ],
    # The queue delivers the message again, after its own wait.
    "RecordFailure": [
        PERMANENT | {"ErrorEquals": [*PERMANENT["ErrorEquals"], "TriedAgain"]},
        *STEP[1:],
    ],
    "NotifyUser": NOTIFYING,
    "NotifyOfFailure": NOTIFYING,
    "KeepUnsentNotification": KEEPING,
    "KeepUnsentFailure": KEEPING,
}
OPERATIONS = {
    "dynamodb": ["GetItem", "PutItem", "UpdateItem"],
    "rekognition": ["DetectModerationLabels"],
}
"""Calls of the steps to services whose throttles botocore has classes for."""

# docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
# …/bp-lambda-serviceexception.html
OF_STEP_FUNCTIONS = {
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "Lambda.TooManyRequestsException",
}
# The errorType that Lambda reports for a function that it killed.
OF_LAMBDA = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"}
# Throttles that every service documents under "Common errors", and what Java's SDK, whose names
# Step Functions reports, makes of SQS's RequestThrottled.
COMMON = {"SNS.ThrottlingException", "SQS.ThrottlingException", "SQS.RequestThrottledException"}


def named(state: State) -> str:
    return state.name


@pytest.mark.parametrize("task", tasks(), ids=named)
def test_every_step_is_retried_by_the_same_rules(task: State) -> None:
    assert plain(task.body["Retry"]) == RETRIES.get(task.name, STEP)


def test_only_tasks_are_retried() -> None:
    """A retry of the Parallel state would repeat the branches that succeeded."""
    text = str(definition())
    assert text.count("'Retry'") == len(tasks())


def test_the_throttles_are_exactly_those_that_the_steps_can_raise() -> None:
    # Errors without a class in botocore, e.g. S3's SlowDown, are raised as Throttled.
    checker: Any = ThrottledRetryableChecker
    session = botocore.session.get_session()
    modeled = {
        error.name
        for service, operations in OPERATIONS.items()
        for operation in operations
        for error in session.get_service_model(service).operation_model(operation).error_shapes
    }
    throttles = modeled & set(checker._THROTTLED_ERROR_CODES)
    own = {"Lambda.TooManyRequestsException", "Throttled"}
    assert own | throttles == set(THROTTLES["ErrorEquals"]) == CAPACITY


def test_the_kills_that_are_retried_are_those_that_are_judged() -> None:
    assert set(KILLS["ErrorEquals"]) == JUDGED


def test_throttles_are_waited_for_until_the_deadline() -> None:
    deadline = definition()["TimeoutSeconds"]
    assert deadline == 24 * 3600
    longest, attempts = THROTTLES["MaxDelaySeconds"], THROTTLES["MaxAttempts"]
    # With full jitter the average wait is half of it; this allows for half of the average.
    assert longest / 4 * attempts >= deadline


def test_a_day_of_throttles_fits_into_the_history_of_an_execution() -> None:
    """With room for one more state than waits, and for the events of all other states.

    Only three branches that are all refused all day do not fit: docs/decisions.md.
    """
    attempts = definition()["TimeoutSeconds"] / (THROTTLES["MaxDelaySeconds"] / 2)
    # TaskScheduled, TaskStarted, TaskFailed; the limit is Step Functions'.
    assert 2 * 3 * attempts + 1_000 < 25_000


def test_any_other_error_is_retried_for_two_minutes() -> None:
    seconds, waits = ANYTHING_ELSE["IntervalSeconds"], []
    for _ in range(ANYTHING_ELSE["MaxAttempts"]):
        waits.append(min(seconds, ANYTHING_ELSE["MaxDelaySeconds"]))
        seconds *= ANYTHING_ELSE["BackoffRate"]
    assert waits == [2, 6, 18, 54, 60]


def test_error_names_exist() -> None:
    """A rule for a name that nothing raises never applies."""
    ours = {name for name, value in vars(errors).items() if isinstance(value, type)}
    of_botocore = {name for name in vars(botocore.exceptions) if name.endswith("Error")}
    session = botocore.session.get_session()
    modelled = {
        service: set(session.get_service_model(service).shape_names)
        for service in ("dynamodb", "rekognition", "s3", "sns")
    }
    known = OF_STEP_FUNCTIONS | OF_LAMBDA | ours | of_botocore
    known |= modelled["dynamodb"] | modelled["rekognition"] | modelled["s3"]
    known |= {f"SNS.{shape}" for shape in modelled["sns"]} | COMMON
    assert error_names() - known == set()
