"""What the pages list is what the code, the template and the measurements have."""

from __future__ import annotations

import re

from image_pipeline.errors import Reason
from image_pipeline.status import Status
from local.table import NOTICE
from pictures.formats import FORMATS
from tests.docs.pages import ROOT, code, page, section, table
from tests.template.documents import of_type, written
from thumbnail.encode import Format
from thumbnail.specs import Fit

# How the README spells the formats that have another name in the registry.
SPELLED = {
    "WEBP": "WebP",
    "JPEG2000": "JPEG 2000",
    "JXL": "JPEG XL",
    "HEIF": "HEIC",
    "RAW": "camera RAW",
}


def test_every_reason_is_explained_once() -> None:
    rows = table("docs/api.md", "## Reasons")
    listed = [reason for row in rows for reason in code(row[0])]
    assert sorted(listed) == sorted(Reason)
    assert {row[1] for row in rows} < set(Status)


def test_every_status_is_explained() -> None:
    rows = table("docs/architecture.md", "## Status")
    assert [code(row[0]) for row in rows] == [[status] for status in Status]
    assert [name for name in code(section("docs/api.md", "## Reasons")) if name in set(Status)] == [
        *Status
    ]


def test_the_readme_lists_every_accepted_format() -> None:
    (listed,) = re.findall(r"\*\*Accepts\*\* (.+?)\. ", page("README.md"))
    assert set(re.split(r", | and ", listed)) == {SPELLED.get(name, name) for name in FORMATS}


def test_every_part_of_a_rendition_is_explained() -> None:
    rows = {row[0]: code(row[1]) for row in table("docs/parameters.md", "## Renditions")}
    assert {value.partition("(")[0] for value in rows["fit"]} == set(Fit)
    assert rows["format"] == [*Format]


def test_every_route_is_documented() -> None:
    events = [
        event["Properties"]
        for resource in written()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    every = {f"{event['Method']} {event['Path']}" for event in events}
    page = {route for route in every if route.startswith("GET /console")}
    assert {code(row[0])[0] for row in table("docs/console.md", "## Routes")} == page
    routes = every - page
    listed = [code(row[0])[0] for row in table("docs/api.md", "## Routes")]
    assert {route.partition("?")[0] for route in listed} == routes


def test_the_alarm_metrics_that_are_paid_for_are_counted() -> None:
    def paid(**parameters: str) -> int:
        alarms = of_type("AWS::CloudWatch::Alarm", **parameters).values()
        parts = [each for alarm in alarms for each in alarm.get("Metrics", ())]
        return sum("MetricName" in each for each in alarms) + sum(
            "MetricStat" in each for each in parts
        )

    monitoring = section("docs/operations.md", "## Cost")
    numbers = [int(number) for number in re.findall(r"(\d+) alarm metrics", monitoring)]
    assert numbers == [paid(), paid(DailyBudgetDollars="1") - paid()]


def test_the_folders_of_the_layout_exist() -> None:
    rows = table("docs/development.md", "## Layout")
    names = [name for row in rows for name in code(row[0])]
    assert [name for name in names if "<" not in name and not (ROOT / name).exists()] == []
    suites = {folder.name for folder in (ROOT / "tests").iterdir() if any(folder.glob("*.py"))}
    (tests,) = (row[1] for row in rows if code(row[0]) == ["tests/"])
    assert suites - {"support"} <= set(code(tests))


def test_the_readme_shows_what_the_command_line_prints() -> None:
    assert NOTICE in page("README.md")


def test_the_figures_in_the_readme_are_those_that_were_measured() -> None:
    readme = page("README.md")
    ratios = [float(row[1]) for row in table("docs/performance.md", "## Renditions")]
    assert f"{min(ratios):.2f} to {max(ratios):.2f} times the CPU of sharp" in readme
    *_, together = table("docs/performance.md", "## Cost")
    assert f"${float(together[-1].strip('*')):.2f} per 1,000" in readme
    matrix, _, _ = page("docs/faults.md").partition("## Everything at once")
    cells = [
        cell
        for row in re.findall(r"^\|(?! call|---)(.+)\|$", matrix, re.MULTILINE)
        for cell in row.split("|")[1:]
    ]
    assert f"{sum(cell.strip() != '–' for cell in cells)} combinations" in readme


def test_decisions_are_numbered_and_name_files_that_exist() -> None:
    decisions = page("docs/decisions.md")
    numbers = [int(number) for number in re.findall(r"^### (\d+)\. ", decisions, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    roots = [ROOT, ROOT / "functions", *ROOT.glob("layers/*")]
    named = [name for name in code(decisions) if re.search(r"/.*\.py$|Makefile$", name)]
    assert [name for name in named if not any((root / name).exists() for root in roots)] == []
