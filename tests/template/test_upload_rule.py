"""From an upload to an execution. A deployment would succeed without any of these parts."""

from __future__ import annotations

from image_pipeline.object_keys import UPLOADS_PREFIX
from tests.template.documents import of_type, properties


def test_the_uploads_bucket_sends_events_to_eventbridge() -> None:
    notifications = properties("UploadsBucket")["NotificationConfiguration"]
    assert notifications == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_the_rule_matches_only_uploads() -> None:
    # Each value is a list: EventBridge rejects any other pattern, but CloudFormation does not.
    assert properties("UploadRule")["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted", "Object Restore Completed"],
        "detail": {
            "bucket": {"name": ["UploadsBucket"]},
            "object": {"key": [{"prefix": UPLOADS_PREFIX}]},
        },
    }
    assert properties("UploadRule")["State"] == "ENABLED"


def test_renditions_start_nothing() -> None:
    assert "NotificationConfiguration" not in properties("RenditionsBucket")
    assert list(of_type("AWS::Events::Rule")) == ["UploadRule"]


def test_the_rule_starts_the_state_machine_with_the_unchanged_event() -> None:
    (target,) = properties("UploadRule", WorkflowType="STANDARD")["Targets"]
    assert target == {
        "Id": "ImagePipeline",
        "Arn": "ImagePipelineStateMachine",
        "RoleArn": "UploadRuleRole.Arn",
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        "DeadLetterConfig": {"Arn": "UploadDeadLetterQueue.Arn"},
    }


def test_the_rule_may_only_start_the_state_machine() -> None:
    role = properties("UploadRuleRole", WorkflowType="STANDARD")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "states:StartExecution",
            "Resource": "ImagePipelineStateMachine",
        }
    ]
    assert "ManagedPolicyArns" not in role


def test_only_the_rule_may_write_to_its_dead_letter_queue() -> None:
    (policy,) = [
        found
        for found in of_type("AWS::SQS::QueuePolicy").values()
        if found["Queues"] == ["UploadDeadLetterQueue"]
    ]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "AllowUploadRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "UploadDeadLetterQueue.Arn",
            "Condition": {"ArnEquals": {"aws:SourceArn": "UploadRule.Arn"}},
        }
    ]
