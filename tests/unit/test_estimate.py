"""The estimated cost in the record is that of the cost model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from image_pipeline import estimate
from image_pipeline.estimate import Work, estimated
from ops.cost.prices import price
from ops.cost.run import default_report

ARN = "arn:aws:states:us-east-1:123456789012:execution:pipeline:a"
PHOTO = Work(ARN, is_stored=True, pixels=12_000_000, renditions=4, judged=1)
WORKS = {
    "photo": PHOTO,
    "small": replace(PHOTO, pixels=1_920_000),
    "heic": replace(PHOTO, is_converted=True),
    "png": replace(PHOTO, pixels=3_686_400),
    "animation": replace(PHOTO, pixels=307_200),
    "refused": Work(ARN, is_stored=False),
}


def test_the_prices_are_those_of_the_table() -> None:
    assert price("states_standard").usd == estimate.PER_STATE
    assert price("rekognition").usd == estimate.PER_PICTURE_JUDGED
    assert price("s3_puts").usd == estimate.PER_PUT
    assert price("s3_gets").usd == estimate.PER_GET


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("kind", WORKS)
def test_the_estimate_is_within_5_percent_of_the_model(kind: str, workflow: str) -> None:
    """Without Rekognition, whose price would hide the rest."""
    report = default_report().of("arm64", workflow)
    _, modeled = replace(report, work=replace(report.work, mix={kind: 1.0})).per_thousand
    identity = ARN if workflow == "STANDARD" else "5b0c2a4e-message-1"
    work = replace(WORKS[kind], execution=identity)
    rest = estimated(work) - work.judged * estimate.PER_PICTURE_JUDGED
    assert rest * 1000 == pytest.approx(modeled, rel=0.05)


def test_an_express_execution_is_told_by_its_identity() -> None:
    assert not PHOTO.is_express
    assert replace(PHOTO, execution="5b0c2a4e/2").is_express
    assert replace(PHOTO, execution=ARN.replace("execution", "express")).is_express


def test_each_picture_that_rekognition_is_shown_costs_a_thousandth_of_a_dollar() -> None:
    assert estimated(replace(PHOTO, judged=2)) - estimated(PHOTO) == pytest.approx(0.001)
    assert estimated(replace(PHOTO, judged=0)) < 0.0004
