"""Imports of a fresh interpreter: each additional one lengthens every cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from local.manifest import functions, with_layer, without_layer
from tests.support.pictures import gradient_file
from tests.template.documents import ROOT, properties

# Libraries that are easily imported by accident; benchmarks/README.md has the cost of each.
TOO_MUCH = {"asyncio", "aws_xray_sdk", "boto3", "multiprocessing", "pydantic", "s3transfer"}
ROOTS = ("functions", "layers/common", "layers/imaging")
DECODERS = {"numpy", "pillow_heif", "rawpy"}
IMAGING = [function.logical_id for function in with_layer("ImagingLayer")]
REPORT = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(function: str, script: str, data: bytes = b"") -> set[str]:
    variables = properties(function)["Environment"]["Variables"]
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{REPORT}"],
        env={
            **{name: str(value) for name, value in variables.items()},
            "AWS_DEFAULT_REGION": "us-east-1",
            "LAMBDA_TASK_ROOT": "/var/task",
            "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        },
        input=data,
        capture_output=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def plugins(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("PIL.") and name.endswith("ImagePlugin")}


@pytest.mark.parametrize(
    "function", [function.logical_id for function in without_layer("ImagingLayer")]
)
def test_functions_without_pictures_import_no_pillow(function: str) -> None:
    modules = modules_after(function, f"import {functions()[function].package}.handler")
    assert not {name.partition(".")[0] for name in modules} & (TOO_MUCH | DECODERS | {"PIL"})


@pytest.mark.parametrize("function", IMAGING)
def test_functions_with_pictures_import_no_decoder_at_start(function: str) -> None:
    modules = modules_after(function, f"import {functions()[function].package}.handler")
    assert not {name.partition(".")[0] for name in modules} & (TOO_MUCH | DECODERS)
    # The conversion writes a JPEG whatever it reads.
    written = {"PIL.JpegImagePlugin"} if function == "ConvertFunction" else set()
    assert plugins(modules) == written
    assert not modules & {"PIL.ImageCms", "PIL.ImageFont"}


def test_renditions_import_only_the_plugins_of_their_formats() -> None:
    script = """
import sys
import thumbnail.handler as function
from thumbnail.renditions import parse_specs, render
imported = [name for name in sys.modules if name.endswith("ImagePlugin")]
assert not imported, imported
assert len(render(sys.stdin.buffer.read(), parse_specs("small=64x64:cover:webp:80"))) == 1
"""
    modules = modules_after("ThumbnailFunction", script, gradient_file())
    assert not {name.partition(".")[0] for name in modules} & (TOO_MUCH | DECODERS)
    assert plugins(modules) == {"PIL.JpegImagePlugin", "PIL.WebPImagePlugin"}
    assert "PIL.ImageCms" not in modules
