"""Many uploads at once on the offline AWS, against services that throttle.

Template, state machine and functions are the real ones; they wait in virtual time. With a queue of
uploads (`WorkflowType=EXPRESS`), one batch of it is dispatched at a time.
"""

from __future__ import annotations

import json
import random
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from botocore import endpoint
    from botocore.exceptions import ClientError
    from moto.core.exceptions import JsonRESTError
    from moto.rekognition.responses import RekognitionResponse
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
    from moto.stepfunctions.responses import StepFunctionResponse

    from local.aws import synchronous
    from local.aws.in_process import InProcess
    from local.aws.moto_patches import replaced
    from local.aws.queues import Queues
    from local.aws.rules import Delivery
    from tests.faults.burst_account import (
        MODERATION,
        REKOGNITION_SECONDS,
        SHEETS_SECONDS,
        Lambda,
        TokenBucket,
        delivery_pause,
        work,
    )
    from tests.faults.burst_express import DISPATCH
    from tests.faults.burst_outcomes import PREFIX, transitions
    from tests.faults.burst_report import Tally
    from tests.faults.in_express import is_express
    from tests.faults.virtual_time import Clock, executions_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from local.aws.offline import OfflineAws
    from tests.faults.burst_account import Limits

_REKOGNITION: Any = RekognitionResponse  # answers as the offline AWS makes it
_INVOKING: Any = lambda_eval_utils  # where Step Functions invokes a function
_ANSWERING: Any = StepFunctionResponse  # to which the offline AWS adds what moto lacks
_SECONDS_BETWEEN_POLLS = 1.0
_REAL_SECONDS = 3600.0  # for an execution: its five minutes are of virtual time
_NO_SLOT = "TooManyRequestsException"
_RANDOM = random.Random(1)


def memory_sizes(aws: OfflineAws) -> dict[str, int]:
    """Return the MemorySize of each function, by logical id."""
    return {name: function.memory for name, function in aws.deployment.functions.items()}


def emulated(aws: OfflineAws, files: Mapping[str, bytes], limits: Limits) -> Tally:
    """Upload files, by their names, at once and wait for all of them."""
    clock, tally = Clock(), Tally()
    _put(aws, "first", next(iter(files.values())))  # imports every function
    _wait_for_all(aws)
    aws.queues.settle()
    with _throttled(aws, clock, limits, tally):
        uploads = [
            threading.Thread(target=_upload, args=(aws, clock, name, data))
            for name, data in files.items()
        ]
        clock.enter(len(uploads))
        for upload in uploads:
            upload.start()
        for upload in uploads:
            upload.join()
        if is_express(aws):
            clock.enter()
            aws.queues.settle()
            clock.leave()
        else:
            _wait_for_all(aws)
    tally.transitions = transitions(aws)
    return tally


def _put(aws: OfflineAws, name: str, data: bytes) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    aws.client("s3").put_object(Bucket=bucket, Key=f"{PREFIX}{name}", Body=data)


def _upload(aws: OfflineAws, clock: Clock, name: str, data: bytes) -> None:
    try:
        _put(aws, name, data)
    finally:
        clock.leave()


def _wait_for_all(aws: OfflineAws) -> None:
    client = aws.client("stepfunctions")
    pause = threading.Event()
    for started in list(aws.delivery.started):
        while client.describe_execution(executionArn=started.arn)["status"] == "RUNNING":
            pause.wait(0.05)


@contextmanager
def _throttled(aws: OfflineAws, clock: Clock, limits: Limits, tally: Tally) -> Iterator[None]:
    """While it is open, everything waits in virtual time, and the services throttle."""
    # Rekognition allows no burst beyond the calls of one second.
    rekognition = TokenBucket(clock, limits.rekognition, limits.rekognition)
    starts = TokenBucket(clock, limits.starts_at_once, limits.starts)
    slots = Lambda(clock, limits, work(memory_sizes(aws)))
    running = _Running(aws, clock, tally, slots)
    dispatching = _Dispatching(clock, tally, slots)
    with ExitStack() as patches:
        patches.enter_context(executions_by(clock))
        for owner, name, replacement in (
            (endpoint, "time", running),  # where botocore sleeps between its retries
            (InProcess, "invoke", running.computing(InProcess.invoke)),
            (
                _INVOKING,
                "_invoke_lambda_function",
                running.occupying(_INVOKING._invoke_lambda_function),
            ),
            (Delivery, "_attempt", _starting(Delivery._attempt, clock, starts, tally)),
            (Queues, "_failed", dispatching.invoking(Queues._failed)),
            (_ANSWERING, "start_sync_execution", dispatching.executing(_ANSWERING)),
            (synchronous, "_MOST_SECONDS", _REAL_SECONDS),
            (
                _REKOGNITION,
                "detect_moderation_labels",
                running.detecting(_REKOGNITION.detect_moderation_labels, rekognition),
            ),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


class _Running:
    """Lets one function compute at a time; while it waits, another one can."""

    def __init__(self, aws: OfflineAws, clock: Clock, tally: Tally, slots: Lambda) -> None:
        self._clock, self._tally, self._slots = clock, tally, slots
        self._names = {each.name: name for name, each in aws.deployment.functions.items()}
        self._durations = work(memory_sizes(aws))
        self._own = threading.local()

    def occupying(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        """Invoke as Step Functions does, if there is a slot."""

        def invoke(parameters: dict[str, Any], **more: Any) -> Any:
            function = self._names[parameters["FunctionName"].split(":")[6]]
            payload = json.loads(parameters["Payload"])
            seconds = self._slots.start(function)
            if seconds is None:
                self._tally.throttled[function] += 1
                raise _no_slot()
            started, self._own.name, self._own.answers = self._clock.now, _name(payload), 0
            self._clock.sleep(seconds + _more_seconds(function, payload))
            self._tally.moderations[self._own.name] += function == MODERATION
            try:
                return genuine(parameters, **more)
            finally:
                self._clock.sleep(self._own.answers * REKOGNITION_SECONDS)
                self._slots.end(function)
                self._tally.invoked(function, self._clock.now - started)
                self._tally.ended = self._clock.now

        return invoke

    def computing(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        """Note the lock of a function that computes."""

        def invoke(invoker: Any, name: str, payload: str) -> Any:
            self._own.lock = invoker._lock
            try:
                return genuine(invoker, name, payload)
            finally:
                self._own.lock = None

        return invoke

    def sleep(self, seconds: float) -> None:
        """Wait as botocore does, in a function or outside of one."""
        lock = getattr(self._own, "lock", None)
        if lock:
            self._tally.waited += seconds
            lock.release()
        self._clock.sleep(seconds)
        if lock:
            lock.acquire()

    def detecting(self, genuine: Callable[[Any], str], bucket: TokenBucket) -> Callable[[Any], str]:
        """Answer as often as Rekognition does."""

        def detect_moderation_labels(response: Any) -> str:
            let_through = bucket.take()
            self._tally.detections.append((self._clock.now, let_through))
            if not let_through:
                raise JsonRESTError("ThrottlingException", "Rate exceeded")
            self._own.answers += 1
            self._tally.answers[self._own.name] += 1
            return genuine(response)

        return detect_moderation_labels


class _Dispatching:
    """Hands the token of the thread that delivers a batch to the executions of its messages."""

    def __init__(self, clock: Clock, tally: Tally, slots: Lambda) -> None:
        self._clock, self._tally, self._slots = clock, tally, slots
        self._lock, self._open = threading.Lock(), 0

    def invoking(self, genuine: Callable[..., set[str]]) -> Callable[..., set[str]]:
        """Invoke the dispatch function, if there is a slot."""

        def failed(queues: Any, mapping: Any, messages: Sequence[Any]) -> set[str]:
            while (seconds := self._slots.start(DISPATCH)) is None:
                self._tally.throttled[DISPATCH] += 1
                self._clock.sleep(_SECONDS_BETWEEN_POLLS)
            started, self._open = self._clock.now, len(messages)
            self._clock.sleep(seconds)
            self._clock.enter(len(messages) - 1)
            try:
                return genuine(queues, mapping, messages)
            finally:
                self._slots.end(DISPATCH)
                self._tally.invoked(DISPATCH, self._clock.now - started)

        return failed

    def executing(self, response: Any) -> Callable[[Any], Any]:
        """Run an execution to its end; the last one of a batch gives its token back."""
        genuine = response.start_sync_execution

        def start_sync_execution(given: Any) -> Any:
            name = _name({"event": json.loads(given._get_param("input"))})
            started = self._clock.now
            try:
                return genuine(given)
            finally:
                with self._lock:
                    self._tally.starts[name] += 1
                    self._tally.express.append(self._clock.now - started)
                    self._open -= 1
                    if self._open:
                        self._clock.leave()

        return start_sync_execution


def _no_slot() -> ClientError:
    metadata: Any = {"HTTPStatusCode": 429, "RequestId": "burst"}
    return ClientError(
        {"Error": {"Code": _NO_SLOT, "Message": "Rate Exceeded."}, "ResponseMetadata": metadata},
        "Invoke",
    )


def _more_seconds(function: str, payload: Any) -> float:
    is_animation = function == MODERATION and payload["image"]["facts"]["frames"] > 1
    return SHEETS_SECONDS if is_animation else 0.0


def _name(payload: Any) -> str:
    source = payload["event"]["detail"] if "event" in payload else payload["image"]["upload"]
    return str(source["object"]["key"]).removeprefix(PREFIX)


def _starting(
    genuine: Callable[..., Any], clock: Clock, bucket: TokenBucket, tally: Tally
) -> Callable[..., Any]:
    """Deliver as EventBridge does, with its pauses between attempts."""

    def attempt(delivery: Any, rule_arn: str, arn: str, event: Any) -> Any:
        if ":sqs:" in arn:  # which takes more than anybody uploads
            return genuine(delivery, rule_arn, arn, event)
        name = _name({"event": event})
        if tally.starts[name]:
            clock.sleep(delivery_pause(tally.starts[name], _RANDOM))
        tally.starts[name] += 1
        if bucket.take():
            return genuine(delivery, rule_arn, arn, event)
        code = "ThrottlingException"
        return ClientError({"Error": {"Code": code, "Message": ""}}, "StartExecution")

    return attempt
