"""What tests of the sweep need: a topic, executions in every state, and metrics."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.aws.clients import client_of

from .conftest import ENVIRONMENT, STATE_MACHINE

if TYPE_CHECKING:
    import pytest

    from .conftest import Account, Context

NOTHING = {"restarted": 0, "given_up": 0}
SCHEDULED = {"detail-type": "Scheduled Event"}


@dataclass(frozen=True)
class Sweeping:
    """Runs the sweep in an account, where no version is too young for it."""

    account: Account
    context: Context
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.account.create_state_machine()
        sns, sqs = client_of("sns"), client_of("sqs")
        name = ENVIRONMENT["OUTCOMES_TOPIC_ARN"].rpartition(":")[2]
        topic = sns.create_topic(Name=name)["TopicArn"]
        queue = sqs.create_queue(QueueName="outcomes")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
        self.set(overdue_seconds=0)

    def set(self, **settings: Any) -> None:
        """Change settings of the function."""
        module = importlib.import_module("sweep.handler")
        self.monkeypatch.setattr(module, "settings", replace(module.settings, **settings))

    def __call__(self, event: Any = None, **context: Any) -> dict[str, Any]:
        handler = importlib.import_module("sweep.handler").handler
        answer: dict[str, Any] = handler(event or {}, replace(self.context, **context))
        return answer

    def announced(self) -> list[dict[str, Any]]:
        """Take the bodies of the notifications that were sent since the last time."""
        sqs = client_of("sqs")
        queue = sqs.get_queue_url(QueueName="outcomes")["QueueUrl"]
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in found]

    def run(self, name: str, key: str = "") -> str:
        """Start an execution that runs until it is ended; return its ARN."""
        event = {"detail": {"object": {"key": key}}}
        started = self.account.stepfunctions.start_execution(
            stateMachineArn=STATE_MACHINE, name=name, input=json.dumps(event)
        )
        return started["executionArn"]

    def end(self, arn: str, status: str = "ABORTED") -> None:
        """End an execution in a status."""
        from moto.stepfunctions.models import stepfunctions_backends

        self.account.stepfunctions.stop_execution(executionArn=arn)
        for machine in stepfunctions_backends["123456789012"]["us-east-1"].state_machines:
            for execution in machine.executions:
                if execution.execution_arn == arn:
                    execution.status = status

    def end_all(self) -> None:
        """End every execution that runs."""
        listed = self.account.stepfunctions.list_executions(
            stateMachineArn=STATE_MACHINE, statusFilter="RUNNING"
        )
        for each in listed["executions"]:
            self.end(each["executionArn"], "FAILED")

    def started(self) -> list[str]:
        """Return the keys for which the sweep has started executions, with repetitions."""
        return sorted(
            each["detail"]["object"]["key"]
            for name, each in self.account.executions().items()
            if name.startswith("sweep-")
        )
