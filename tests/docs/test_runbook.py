"""The runbook has a section for every alarm, and every section what it takes."""

from __future__ import annotations

import re

import pytest

from local.aws.logs.insights.commands import parsed
from tests.docs.pages import PAGES, ROOT
from tests.runbook.book import SETUP, USER, Section, alarms, sections
from tests.template.documents import written


def test_every_alarm_that_publishes_has_a_section_and_every_section_such_an_alarm() -> None:
    publishing = {
        name
        for name, resource in written()["Resources"].items()
        if resource["Type"] in {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}
        and "AlarmActions" in resource["Properties"]
    }
    assert {each.heading for each in alarms()} == publishing


def test_the_section_of_an_alarm_on_alarms_names_them() -> None:
    rules = {
        name: str(resource["Properties"]["AlarmRule"])
        for name, resource in written()["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
    }
    assert rules
    for name, rule in rules.items():
        for part in re.findall(r"\$\{(\w+)\}", rule):
            assert f"`{part}`" in sections()[name].text


@pytest.mark.parametrize("section", alarms(), ids=lambda each: each.heading)
def test_a_section_says_what_to_look_at_what_to_do_and_when_it_is_over(section: Section) -> None:
    assert len(section.blocks) >= 2
    assert section.blocks[-1].splitlines()[-1] == f"alarm {section.heading}"
    assert "\nIt is over when " in section.text
    # The meaning comes first, in words.
    meaning = section.text.partition("```")[0].splitlines()[2]
    assert meaning.endswith(".")
    assert len(meaning) > 40


def test_the_offline_aws_answers_every_query_of_the_pages_and_of_the_stack() -> None:
    saved = [
        str(resource["Properties"]["QueryString"])
        for resource in written()["Resources"].values()
        if resource["Type"] == "AWS::Logs::QueryDefinition"
    ]
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    blocks = re.findall(
        r"^```\n((?:fields|filter|stats) .*?)^```$", pages, re.MULTILINE | re.DOTALL
    )
    run = re.findall(r"^insights \w+ '([^']+)'$", pages, re.MULTILINE)
    assert blocks
    assert run
    for query in [*saved, *blocks, *run]:
        assert parsed(query).commands


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
