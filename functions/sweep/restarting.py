"""Restarts an upload at most once: an execution's name can be used only once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.errors import Superseded
from image_pipeline.events import SWEEP, look_at
from image_pipeline.identity import comparable_sequencer, image_id
from image_pipeline.models import Claim
from sweep.overdue import restart_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from image_pipeline.models import Upload
    from image_pipeline.records import Records
    from image_pipeline.storage import Latest
    from sweep.handler import Settings

_RECENT = timedelta(days=2)


class Action(StrEnum):
    """What the sweep did about an upload."""

    NOTHING = "nothing"
    RESTARTED = "restarted"
    GIVEN_UP = "given_up"


def restart_overdue(
    uploads: Iterable[Latest], now: datetime, settings: Settings, records: Records
) -> tuple[Counter[Action], list[Exception]]:
    """Restart the overdue ones of the uploads, at most as many as one sweep may.

    Returns:
        How often each action was taken, and the errors of uploads that could not be restarted.
    """
    taken: Counter[Action] = Counter()
    errors: list[Exception] = []
    for latest in uploads:
        try:
            taken[_restart_if_overdue(latest, now, settings, records)] += 1
        except Exception as error:  # noqa: BLE001 - one upload must not hold up the others
            errors.append(error)
        if taken[Action.RESTARTED] + len(errors) >= settings.restarts_per_sweep:
            break
    return taken, errors


def _restart_if_overdue(
    latest: Latest, now: datetime, settings: Settings, records: Records
) -> Action:
    """Restart an upload that is stuck or was dropped, unless it was restarted before."""
    overdue = timedelta(seconds=settings.overdue_seconds)
    if not overdue <= now - latest.modified <= _RECENT:
        return Action.NOTHING
    record = records.get(image_id(latest.key, settings.id_salt))
    restart = restart_for(settings.uploads_bucket, latest, record, now, overdue)
    if restart is None:
        return Action.NOTHING
    try:
        if restart.abandon:
            upload = restart.upload
            sequencer = comparable_sequencer(upload.sequencer)
            identifier = image_id(upload.object.key, settings.id_salt)
            records.abandon(Claim(identifier, sequencer, restart.abandon))
    except Superseded:
        return Action.NOTHING  # it has been finished meanwhile
    return Action.RESTARTED if _start(restart.upload, settings) else Action.GIVEN_UP


def _start(upload: Upload, settings: Settings) -> bool:
    """Start an execution; return False if there was one of this name before."""
    version = f"{upload.object.version_id}/{upload.sequencer}"
    digest = hashlib.sha256(version.encode()).hexdigest()[:32]
    try:
        aws.stepfunctions().start_execution(
            stateMachineArn=settings.state_machine_arn,
            name=f"sweep-{image_id(upload.object.key, settings.id_salt)}-{digest}",
            input=json.dumps(
                look_at(upload.object.bucket, upload.object.key, SWEEP, upload.uploaded_at)
            ),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return False
    return True
