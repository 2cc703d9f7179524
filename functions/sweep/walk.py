"""The walk over the uploads bucket, which one sweep begins and a later one may continue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_pipeline import storage
from image_pipeline.object_keys import UPLOADS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from image_pipeline.records import Records
    from image_pipeline.storage import Latest

# A page holds up to a thousand versions, and each may need a read of the table.
_MILLISECONDS_FOR_A_PAGE = 30_000


def newest_uploads(records: Records, bucket: str, context: LambdaContext) -> Iterator[Latest]:
    """Iterate over newest versions, from the position of the last sweep, while time permits.

    The position is saved after every page; at the end of the bucket it returns to the beginning.
    """
    after = records.sweep_position()
    while True:
        page, after = storage.list_latest(bucket, UPLOADS_PREFIX, after)
        yield from page
        records.save_sweep_position(after)
        if not after or context.get_remaining_time_in_millis() < _MILLISECONDS_FOR_A_PAGE:
            return
