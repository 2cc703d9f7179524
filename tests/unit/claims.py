"""Claims on the record of an uploaded object, as ValidateImage makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.claiming import Claiming
from image_pipeline.events import event_from
from image_pipeline.records import Records

from .conftest import EXECUTION, TABLE

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload


def claim_for(
    event: dict[str, Any],
    execution: str = EXECUTION,
    salt: bytes = b"",
    *,
    keep_last_approved: bool = True,
) -> tuple[Upload, Claim]:
    """Claim the record for an event; return the upload and the claim."""
    claiming = Claiming(Records(TABLE), salt, keep_last_approved)
    claim, upload = claiming.claim(event_from(event), execution)
    return upload, claim
