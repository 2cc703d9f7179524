"""Every file in events/ is an event of the real pipeline and can be used unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.identity import image_id
from local.aws.events import publish
from local.executions import follow
from local.manifest import functions, of_package
from local.seeds import IN_EVENTS, PHOTO, SEEDS, plant

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

EVENTS = Path(__file__).parents[2] / "events"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


OPEN = [seed for seed in SEEDS if seed.stays_open]


def forget_open_pictures(aws: OfflineAws) -> None:
    """Delete the records that the tests here may have finished, in whichever order they run."""
    for seed in OPEN:
        aws.client("dynamodb").delete_item(
            TableName=aws.deployment.ref("ImagesTable"),
            Key={"image_id": {"S": image_id(seed.key)}},
        )


@pytest.fixture
def reopened(aws: OfflineAws, planted: None) -> None:
    """The sample pictures, some of them in work."""
    forget_open_pictures(aws)
    plant(aws, *OPEN)


@pytest.fixture(scope="module")
def passed(aws: OfflineAws, planted: None) -> dict[str, list[Any]]:
    """What is passed to each function, by its alias, when all of them are taken to the end."""
    forget_open_pictures(aws)
    plant(aws, *OPEN, finish_all=True)
    client = aws.client("stepfunctions")
    payloads: dict[str, list[Any]] = {}
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    for seed in SEEDS:
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{seed.execution}"
        assert client.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
        for entry in client.get_execution_history(executionArn=arn)["events"]:
            details = entry.get("taskScheduledEventDetails", {})
            if details.get("resourceType") == "lambda":
                given = json.loads(details["parameters"])
                payloads.setdefault(given["FunctionName"], []).append(given["Payload"])
    return payloads


def test_the_folder_has_an_event_for_every_function() -> None:
    found = set(EVENTS.iterdir())
    for function in functions().values():
        assert function.events, function.logical_id
        found.difference_update(function.events)
    # What starts the state machine, and the environment for sam local.
    assert {path.name for path in found} == {"object_created.json", "local-env.json"}


def test_the_sample_upload_is_the_demo_picture(aws: OfflineAws) -> None:
    expected = PHOTO.created(aws.deployment.ref("UploadsBucket"))
    assert event("object_created") == expected, "run python -m local.recording"


@pytest.mark.usefixtures("reopened")
@pytest.mark.parametrize("step", [*IN_EVENTS, *reversed(IN_EVENTS)])
def test_each_function_can_be_invoked_with_its_event_in_any_order(
    aws: OfflineAws, step: str
) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref(of_package(step).logical_id),
        Payload=json.dumps(event(step)),
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.mark.usefixtures("planted")
def test_the_api_answers_its_event(aws: OfflineAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("ApiFunction"), Payload=json.dumps(event("api_get_image"))
    )
    response = json.loads(answer["Payload"].read())
    assert response["statusCode"] == 200
    assert json.loads(response["body"])["key"] == PHOTO.key


@pytest.mark.usefixtures("planted")
def test_the_event_of_the_upload_starts_an_execution(aws: OfflineAws) -> None:
    before = len(aws.delivery.started)
    publish(event("object_created"))
    (started,) = aws.delivery.started[before:]
    execution = follow(aws, started.arn)
    assert execution.states == ("ValidateImage", "Superseded")


def without_accidents(payload: Any) -> Any:
    """A payload that is the same however well an encoder compresses."""
    for made in payload.get("results", {}).get("renditions", []):
        made.pop("bytes", None)
    return payload


@pytest.mark.parametrize("step", [step for step in IN_EVENTS if step != "reject"])
def test_a_sample_event_equals_the_one_that_the_state_machine_passes(
    aws: OfflineAws, passed: dict[str, list[Any]], step: str
) -> None:
    payloads = passed[aws.deployment.alias_arn(of_package(step).logical_id)]
    expected = [without_accidents(payload) for payload in payloads]
    assert without_accidents(event(step)) in expected, "run python -m local.recording"


def test_the_environment_of_sam_local_names_the_deployed_resources(aws: OfflineAws) -> None:
    variables = event("local-env")["Parameters"]
    assert variables.pop("AWS_ENDPOINT_URL") == "http://host.docker.internal:4566"
    assert variables == {
        "CURSOR_SECRET_ARN": aws.deployment.ref("CursorSecret"),
        "IDEMPOTENCY_TABLE": aws.deployment.ref("IdempotencyTable"),
        "OUTCOMES_TOPIC_ARN": aws.deployment.ref("OutcomesTopic"),
        "READ_MODEL_TABLE": aws.deployment.ref("ReadModelTable"),
        "RENDITIONS_BUCKET": aws.deployment.ref("RenditionsBucket"),
        "STATE_MACHINE_ARN": aws.deployment.ref("ImagePipelineStateMachine"),
        "TABLE_NAME": aws.deployment.ref("ImagesTable"),
        "UPLOADS_BUCKET": aws.deployment.ref("UploadsBucket"),
    }


@pytest.mark.usefixtures("planted")
def test_the_backfill_decides_about_its_event(aws: OfflineAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("BackfillFunction"), Payload=json.dumps(event("backfill"))
    )
    (decision,) = json.loads(answer["Payload"].read())["decisions"]
    assert decision["key"] == PHOTO.key


def test_the_sweep_can_be_invoked_with_its_event(aws: OfflineAws) -> None:
    answer = aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("SweepFunction"), Payload=json.dumps(event("sweep"))
    )
    assert json.loads(answer["Payload"].read()).keys() == {"restarted", "given_up"}
