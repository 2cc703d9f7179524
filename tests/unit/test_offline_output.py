"""What a function writes while a test that captures the output begins or ends."""

from __future__ import annotations

import io
import sys
import threading
from typing import TYPE_CHECKING

from local.aws.logs.output import collected

if TYPE_CHECKING:
    import pytest


def test_lines_are_not_mixed_with_what_others_print(monkeypatch: pytest.MonkeyPatch) -> None:
    captured, lines = io.StringIO(), list[str]()
    monkeypatch.setattr(sys, "stdout", captured)
    invoked, printed = threading.Event(), threading.Event()

    def command() -> None:
        assert invoked.wait(60)
        sys.stdout.write("three\n")
        printed.set()

    thread = threading.Thread(target=command)
    thread.start()
    with collected(lines.append):
        sys.stdout.write("one\nt")
        invoked.set()
        assert printed.wait(60)
        sys.stdout.write("wo\n")
        sys.stdout.write("no end")
    thread.join()
    assert sys.stdout is captured
    assert lines == ["one", "two", "no end"]
    assert captured.getvalue() == "three\n"


def test_a_function_that_outlives_a_test_does_not_bring_its_output_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", first)
    with collected(list[str]().append):
        # The test ends, and the next one begins.
        first.close()
        sys.stdout = second
    assert sys.stdout is second


def test_lines_are_collected_after_the_output_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    captured, lines = io.StringIO(), list[str]()
    monkeypatch.setattr(sys, "stdout", captured)
    with collected(lines.append):
        captured.close()
        sys.stdout.write("late\n")
        sys.stdout.flush()
    assert lines == ["late"]
