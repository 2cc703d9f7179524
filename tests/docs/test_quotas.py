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


def test_the_rate_of_the_api_is_short_first_and_rekognition_is_the_first_quota_of_aws() -> None:
    short = {
        volume: [each.service for each in found() if not each.suffices(volume)]
        for volume in VOLUMES
    }
    assert short[1_000_000] == []
    assert short[10_000_000] == ["this stack"]
    quotas = sorted(found(), key=lambda each: each.per_picture / each.largest, reverse=True)
    assert [each.service for each in quotas[:3]] == ["this stack", "Rekognition", "Step Functions"]
    assert {each.service for each in quotas[:3]} == set(short[100_000_000])


def test_every_service_that_an_upload_passes_has_a_quota() -> None:
    assert {each.service for each in found()} == {
        *("EventBridge", "Step Functions", "Lambda", "Rekognition", "SNS"),
        *("DynamoDB", "S3", "API Gateway", "this stack"),
    }


def test_the_text_says_from_which_volume_each_quota_is_short() -> None:
    text = " ".join(page("docs/quotas.md").split())
    assert "2.6 million pictures a month" in text
    assert "13 million, in small regions from 1.3 million" in text
    assert "79 million, in small regions from 39 million" in text
    first = {
        (each.service, each.name.partition(" ")[0]): (
            each.largest / each.per_picture / peak_rate(1),
            each.elsewhere / each.per_picture / peak_rate(1),
        )
        for each in found()
    }
    assert first["this stack", "requests"][0] == pytest.approx(2.6e6, rel=0.02)
    assert first["Rekognition", "DetectModerationLabels"] == pytest.approx((13e6, 1.3e6), rel=0.02)
    assert first["Step Functions", "StartExecution"] == pytest.approx((79e6, 39e6), rel=0.02)
