"""A broken release raises an alarm that CodeDeploy watches; the alias goes back."""

from __future__ import annotations

import builtins
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from local.aws.moto_patches import replaced
from local.manifest import functions
from tests.releases import cloudwatch
from tests.releases.held import Invocations
from tests.releases.trees import Release
from tests.support.pictures import gradient_file

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.integration.story import answer_to, ended, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

GRADUAL = {"DeploymentPreference": "Canary10Percent5Minutes"}
# What a minute of the first release sees: pictures and a file that it refuses.
FILES = {"a.jpg": gradient_file(), "b.jpg": gradient_file(), "refused.txt": b"not a picture"}
STATUSES = {"a.jpg": "approved", "b.jpg": "approved", "refused.txt": "rejected"}


@pytest.fixture(scope="module")
def deployed() -> Iterator[OfflineAws]:
    """The offline AWS, with updates that CodeDeploy would take back."""
    with OfflineAws(parameters=GRADUAL) as opened:
        yield opened


@pytest.fixture
def aws(deployed: OfflineAws) -> Iterator[OfflineAws]:
    """The offline AWS with this release."""
    yield deployed
    deployed.update(parameters=GRADUAL)


class Minute:
    """A minute of uploads: what CloudWatch counted, and what became of each."""

    def __init__(self, aws: OfflineAws, name: str) -> None:
        invocations = Invocations(aws)
        with invocations.seen(), printed() as lines:
            arns = [upload(aws, f"uploads/{name}/{file}", data) for file, data in FILES.items()]
            ends = [ended(aws, arn).status for arn in arns]
            answers = [_image(aws, f"uploads/{name}/{file}") for file in FILES]
            sweep = aws.deployment.alias_arn("SweepFunction")
            aws.client("lambda").invoke(FunctionName=sweep, Payload="{}")
        self.statuses = dict(zip(FILES, answers, strict=True))
        self.metrics: Counter[cloudwatch.Metric] = (
            cloudwatch.of_lambda(aws.deployment, "Errors", invocations.failed)
            + cloudwatch.of_executions(aws.deployment, ends)
            + cloudwatch.of_log(lines)
        )


@contextmanager
def printed() -> Iterator[list[str]]:
    """Context manager that collects what is printed, as Powertools prints metrics."""
    lines: list[str] = []
    with replaced(builtins, "print", lambda *values, **_: lines.append(str(values[0]))):
        yield lines


def _image(aws: OfflineAws, key: str) -> str | None:
    _, answer = answer_to(f"{aws.api_url}/images?key={key}", {})
    return str(answer.get("status"))


def watched(aws: OfflineAws, function: str) -> dict[str, Any]:
    """Return the alarms that take an update of a function back."""
    group = aws.deployment.resources[f"{function}DeploymentGroup"].properties
    assert group["AutoRollbackConfiguration"]["Enabled"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    names = [alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    return {
        logical_id: resource.properties
        for logical_id, resource in aws.deployment.resources.items()
        if resource.type == "AWS::CloudWatch::Alarm" and resource.ref in names
    }


def raised(aws: OfflineAws, function: str, minute: Minute) -> set[str]:
    """Return the alarms of a function that go off if it goes on like in this minute."""
    return {
        name
        for name, alarm in watched(aws, function).items()
        if cloudwatch.breaching(alarm, minute.metrics)
    }


def broken_release(folder: Path, function: str) -> Release:
    """Make a release in which the handler of a function raises an error."""
    broken = Release(folder / "broken")
    broken.change(
        f"functions/{functions()[function].package}/handler.py",
        "\n@observed\ndef handler(",
        "\n@observed\ndef handler(*_: object) -> None:\n"
        '    raise RuntimeError("broken")\n\n\ndef unbroken(',
    )
    return broken


def test_a_good_release_raises_none(aws: OfflineAws) -> None:
    minute = Minute(aws, "good")
    assert minute.statuses == STATUSES
    assert [raised(aws, function, minute) for function in functions()] == [set()] * len(functions())


# The first and the last step, the one whose failure ends in review, and those that are no steps.
@pytest.mark.parametrize(
    "function",
    ["ValidateFunction", "ModerateFunction", "StoreFunction", "SweepFunction", "ApiFunction"],
)
def test_a_broken_release_raises_an_alarm_and_goes_back(
    aws: OfflineAws, function: str, tmp_path: Path
) -> None:
    live = aws.client("lambda").get_alias(FunctionName=aws.deployment.ref(function), Name="live")[
        "FunctionVersion"
    ]
    package = functions()[function].package
    broken = broken_release(tmp_path, function)
    aws.update(broken.template, GRADUAL)
    minute = Minute(aws, f"broken-{package}")
    assert raised(aws, function, minute), minute.metrics

    # What CodeDeploy then does. Traffic is what it was, and so are the errors.
    aws.client("lambda").update_alias(
        FunctionName=aws.deployment.ref(function), Name="live", FunctionVersion=live
    )
    minute = Minute(aws, f"after-{package}")
    assert minute.statuses == STATUSES
    assert not raised(aws, function, minute)


def test_a_canary_loses_no_upload(aws: OfflineAws, tmp_path: Path) -> None:
    """What fails on the new version is retried, mostly on the old one, while errors are counted."""
    function, client = aws.deployment.ref("StoreFunction"), aws.client("lambda")
    live = client.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    broken = broken_release(tmp_path, "StoreFunction")
    aws.update(broken.template, GRADUAL)
    new = client.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    # As CodeDeploy begins.
    client.update_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion=live,
        RoutingConfig={"AdditionalVersionWeights": {new: 0.1}},
    )
    invocations = Invocations(aws)
    with invocations.seen():
        arns = [upload(aws, f"uploads/canary/{n}.jpg", FILES["a.jpg"]) for n in range(10)]
        ends = [ended(aws, arn).status for arn in arns]
    client.update_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion=live,
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
    assert ends == ["SUCCEEDED"] * len(arns)
    assert +invocations.failed == {("StoreFunction", new): 1}
    # Of 50 uploads a minute, five errors.
    alarm = watched(aws, "StoreFunction")["StepErrorsAlarm"]
    errors = cloudwatch.of_lambda(aws.deployment, "Errors", invocations.failed)
    assert not cloudwatch.breaching(alarm, errors)
    assert cloudwatch.breaching(alarm, Counter({name: 5 * n for name, n in errors.items()}))
