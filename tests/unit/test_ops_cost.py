"""`python -m ops cost` as a person calls it; without --stack it needs no AWS."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from PIL import Image

from local.manifest import ROOT
from ops.aws import Aws
from ops.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["cost", *arguments]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_the_volume_and_the_mix_are_what_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "--pictures", "10,000", "--mix", "photo=3,heic=1", "--json"))
    assert found["pictures"] == 10_000
    assert found["mix"] == {"photo": 0.75, "heic": 0.25}
    assert found["month"]["services"]["Rekognition"]["usd"] == pytest.approx(10)
    used = {line["price"]: line["quantity"] for line in found["month"]["lines"]}
    assert used["states_standard"] == pytest.approx(10_000 * (0.75 * 8 + 0.25 * 9))


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_both_workflows_and_processors(
    capsys: pytest.CaptureFixture[str], workflow: str, architecture: str
) -> None:
    given = ("--workflow", workflow, "--architecture", architecture, "--json")
    found = json.loads(printed(capsys, *given))
    used = {line["price"] for line in found["month"]["lines"]}
    assert f"lambda_{architecture}" in used
    assert ("states_standard" in used) == (workflow == "STANDARD")
    assert ("states_express" in used) == (workflow == "EXPRESS")


def test_another_template_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    other = tmp_path / "template.yaml"
    other.write_text(text.replace("rate(15 minutes)", "rate(1 hour)"), encoding="utf-8")
    found = json.loads(printed(capsys, "--template", str(other), "--json"))
    used = {line["price"]: line["quantity"] for line in found["month"]["lines"]}
    assert used["eventbridge_schedules"] == 730


def test_charts_are_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    svg, png = tmp_path / "cost.svg", tmp_path / "cost.png"
    assert "| Rekognition " in printed(capsys, "--chart", str(svg))
    printed(capsys, "--chart", str(png), "--no-free-tier")
    texts = [
        each.text or "" for each in ET.parse(svg).getroot().iter() if each.tag.endswith("text")
    ]
    assert any(text.startswith("Rekognition  $") for text in texts)
    assert "Fargate" in texts
    with Image.open(png) as picture:
        assert picture.size == (1800, 1240)
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 8


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mix", "cat=1"], "a mix is like photo=3,heic=1"),
        (["--chart", "/tmp/cost.gif"], "neither .svg nor .png"),
        (["--chart", "nowhere/cost.svg"], "nowhere/cost.svg"),
        (["--parameter", "Delivery=PIGEON"], "choose PRESIGNED, CLOUDFRONT"),
        (["--template", "nowhere.yaml"], "nowhere.yaml"),
        (["--visits", "10"], "add --parameter Console=true"),
        (["--people", "10", "--parameter", "Console=true"], "without a user pool"),
    ],
)
def test_wrong_values_are_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["cost", *arguments]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"\x89PNG\xff", "not text in UTF-8"),
        (b"Resources: [1,\n", "the template is not YAML"),
        (b"", "the template has no Resources"),
        (b"- Resources", "the template has no Resources"),
        (b"Parameters:\n", "the template has no Parameters"),
        (b"Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}", "is not one of this pipeline"),
    ],
)
def test_a_file_that_is_not_the_template_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, written: bytes, told: str
) -> None:
    file = tmp_path / "template.yaml"
    file.write_bytes(written)
    found = printed(capsys, "--template", str(file), code=2)
    assert told in found
    assert len(found.splitlines()) == 1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("MemorySize: 2560", "MemorySize: !Sub big", "MemorySize of ConvertFunction is 'big'"),
        ("rate(15 minutes)", "cron(0 * * * ? *)", "which is not like rate(1 hour)"),
    ],
)
def test_settings_that_cannot_be_priced_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, before: str, after: str, told: str
) -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    file = tmp_path / "template.yaml"
    file.write_text(text.replace(before, after), encoding="utf-8")
    assert told in printed(capsys, "--template", str(file), code=2)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pictures", "many"],
        ["--pictures", "nan"],
        ["--mix", "photo"],
        ["--mix", "photo=1,photo=2"],
        ["--mix", "photo=nan"],
        ["--kept", "-1"],
    ],
)
def test_wrong_numbers_are_refused(capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cost", *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_stack_gives_its_parameters_durations_and_volume(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parameters = {"Architecture": "x86_64", "Delivery": "PRESIGNED", "IdSalt": "****"}
    sums = {"ExecutionsStarted": 5_000.0, "Invocations": 100.0, "Duration": 50_000.0}
    clients = {"cloudformation": _cloudformation(template, parameters), "cloudwatch": mock.Mock()}
    clients["cloudwatch"].get_metric_statistics = lambda MetricName, **_: {  # noqa: N803
        "Datapoints": [{"Sum": sums[MetricName]}]
    }
    monkeypatch.setattr(Aws, "client", lambda _self, service: clients[service])
    given = ("--stack", "pictures", "--region", "eu-west-1")
    found = json.loads(printed(capsys, *given, "--json"))
    assert found["pictures"] == 5_000
    assert found["architecture"] == "x86_64"
    tables = printed(capsys, *given)
    assert "5,000 executions in the last 30 days" in tables
    (row,) = (line for line in tables.splitlines() if line.startswith("| ThumbnailFunction "))
    assert "0.500" in row
    assert json.loads(printed(capsys, *given, "--pictures", "0", "--json"))["pictures"] == 0
    sums["ExecutionsStarted"] = 0.0
    assert "give --pictures" in printed(capsys, *given, code=2)


def _cloudformation(template: str, parameters: dict[str, str]) -> mock.Mock:
    """Stand in for CloudFormation with one deployed stack."""
    known = [{"ParameterKey": name, "ParameterValue": each} for name, each in parameters.items()]
    output = {"OutputKey": "StateMachineArn", "OutputValue": "arn:machine"}
    stack = {"StackName": "pictures", "StackStatus": "UPDATE_COMPLETE"}
    client = mock.Mock()
    client.meta.region_name = "eu-west-1"
    client.describe_stacks.return_value = {
        "Stacks": [{**stack, "Parameters": known, "Outputs": [output]}]
    }
    client.get_template.return_value = {"TemplateBody": template}
    client.describe_stack_resource.return_value = {
        "StackResourceDetail": {"PhysicalResourceId": "pictures-function"}
    }
    return client
