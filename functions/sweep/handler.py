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

    from image_pipeline.storage import Latest

config = load(SweepConfig)
records = Records(config.table_name)
_PREFIX = "uploads/"
_RECENT = timedelta(days=2)
# A page of a thousand versions may need a read of the table for each.
_MILLISECONDS_FOR_A_PAGE = 30_000


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Any event in; `{"restarted", "given_up"}` out, both counts.

    Each upload is started again once: an execution that has its name already is the cap.

    Raises:
        ExceptionGroup: some could not be started; the others were, and the next sweep finds these.
    """
    now = datetime.now(UTC)
    done = {"restarted": 0, "given_up": 0}
    failures: list[Exception] = []
    for latest in _uploads(context):
        try:
            what = _bring_on(latest, now)
        except Exception as failure:  # noqa: BLE001 - one upload must not keep the others waiting
            failures.append(failure)
        else:
            done |= {what: done[what] + 1} if what else {}
        if done["restarted"] + len(failures) >= config.restarts_per_sweep:
            break
    count("UploadsRestarted", done["restarted"])
    logger.info("swept", extra=done)
    if failures:
        raise ExceptionGroup("uploads that could not be started again", failures)
    return done


def _uploads(context: LambdaContext) -> Iterator[Latest]:
    """The newest versions, from where the last sweep ended until the end or until time is up."""
    after = records.swept_up_to()
    while True:
        page, after = storage.list_latest(config.uploads_bucket, _PREFIX, after)
        yield from page
        records.sweep_on_from(after)
        if not after or context.get_remaining_time_in_millis() < _MILLISECONDS_FOR_A_PAGE:
            return


def _bring_on(latest: Latest, now: datetime) -> str | None:
    """Start an upload again, if it needs that: `restarted`, or `given_up` after the first time."""
    overdue = timedelta(seconds=config.overdue_seconds)
    if not overdue <= now - latest.modified <= _RECENT:
        return None
    record = records.get(image_id(latest.key, config.id_salt))
    restart = restart_for(config.uploads_bucket, latest, record, now, overdue)
    if restart is None:
        return None
    try:
        if restart.abandon:
            records.abandon(claim_for(restart.upload, restart.abandon, config.id_salt))
    except Superseded:
        return None  # it was finished meanwhile
    return "restarted" if _start(restart) else "given_up"


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
