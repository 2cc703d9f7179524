"""A download of which nothing more arrives ends with one timeout, not with one for each part."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from image_pipeline import storage

if TYPE_CHECKING:
    from .conftest import Account


def test_no_part_is_asked_for_after_the_first_has_failed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded = account.upload("uploads/large", b"x" * 400)
    monkeypatch.setattr(storage, "_PART", 4)
    monkeypatch.setattr(storage, "_READ_IN_PARTS", 8)
    at_once = threading.Barrier(storage._PARTS_AT_ONCE, timeout=60)
    asked: list[str] = []

    class Silent:
        """A body whose connection stays open."""

        def read(self) -> bytes:
            at_once.wait()
            raise ReadTimeoutError(endpoint_url="s3")

    class Client:
        def get_object(self, **parameters: Any) -> Any:
            asked.append(parameters["Range"])
            return {"Body": Silent()}

    monkeypatch.setattr("image_pipeline.aws.s3", Client)
    with pytest.raises(ReadTimeoutError):
        storage.read(uploaded, 400)
    assert len(asked) == storage._PARTS_AT_ONCE
