"""Of the whole matrix of faults, one for each call; `make faults` tries them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated
from tests.faults.kinds import KINDS

with isolated():
    from tests.faults.matrix import PAGE, Case, new_sites, sites, try_out
    from tests.faults.uploads import Fault, Trial, pictures

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def test_every_call_may_go_wrong(aws: OfflineAws) -> None:
    """A call, and a way to go wrong that it shares with as few others as possible."""
    names, holes = list(KINDS), []
    found = {picture: sites(aws, picture) for picture in pictures()}
    for picture, calls in new_sites(found):
        for number, site in enumerate(calls):
            shifted = names[number % len(names) :] + names[: number % len(names)]
            kind = next(
                name for name in shifted if KINDS[name].possible(site.caller, site.operation)
            )
            result = try_out(aws, Case(picture, Fault(site, kind, 1 + number % 2)))
            holes += [(str(site), kind, hole) for hole in result.holes]
    assert holes == []


@pytest.mark.parametrize("kind", ["server error", "killed after"])
def test_a_harness_that_sees_nothing_would_be_noticed(aws: OfflineAws, kind: str) -> None:
    """A fault that stays is a failure, and the redrive is what mends it."""
    (site,) = (
        each
        for each in sites(aws, "converted")
        if each.operation == "UpdateItem" and each.caller == "StoreFunction"
    )
    trial = Trial(aws, f"uploads/seen/{kind}", Fault(site, kind, 1000))
    left = trial.upload(pictures()["converted"])
    assert left.record["status"] == "failed"
    assert trial.redrive().record["status"] == "approved"


def test_the_page_has_a_row_for_every_call(aws: OfflineAws) -> None:
    found = {picture: sites(aws, picture) for picture in pictures()}
    rows = [
        line[2:].partition(" | ")[0]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| call |")
    ]
    new = [str(site) for _, calls in new_sites(found) for site in calls]
    # The branches run side by side, so their order may differ.
    assert sorted(rows) == sorted(new), "run make faults"
