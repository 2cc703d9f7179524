"""Calls a step's handler with what the step before it would hand over."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from image_pipeline.events import claim_for, upload_from
from image_pipeline.models import to_dict
from image_pipeline.records import Records

from .conftest import EXECUTION, TABLE

if TYPE_CHECKING:
    from .conftest import Account, Context


def image_of(account: Account, data: bytes, format_name: str) -> dict[str, Any]:
    """What a step after `ValidateImage` is given for an upload."""
    upload = upload_from(account.created(account.upload("uploads/a", data), len(data)))
    claim = claim_for(upload, EXECUTION, b"")
    Records(TABLE).claim(claim, upload)
    return {
        "claim": to_dict(claim),
        "upload": to_dict(upload),
        "facts": {"format": format_name, "content_type": "image/x", "width": 40, "height": 30},
        "picture": {
            "object": to_dict(upload.object),
            "format": format_name,
            "bytes": len(data),
        },
    }


def call(function: str, image: dict[str, Any], context: Context) -> Any:
    """The answer of the handler in a function's folder."""
    return importlib.import_module(f"{function}.handler").handler({"image": image}, context)
