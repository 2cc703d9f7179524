"""The runbook has a section for every alarm, and every section what it takes."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT
from tests.runbook.book import SETUP, USER, Section, alarms, sections
from tests.template.documents import of_type

_LINK = re.compile(r"\]\(#([a-z-]+)\)")


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    assert {each.heading for each in alarms()} == set(of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("section", alarms(), ids=lambda each: each.heading)
def test_a_section_says_what_to_look_at_what_to_do_and_when_it_is_over(section: Section) -> None:
    assert len(section.blocks) >= 2
    assert section.blocks[-1].splitlines()[-1] == f"alarm {section.heading}"
    assert "\nIt is over when " in section.text
    # The meaning comes first, before any command.
    assert section.text.index(". ") < section.text.index("```") or ".\n" in section.text


def test_the_page_begins_with_what_a_user_says() -> None:
    assert list(sections())[:2] == [SETUP, USER]
    assert "python -m ops trace" in sections()[USER].blocks[0]


def test_alarms_are_described_in_one_place() -> None:
    table = [
        line
        for line in (ROOT / "docs" / "operations.md").read_text().splitlines()
        if line.startswith("| `") and "Alarm`" in line
    ]
    assert table == []
