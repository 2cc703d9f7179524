"""`python -m ops rerun` starts what failed again, once, whatever interrupts it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.attribute_values import decode_item
from image_pipeline.identity import image_id
from local.aws.environment import isolated

with isolated():
    from local.aws.calls import intercepted
    from ops.cli import main
    from ops.pace import Pace, Patience
    from ops.rerun.selection import execution_name
    from tests.faults.kinds import refusal
    from tests.faults.uploads import jpeg
    from tests.integration.story import ended, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

pytestmark = pytest.mark.faults
FAILED = ("--status", "failed", "--reason", "internal_error", "--rate", "1000")


@contextmanager
def without(aws: OfflineAws, *functions: str) -> Iterator[None]:
    """Refuse invocations of functions."""
    arns = {aws.deployment.functions[each].arn for each in functions}

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        name = str(call.parameters.get("FunctionName", ""))
        if call.operation == "Invoke" and any(name.startswith(arn) for arn in arns):
            raise refusal(call, "AccessDeniedException", 403)
        return perform()

    with intercepted(aws.deployment, around):
        yield


class Uploads:
    """Pictures below a prefix of their own, and what becomes of them."""

    def __init__(self, aws: OfflineAws, name: str, count: int, broken: str) -> None:
        self._aws = aws
        self.prefix = f"uploads/rerun-{name}/"
        self.keys = [f"{self.prefix}{number}" for number in range(count)]
        with without(aws, broken):
            for key in self.keys:
                ended(aws, upload(aws, key, jpeg()))

    def record(self, key: str) -> dict[str, Any]:
        item = self._aws.client("dynamodb").get_item(
            TableName=self._aws.deployment.ref("ImagesTable"),
            Key={"image_id": {"S": image_id(key)}},
            ConsistentRead=True,
        )["Item"]
        found: dict[str, Any] = decode_item(item)
        return found

    @property
    def statuses(self) -> list[str]:
        self.reruns()
        return [self.record(key)["status"] for key in self.keys]

    def reruns(self) -> list[str]:
        """The ended executions that reruns have started for these pictures, by key."""
        client = self._aws.client("stepfunctions")
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=self._aws.deployment.ref("ImagePipelineStateMachine")
        )
        keys = []
        for page in pages:
            for each in page["executions"]:
                if each["name"].startswith("rerun-"):
                    ended(self._aws, each["executionArn"])
                    described = client.describe_execution(executionArn=each["executionArn"])
                    keys.append(json.loads(described["input"])["detail"]["object"]["key"])
        return sorted(key for key in keys if key in self.keys)


@pytest.fixture
def rerun(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Function that calls the command, and returns its exit code and the lines it prints."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = main(["rerun", *arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out.splitlines()

    return run


def lines_about(lines: list[str], outcome: str) -> int:
    return sum(line.startswith(f"{outcome}  ") for line in lines)


def test_what_failed_is_started_once_and_approved(aws: OfflineAws, rerun: Any) -> None:
    uploads = Uploads(aws, "once", 3, "ThumbnailFunction")
    ended(aws, upload(aws, f"{uploads.prefix}refused", b"not a picture"))
    assert uploads.statuses == ["failed"] * 3
    command = (*FAILED, "--prefix", uploads.prefix)
    code, lines = rerun(*command, "--dry-run")
    assert (code, lines_about(lines, "would start    ")) == (0, 3)
    assert uploads.reruns() == []
    assert rerun(*command, "--since", "2099-01-01")[0] == 0
    assert uploads.reruns() == []
    code, lines = rerun(*command, "--limit", "1")
    assert (code, len(uploads.reruns())) == (0, 1)
    code, lines = rerun(*command)
    assert (code, lines_about(lines, "started        ")) == (0, 2)
    (row,) = (line.split() for line in lines if line.startswith("failed "))
    assert row == ["failed", "internal_error", "2", "2"]
    assert uploads.reruns() == uploads.keys
    assert uploads.statuses == ["approved"] * 3
    assert rerun(*command)[0] == 0
    assert uploads.reruns() == uploads.keys


def test_an_interrupted_rerun_goes_on_and_starts_nothing_twice(
    aws: OfflineAws, rerun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads(aws, "interrupted", 4, "ThumbnailFunction")
    command = (*FAILED, "--prefix", uploads.prefix)
    genuine, spent = Pace.spend, []

    def interrupted(pace: Pace, units: float = 1.0) -> None:
        genuine(pace, units)
        if pace.rate == 1000:
            spent.append(units)
        if len(spent) == 3:
            raise KeyboardInterrupt

    with without(aws, "ThumbnailFunction"):  # so that what was started fails again
        with monkeypatch.context() as patched:
            patched.setattr(Pace, "spend", interrupted)
            code, lines = rerun(*command)
        assert code == 130
        assert lines_about(lines, "started        ") == 2
        assert len(uploads.reruns()) == 2
        code, lines = rerun(*command)
        assert lines_about(lines, "started        ") == 2
        assert lines_about(lines, "rerun before   ") == 2
        assert uploads.reruns() == uploads.keys
        assert uploads.statuses == ["failed"] * 4
    code, lines = rerun(*command)
    assert lines_about(lines, "rerun before   ") == 4
    assert uploads.reruns() == uploads.keys
    code, lines = rerun(*command, "--again")
    assert lines_about(lines, "started        ") == 4
    assert uploads.statuses == ["approved"] * 4


def test_an_execution_that_has_not_claimed_yet_is_not_started_twice(
    aws: OfflineAws, rerun: Any
) -> None:
    uploads = Uploads(aws, "unclaimed", 1, "ThumbnailFunction")
    started = aws.client("stepfunctions").start_execution(
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
        name=execution_name(uploads.record(uploads.keys[0])),
        input=json.dumps({"detail": {"object": {"key": "elsewhere"}}}),
    )
    ended(aws, started["executionArn"])
    code, lines = rerun(*FAILED, "--prefix", uploads.prefix)
    assert (code, lines_about(lines, "already started")) == (0, 1)
    assert uploads.reruns() == []


def test_an_execution_that_could_not_even_claim_is_followed_by_another(
    aws: OfflineAws, rerun: Any
) -> None:
    uploads = Uploads(aws, "in-vain", 1, "ThumbnailFunction")
    command = (*FAILED, "--prefix", uploads.prefix)
    with without(aws, "ValidateFunction", "RejectFunction"):
        rerun(*command)
        assert uploads.statuses == ["failed"]
        assert lines_about(rerun(*command)[1], "already started") == 1
        assert lines_about(rerun(*command, "--again")[1], "started        ") == 1
        assert uploads.statuses == ["failed"]
    assert len(uploads.reruns()) == 2
    assert lines_about(rerun(*command, "--again")[1], "started        ") == 1
    assert uploads.statuses == ["approved"]


def test_what_waits_for_review_only_for_want_of_an_answer_is_judged_again(
    aws: OfflineAws, rerun: Any
) -> None:
    uploads = Uploads(aws, "review", 2, "ModerateFunction")
    assert uploads.statuses == ["review"] * 2
    _, lines = rerun("--key", uploads.keys[0], "--key", f"{uploads.prefix}none")
    assert lines_about(lines, "no record      ") == 1
    assert uploads.statuses == ["approved", "review"]
    command = ("--status", "review", "--reason", "moderation_unavailable")
    _, lines = rerun(*command, "--key", uploads.keys[0])
    assert lines_about(lines, "not selected   ") == 1
    assert rerun(*command, "--prefix", uploads.prefix)[0] == 0
    assert uploads.statuses == ["approved", "approved"]


def test_throttles_are_waited_for(
    aws: OfflineAws, rerun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads(aws, "throttled", 2, "ThumbnailFunction")
    refused = {"Query": 1, "BatchGetItem": 1, "StartExecution": 5}
    monkeypatch.setattr("ops.rerun.run.Patience", partial(Patience, sleep=lambda _seconds: None))
    throttle = _throttling(refused)
    monkeypatch.setattr("ops.aws.Aws.client", throttle)
    code, lines = rerun(*FAILED, "--prefix", uploads.prefix)
    assert code == 0
    assert sum(line.startswith("waiting up to ") for line in lines) == 7
    assert uploads.reruns() == uploads.keys
    assert uploads.statuses == ["approved"] * 2


def _throttling(refused: dict[str, int]) -> Callable[..., Any]:
    """Make clients whose calls are throttled at first: how often, by operation."""
    from botocore.exceptions import ClientError

    from ops.aws import Aws

    genuine = Aws.client

    def client(aws: Any, service: str) -> Any:
        made = genuine(aws, service)
        call = made._make_api_call

        def make_api_call(operation: str, parameters: Any) -> Any:
            if refused.get(operation, 0):
                refused[operation] -= 1
                raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
            return call(operation, parameters)

        made._make_api_call = make_api_call
        return made

    return client


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--reason", "internal_error"),
        ("--status", "broken"),
        ("--status", "failed", "--reason", "no such reason"),
        ("--status", "failed", "--since", "yesterday"),
        ("--status", "failed", "--rate", "0"),
        ("--key", "uploads/a", "--prefix", "uploads/"),
    ],
)
def test_a_rerun_of_nothing_in_particular_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["rerun", *arguments])
    assert capsys.readouterr().err.splitlines()[-1].startswith("python -m ops")
