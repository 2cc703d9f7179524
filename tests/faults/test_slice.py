"""One fault for each call of a run; `make faults` tries the whole matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated
from tests.faults.kinds import KINDS

with isolated():
    from tests.faults import page
    from tests.faults.chaos import report
    from tests.faults.matrix import Case, new_sites, sites, try_out
    from tests.faults.trial import FOR_GOOD, Fault, Trial
    from tests.faults.uploads import uploads

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from tests.faults.trial import Site


def kind_for(number: int, site: Site) -> str:
    """The n-th kind of fault, or the next one that is possible at a call."""
    names = list(KINDS)
    shifted = names[number % len(names) :] + names[: number % len(names)]
    return next(name for name in shifted if KINDS[name].possible(site.caller, site.operation))


@pytest.mark.slow
def test_no_invariant_is_violated_whichever_call_fails(aws: OfflineAws) -> None:
    violations = []
    found = {upload: sites(aws, upload) for upload in uploads()}
    for upload, calls in new_sites(found):
        for number, site in enumerate(calls):
            fault = Fault(site, kind_for(number, site), 1 + number % 2)
            result = try_out(aws, Case(upload, fault))
            violations += [(str(site), fault.kind, each) for each in result.violations]
    assert violations == []


@pytest.mark.parametrize(
    ("kind", "operation"), [("server error", "UpdateItem"), ("killed after", "ListObjectVersions")]
)
def test_a_permanent_fault_fails_the_upload_until_a_redrive(
    aws: OfflineAws, kind: str, operation: str
) -> None:
    site = next(
        each
        for each in sites(aws, "converted")
        if each.operation == operation and each.caller == "StoreFunction"
    )
    trial = Trial(aws, f"uploads/seen/{kind}", Fault(site, kind, FOR_GOOD))
    left = trial.upload(uploads()["converted"])
    assert left.record["status"] == "failed"
    assert trial.redrive().record["status"] == "approved"


def test_the_page_has_a_row_for_every_call_in_the_order_of_the_workflow(aws: OfflineAws) -> None:
    found = {upload: sites(aws, upload) for upload in uploads()}
    rows = page.rows(page.PATH.read_text(encoding="utf-8"), "STANDARD")
    assert rows == [str(site) for _, calls in new_sites(found) for site in calls], "run make faults"


def test_the_page_says_what_the_random_driver_has_shown() -> None:
    text = page.PATH.read_text(encoding="utf-8")
    assert text.endswith(report.section()), "run make chaos RECORD=yes"
    assert all(total.broken == 0 for total in report.recorded().values())
