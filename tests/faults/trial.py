"""One upload under a fault, and everything that it leaves."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from image_pipeline.attribute_values import decode_item
from image_pipeline.identity import image_id
from image_pipeline.workflow import Workflow
from local.aws.calls import intercepted
from local.aws.environment import ACCOUNT, REGION
from ops.redrive import redrive
from tests.faults.in_express import executions_of, is_express, replay_dead_events, sweep_later
from tests.faults.kinds import KINDS
from tests.integration.story import ended, rendition_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from local.executions import Execution

FOR_GOOD = 1000
"""More failures than anything retries."""


@dataclass(frozen=True)
class Site:
    """A call of a run: the n-th of its kind, counted from one."""

    caller: str
    service: str
    operation: str
    target: str
    number: int

    def __str__(self) -> str:
        what = f"{self.operation} {self.target}".strip()
        nth = f" ({self.number})" if self.number > 1 else ""
        return f"{self.caller.removesuffix('Function')}: {self.service} {what}{nth}"

    def is_like(self, other: Site) -> bool:
        """Whether both are calls of the same kind."""
        return (self.caller, self.service, self.operation, self.target) == (
            other.caller,
            other.service,
            other.operation,
            other.target,
        )


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a site, and how many times in a row."""

    site: Site
    kind: str
    times: int


@dataclass
class Left:
    """What an upload left: its record, executions, messages, renditions and dead events."""

    key: str
    version: str
    record: dict[str, Any]
    executions: list[Execution]
    messages: list[dict[str, Any]]
    renditions: set[str]
    moderated: int
    buried: int
    calls: list[Site] = field(default_factory=list)
    is_express: bool = False


class Trial:
    """One key in an offline AWS, uploaded to while calls are watched and fail.

    Args:
        aws: opened; its functions run in this process.
        key: used by nothing else.
        fault: what goes wrong, if anything.
        before: called before every call.
    """

    def __init__(
        self,
        aws: OfflineAws,
        key: str,
        fault: Fault | None = None,
        before: Callable[[Site], None] | None = None,
    ) -> None:
        self._aws, self._key, self._fault, self._before = aws, key, fault, before
        self._lock = threading.Lock()
        self._seen: Counter[tuple[str, str, str, str]] = Counter()
        self._left_to_fail = fault.times if fault else 0
        self.calls: list[Site] = []
        self._moderated = 0
        self._version = ""
        self._started: list[str] = []
        self._redriven: list[str] = []
        self._late: list[Callable[[], Any]] = []

    def upload(self, data: bytes) -> Left:
        """Put an object, wait for everything that it starts, and look at what is left."""
        with intercepted(self._aws.deployment, self._around):
            self._version = self._aws.client("s3").put_object(
                Bucket=self._aws.deployment.ref("UploadsBucket"),
                Key=self._key,
                Body=data,
                Metadata={"order": "17"},
                Tagging="shop=north",
            )["VersionId"]
            self._wait()
            for perform in self._late:
                perform()
            self._wait()
        return self.look()

    def redrive(self) -> Left:
        """Without the fault, start again what failed and what is in the dead-letter queue."""
        if is_express(self._aws):
            return self._redrive_in_express()
        client = self._aws.client("stepfunctions")
        machine = self._aws.deployment.ref("ImagePipelineStateMachine")
        queue = self._aws.deployment.ref("UploadDeadLetterQueue")
        workflow = Workflow(machine, None, lambda: client)
        with intercepted(self._aws.deployment, self._around) if self._fault else nullcontext():
            self._fault = None
            for result in redrive(self._aws.client("sqs"), workflow, queue):
                if result.execution:
                    self._redriven.append(result.execution)
            self._sweep()
            for arn in self._arns():
                described = client.describe_execution(executionArn=arn)
                if described["status"] == "FAILED" and not self._swept():
                    name = hashlib.sha256(arn.encode()).hexdigest()
                    again = client.start_execution(
                        stateMachineArn=machine, name=name, input=described["input"]
                    )
                    self._redriven.append(again["executionArn"])
            for arn in self._redriven:
                ended(self._aws, arn)
        return self.look()

    def _redrive_in_express(self) -> Left:
        """As an operator does, or as the sweep does where the failure could not be recorded."""
        with intercepted(self._aws.deployment, self._around) if self._fault else nullcontext():
            self._fault = None
            replay_dead_events(self._aws)
            if self.look().record.get("status") == "processing":
                sweep_later(self._aws, self._key)
        return self.look()

    def look(self) -> Left:
        """Return what is there now."""
        item = (
            self._aws.client("dynamodb")
            .get_item(
                TableName=self._aws.deployment.ref("ImagesTable"),
                Key={"image_id": {"S": image_id(self._key)}},
                ConsistentRead=True,
            )
            .get("Item")
        )
        return Left(
            self._key,
            self._version,
            decode_item(item) if item else {},
            self._executions(),
            self._messages(),
            rendition_keys(self._aws, image_id(self._key)),
            self._moderated,
            self._buried(),
            self.calls,
            is_express(self._aws),
        )

    def _sweep(self) -> None:
        """Run the sweep where not even the failure could be recorded, as time would."""
        if self.look().record.get("status") != "processing":
            return
        function = self._aws.deployment.functions["SweepFunction"].name
        answer = self._aws.client("lambda").invoke(FunctionName=function, Payload="{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        self._redriven += [arn for arn in self._swept() if arn not in self._redriven]

    def _swept(self) -> list[str]:
        client = self._aws.client("stepfunctions")
        machine = self._aws.deployment.ref("ImagePipelineStateMachine")
        prefix = f"sweep-{image_id(self._key)}-"
        executions = client.list_executions(stateMachineArn=machine)["executions"]
        return [each["executionArn"] for each in executions if each["name"].startswith(prefix)]

    def _arns(self) -> list[str]:
        known = self._aws.delivery.executions_of(self._key, self._version)
        # Where an answer is lost, EventBridge does not know the first execution that it started.
        return list(dict.fromkeys([*known, *self._started]))

    def _executions(self) -> list[Execution]:
        if is_express(self._aws):
            return executions_of(self._aws, self._arns())
        return [ended(self._aws, arn) for arn in [*self._arns(), *self._redriven]]

    def _wait(self) -> None:
        if is_express(self._aws):
            self._aws.queues.settle()
            return
        for arn in self._arns():
            ended(self._aws, arn)

    def _messages(self) -> list[dict[str, Any]]:
        topic = sns_backends[ACCOUNT][REGION].topics[self._aws.deployment.ref("OutcomesTopic")]
        sent = [json.loads(json.loads(sent[1])["default"]) for sent in topic.sent_notifications]
        queue = self._aws.deployment.ref("UnsentNotificationsQueue").rsplit("/", 1)[1]
        kept = sqs_backends[ACCOUNT][REGION].queues[queue]._messages
        sent += [json.loads(message.body) for message in kept]
        return [message for message in sent if message["key"] == self._key]

    def _buried(self) -> int:
        queue = self._aws.deployment.ref("UploadDeadLetterQueue")
        attributes = self._aws.client("sqs").get_queue_attributes(
            QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"])

    def _around(self, call: Call, perform: Callable[[], Any]) -> Any:
        site = self._site(call)
        if self._before:
            self._before(site)
        if self._fails(site):
            assert self._fault
            kind = KINDS[self._fault.kind]
            if kind.late:
                self._late.append(lambda: self._noted(call, perform()))
            return kind.happen(call, lambda: self._noted(call, perform()))
        answer = perform()
        if call.operation == "DetectModerationLabels":
            self._moderated += 1
        return answer

    def _noted(self, call: Call, answer: Any) -> Any:
        if call.operation == "StartExecution":
            self._started.append(answer["executionArn"])
        return answer

    def _site(self, call: Call) -> Site:
        target = ""
        if call.operation == "Invoke":
            target = call.parameters["FunctionName"].split(":")[6].split("-")[-2]
        kind = (call.caller, call.service, call.operation, target)
        with self._lock:
            self._seen[kind] += 1
            site = Site(*kind, self._seen[kind])
            self.calls.append(site)
        return site

    def _fails(self, site: Site) -> bool:
        """Whether a call is the fault's or a later one of its kind: a retry fails as well."""
        fault = self._fault
        if fault is None or not site.is_like(fault.site):
            return False
        with self._lock:
            if site.number < fault.site.number or not self._left_to_fail:
                return False
            self._left_to_fail -= 1
        return True
