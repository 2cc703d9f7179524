"""On a schedule: finds uploads that got stuck or were dropped, and starts them again."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.observability import count, logger, observed
from image_pipeline.records import Records
from sweep.restarting import Action, restart_overdue
from sweep.walk import newest_uploads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where to look, after how many seconds, the most restarts of one sweep, the ids' salt."""

    table_name: str
    uploads_bucket: str
    state_machine_arn: str
    overdue_seconds: int
    restarts_per_sweep: int
    id_salt: bytes


settings = load(Settings)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Any event in; `{"restarted", "given_up"}` out, both counts.

    Raises:
        ExceptionGroup: some uploads could not be restarted; the next sweep tries them again.
    """
    uploads = newest_uploads(records, settings.uploads_bucket, context)
    taken, errors = restart_overdue(uploads, datetime.now(UTC), settings, records)
    counts = {str(action): taken[action] for action in (Action.RESTARTED, Action.GIVEN_UP)}
    count("UploadsRestarted", taken[Action.RESTARTED])
    logger.info("swept", extra=counts)
    if errors:
        raise ExceptionGroup("uploads that could not be restarted", errors)
    return counts
