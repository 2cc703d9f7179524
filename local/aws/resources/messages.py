"""SNS topics, SQS queues, EventBridge rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.environment import ACCOUNT, REGION
from local.aws.intrinsics import as_text
from local.aws.resources.registry import Made, call, makes, updates

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New

# SQS takes attributes as they come; these are the ones that it knows.
_QUEUE = (
    "DelaySeconds",
    "FifoQueue",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
# The properties that `local.aws.rules` applies when it delivers events.
_TARGET = {"Id", "Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig"}


@makes("AWS::SNS::Topic")
def topic(new: New) -> Made:
    """Create a topic; encryption is recorded but not performed."""
    attributes = {
        name: as_text(new.take(name))
        for name in ("DisplayName", "KmsMasterKeyId", "TracingConfig")
        if name in new.properties
    }
    name = new.take("TopicName", new.name)
    arn = call("sns", "create_topic", Name=name, Attributes=attributes)["TopicArn"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


@makes("AWS::SNS::TopicPolicy")
def topic_policy(new: New) -> Made:
    """Set the policy of one or more topics."""
    document = json.dumps(new.take("PolicyDocument"))
    for arn in new.take("Topics"):
        call(
            "sns",
            "set_topic_attributes",
            TopicArn=arn,
            AttributeName="Policy",
            AttributeValue=document,
        )
    return Made(new.name)


@makes("AWS::SNS::Subscription")
def subscription(new: New) -> Made:
    """Create a subscription; no mail is sent."""
    required = {name: new.take(name) for name in ("TopicArn", "Protocol", "Endpoint")}
    attributes = {name: _json_or_text(value) for name, value in new.rest().items()}
    answer = call("sns", "subscribe", **required, Attributes=attributes, ReturnSubscriptionArn=True)
    return Made(answer["SubscriptionArn"])


@makes("AWS::SQS::Queue")
def queue(new: New) -> Made:
    """Create a queue with its attributes."""
    new.pass_over(["Tags"])
    name = new.take("QueueName", new.name)
    attributes = {each: _json_or_text(new.take(each)) for each in _QUEUE if each in new.properties}
    url = call("sqs", "create_queue", QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


@makes("AWS::SQS::QueuePolicy")
def queue_policy(new: New) -> Made:
    """Set the policy of one or more queues."""
    document = json.dumps(new.take("PolicyDocument"))
    for url in new.take("Queues"):
        call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": document})
    return Made(new.name)


@makes("AWS::Events::Rule")
def rule(new: New) -> Made:
    """Create a rule with its targets."""
    name, targets = new.take("Name", new.name), new.take("Targets", [])
    unknown = {part for target in targets for part in target} - _TARGET
    if unknown:
        new.properties["Targets: " + ", ".join(sorted(unknown))] = unknown  # nothing applies them
    pattern = json.dumps(new.take("EventPattern"))
    optional = {each: new.take(each, None) for each in ("State", "Description")}
    arn = call("events", "put_rule", Name=name, EventPattern=pattern, **optional)["RuleArn"]
    known = [{part: value for part, value in each.items() if part in _TARGET} for each in targets]
    call("events", "put_targets", Rule=name, Targets=known)
    return Made(name, {"Arn": arn})


@updates("AWS::Events::Rule")
def updated_rule(new: New, existing: Resource) -> Made:
    """Change a rule; targets that it no longer has are removed."""
    left = {each["Id"] for each in new.properties.get("Targets", [])}
    gone = [each["Id"] for each in existing.properties.get("Targets", []) if each["Id"] not in left]
    if gone:
        call("events", "remove_targets", Rule=existing.ref, Ids=gone)
    new.name = existing.ref
    return rule(new)


def _json_or_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else as_text(value)
