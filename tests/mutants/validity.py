"""Tells mutants that are wrong from those that are no valid document at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from cfnlint import ManualArgs
from cfnlint.api import lint
from statelint.linter import Linter
from yaml import YAMLError

from local.aws.parameters import document_of
from local.aws.template import translate
from local.errors import TemplateError
from tests.mutants.mutant import TEMPLATE, WORKFLOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutants.mutant import Mutant
    from tests.mutants.scratch import Scratch


def is_valid(mutant: Mutant, scratch: Scratch) -> bool:
    """Say whether a mutant can be deployed at all; `make check` finds those that cannot."""
    text = mutant.mutated()
    if text == mutant.original:
        return False
    if mutant.area == TEMPLATE:
        with scratch.changed(mutant.place.path, text):
            return _is_valid_template(scratch.root / mutant.place.path)
    if mutant.area == WORKFLOW:
        return not Linter.validate(text)
    try:
        compile(text, mutant.place.path, "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _is_valid_template(path: Path) -> bool:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the translator wants one
    try:
        template = translate(path, {})
    except (TemplateError, YAMLError, ValueError, TypeError, KeyError, AttributeError):
        return False
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": document_of(path.read_text(encoding="utf-8"))["Parameters"],
        "Conditions": template.conditions,
        "Resources": template.resources,
        "Outputs": template.outputs,
    }
    found = lint(json.dumps(document, default=dict), config=ManualArgs(regions=["us-east-1"]))
    return not any(match.rule.severity == "error" for match in found)
