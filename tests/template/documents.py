"""template.yaml and the state machine as documents: as written, and as CloudFormation gets them.

Run as a module, it prints the translated template, for the linters.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.aws.template import translate

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("Validate", "Convert", "Thumbnail", "Metadata", "Moderate", "Store", "Reject", "Api")


@cache
def written() -> Any:
    """template.yaml; short intrinsics such as !Ref are in their long form."""
    return yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


@cache
def translated() -> dict[str, Any]:
    """The same after SAM's transform, with the state machine's definition inside."""
    with pytest.MonkeyPatch.context() as patch:  # the translator asks for the region's partition
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        template = translate(ROOT / "template.yaml", {})
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": written()["Parameters"],
        "Conditions": template.conditions,
        "Resources": template.resources,
        "Outputs": template.outputs,
    }


@cache
def definition() -> Any:
    """The state machine."""
    path = ROOT / written()["Resources"]["ImagePipelineStateMachine"]["Properties"]["DefinitionUri"]
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(translated(), default=dict, indent=1))
