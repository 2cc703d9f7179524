"""Releases: what publishes a new version, and who invokes which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.template import Template, translate
from tests.releases.trees import Release
from tests.template.documents import FUNCTIONS, properties, resources, written

if TYPE_CHECKING:
    from pathlib import Path

GRADUAL = [
    value
    for value in written()["Parameters"]["DeploymentPreference"]["AllowedValues"]
    if value != "AllAtOnce"
]
CODEDEPLOY = {"AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release that a test may change."""
    return Release(tmp_path)


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The translator looks up its partition."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def versions(template: Template) -> dict[str, str]:
    """Return the logical id of the version of each function: a new one publishes a version."""
    return {
        resource["Properties"]["FunctionName"]["Ref"]: name
        for name, resource in template.resources.items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


def published(release: Release, change: Any = None, **parameters: str) -> set[str]:
    """Return the functions of which a change of the release publishes new versions."""
    before = translate(release.template, {})
    if change:
        release.change(*change)
    after = versions(translate(release.template, parameters))
    return {name for name, version in versions(before).items() if after[name] != version}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_an_alias_for_its_published_version(function: str) -> None:
    alias = properties(f"{function}Aliaslive")
    assert (alias["Name"], alias["FunctionName"]) == ("live", function)
    assert re.fullmatch(rf"{function}Version\w{{10}}\.Version", alias["FunctionVersion"])


def test_everything_invokes_the_aliases() -> None:
    """No other policy, state, route or schedule names a function than those that name its alias."""
    unqualified = {
        (name, found)
        for name, resource in resources().items()
        if not re.match("AWS::(Lambda|Logs|CloudWatch)::", resource["Type"])
        for found in re.findall(r"\w+Function\.Arn(?!:live)", str(resource["Properties"]))
    }
    assert unqualified == set()


def test_earlier_versions_are_retained() -> None:
    """An alias can go back to them, and invocations that run end on them."""
    retained = {
        resource["DeletionPolicy"]
        for resource in resources().values()
        if resource["Type"] == "AWS::Lambda::Version"
    }
    assert retained == {"Retain"}


def test_the_same_release_publishes_nothing(release: Release) -> None:
    assert published(release) == set()


def test_changed_code_publishes_its_function(release: Release) -> None:
    change = ("functions/store/results.py", "from __future__", "# changed\nfrom __future__")
    assert published(release, change) == {"StoreFunction"}


def test_a_changed_layer_publishes_every_function_that_has_it(release: Release) -> None:
    package = "layers/common/image_pipeline/models.py"
    assert published(release, (package, "from __future__", "# changed\nfrom __future__")) == {
        *FUNCTIONS
    }


def test_a_changed_codec_publishes_the_conversion(release: Release) -> None:
    change = ("layers/codecs/requirements.txt", "rawpy==", "# changed\nrawpy==")
    assert published(release, change) == {"ConvertFunction"}


def test_a_changed_timeout_publishes_its_function(release: Release) -> None:
    assert published(release, ("template.yaml", "Timeout: 29\n", "Timeout: 28\n")) == {
        "ApiFunction"
    }


@pytest.mark.parametrize(
    ("parameter", "value", "functions"),
    [
        ("UrlLifetimeSeconds", "60", {"ApiFunction"}),
        # The backfill compares what the settings of the steps would make now.
        ("StoreGps", "true", {"MetadataFunction", "BackfillFunction"}),
    ],
)
def test_a_changed_parameter_publishes_what_reads_it(
    release: Release, parameter: str, value: str, functions: set[str]
) -> None:
    assert published(release, **{parameter: value}) == functions


@pytest.mark.parametrize(
    "parameter", ["ApiConcurrency", "ModerationConcurrency", "StepsConcurrency"]
)
def test_a_function_with_other_concurrency_has_another_environment(parameter: str) -> None:
    """Lambda publishes no second version of the same code and configuration."""
    for function in FUNCTIONS:
        before, after = properties(function), properties(function, **{parameter: "5"})
        assert before["Environment"] != after["Environment"]


def test_what_functions_read_of_parameters_stands_in_each_function() -> None:
    """Nothing documents that AWS::LanguageExtensions writes values into Globals, too."""
    shared = str(written()["Globals"]["Function"]["Environment"])
    assert set(re.findall(r"{'Ref': '(\w+)'}", shared)) & set(written()["Parameters"]) == set()


def test_all_at_once_needs_no_codedeploy() -> None:
    assert not CODEDEPLOY & {resource["Type"] for resource in resources().values()}
    assert "CodeDeployServiceRole" not in resources()
    assert not any("UpdatePolicy" in resource for resource in resources().values())


@pytest.mark.parametrize("preference", GRADUAL)
def test_codedeploy_moves_every_alias_gradually(preference: str) -> None:
    found = resources(DeploymentPreference=preference)
    for function in FUNCTIONS:
        group = found[f"{function}DeploymentGroup"]["Properties"]
        assert group["DeploymentConfigName"] == f"CodeDeployDefault.Lambda{preference}"
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert [alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]] == [
            "StepErrorsAlarm",
            "ServiceErrorsAlarm",
            "SweepErrorsAlarm",
            "ExecutionsFailedAlarm",
        ]
        policy = found[f"{function}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["DeploymentGroupName"] == f"{function}DeploymentGroup"


def test_the_alarm_of_steps_goes_off_within_the_shortest_preference() -> None:
    found = properties("StepErrorsAlarm")
    (seconds,) = {
        query["MetricStat"]["Period"] for query in found["Metrics"] if "MetricStat" in query
    }
    shortest = min(int(re.findall(r"\d+", value)[-1]) for value in GRADUAL if "Canary" in value)
    assert seconds * found["EvaluationPeriods"] <= shortest * 60
