"""`sam deploy --guided`, walked in a terminal up to the change set of the first deployment."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.manifest import ROOT
from tests.build.terminal import Walk, walk
from tests.template.contracts import GIVEN
from tests.template.documents import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SAM = ROOT / ".venv-sam" / "bin" / "sam"
DEFAULTS = {name: str(rules["Default"]) for name, rules in written()["Parameters"].items()}
SECRET = "{{resolve:secretsmanager:image-pipeline/id-salt}}"
# Questions are answered with one line each.
KEY = GIVEN["CloudFrontPublicKey"].replace("\n", " ")
CHOSEN = GIVEN | {"IdSalt": SECRET, "CloudFrontPublicKey": KEY}
LAST_QUESTION = "Deploy this changeset?"
# What `sam deploy` makes in an account once, for the zips. moto loses its tags and outputs.
MANAGED = {
    "Resources": {"SamCliSourceBucket": {"Type": "AWS::S3::Bucket"}},
    "Outputs": {"SourceBucket": {"Value": {"Ref": "SamCliSourceBucket"}}},
}


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    """Environment that leads the SAM CLI to an account on this machine."""
    if not SAM.is_file():
        pytest.fail("The SAM CLI is not installed. Run `make .venv-sam/.stamp`.", pytrace=False)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    # By this name: moto reads templates from no other host of its own.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL": f"http://localhost:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "COLUMNS": "250",
    }
    tags = [{"Key": "ManagedStackSource", "Value": "AwsSamCli"}]
    cloudformation(environment).create_stack(
        StackName="aws-sam-cli-managed-default", TemplateBody=json.dumps(MANAGED), Tags=tags
    )
    yield environment
    server.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is deployed, so that the answers are not saved in this project's file."""
    for name in ("functions", "layers", "statemachine"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def cloudformation(environment: dict[str, str]) -> Any:
    return boto3.client(
        "cloudformation",
        region_name="us-east-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def guided(project: Path, environment: dict[str, str], answers: dict[str, str]) -> Walk:
    folder = project / "home"  # the SAM CLI keeps a folder there
    folder.mkdir()
    command = [str(SAM), "deploy", "--guided"]
    return walk(
        command, project, environment | {"HOME": str(folder)}, lambda asked: answers.get(asked, "")
    )


def planned(environment: dict[str, str], stack: str) -> dict[str, str]:
    """The parameters of the change set."""
    client = cloudformation(environment)
    change_sets = client.list_change_sets(StackName=stack)["Summaries"]
    (arn,) = [each["ChangeSetId"] for each in change_sets if each["StackName"] == stack]
    found = client.describe_change_set(ChangeSetName=arn)
    return {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}


def saved(project: Path) -> dict[str, str]:
    """The parameters that the next `sam deploy` reads."""
    stages = tomllib.loads((project / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = shlex.split(stages["default"]["deploy"]["parameters"]["parameter_overrides"])
    return dict(entry.split("=", 1) for entry in overrides)


def test_enter_answers_every_question(project: Path, account: dict[str, str]) -> None:
    done = guided(project, account, {})
    asked = dict(done.questions)
    assert {name: asked[f"Parameter {name}"] for name in DEFAULTS} == DEFAULTS
    assert None not in {default for asked, default in done.questions}, "a question without default"
    assert done.questions[-1] == (LAST_QUESTION, "y/N"), done.output
    assert done.status == 0, done.output
    assert planned(account, "image-pipeline") == saved(project) == DEFAULTS


def test_every_parameter_can_be_answered(project: Path, account: dict[str, str]) -> None:
    answers = {f"Parameter {name}": value for name, value in CHOSEN.items()}
    answers["Stack Name"] = "second"
    done = guided(project, account, answers)
    assert done.questions[-1][0] == LAST_QUESTION, done.output
    assert planned(account, "second") == saved(project) == CHOSEN
