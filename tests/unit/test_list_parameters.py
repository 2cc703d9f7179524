"""GET /images refuses malformed parameters by their names, without asking any service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .asking import get

if TYPE_CHECKING:
    from .conftest import Context

MOMENTS = (
    *("", "yesterday", "2026-02-30", "2026-13-01", "26-11-27", "2026-11-27T25:00:00Z"),
    *("2026-11-27T05:00:00 01:00", "٢٠٢٦-11-27", "\ud800", "2026-11-27\0", "0000-00-00"),
    *("2026-W48-5", "2026-11-27T05:00:00Z\n", "20261127", "2026-11-27T05:00:60Z"),
)
MALFORMED = {
    "limit": ("0", "101", "-1", "2.5", "ten", "", "9" * 400),
    "status": ("", "APPROVED", "lost", "approved,review"),
    "from": MOMENTS,
    "to": MOMENTS,
    "next": ("", "x", "=" * 8, "ü" * 9, "\ud800", "A" * 90, "A" * 513),
    "key": ("", "k" * 1025),
}


@pytest.mark.parametrize("field", MALFORMED)
def test_a_malformed_parameter_is_refused_by_name(
    context: Context, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setattr("image_pipeline.stack_secrets.read", lambda _: b"key")
    for value in MALFORMED[field]:
        answer = get(context, "/images", **{f"{field}_": value})
        assert answer.status == 400, value
        assert [each["field"] for each in answer.body["errors"]] == [field], value
