"""The table of docs/emulators.md, which `make emulators` writes."""

from __future__ import annotations

import pytest

from tests.emulators import page
from tests.emulators.behaviors import BEHAVIORS


def test_the_table_has_a_row_for_each_behavior() -> None:
    expected = [page.documented(number) for number in range(len(BEHAVIORS))]
    assert [row[:2] for row in page.rows()] == expected, "run `make emulators`"


@pytest.mark.parametrize("row", page.rows(), ids=lambda row: row[0])
def test_the_offline_aws_does_what_is_documented(row: list[str]) -> None:
    assert row[2] == page.SAME


def test_both_emulators_ran_the_happy_path() -> None:
    (found,) = [row for row in page.rows() if row[0].startswith("A picture that is uploaded")]
    assert found[2:] == [page.SAME, page.SAME]
