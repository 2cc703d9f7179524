"""The pure model of a month's bill, against worked examples that were published elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest

from ops.cost import model
from ops.cost.prices import Price, prices


def usd(quantities: dict[str, float], *, free: bool = True, tiers: bool = True) -> float:
    return model.bill(quantities, free_tier=free, volume_tiers=tiers).total


def test_a_million_requests_of_200_ms_with_256_mb_on_x86_without_free_tier() -> None:
    assert usd(model.functions(1e6, 0.2, 256, "x86_64"), free=False) == pytest.approx(
        1.03, abs=5e-3
    )


def test_half_a_million_requests_of_100_ms_with_256_mb_on_arm_are_free() -> None:
    assert usd(model.functions(5e5, 0.1, 256, "arm64")) == 0


def test_ten_million_requests_of_200_ms_with_512_mb_on_arm() -> None:
    # After the free million of requests and 400,000 GB-seconds.
    assert usd(model.functions(1e7, 0.2, 512, "arm64")) == pytest.approx(9.80, abs=5e-3)


def test_a_hundred_million_requests_of_300_ms_with_1_gb_on_x86_and_an_http_api() -> None:
    # Lambda's free tier, which is for always; the API's is for a year, and not in the table.
    quantities = {**model.functions(1e8, 0.3, 1024, "x86_64"), "api_requests": 1e8}
    assert usd(quantities) == pytest.approx(613, abs=0.5)


def test_a_billion_requests_of_500_ms_with_2_gb_on_x86_and_an_http_api() -> None:
    quantities = {**model.functions(1e9, 0.5, 2048, "x86_64"), "api_requests": 1e9}
    # The published figure is without any free tier, and at $1.00 per million of all API requests.
    assert usd(quantities, free=False, tiers=False) == pytest.approx(17_866, abs=1)
    # From 300 million, API Gateway takes $0.90; and Lambda's free tier is worth $6.87.
    assert usd(quantities, free=False) == pytest.approx(17_796.70, abs=0.01)
    assert usd(quantities) == pytest.approx(17_789.83, abs=0.01)


def test_a_million_requests_of_200_ms_with_512_mb_against_a_t3_small() -> None:
    on_lambda = usd(model.functions(1e6, 0.2, 512, "x86_64"), free=False)
    assert on_lambda == pytest.approx(1.87, abs=5e-3)
    assert usd(model.ec2("t3.small")) == pytest.approx(15.18, abs=5e-3)


def test_provisioned_concurrency_of_50_with_512_mb_for_30_days() -> None:
    assert usd(model.provisioned(50, 512, "x86_64", hours=720)) == pytest.approx(270, abs=0.01)


def test_a_fargate_task_with_a_quarter_vcpu_and_half_a_gigabyte() -> None:
    # 730 × (0.25 × $0.04048 + 0.5 × $0.004445) = $9.01: the published $9.10 is within 1 %.
    assert usd(model.fargate(0.25, 0.5, "x86_64")) == pytest.approx(9.01, abs=5e-3)
    assert usd(model.fargate(0.25, 0.5, "x86_64")) == pytest.approx(9.10, rel=0.01)


def test_express_executions_are_billed_in_chunks() -> None:
    a_chunk = 64 / 1024 * 0.1
    assert model.express(1, 0.01, 1)["states_express"] == pytest.approx(a_chunk)
    assert model.express(1, 0.3, 64)["states_express"] == pytest.approx(3 * a_chunk)
    assert model.express(1, 0.31, 65)["states_express"] == pytest.approx(8 * a_chunk)
    assert usd(model.express(1e6, 0.1, 64)) == pytest.approx(1.00 + 1e6 * a_chunk * 0.06 / 3600)


def test_a_hundred_million_express_executions_of_ten_seconds() -> None:
    # The own example of AWS: $100.00 for requests, $382.97 for 62.5 million GB-seconds in tiers.
    assert usd(model.express(1e8, 10, 62.85)) == pytest.approx(482.97, abs=5e-3)


def test_standard_executions_are_billed_by_transition() -> None:
    assert usd(model.standard(1_000, 8)) == pytest.approx(0.10)
    assert usd(model.standard(1_000, 8), free=False) == pytest.approx(0.20)


@pytest.mark.parametrize(
    ("images", "expected"),
    [(1e6, 1_000), (5e6, 4_200), (35e6, 22_200), (100e6, 38_450)],
)
def test_rekognition_becomes_cheaper_with_volume(images: float, expected: float) -> None:
    assert usd({"rekognition": images}) == pytest.approx(expected)


def test_a_bill_names_each_service_once() -> None:
    made = model.bill({"s3_puts": 2_000, "rekognition": 1_000, "s3_gets": 10_000})
    assert made.by_service() == pytest.approx({"S3": 0.014, "Rekognition": 1.0})
    assert made.total == pytest.approx(1.014)
    assert made.without("Rekognition") == pytest.approx(0.014)


@pytest.mark.parametrize("each", prices().values(), ids=lambda each: each.name)
def test_every_price_has_a_date_and_a_source(each: Price) -> None:
    assert isinstance(each.date, dt.date)
    assert each.source.startswith("https://aws.amazon.com/")
    assert len(each.tiers) == len(each.bounds) + 1
    assert list(each.bounds) == sorted(each.bounds)
    assert list(each.tiers) == sorted(each.tiers, reverse=True)
    assert each.usd > 0
