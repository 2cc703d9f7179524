"""The resource types that the offline AWS supports: one module per service.

Another type, or another property of one of these, has to be added here.
"""

from __future__ import annotations

from local.aws.resources import (
    api,
    database,
    distributions,
    functions,
    identities,
    messages,
    monitoring,
    objects,
    releases,
    schedules,
    secrets,
    sign_in,
    workflow,
)
from local.aws.resources.registry import MAKERS, Made, New, remove, update

__all__ = [
    "MAKERS",
    "Made",
    "New",
    "api",
    "database",
    "distributions",
    "functions",
    "identities",
    "messages",
    "monitoring",
    "objects",
    "releases",
    "remove",
    "schedules",
    "secrets",
    "sign_in",
    "update",
    "workflow",
]
