"""EventBridge's delivery: the targets of a rule, retries, and the dead-letter queue.

moto does not support Step Functions as a target: it raises an error, swallows it and skips the
remaining rules. It also fires disabled rules and has no dead-letter queues.
"""

from __future__ import annotations

import fnmatch
import json
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import Rule

from local.aws.clients import client_of
from local.aws.environment import ACCOUNT
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_MOST_RETRIES = 185  # also the default
_RETRIED = {
    *("ThrottlingException", "ExecutionLimitExceeded", "RequestLimitExceeded"),
    "RequestThrottled",  # by SQS
}
_FIRST_SERVER_ERROR = 500
_SENDING = {"sqs:sendmessage", "sqs:*", "*"}


@dataclass(frozen=True)
class Started:
    """An execution and the object whose event started it."""

    arn: str
    key: str
    version_id: str | None


class Delivery:
    """Delivers events to Step Functions or a queue, and counts attempts and executions.

    AWS backs off between attempts, for up to a day; here they follow at once.

    Args:
        told: called with the ARN of a rule and CloudWatch's names of what has happened.
    """

    def __init__(
        self, told: Callable[[str, tuple[str, ...]], None] = lambda _rule, _names: None
    ) -> None:
        self._told = told
        self._stepfunctions = client_of("stepfunctions")
        self._sqs = client_of("sqs")
        self._lock = threading.Lock()
        self.attempts = 0
        self.started: list[Started] = []

    def executions_of(self, key: str, version_id: str | None) -> list[str]:
        """List the ARNs of the executions that a version of an object started."""
        wanted = (key, version_id)
        return [each.arn for each in list(self.started) if (each.key, each.version_id) == wanted]

    def forget(self, arn: str) -> None:
        """Drop the record of an execution that is done."""
        with self._lock:
            self.started[:] = [each for each in self.started if each.arn != arn]

    def opened(self) -> AbstractContextManager[None]:
        """Context manager in which rules deliver like this."""

        def send_to_targets(rule: Any, event: Any, transform_input: bool = True) -> bool:  # noqa: ARG001
            matches = rule.state == "ENABLED" and bool(rule.event_pattern.matches_event(event))
            for target in rule.targets if matches else ():
                self._deliver(rule.arn, target, event)
            return matches

        return replaced(Rule, "send_to_targets", send_to_targets)

    def _deliver(self, rule_arn: str, target: dict[str, Any], event: dict[str, Any]) -> None:
        policy = target.get("RetryPolicy", {})
        allowed = policy.get("MaximumRetryAttempts", _MOST_RETRIES)
        retries, failure = 0, self._attempt(rule_arn, target["Arn"], event)
        while failure is not None and _is_temporary(failure) and retries < allowed:
            retries, failure = retries + 1, self._attempt(rule_arn, target["Arn"], event)
        if failure is None:
            self._told(rule_arn, ("MatchedEvents", "Invocations"))
            return
        facts = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": _code(failure),
            "ERROR_MESSAGE": str(failure),
            "RETRY_ATTEMPTS": str(retries),
        }
        if _is_temporary(failure):
            facts["EXHAUSTED_RETRY_CONDITION"] = "MaximumRetryAttempts"
        names = ["MatchedEvents", "Invocations", "FailedInvocations"]
        if "DeadLetterConfig" in target:
            is_buried = self._bury(target["DeadLetterConfig"]["Arn"], event, facts)
            names.append("InvocationsSentToDlq" if is_buried else "InvocationsFailedToBeSentToDlq")
        self._told(rule_arn, tuple(names))

    def _attempt(self, rule_arn: str, arn: str, event: dict[str, Any]) -> Exception | None:
        with self._lock:
            self.attempts += 1
        try:
            if arn.split(":")[2] == "sqs":
                self._send(rule_arn, arn, event)
                return None
            # A rule does not name executions, but moto gives all unnamed ones the same ARN.
            started = self._start_execution(
                stateMachineArn=arn, name=str(uuid.uuid4()), input=json.dumps(event)
            )
        except (ClientError, BotoCoreError) as error:
            return error
        self.note(started["executionArn"], event)
        return None

    def note(self, arn: str, event: Any) -> None:
        """Note an execution that was started for an event about an object."""
        try:
            about = event["detail"]["object"]
            execution = Started(arn, about.get("key", ""), about.get("version-id"))
        except (AttributeError, KeyError, TypeError):
            execution = Started(arn, "", None)
        with self._lock:
            self.started.append(execution)

    def _send(self, rule_arn: str, queue_arn: str, event: dict[str, Any]) -> None:
        """Send an event to a queue.

        Raises:
            ClientError: the queue's policy does not allow it, or there is no queue.
        """
        url = self._sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"]
        if not self._may_send(url, queue_arn, rule_arn):
            refusal: Any = {"Error": {"Code": "AccessDenied", "Message": "by the queue's policy"}}
            raise ClientError(refusal, "SendMessage")
        self._send_message(QueueUrl=url, MessageBody=json.dumps(event))

    def _send_message(self, **parameters: Any) -> Any:
        return self._sqs.send_message(**parameters)

    def _may_send(self, url: str, queue_arn: str, rule_arn: str) -> bool:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        policy = json.loads(attributes.get("Attributes", {}).get("Policy", "{}"))
        return may_send(policy, queue_arn, rule_arn)

    def _start_execution(self, **parameters: Any) -> Any:
        return self._stepfunctions.start_execution(**parameters)

    def _bury(self, queue_arn: str, event: dict[str, Any], facts: dict[str, str]) -> bool:
        """Send an event to the dead-letter queue, if the queue's policy allows the rule to.

        Attributes: docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html.

        Returns:
            Whether it was sent; otherwise the event is lost, as on AWS.
        """
        url = self._sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"]
        if not self._may_send(url, queue_arn, facts["RULE_ARN"]):
            return False
        self._sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps(event),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in facts.items()
            },
        )
        return True


def may_send(policy: dict[str, Any], queue_arn: str, rule_arn: str) -> bool:
    """Whether a queue's policy allows EventBridge to send to it on behalf of a rule."""
    known = {"aws:sourcearn": rule_arn, "aws:sourceaccount": ACCOUNT}
    return any(
        statement["Effect"] == "Allow"
        and "events.amazonaws.com" in _listed(_service(statement))
        and any(each.lower() in _SENDING for each in _listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(queue_arn, each) for each in _listed(statement["Resource"]))
        and all(
            any(fnmatch.fnmatchcase(known.get(name.lower(), ""), each) for each in _listed(wanted))
            for test in statement.get("Condition", {}).values()
            for name, wanted in test.items()
        )
        for statement in policy.get("Statement", [])
    )


def _service(statement: dict[str, Any]) -> Any:
    principal = statement.get("Principal", {})
    return principal.get("Service", []) if isinstance(principal, dict) else []


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _code(failure: Exception) -> str:
    if isinstance(failure, ClientError):
        return failure.response["Error"]["Code"]
    return type(failure).__name__


def _is_temporary(failure: Exception) -> bool:
    """Whether to retry: throttles, server errors and lost connections are temporary."""
    if not isinstance(failure, ClientError):
        return True
    status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(failure) in _RETRIED or status >= _FIRST_SERVER_ERROR
