"""Nothing names the partition or the domain of the commercial regions, so that others work, too."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from samtranslator.translator import arn_generator

from local.aws.template import translate
from tests.template.documents import ROOT, of_type, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPLOYED = [
    ROOT / "template.yaml",
    ROOT / "samconfig.toml",
    *(ROOT / "statemachine").iterdir(),
    *(path for folder in ("functions", "layers", "ops") for path in (ROOT / folder).rglob("*.py")),
]
# Principals are the same in the partitions aws, aws-cn and aws-us-gov, unlike domains:
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
PRINCIPAL = re.compile(r"[a-z]+\.amazonaws\.com")


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arn_is_of_a_fixed_partition(path: Path) -> None:
    assert re.findall(r"arn:aws[a-z-]*", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_domain_is_of_a_fixed_partition(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "amazonaws" not in re.sub(rf'(Service"?: "?){PRINCIPAL.pattern}', "", text)


def test_principals_are_of_services() -> None:
    for statement in _policies(written()):
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            assert PRINCIPAL.fullmatch(principal["Service"])
        else:
            assert principal in (None, "*")


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_the_template_is_translated_for_other_partitions(
    partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAM names the managed policies of roles itself."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(arn_generator, "_region_to_partition", lambda _region: partition)
    text = json.dumps(translate(ROOT / "template.yaml", {}).resources, default=dict)
    assert set(re.findall(r"arn:(aws[a-z-]*)", text)) == {partition}


def test_the_state_machine_calls_the_services_of_its_partition() -> None:
    for machine in of_type("AWS::StepFunctions::StateMachine").values():
        assert machine["DefinitionSubstitutions"]["Partition"] == "AWS::Partition"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_an_adapter_is_of_any_partition(partition: str) -> None:
    arn = f"arn:{partition}:rekognition:eu-west-1:123456789012:project/a/version/b/1700000000000"
    assert re.fullmatch(written()["Parameters"]["ModerationAdapterArn"]["AllowedPattern"], arn)


def _policies(document: Any) -> Iterator[dict[str, Any]]:
    """Every statement of every policy, wherever it is."""
    if isinstance(document, dict):
        yield from document.get("Statement", [])
    for each in document.values() if isinstance(document, dict) else document:
        if isinstance(each, dict | list):
            yield from _policies(each)
