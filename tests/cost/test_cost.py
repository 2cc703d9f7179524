"""What uploads cost, counted on the offline AWS."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from benchmarks.cost.__main__ import count, dollars, recorded_cpu, with_cpu
    from benchmarks.cost.pictures import drawn
    from local.aws.offline import OfflineAws
    from ops.cli import main
    from ops.cost.usage import RECORD, Measured, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

RISE = 1.02
SMALLER = 0.2


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    """One of its own: the sweep, which is counted, would restart what other tests have left."""
    with OfflineAws(parameters={"WebhookUrl": "http://127.0.0.1:9/"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def counted(aws: OfflineAws) -> Measured:
    """What smaller pictures of the same kinds use now, with the CPU of the record."""
    return with_cpu(count(aws, drawn(SMALLER)), recorded_cpu())


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("part", ["all", "without_rekognition"])
def test_ordinary_pictures_cost_no_2_percent_more(
    counted: Measured, workflow: str, part: str
) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["usd_per_thousand"]
    now, before = dollars(counted)[workflow][part], recorded[workflow][part]
    assert now < before * RISE, (
        f"1,000 ordinary pictures cost ${now:.4f} instead of ${before:.4f}. If they are worth it: "
        "python -m benchmarks.cost --recorded --json docs/cost_usage.json, and make docs"
    )
    # A record that is out of date would hide the next rise.
    assert now > before / RISE, "renew the record, as above"


def test_another_call_for_each_picture_is_noticed(counted: Measured) -> None:
    kinds = {
        name: replace(
            each, quantities={**each.quantities, "s3_puts": each.quantities["s3_puts"] + 2}
        )
        for name, each in counted.kinds.items()
    }
    before = dollars(counted)["STANDARD"]["without_rekognition"]
    assert dollars(replace(counted, kinds=kinds))["STANDARD"]["without_rekognition"] > before * RISE


def test_the_record_has_the_states_and_calls_of_now(counted: Measured) -> None:
    for kind, usage in counted.kinds.items():
        assert sorted(usage.states) == sorted(measured().kinds[kind].states)
        assert usage.functions.keys() == measured().kinds[kind].functions.keys()


@pytest.mark.usefixtures("counted")
def test_a_deployed_stack_is_read(aws: OfflineAws, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--stack", aws.deployment.stack, "--pictures", "1000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    used = {line["price"]: line["quantity"] for line in found["month"]["lines"]}
    assert used["secrets"] == 2  # the deployed one has webhooks, too
    assert found["pictures"] == 1000
