"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ValidateConfig:
    """Limits of what is let in, the ids' salt. Pixels are width × height × frames."""

    table_name: str
    max_upload_bytes: int
    max_pixels: int
    id_salt: bytes
