"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SweepConfig:
    """Where to look, after how many seconds, and how many uploads to start again; the ids' salt."""

    table_name: str
    uploads_bucket: str
    state_machine_arn: str
    overdue_seconds: int
    restarts_per_sweep: int
    id_salt: bytes
