"""On a schedule: finds uploads that got stuck or were dropped, and starts them again."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.config import load
from image_pipeline.errors import Superseded
from image_pipeline.events import claim_for, event_for
from image_pipeline.identity import image_id
from image_pipeline.observability import count, logger, observed
from image_pipeline.records import Records
from sweep.config import SweepConfig
from sweep.overdue import Restart, restart_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(SweepConfig)
records = Records(config.table_name)
_PREFIX = "uploads/"
# A hundred listings are some 20 seconds; the next sweep goes on where this one ends.
_PAGES = 100
_RECENT = timedelta(days=2)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Any event in; `{"restarted", "given_up"}` out, both counts.

    Each upload is started again once: an execution that has its name already is the cap.
    """
    restarted = given_up = 0
    for restart in _found(datetime.now(UTC)):
        if restarted == config.restarts_per_sweep:
            break
        try:
            if restart.abandon:
                records.abandon(claim_for(restart.upload, restart.abandon, config.id_salt))
        except Superseded:
            continue  # it was finished meanwhile
        if _start(restart):
            restarted += 1
        else:
            given_up += 1
    count("UploadsRestarted", restarted)
    logger.info("swept", extra={"restarted": restarted, "given_up": given_up})
    return {"restarted": restarted, "given_up": given_up}


def _found(now: datetime) -> Iterator[Restart]:
    overdue = timedelta(seconds=config.overdue_seconds)
    versions, after = storage.list_latest(
        config.uploads_bucket, _PREFIX, records.swept_up_to(), _PAGES
    )
    for latest in versions:
        if overdue <= now - latest.modified <= _RECENT:
            record = records.get(image_id(latest.key, config.id_salt))
            restart = restart_for(config.uploads_bucket, latest, record, now, overdue)
            if restart:
                yield restart
    records.sweep_on_from(after)


def _start(restart: Restart) -> bool:
    upload = restart.upload
    image = image_id(upload.object.key, config.id_salt)
    version = f"{upload.object.version_id}/{upload.sequencer}"
    digest = hashlib.sha256(version.encode()).hexdigest()[:32]
    try:
        aws.stepfunctions().start_execution(
            stateMachineArn=config.state_machine_arn,
            name=f"sweep-{image}-{digest}",
            input=json.dumps(event_for(upload)),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return False
    return True
