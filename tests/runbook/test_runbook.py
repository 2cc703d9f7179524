"""Every command of the runbook, run as it stands by bash and the AWS CLI, where it is needed."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from local.aws.environment import CREDENTIALS, isolated
from tests.docs.pages import ROOT
from tests.runbook.book import SETUP, USER, Section, alarms, sections
from tests.support.webhook_receivers import receiving

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from tests.faults.uploads import jpeg
    from tests.integration.story import process
    from tests.runbook import situations as caused
    from tests.runbook.situations import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.faults


class Followed(NamedTuple):
    """A situation, and what each block of its section prints, as regular expressions."""

    cause: Callable[[World], None]
    printed: tuple[tuple[str, ...], ...]
    between: Callable[[World], None] = World.settle


# Whether an alarm goes off when it should is for tests/alarms.
STATE = r"\b(OK|ALARM|INSUFFICIENT_DATA)\b"
STARTED = r"uploads/{}.jpg"
SWEPT = r'"StatusCode": 200'
COUNTS = r'"restarted": \d+, ?"given_up": \d+'
EMPTY = r"^0\t0$"
FOLLOWED = {
    "ExecutionsFailedAlarm": Followed(
        caused.executions_failed,
        (
            (r"execution:image-pipeline", r"^KeyError\t", r"StoreFunction-local\tKeyError\t\d"),
            (r"uploads/failed\.jpg", r"uploads/failed\.jpg[\s\S]*uploads/failed\.jpg"),
            (STATE,),
        ),
    ),
    "BackfillFailedAlarm": Followed(
        caused.backfill_failed,
        (
            (
                r"\tbackfill-\d+-\d+-\d+-run1",
                r"^States\.ExceedToleratedFailureThreshold\t",
                r"1  failed   all",
                r"StoreFunction-local\tKeyError\t\d",
            ),
            (r"resumed as arn:",),
            (r"1  done     all", STATE),
        ),
        caused.backfill_ended,
    ),
    "ExecutionsTimedOutAlarm": Followed(
        caused.executions_timed_out,
        (
            (r"execution:image-pipeline", r"MetadataFunction-local\t"),
            (r"timed_out\.jpg",),
            (STATE,),
        ),
    ),
    "ExecutionsAbortedAlarm": Followed(
        caused.executions_aborted,
        ((r"execution:image-pipeline",), (SWEPT, r'"restarted": [1-9]'), (STATE,)),
    ),
    "UploadDeadLetterQueueAlarm": Followed(
        caused.upload_dead_letters,
        (
            (r"^1\t0$", r"AccessDeniedException\t", r"uploads/dead\.jpg"),
            (r"uploads/dead\.jpg  arn:", "1 started, 0 left"),
            (EMPTY, STATE),
        ),
    ),
    "UploadEventsLostAlarm": Followed(
        caused.upload_events_lost,
        ((r"events\.amazonaws\.com", r"\tENABLED"), (SWEPT, r'"restarted": [1-9]'), (STATE,)),
    ),
    "UploadsRestartedAlarm": Followed(
        caused.uploads_restarted,
        ((r"^\d{4}-.*\t[a-z2-7]{26}\tarn:", r"\t[1-9]\d*$"), (r"\t\d+$", STATE)),
    ),
    "UploadsGivenUpAlarm": Followed(
        caused.uploads_given_up,
        ((r"gave an upload up\t[a-z2-7]{26}",), (r"uploads/given_up\.jpg",), (STATE,)),
    ),
    "OldestInWorkAlarm": Followed(
        caused.oldest_in_work,
        ((r"^[a-z2-7]{26}\t2", r"^\d+$", r"MetadataFunction-local\t"), (STATE,)),
    ),
    "FastBurnAlarm": Followed(
        caused.oldest_in_work,
        (
            (r"^[a-z2-7]{26}\t2", r"MetadataFunction-local\t"),
            (r"uploads/old\.jpg", r"Next:"),
            (STATE,),
        ),
    ),
    "SlowBurnAlarm": Followed(
        caused.oldest_in_work, ((r"^[a-z2-7]{26}\t2", r"MetadataFunction-local\t"), (STATE,))
    ),
    "SweepSilentAlarm": Followed(
        caused.sweep_silent,
        ((r"\tENABLED", r"SweepFunction|throttled|\d{4}-"), (SWEPT, COUNTS), (STATE,)),
    ),
    "SweepErrorsAlarm": Followed(caused.sweep_errors, ((r"failed\t",), (SWEPT, COUNTS), (STATE,))),
    "StepErrorsAlarm": Followed(
        caused.step_errors,
        (
            (r"MetadataFunction-local\tKeyError\t\d", r"Runtime exited", r"Traceback"),
            (r"\t[1-9]\d*$", STATE),
        ),
    ),
    "TableThrottlesAlarm": Followed(
        caused.throttles, ((r"^[a-z2-7]{26}\t[1-9]", r"ACTIVE\t\d+\tPAY_PER_REQUEST"), (STATE,))
    ),
    "ProjectorDeadLetterQueueAlarm": Followed(
        caused.projector_dead_letters,
        ((r"^[1-9]\d*\t0$", r"AccessDenied"), (r".",), (EMPTY, STATE)),
    ),
    "ProjectionLagAlarm": Followed(caused.projection, ((r"AccessDenied", r"^Enabled\t"), (STATE,))),
    "UnsentNotificationsAlarm": Followed(
        caused.unsent_notifications,
        ((r"^1\t0$", r'"status": ?"approved"'), (r"^[0-9a-f-]{36}$",), (EMPTY, STATE)),
    ),
    "WebhooksLateAlarm": Followed(
        caused.webhooks_late,
        (
            (r"the receiver answered 503\t\d",),
            (r"^delivered\t[\s\S]*not delivered|not delivered\t[\s\S]*^delivered", STATE),
        ),
    ),
    "WebhooksDeadLetterQueueAlarm": Followed(
        caused.webhooks_dead_letters,
        (
            (r"^1\t0$", r"undelivered\.jpg", r"the receiver answered 503\t.*\t\d+$"),
            (r'"TaskHandle"',),
            (EMPTY, STATE),
        ),
    ),
    "WebhooksWaitingAlarm": Followed(
        caused.webhooks_late, ((r"^\d+\t\d+$", r"\tEnabled\t", r"^(None|\d+)$"), (r"^0\t0$", STATE))
    ),
    "WebhookErrorsAlarm": Followed(
        caused.webhook_errors,
        ((r"failed\t|ConfigError", r"^2"), (r"^\S{20,}$",), (r"\t[a-z2-7]{26}\t1$", STATE)),
        caused.webhook_mended,
    ),
    "ServiceErrorsAlarm": Followed(
        caused.api_errors, ((r"ApiFunction-local\t\S*Error", r"^GET /images\t\d"), (STATE,))
    ),
    "ImagesApiServerErrorsAlarm": Followed(
        caused.api_errors, ((r"^500\tGET /images\t",), (r"^(500|200)\t", STATE))
    ),
    "ImagesApiLatencyAlarm": Followed(
        caused.api_answers, ((r"^GET /images\t\d+\t\d+\t\d+$", r"\t\d+\t\d+\t[\d.]+$"), (STATE,))
    ),
    "DailyCostAlarm": Followed(
        caused.daily_cost, ((r"^approved\t", r"^[a-z2-7]{26}\t\d+$", r"\t[1-9]\d*$"), (STATE,))
    ),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An offline AWS in which the sweep finds every open record overdue."""
    parameters = {"DailyBudgetDollars": "25"}
    with receiving() as receiver:
        parameters["WebhookUrl"] = receiver.url
        with OfflineAws(parameters=parameters) as aws:
            variables: dict[str, str] = aws.deployment.functions["SweepFunction"].environment  # type: ignore[assignment]
            variables["OVERDUE_SECONDS"] = "0"
            opened = World(aws, receiver)
            # Every function is imported, so that a situation can break it.
            process(aws, "uploads/photo.jpg", jpeg())
            process(aws, "uploads/refused.txt", b"no picture")
            opened.settle()
            yield opened


@pytest.fixture
def run(world: World, tmp_path: Path) -> Callable[..., str]:
    """Function that runs a block of commands as a reader does, and returns what it printed."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (setup,) = sections()[SETUP].blocks
    # Version 1 of the CLI has a host of its own for SQS, unless the endpoint is an option.
    cli = tmp_path / "aws"
    genuine = ROOT / ".venv" / "bin" / "aws"
    cli.write_text(f'#!/bin/sh\nexec {genuine} --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
    cli.chmod(0o755)

    def block(commands: str, **variables: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{setup}\n{commands}"],
            cwd=tmp_path,
            env={
                **CREDENTIALS,
                **variables,
                "AWS_ENDPOINT_URL": world.aws.s3_url,
                "AWS_PAGER": "",
                "HOME": str(tmp_path),
                "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
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

    return block


# Followed in a stack of its own: tests/express/test_runbook.py.
OF_EXPRESS = {"UploadsQueueAgeAlarm", "DispatchErrorsAlarm"}


@pytest.mark.parametrize(
    "section",
    [each for each in alarms() if each.heading not in OF_EXPRESS],
    ids=lambda each: each.heading,
)
def test_the_commands_of_an_alarm_show_and_mend_its_situation(
    world: World, run: Callable[..., str], section: Section
) -> None:
    followed = FOLLOWED[section.heading]
    world.settle()  # what other situations have left
    followed.cause(world)
    assert len(section.blocks) == len(followed.printed)
    for commands, patterns in zip(section.blocks, followed.printed, strict=True):
        printed = run(commands)
        for pattern in patterns:
            assert re.search(pattern, printed, re.MULTILINE), f"{commands}\n{pattern}\n{printed}"
        followed.between(world)


def test_the_first_page_finds_the_picture_that_a_user_asks_about(
    world: World, run: Callable[..., str]
) -> None:
    image_id = process(world.aws, "uploads/asked about.jpg", jpeg()).image["image_id"]
    world.ask("/images")
    asked = {"KEY": "uploads/asked about.jpg", "IMAGE_ID": image_id}
    traced, started, log = (run(block, **asked) for block in sections()[USER].blocks)
    assert traced.count("This picture is approved, and its renditions can be read.") == 2
    assert "uploads/asked about.jpg" in started
    assert "GET /images\t200\t" in log
    world.settle()
