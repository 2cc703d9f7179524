"""Starting an upload again, once: an execution that has its name already is the cap."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.errors import Superseded
from image_pipeline.events import claim_for, event_for
from image_pipeline.identity import image_id
from sweep.overdue import restart_for

if TYPE_CHECKING:
    from datetime import datetime

    from image_pipeline.models import Upload
    from image_pipeline.records import Records
    from image_pipeline.storage import Latest
    from sweep.config import SweepConfig

_RECENT = timedelta(days=2)


class Done(StrEnum):
    """What was done about an upload."""

    NOTHING = "nothing"
    RESTARTED = "restarted"
    GIVEN_UP = "given_up"


def bring_on(latest: Latest, now: datetime, config: SweepConfig, records: Records) -> Done:
    """Start an upload again if it is stuck or was dropped, and was not started again before."""
    overdue = timedelta(seconds=config.overdue_seconds)
    if not overdue <= now - latest.modified <= _RECENT:
        return Done.NOTHING
    record = records.get(image_id(latest.key, config.id_salt))
    restart = restart_for(config.uploads_bucket, latest, record, now, overdue)
    if restart is None:
        return Done.NOTHING
    try:
        if restart.abandon:
            records.abandon(claim_for(restart.upload, restart.abandon, config.id_salt))
    except Superseded:
        return Done.NOTHING  # it was finished meanwhile
    return Done.RESTARTED if _start(restart.upload, config) else Done.GIVEN_UP


def _start(upload: Upload, config: SweepConfig) -> bool:
    """Start an execution; False if this version was started again before."""
    version = f"{upload.object.version_id}/{upload.sequencer}"
    digest = hashlib.sha256(version.encode()).hexdigest()[:32]
    try:
        aws.stepfunctions().start_execution(
            stateMachineArn=config.state_machine_arn,
            name=f"sweep-{image_id(upload.object.key, config.id_salt)}-{digest}",
            input=json.dumps(event_for(upload)),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return False
    return True
