"""Schemas of bodies and headers that several answers share, by their names in OpenAPI.

Only the OpenAPI document reads them: no other request pays for their import.
"""

from __future__ import annotations

from typing import Any

from api.schemas import image, lists, problem

SCHEMAS: dict[str, dict[str, Any]] = {**image.SCHEMAS, **lists.SCHEMAS, **problem.SCHEMAS}
EXAMPLES: dict[str, Any] = {**image.EXAMPLES, **lists.EXAMPLES, **problem.EXAMPLES}
"""Bodies that fit the schema of the same name."""
