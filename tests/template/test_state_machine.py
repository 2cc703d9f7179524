"""The state machine: steps, transitions, caught errors and messages."""

from __future__ import annotations

import json
import re

import pytest

from local.manifest import steps
from tests.template.contracts import CATCHES, ENDS, NEXT
from tests.template.documents import FUNCTIONS, ROOT, definition, properties, written
from tests.template.state_machine import State, plain, states, tasks

INVOCATIONS = [task for task in tasks() if task.invoked]


def named(state: State) -> str:
    return state.name


def test_substitutions_match_both_ways() -> None:
    text = json.dumps(definition())
    given = written()["Resources"]["ImagePipelineStateMachine"]["Properties"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given["DefinitionSubstitutions"])


def test_the_state_machine_runs_the_functions_of_the_pipeline() -> None:
    # The other functions have events, a route or a schedule, or belong to the backfill.
    assert {task.invoked for task in INVOCATIONS} == {
        name for name in FUNCTIONS if "Events" not in written()["Resources"][name]["Properties"]
    } - {"BackfillFunction"}
    assert {state for step in steps() for state in step.states} == {
        task.name for task in INVOCATIONS
    }
    substitutions = properties("ImagePipelineStateMachine")["DefinitionSubstitutions"]
    for task in INVOCATIONS:
        assert substitutions[f"{task.invoked}Arn"] == f"{task.invoked}.Arn:live"


@pytest.mark.parametrize("state", states(), ids=named)
def test_errors_are_caught_in_order(state: State) -> None:
    assert plain(state.body.get("Catch", [])) == CATCHES.get(state.name, [])


@pytest.mark.parametrize("task", tasks(), ids=named)
def test_every_error_of_a_task_is_caught(task: State) -> None:
    assert task.catch[-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("state", states(), ids=named)
def test_states_follow_each_other(state: State) -> None:
    if state.name in ENDS:
        assert state.body["Type"] == ENDS[state.name]
        return
    following = NEXT[state.name]
    assert state.body.get("Next", state.body.get("Default")) == following
    assert state.body.get("End", False) == (following is None)


@pytest.mark.parametrize("name", definition()["States"])
def test_results_are_added_to_the_input_which_stays_at_the_root(name: str) -> None:
    state = definition()["States"][name]
    if state["Type"] in {"Task", "Parallel"}:
        path = state["ResultPath"]
        assert path is None or re.fullmatch(r"\$(\.[a-z]+)+", path)


def test_only_raw_and_heif_are_converted() -> None:
    (choice,) = definition()["States"]["CheckFormat"]["Choices"]
    assert choice == {
        "Or": [
            {"Variable": "$.image.facts.format", "StringEquals": name} for name in ("RAW", "HEIF")
        ],
        "Next": "ConvertToJPEG",
    }


@pytest.mark.parametrize("state", [state for state in states() if state.body["Type"] == "Fail"],
                         ids=named)  # fmt: skip
def test_an_execution_fails_with_the_error_that_was_caught(state: State) -> None:
    own = {"MetadataKilled": {"Error": "MetadataKilled"}}
    error = own.get(state.name, {"ErrorPath": "$.error.Error"})
    assert state.body.items() >= {**error, "CausePath": "$.error.Cause"}.items()


def test_steps_that_decode_know_how_often_they_were_tried() -> None:
    told = {
        task.name: task.body["Parameters"]["Payload"]["retry.$"]
        for task in INVOCATIONS
        if "retry.$" in task.body["Parameters"]["Payload"]
    }
    assert told == dict.fromkeys(("ConvertToJPEG", "GenerateThumbnail"), "$$.State.RetryCount")


def test_only_decoding_can_kill_a_function_by_the_fault_of_the_picture() -> None:
    """A Catch of the Parallel sees the name of an error, but not the branch that it came from."""
    blamed = {
        task.name
        for task in tasks()
        for kill in (
            "Sandbox.Timedout",
            "Runtime.ExitError",
            "Runtime.OutOfMemory",
            "Lambda.Unknown",
        )
        if next(
            rule["Next"] for rule in task.catch if {kill, "States.ALL"} & {*rule["ErrorEquals"]}
        )
        == "RejectImage"
    }
    assert blamed == {"ConvertToJPEG", "GenerateThumbnail"}


def test_a_picture_that_could_not_be_moderated_goes_to_review() -> None:
    (unavailable,) = [state for state in states() if state.name == "ModerationUnavailable"]
    verdict = {"verdict": "review", "labels": [], "reason": "moderation_unavailable"}
    assert unavailable.body["Result"] == {"verdict": verdict}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("NotifyUser", "KeepUnsentNotification"), ("NotifyOfFailure", "KeepUnsentFailure")],
)
def test_a_notification_that_cannot_be_sent_is_kept_whole(sent: str, kept: str) -> None:
    found = definition()["States"]
    message = found[sent]["Parameters"]["Message"]["default.$"]
    assert message == "States.JsonToString($.outcome.message)"
    assert found[kept]["Parameters"] == {
        "QueueUrl": "${UnsentNotificationsQueueUrl}",
        "MessageBody.$": message,
    }


def test_people_are_told_in_words_and_programs_in_json() -> None:
    for name in ("NotifyUser", "NotifyOfFailure"):
        parameters = definition()["States"][name]["Parameters"]
        assert parameters["Subject.$"] == "$.outcome.subject"
        assert parameters["MessageStructure"] == "json"
        assert parameters["Message"] == {
            "default.$": "States.JsonToString($.outcome.message)",
            "email.$": "$.outcome.email",
        }


@pytest.mark.parametrize("name", ["NotifyUser", "NotifyOfFailure"])
def test_messages_have_the_attributes_for_filter_policies(name: str) -> None:
    attributes = definition()["States"][name]["Parameters"]["MessageAttributes"]
    assert attributes == {
        name: {"DataType": "String", "StringValue.$": f"$.outcome.{name}"}
        for name in ("status", "reason")
    }


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_it_is_traced_and_logs_errors_without_execution_data(kind: str) -> None:
    machine = properties("ImagePipelineStateMachine", WorkflowType=kind)
    assert machine["StateMachineType"] == kind
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"] == {
        "Level": "ERROR",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "ImagePipelineLogGroup.Arn"}}],
    }
    # Any other prefix adds to the account's log resource policy, whose size is limited.
    name = properties("ImagePipelineLogGroup")["LogGroupName"]
    assert name == "/aws/vendedlogs/states/AWS::StackName-image-pipeline"


def test_the_file_is_valid_json() -> None:
    path = ROOT / "statemachine" / "image_pipeline.asl.json"
    assert json.loads(path.read_text(encoding="utf-8"))["StartAt"] == "ValidateImage"
