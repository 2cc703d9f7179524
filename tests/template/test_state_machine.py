"""What the state machine promises: everything is bounded, retried by name, and caught."""

from __future__ import annotations

import json
import re

import botocore.exceptions
import botocore.session
import pytest

from image_pipeline import errors
from tests.template.documents import FUNCTIONS, ROOT, definition, properties, written
from tests.template.state_machine import State, error_names, states, tasks

PERMANENT = {"ValidationError", "Superseded", "ConfigError"}
INVOCATIONS = [task for task in tasks() if task.invoked]
# docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
# …/bp-lambda-serviceexception.html
OF_STEP_FUNCTIONS = {
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
}
# What Lambda itself reports as the errorType of a function that it had to end.
OF_LAMBDA = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory"}


def named(state: State) -> str:
    return state.name


def test_error_names_exist() -> None:
    """A name that nothing raises is a rule that never applies."""
    ours = {name for name, value in vars(errors).items() if isinstance(value, type)}
    of_botocore = {name for name in vars(botocore.exceptions) if name.endswith("Error")}
    session = botocore.session.get_session()
    modelled = {
        service: set(session.get_service_model(service).shape_names)
        for service in ("dynamodb", "rekognition", "s3", "sns")
    }
    known = OF_STEP_FUNCTIONS | OF_LAMBDA | ours | of_botocore
    known |= modelled["dynamodb"] | modelled["rekognition"] | modelled["s3"]
    known |= {f"SNS.{shape}" for shape in modelled["sns"]}
    assert error_names() - known == set()


def test_substitutions_match_both_ways() -> None:
    text = json.dumps(definition())
    given = written()["Resources"]["ImagePipelineStateMachine"]["Properties"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given["DefinitionSubstitutions"])


def test_the_state_machine_runs_the_functions_of_the_pipeline() -> None:
    assert {task.invoked for task in INVOCATIONS} == set(FUNCTIONS) - {
        "ApiFunction",
        "SweepFunction",
    }
    substitutions = properties("ImagePipelineStateMachine")["DefinitionSubstitutions"]
    for task in INVOCATIONS:
        assert substitutions[f"{task.invoked}Arn"] == f"{task.invoked}.Arn"


@pytest.mark.parametrize("task", tasks(), ids=named)
def test_every_task_is_bounded_in_time(task: State) -> None:
    assert task.body["TimeoutSeconds"] < definition()["TimeoutSeconds"]


@pytest.mark.parametrize("task", INVOCATIONS, ids=named)
def test_a_state_waits_longer_than_its_function_may_run(task: State) -> None:
    # Otherwise the state machine starts a second run beside the first.
    assert task.body["TimeoutSeconds"] > properties(str(task.invoked))["Timeout"]


@pytest.mark.parametrize("task", INVOCATIONS, ids=named)
def test_permanent_errors_come_first_and_are_not_retried(task: State) -> None:
    first, *later = task.body["Retry"]
    assert set(first["ErrorEquals"]) == PERMANENT
    assert first["MaxAttempts"] == 0
    for rule in later:
        assert not PERMANENT & set(rule["ErrorEquals"])


@pytest.mark.parametrize("task", INVOCATIONS, ids=named)
def test_throttles_and_faults_of_aws_are_retried(task: State) -> None:
    retried = {
        name for rule in task.body["Retry"] if rule["MaxAttempts"] for name in rule["ErrorEquals"]
    }
    assert retried >= {
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "InternalServerError",
        "ClientError",
    }


@pytest.mark.parametrize("task", tasks(), ids=named)
def test_retries_back_off_with_jitter(task: State) -> None:
    retries = [rule for rule in task.body["Retry"] if rule["MaxAttempts"]]
    assert retries
    for rule in retries:
        assert rule["JitterStrategy"] == "FULL"
        assert rule["BackoffRate"] > 1
        assert rule["IntervalSeconds"] >= 1
        if rule["MaxAttempts"] > 1:
            assert rule["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize("task", tasks(), ids=named)
def test_whatever_a_task_raises_is_caught(task: State) -> None:
    caught = [name for rule in task.catch for name in rule["ErrorEquals"]]
    assert "States.ALL" in caught
    for rules in (task.body.get("Catch", []), task.outer_catch):
        early = [name for rule in rules[:-1] for name in rule["ErrorEquals"]]
        assert "States.ALL" not in early  # it has to be last and alone


@pytest.mark.parametrize("task", INVOCATIONS, ids=named)
def test_a_failure_of_the_pipeline_is_recorded_before_the_execution_fails(task: State) -> None:
    (everything,) = [rule for rule in task.catch[-1:] if rule["ErrorEquals"] == ["States.ALL"]]
    after = {"RecordFailure": "ImageFailed"}
    assert everything["Next"] == after.get(task.name, "RecordFailure")
    assert definition()["States"]["RecordFailure"]["Next"] == "ImageFailed"
    assert definition()["States"]["ImageFailed"]["Type"] == "Fail"


@pytest.mark.parametrize(
    "task",
    # Moderation writes nothing, so nothing tells it that it is superseded.
    [task for task in INVOCATIONS if task.name != "RunModeration"],
    ids=named,
)
def test_a_superseded_execution_ends_well(task: State) -> None:
    (rule,) = [rule for rule in task.catch if "Superseded" in rule["ErrorEquals"]]
    assert rule["Next"] == "Superseded"
    assert definition()["States"]["Superseded"]["Type"] == "Succeed"


def test_moderation_fails_closed() -> None:
    (moderation,) = [task for task in tasks() if task.name == "RunModeration"]
    assert moderation.body["Catch"][-1] == {
        "Comment": "Fails closed: without an answer a person decides.",
        "ErrorEquals": ["States.ALL"],
        "ResultPath": "$.error",
        "Next": "ModerationUnavailable",
    }
    (unavailable,) = [state for state in states() if state.name == "ModerationUnavailable"]
    assert unavailable.body["Result"]["verdict"]["verdict"] == "review"


def test_a_notification_that_cannot_be_sent_is_kept() -> None:
    found = definition()["States"]
    assert found["NotifyUser"]["Catch"][-1]["Next"] == "KeepUnsentNotification"
    assert "QueueUrl" in found["KeepUnsentNotification"]["Parameters"]
    assert found["KeepUnsentNotification"]["End"]  # the image is stored: not a failed execution


def test_messages_carry_what_filter_policies_select_by() -> None:
    attributes = definition()["States"]["NotifyUser"]["Parameters"]["MessageAttributes"]
    assert set(attributes) == {"status", "reason"}
    assert {attribute["DataType"] for attribute in attributes.values()} == {"String"}


def test_it_is_standard_traced_and_logs_errors_without_peoples_data() -> None:
    machine = properties("ImagePipelineStateMachine")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"] == {
        "Level": "ERROR",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "ImagePipelineLogGroup.Arn"}}],
    }
    # Other names grow the account's log resource policy, which has a size limit.
    assert properties("ImagePipelineLogGroup")["LogGroupName"].startswith("/aws/vendedlogs/states/")


def test_substitutions_are_quoted_so_that_the_file_is_json() -> None:
    (path,) = (ROOT / "statemachine").glob("*.json")
    assert json.loads(path.read_text(encoding="utf-8"))["StartAt"] == "ValidateImage"
