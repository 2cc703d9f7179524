"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ApiConfig:
    """What the API reads, for how many seconds its URLs live, and what the ids are salted with."""

    table_name: str
    renditions_bucket: str
    url_lifetime_seconds: int
    id_salt: bytes
