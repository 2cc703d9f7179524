"""On a schedule: finds uploads that got stuck or were dropped, and starts them again."""

from __future__ import annotations

from image_pipeline.start import start

start()

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.config import load
from image_pipeline.object_keys import UPLOADS_PREFIX
from image_pipeline.observability import count, logger, observed
from image_pipeline.records import Records
from sweep.config import SweepConfig
from sweep.restarting import Done, bring_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from image_pipeline.storage import Latest

config = load(SweepConfig)
records = Records(config.table_name)
# A page of a thousand versions may need a read of the table for each.
_MILLISECONDS_FOR_A_PAGE = 30_000


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Any event in; `{"restarted", "given_up"}` out, both counts.

    Raises:
        ExceptionGroup: some could not be started; the others were, and the next sweep finds these.
    """
    now = datetime.now(UTC)
    done: Counter[Done] = Counter()
    failures: list[Exception] = []
    for latest in _uploads(context):
        try:
            done[bring_on(latest, now, config, records)] += 1
        except Exception as failure:  # noqa: BLE001 - one upload must not keep the others waiting
            failures.append(failure)
        if done[Done.RESTARTED] + len(failures) >= config.restarts_per_sweep:
            break
    counts = {str(each): done[each] for each in (Done.RESTARTED, Done.GIVEN_UP)}
    count("UploadsRestarted", done[Done.RESTARTED])
    logger.info("swept", extra=counts)
    if failures:
        raise ExceptionGroup("uploads that could not be started again", failures)
    return counts


def _uploads(context: LambdaContext) -> Iterator[Latest]:
    """The newest versions, from where the last sweep ended until the end or until time is up."""
    after = records.swept_up_to()
    while True:
        page, after = storage.list_latest(config.uploads_bucket, UPLOADS_PREFIX, after)
        yield from page
        records.sweep_on_from(after)
        if not after or context.get_remaining_time_in_millis() < _MILLISECONDS_FOR_A_PAGE:
            return
