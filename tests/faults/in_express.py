"""What a trial does otherwise where uploads wait in a queue (`WorkflowType=EXPRESS`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from image_pipeline.identity import image_id
from image_pipeline.workflow import Workflow
from local.aws.environment import ACCOUNT, REGION
from local.executions import Execution
from ops.redrive import redrive

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

_LONG_AGO = "2026-05-01T12:00:00.000Z"
QUEUE = "UploadsQueue"


def is_express(aws: OfflineAws) -> bool:
    """Whether the deployed template has a queue of uploads."""
    return QUEUE in aws.deployment.resources


def executions_of(aws: OfflineAws, arns: list[str]) -> list[Execution]:
    """Return executions that have ended; Step Functions would describe none of them."""
    backend: Any = stepfunctions_parser_backends[ACCOUNT][REGION]
    machine = backend.describe_state_machine(aws.deployment.ref("ImagePipelineStateMachine"))
    known = {each.exec_arn: each for each in machine.executions}
    return [Execution(arn, known[arn].status, aws.progress.states(arn)) for arn in arns]


def replay_dead_events(aws: OfflineAws) -> None:
    """Send what is in the dead-letter queue again, and wait for what follows."""
    sqs, stepfunctions = aws.client("sqs"), aws.client("stepfunctions")
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    workflow = Workflow(machine, aws.deployment.ref(QUEUE), lambda: stepfunctions, lambda: sqs)
    for result in redrive(sqs, workflow, aws.deployment.ref("UploadDeadLetterQueue")):
        assert result.error is None, result
    aws.queues.settle()


def sweep_later(aws: OfflineAws, key: str) -> None:
    """Run the sweep long after a claim, which it cannot ask an Express execution about."""
    aws.client("dynamodb").update_item(
        TableName=aws.deployment.ref("ImagesTable"),
        Key={"image_id": {"S": image_id(key)}},
        UpdateExpression="SET claimed_at = :then",
        ExpressionAttributeValues={":then": {"S": _LONG_AGO}},
    )
    function = aws.deployment.functions["SweepFunction"].name
    answer = aws.client("lambda").invoke(FunctionName=function, Payload="{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    aws.queues.settle()
