"""Records the metrics that AWS's services emit, and those that functions log.

Names and dimensions are those of the services' documentation: docs.aws.amazon.com/lambda/latest/dg/
monitoring-metrics-types.html, step-functions/latest/dg/procedure-cw-metrics.html,
AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html,
eventbridge/latest/userguide/eb-monitoring.html, apigateway/latest/developerguide/
http-api-metrics.html, amazondynamodb/latest/developerguide/metrics-dimensions.html and
rekognition/latest/dg/cloudwatch-metricscollected.html.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import lambda_backends
from moto.dynamodb.responses import DynamoHandler
from moto.rekognition.responses import RekognitionResponse
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.backend.execution import Execution

from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.deployment import Deployment, Function
    from local.aws.metrics.recorded import Recorded

_ENDS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
_THROTTLES = ("ProvisionedThroughputExceeded", "Throttling", "RequestLimitExceeded")
_READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500
# SQS moves what was received so often to the back of the queue, where its age no longer counts.
_RECEIVED_OFTEN = 3


class Recording:
    """Turns what happens into metrics.

    Args:
        recorded: where they are recorded.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which calls of moto's services are recorded."""
        with ExitStack() as patches:
            for owner, name, replacement in (
                (Execution, "start", self._starting(Execution.start)),
                (DynamoHandler, "call_action", self._reading(DynamoHandler.call_action)),
                (
                    RekognitionResponse,
                    "call_action",
                    self._moderating(RekognitionResponse.call_action),
                ),
            ):
                patches.enter_context(replaced(owner, name, replacement))
            yield

    def embedded(self, line: str) -> None:
        """Record the metrics of a line in the embedded metric format."""
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: str(document[name]) for name in names}
                for metric in directive["Metrics"]:
                    given = document[metric["Name"]]
                    for value in given if isinstance(given, list) else [given]:
                        self._add(directive["Namespace"], dimensions, {metric["Name"]: value})

    def invocation_took(self, function: Function, seconds: float) -> None:
        """Record how long an invocation has taken."""
        for dimensions in _of_function(function.name, function.version):
            self._add("AWS/Lambda", dimensions, {"Duration": seconds * 1000})

    def invoked(self, function: Any, failed: bool) -> None:
        """Record an invocation of moto's function, and whether it has failed."""
        values: dict[str, float] = {"Invocations": 1, "Errors": int(failed), "Throttles": 0}
        for dimensions in _of_function(function.function_name, str(function.version)):
            self._add("AWS/Lambda", dimensions, values)

    def batch_delivered(self, function_arn: str, time: float) -> None:
        """Record the age of the last record of a batch that a function gets."""
        age = max(0.0, self._recorded.clock() - time) * 1000
        name = function_arn.split(":")[6]
        self._add("AWS/Lambda", {"FunctionName": name}, {"IteratorAge": age})

    def execution_ended(self, execution: Any) -> None:
        """Record how moto's execution has ended."""
        took = (execution.stop_date - execution.start_date).total_seconds() * 1000
        values = {_ENDS[execution.exec_status.value]: 1, "ExecutionTime": took}
        self._add("AWS/States", {"StateMachineArn": execution.state_machine.arn}, values)

    def delivered(self, rule_arn: str, names: tuple[str, ...]) -> None:
        """Record what has become of an event that a rule has matched."""
        rule = {"RuleName": rule_arn.rpartition("/")[2]}
        self._add("AWS/Events", rule, dict.fromkeys(names, 1))

    def answered(self, api: str, status: int, seconds: float) -> None:
        """Record an answer of the API."""
        values = {
            "Count": 1,
            "4xx": int(_FIRST_ERROR <= status < _FIRST_SERVER_ERROR),
            "5xx": int(status >= _FIRST_SERVER_ERROR),
            "Latency": seconds * 1000,
        }
        self._add("AWS/ApiGateway", {"ApiId": api}, values)

    def _add(self, namespace: str, dimensions: dict[str, str], values: dict[str, float]) -> None:
        self._recorded.add(namespace, values, dimensions)

    def _starting(self, genuine: Callable[[Any], None]) -> Callable[[Any], None]:
        def start(execution: Any) -> None:
            machine = {"StateMachineArn": execution.state_machine.arn}
            self._add("AWS/States", machine, {"ExecutionsStarted": 1})
            genuine(execution)

        return start

    def _reading(self, genuine: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call_action(response: Any) -> Any:
            answer = genuine(response)
            if _is_throttled(answer):
                given = response.body
                table = {"TableName": str(given.get("TableName", "")).rpartition("/")[2]}
                if "IndexName" in given:
                    table["GlobalSecondaryIndexName"] = given["IndexName"]
                action = response._get_action()
                kind = "Read" if action in _READS else "Write"
                self._add("AWS/DynamoDB", table, {f"{kind}ThrottleEvents": 1})
            return answer

        return call_action

    def _moderating(self, genuine: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call_action(response: Any) -> Any:
            answer = genuine(response)
            name = "SuccessfulRequestCount"
            if _is_throttled(answer):
                name = "ThrottledCount"
            elif int(answer[0]) >= _FIRST_ERROR:
                name = "UserErrorCount"
            self._add("AWS/Rekognition", {"Operation": response._get_action()}, {name: 1})
            return answer

        return call_action


def sample(recorded: Recorded, deployment: Deployment) -> None:
    """Record how many messages are in each queue, and how old the oldest is."""
    for resource in deployment.resources.values():
        if resource.type != "AWS::SQS::Queue":
            continue
        queue = sqs_backends[ACCOUNT][REGION].get_queue(resource.attributes["QueueName"])
        messages = list(queue._messages)
        now = recorded.clock() * 1000
        sent = [
            float(each.sent_timestamp or 0)
            for each in messages
            if each.approximate_receive_count < _RECEIVED_OFTEN
        ]
        values = {
            "ApproximateNumberOfMessagesVisible": sum(each.visible for each in messages),
            "ApproximateAgeOfOldestMessage": max(0.0, now - min(sent)) / 1000 if sent else 0.0,
        }
        recorded.add("AWS/SQS", values, {"QueueName": queue.name})


def _of_function(name: str, version: str) -> Iterator[dict[str, str]]:
    """Return the dimensions of a function, and of each alias that leads to the version."""
    yield {"FunctionName": name}
    for alias in lambda_backends[ACCOUNT][REGION].list_aliases(name):
        routing: Any = alias.routing_config or {}
        weights = routing.get("AdditionalVersionWeights", {})
        if version == alias.function_version or version in weights:
            resource = {"FunctionName": name, "Resource": f"{name}:{alias.name}"}
            yield resource
            yield {**resource, "ExecutedVersion": version}


def _is_throttled(answer: Any) -> bool:
    status, _, body = answer
    text = body.decode() if isinstance(body, bytes) else str(body)
    return int(status) == _FIRST_ERROR and any(each in text for each in _THROTTLES)
