"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RejectConfig:
    """Where the refusal is written, where half-made renditions are removed, the ids' salt."""

    table_name: str
    renditions_bucket: str
    id_salt: bytes
