"""WorkflowType: the same definition, and with EXPRESS a queue, a dispatch function and no more."""

from __future__ import annotations

from dispatch.waits import seconds_until_next
from image_pipeline import tries
from local.manifest import functions
from sweep.queued import _SECONDS_HIDDEN
from tests.template.contracts import CONTRACTS, EXECUTIONS
from tests.template.documents import of_type, outputs, properties, resources

STANDARD, EXPRESS = {"WorkflowType": "STANDARD"}, {"WorkflowType": "EXPRESS"}
OF_EXPRESS = {
    *("UploadsQueue", "UploadsQueuePolicy", "UploadsQueueAgeAlarm", "DispatchErrorsAlarm"),
    *("DispatchFunction", "DispatchFunctionRole", "DispatchFunctionVersion"),
    *("DispatchFunctionAliaslive", "DispatchFunctionUploads"),
}


def plain(names: object) -> set[str]:
    """Return logical ids without the digests that SAM adds to those of versions."""
    return {
        "DispatchFunctionVersion" if name.startswith("DispatchFunctionVersion") else name
        for name in map(str, names)  # type: ignore[call-overload]
    }


def allowed(role: str, **parameters: str) -> set[tuple[str, str]]:
    return {
        (action, statement["Resource"])
        for policy in properties(role, **parameters)["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }


def test_a_queue_and_what_reads_it_exist_only_with_express() -> None:
    standard, express = resources(**STANDARD), resources(**EXPRESS)
    assert plain(set(express) - set(standard)) == OF_EXPRESS
    assert set(standard) - set(express) == {"UploadRuleRole"}
    assert "UploadsQueueUrl" not in outputs(**STANDARD)
    assert outputs(**EXPRESS)["UploadsQueueUrl"] == "UploadsQueue"


def test_both_types_have_the_same_definition() -> None:
    standard, express = (
        properties("ImagePipelineStateMachine", **each) for each in (STANDARD, EXPRESS)
    )
    assert standard | {"StateMachineType": "EXPRESS"} == express


def test_the_rule_sends_the_unchanged_event_to_the_queue() -> None:
    (target,) = properties("UploadRule", **EXPRESS)["Targets"]
    assert target == {
        "Id": "ImagePipeline",
        "Arn": "UploadsQueue.Arn",
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        "DeadLetterConfig": {"Arn": "UploadDeadLetterQueue.Arn"},
    }
    (policy,) = [
        found
        for found in of_type("AWS::SQS::QueuePolicy", **EXPRESS).values()
        if found["Queues"] == ["UploadsQueue"]
    ]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Sid": "AllowUploadRule",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "UploadsQueue.Arn",
        "Condition": {"ArnEquals": {"aws:SourceArn": "UploadRule.Arn"}},
    }


def test_a_message_is_tried_five_times_and_is_then_a_dead_letter() -> None:
    queue = properties("UploadsQueue", **EXPRESS)
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": "UploadDeadLetterQueue.Arn",
        "maxReceiveCount": tries.TRIES,
    }
    waits = [
        seconds_until_next(tries.Try("", number), lambda low, _: low)
        for number in range(1, tries.TRIES + 1)
    ]
    assert waits == [15, 60, 240, 600, 0]
    assert seconds_until_next(tries.Try("", 4), lambda _, high: high) == 750
    # A dead letter keeps its age.
    dead = properties("UploadDeadLetterQueue", **EXPRESS)["MessageRetentionPeriod"]
    assert queue["MessageRetentionPeriod"] + 4 * 24 * 3600 <= dead


def test_lambda_reads_the_queue_by_its_own_recommendations() -> None:
    """docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    source = properties("DispatchFunctionUploads", ExpressConcurrency="50", **EXPRESS)
    assert source == {
        "EventSourceArn": "UploadsQueue.Arn",
        "FunctionName": "DispatchFunctionAliaslive",
        "BatchSize": 10,
        "ScalingConfig": {"MaximumConcurrency": 50},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    function = properties("DispatchFunction", StepsConcurrency="2", **EXPRESS)
    hidden = properties("UploadsQueue", **EXPRESS)["VisibilityTimeout"]
    assert hidden >= 6 * function["Timeout"]
    assert hidden <= _SECONDS_HIDDEN
    # Less than the maximum concurrency would count throttles as tries.
    assert "ReservedConcurrentExecutions" not in function
    # The five minutes of an execution, with time to start it and to answer.
    assert function["Timeout"] >= tries.SECONDS + 30
    assert not functions()["DispatchFunction"].states


def test_each_type_allows_only_its_own_way_to_start_work() -> None:
    start = ("states:StartExecution", "ImagePipelineStateMachine")
    ask = {("states:ListExecutions", "ImagePipelineStateMachine"),
           ("states:DescribeExecution", EXECUTIONS)}  # fmt: skip
    queue = {("sqs:SendMessage", "UploadsQueue.Arn")}
    look = {("sqs:GetQueueAttributes", "UploadsQueue.Arn")}
    for function, standard, express in (
        ("SweepFunction", {start, *ask}, queue | look),
        ("ApiWriteFunction", {start}, queue),
    ):
        others = CONTRACTS[function].permissions - express
        assert allowed(f"{function}Role", **EXPRESS) == others | express
        assert allowed(f"{function}Role", **STANDARD) == others | standard
        for parameters, url in ((STANDARD, ""), (EXPRESS, "UploadsQueue")):
            variables = properties(function, **parameters)["Environment"]["Variables"]
            assert variables["UPLOADS_QUEUE_URL"] == url


def test_a_customer_key_encrypts_the_queue_and_its_reader_may_use_it() -> None:
    key = {"KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/one", **EXPRESS}
    assert properties("UploadsQueue", **key)["KmsMasterKeyId"] == key["KmsKeyArn"]
    assert ("kms:Decrypt", key["KmsKeyArn"]) in allowed("DispatchFunctionRole", **key)
