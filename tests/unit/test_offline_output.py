"""What a function writes while a test that captures the output begins or ends."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from local.aws.logs.output import copied

if TYPE_CHECKING:
    import pytest


def test_lines_are_copied_and_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    captured, lines = io.StringIO(), list[str]()
    monkeypatch.setattr(sys, "stdout", captured)
    with copied(lines.append):
        sys.stdout.write("one\ntwo\n")
        sys.stdout.write("no end")
    assert sys.stdout is captured
    assert lines == ["one", "two", "no end"]
    assert captured.getvalue() == "one\ntwo\nno end"


def test_a_function_that_outlives_a_test_does_not_bring_its_output_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", first)
    with copied(list[str]().append):
        # The test ends, and the next one begins.
        first.close()
        sys.stdout = second
    assert sys.stdout is second


def test_lines_are_copied_after_the_output_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    captured, lines = io.StringIO(), list[str]()
    monkeypatch.setattr(sys, "stdout", captured)
    with copied(lines.append):
        captured.close()
        sys.stdout.write("late\n")
        sys.stdout.flush()
    assert lines == ["late"]
