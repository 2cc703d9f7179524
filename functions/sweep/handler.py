"""On a schedule: reconciles the records with the bucket, and ends what executions have left."""

from __future__ import annotations

from image_pipeline.start import start

start()

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.observability import logger, observed
from image_pipeline.records import Records
from sweep.reconcile import Sweep
from sweep.state import held

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Waits for AWS, not for the processor.
_THREADS = 10
_SCHEDULED = "Scheduled Event"


@dataclass(frozen=True)
class Settings:
    """Where to look and announce, what to start, how long events take, the ids' salt."""

    table_name: str
    uploads_bucket: str
    renditions_bucket: str
    distribution_id: str | None
    state_machine_arn: str
    uploads_queue_url: str | None
    outcomes_topic_arn: str
    overdue_seconds: int
    restarts_per_sweep: int
    id_salt: bytes


settings = load(Settings)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Any event in; `{"restarted", "given_up"}` out, both counts: 0 while another sweep works.

    An event that is not the schedule's has bucket and table compared at once.

    Raises:
        ExceptionGroup: some uploads could not be looked after; the next sweep tries them again.
    """
    seconds = context.get_remaining_time_in_millis() / 1000
    with (
        held(settings.table_name, context.aws_request_id, seconds) as state,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        if state is None:
            logger.info("another sweep is at work")
            return {"restarted": 0, "given_up": 0}
        is_scheduled = event.get("detail-type") == _SCHEDULED
        milliseconds_left = context.get_remaining_time_in_millis
        return Sweep(settings, records, is_scheduled, milliseconds_left, pool).run(state)
