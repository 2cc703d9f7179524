"""The sections of the runbook that only a stack with a queue of uploads needs, word by word."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.aws.environment import CREDENTIALS
from local.manifest import template
from tests.docs.pages import ROOT
from tests.express.test_express import refusing, upload
from tests.runbook.book import SETUP, sections

with_faults = pytest.mark.faults

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws.offline import OfflineAws

DISPATCH = template()["Resources"]["DispatchFunction"]["Properties"]
STATE = r"^(OK|ALARM|INSUFFICIENT_DATA)\t"
PRINTED = {
    "UploadsQueueAgeAlarm": [
        [r"^\d+\t\d+$", r"\tEnabled\t5$", r"^not succeeded\t"],
        [r"^0\t0$", STATE],
    ],
    "DispatchErrorsAlarm": [
        [rf"^{DISPATCH['Timeout']}\t{DISPATCH['MemorySize']}\t"],
        [r"^\d+ started, 0 left in the queue$"],
        [r"^0\t0$", STATE],
    ],
}


@with_faults
@pytest.mark.parametrize("name", PRINTED)
def test_the_commands_of_an_alarm_show_and_mend_its_situation(
    aws: OfflineAws, tmp_path: Path, name: str
) -> None:
    with_a_failure = refusing("ImagePipelineStateMachine", 6, function="StoreFunction")
    from local.aws.calls import intercepted

    with intercepted(aws.deployment, with_a_failure):
        upload(aws, f"uploads/runbook/{name}.jpg")
    section = sections()[name]
    assert len(section.blocks) == len(PRINTED[name])
    for commands, patterns in zip(section.blocks, PRINTED[name], strict=True):
        printed = run(aws, tmp_path, commands)
        for pattern in patterns:
            assert re.search(pattern, printed, re.MULTILINE), f"{commands}\n{pattern}\n{printed}"


def run(aws: OfflineAws, folder: Path, commands: str) -> str:
    """Run a block of commands as a reader does, and return what it printed."""
    (setup,) = sections()[SETUP].blocks
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(ROOT / ".venv")
    # Version 1 of the CLI has a host of its own for SQS, unless the endpoint is an option.
    cli = folder / "aws"
    cli.write_text(
        f'#!/bin/sh\nexec {ROOT}/.venv/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n'
    )
    cli.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{setup}\n{commands}"],
        cwd=folder,
        env={
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": aws.s3_url,
            "AWS_PAGER": "",
            "HOME": str(folder),
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{commands}\n{done.stdout}{done.stderr}"
    return done.stdout
