"""Calls a step's handler with what the step before it would hand over."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from image_pipeline.models import to_dict

from .claims import claim_for

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload

    from .conftest import Account, Context


def image_of(account: Account, data: bytes, format_name: str) -> dict[str, Any]:
    """What a step after `ValidateImage` is given for an upload."""
    event = account.created(account.upload("uploads/a", data), len(data))
    return image_claimed(*claim_for(event), data, format_name)


def image_claimed(upload: Upload, claim: Claim, data: bytes, format_name: str) -> dict[str, Any]:
    """What a step after `ValidateImage` is given for a claimed upload."""
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
