"""The mutants themselves: what is changed, that the sample is reproducible, and the score."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutants.document_operators import nodes
from tests.mutants.mutant import AREAS, FUNCTIONS, Change, Mutant, Place, sources
from tests.mutants.python_mutants import python_mutants
from tests.mutants.sample import sample
from tests.mutants.score import Outcome, Result, counts, page, reviewed, score
from tests.mutants.template_mutants import template_mutants
from tests.mutants.workflow_mutants import workflow_mutants

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]


def changes(mutants: Iterable[Mutant]) -> set[tuple[str, str]]:
    found = (Change.between(mutant.original, mutant.mutated()) for mutant in mutants)
    return {(change.before, change.after) for change in found}


PYTHON = '''\
"""A module."""
from typing import TYPE_CHECKING
LIMIT = 50_000
if TYPE_CHECKING:
    import os
@cache(1)
def smaller(width: "int", mode: str = "RGB") -> int:
    """A function."""
    if width < 7:
        raise ValueError("The picture is too small.")
    return width
'''


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LIMIT = 50_000", "LIMIT = 500000"),
        ("LIMIT = 50_000", "LIMIT = 5000"),
        ("if width < 7:", "if width <= 7:"),
        ("if width < 7:", "if width < 8:"),
        ('raise ValueError("The picture is too small.")', "pass"),
        ("return width", "return None"),
        (
            'def smaller(width: "int", mode: str = "RGB") -> int:',
            'def smaller(width: "int", mode: str = "rgb") -> int:',
        ),
    ],
)
def test_python_is_changed(before: str, after: str) -> None:
    assert (before, after) in changes(python_mutants(FUNCTIONS, "a.py", PYTHON))


def test_types_decorators_docstrings_and_messages_are_left_alone() -> None:
    changed = {before for before, _ in changes(python_mutants(FUNCTIONS, "a.py", PYTHON))}
    assert not [line for line in changed if "TYPE_CHECKING" in line or '"""' in line]
    assert not [line for line in changed if "cache" in line]
    afters = {after for _, after in changes(python_mutants(FUNCTIONS, "a.py", PYTHON))}
    assert not [line for line in afters if "XXThe picture" in line or "XXint" in line]


def test_a_constant_knows_its_name_and_a_statement_its_lines() -> None:
    places = {
        (place.at_import, place.names, place.lines)
        for place in (mutant.place for mutant in python_mutants(FUNCTIONS, "a.py", PYTHON))
    }
    assert (True, frozenset({"LIMIT"}), range(3, 4)) in places
    assert (False, frozenset(), range(9, 10)) in places


TEMPLATE = """\
Parameters:
  Days: {Type: Number, Default: 30, Description: How long.}
  Pixels: {Type: Number, Default: 1}
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [one, two]
      # A comment.
      Versioning: true
  Renditions:
    Type: AWS::S3::Bucket
    Properties:
      Name: !Sub ${Uploads}-renditions
      Log: !GetAtt Uploads.Arn
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Statistic: Sum
      Threshold: 4
      Pattern: "a\\\\*b"
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Threshold: 4", "Threshold: 8"),
        ("Threshold: 4", "Threshold: 2"),
        ("Threshold: 4", ""),
        ("Statistic: Sum", "Statistic: Average"),
        ("Versioning: true", "Versioning: false"),
        ("Tags: [one, two]", "Tags: [two]"),
        ("Tags: [one, two]", "Tags: [one]"),
        ("Tags: [one, two]", "Tags: [oneX, two]"),
        ("Tags: [one, two] # A comment.", ""),
        ("Log: !GetAtt Uploads.Arn", "Log: !GetAtt Renditions.Arn"),
        ("Name: !Sub ${Uploads}-renditions", "Name: !Sub ${Renditions}-renditions"),
    ],
)
def test_the_template_is_changed(before: str, after: str) -> None:
    assert (before, after) in changes(template_mutants("template.yaml", TEMPLATE))


WORKFLOW = """\
{
  "StartAt": "Look",
  "TimeoutSeconds": 60,
  "States": {
    "Look": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.format", "StringEquals": "RAW", "Next": "Convert"}],
      "Default": "Done"
    },
    "Convert": {
      "Type": "Task",
      "Resource": "${ConvertArn}",
      "ResultPath": "$.picture",
      "Retry": [{"ErrorEquals": ["A", "B"], "JitterStrategy": "FULL"}],
      "Next": "Done"
    },
    "Done": {"Type": "Succeed"}
  }
}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"StartAt": "Look",', '"StartAt": "Convert",'),
        ('"Default": "Done"', '"Default": "Look"'),
        ('"TimeoutSeconds": 60,', '"TimeoutSeconds": 120,'),
        ('"ResultPath": "$.picture",', '"ResultPath": "$",'),
        (
            '"Retry": [{"ErrorEquals": ["A", "B"], "JitterStrategy": "FULL"}],',
            '"Retry": [{"ErrorEquals": ["B"], "JitterStrategy": "FULL"}],',
        ),
        (
            '"Retry": [{"ErrorEquals": ["A", "B"], "JitterStrategy": "FULL"}],',
            '"Retry": [{"ErrorEquals": ["A", "B"], "JitterStrategy": "NONE"}],',
        ),
        (
            '"Choices": [{"Variable": "$.format", "StringEquals": "RAW", "Next": "Convert"}],',
            '"Choices": [{"Variable": "$.formatX", "StringEquals": "RAW", "Next": "Convert"}],',
        ),
    ],
)
def test_the_state_machine_is_changed(before: str, after: str) -> None:
    assert (before, after) in changes(workflow_mutants("a.asl.json", WORKFLOW))


def test_a_changed_document_can_still_be_read() -> None:
    for mutant in template_mutants("template.yaml", TEMPLATE):
        assert structure(mutant.mutated()) != structure(TEMPLATE)
    for mutant in workflow_mutants("a.asl.json", WORKFLOW):
        assert structure(mutant.mutated()) != structure(WORKFLOW)


def structure(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(node.value.tag, node.text, node.keys) for node in nodes(text)]


def test_every_source_of_the_project_is_in_an_area() -> None:
    found = sources(ROOT)
    assert set(found) == set(AREAS)
    assert all(found.values())
    packages = {path.split("/")[1] for path in found[FUNCTIONS]}
    assert packages == {
        folder.name for folder in (ROOT / "functions").iterdir() if (folder / "handler.py").exists()
    }


def test_the_same_seed_draws_the_same_mutants_and_no_line_twice() -> None:
    def drawn(seed: int) -> list[Mutant]:
        return list(sample(ROOT, 20, seed, "functions/store", lambda mutant: True))

    assert drawn(1) == drawn(1) != drawn(2)
    lines = Counter((mutant.place.path, mutant.place.line) for mutant in drawn(1))
    assert lines.total() == 20
    assert set(lines.values()) == {1}


def test_invalid_mutants_are_replaced_by_others() -> None:
    drawn = sample(ROOT, 5, 1, "statemachine", lambda mutant: mutant.operator == "path")
    assert [mutant.operator for mutant in drawn] == ["path"] * 5


def result(outcome: Outcome) -> Result:
    mutant = Mutant(FUNCTIONS, Place("a.py", 1, 0, range(1, 2)), "number", "1", lambda: "2")
    return Result(mutant, Change("one | two", ""), outcome)


def test_the_score_leaves_out_equivalent_mutants() -> None:
    results = [result(outcome) for outcome in Outcome]
    assert score(counts(results)) == pytest.approx(2 / 3)
    written = page(results, "make mutants")
    assert "| functions | 4 | 1 | 1 | 1 | 1 | 66.7% |" in written
    assert "- `a.py:1: one \\| two → (gone)`" in written


def test_every_equivalent_mutant_is_one_of_the_code_as_it_is() -> None:
    for entry in reviewed():
        lines = (ROOT / entry.path).read_text(encoding="utf-8").splitlines()
        joined = " ".join(line.strip() for line in lines)
        assert entry.change.before in joined, f"{entry.path} has changed: review it again"
        assert entry.reason
