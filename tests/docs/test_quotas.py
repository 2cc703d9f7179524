"""The quotas of docs/quotas.md."""

from __future__ import annotations

import pytest

from benchmarks.quotas import VOLUMES, busy_seconds, peak_rate
from tests.docs.pages import page
from tests.docs.quotas import found


def test_a_hundred_million_pictures_are_380_in_the_busiest_second() -> None:
    assert peak_rate(100_000_000) == pytest.approx(380.5, abs=0.1)


def test_half_a_vcpu_doubles_the_work_but_not_the_wait() -> None:
    photo = {"functions": {"StoreFunction": {"requests": 2, "cpu": 0.1, "waiting": 0.3}}}
    assert busy_seconds(photo, {"StoreFunction": 1769}) == pytest.approx(0.8)
    assert busy_seconds(photo, {"StoreFunction": 884.5}) == pytest.approx(1.0)


@pytest.mark.parametrize("volume", VOLUMES)
def test_the_table_has_the_need_of_each_volume(volume: int) -> None:
    column = VOLUMES.index(volume) + 3
    rows = [line for line in page("docs/quotas.md").splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(found())
    for row, quota in zip(rows, found(), strict=True):
        cell = row.strip("| ").split(" | ")[column]
        shown = float(cell.strip("*").split()[0].strip(":").replace(",", ""))
        assert shown == pytest.approx(quota.need(volume), rel=0.06)
        assert ("**" in cell) == (quota.need(volume) > quota.largest)


def test_rekognition_is_the_first_quota_that_is_short() -> None:
    short = {
        volume: [each.service for each in found() if not each.suffices(volume)]
        for volume in VOLUMES
    }
    assert short[1_000_000] == []
    assert short[10_000_000] == []
    assert "Rekognition" in short[100_000_000]
