"""Walks a command that asks questions, in a pseudo-terminal, as a person at a keyboard would."""

from __future__ import annotations

import os
import re
import select
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_SECONDS = 240.0
# A question is a last line without an end that ends in a colon, and nothing follows it.
_SECONDS_OF_SILENCE = 0.1
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_QUESTION = re.compile(r"\s*(?P<asked>\S.*?)(?: \[(?P<default>.*)\])?: ")


@dataclass(frozen=True)
class Walk:
    """What a command asked, in order, each with its default; what it wrote; its exit status."""

    questions: Sequence[tuple[str, str | None]]
    output: str
    status: int


def walk(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    answer: Callable[[str], str],
) -> Walk:
    """Run a command in a terminal and answer everything it asks.

    Args:
        command: the program and its arguments.
        folder: to run it in.
        environment: the whole environment of the command.
        answer: called with a question; returns the line to type, "" for Enter alone.

    Raises:
        AssertionError: a question comes a second time, or the command does not end.
    """
    child, terminal = os.forkpty()
    if child == 0:
        os.chdir(folder)
        os.execve(command[0], list(command), dict(environment))
    try:
        questions, output = _converse(terminal, answer)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    return Walk(questions, output, os.waitstatus_to_exitcode(status))


def _converse(
    terminal: int, answer: Callable[[str], str]
) -> tuple[list[tuple[str, str | None]], str]:
    deadline = time.monotonic() + _SECONDS
    questions: list[tuple[str, str | None]] = []
    written, answered = b"", 0
    while time.monotonic() < deadline:
        readable, _, _ = select.select([terminal], [], [], _SECONDS_OF_SILENCE)
        if readable:
            try:
                block = os.read(terminal, 65536)
            except OSError:  # Linux's way of saying that the command has closed its end
                block = b""
            if not block:
                return questions, _plain(written)
            written += block
        elif question := _QUESTION.fullmatch(_plain(written[answered:]).rpartition("\n")[2]):
            asked = question["asked"], question["default"]
            assert asked[0] not in dict(questions), f"asked twice: {asked[0]}\n{_plain(written)}"
            questions.append(asked)
            answered = len(written)
            os.write(terminal, answer(asked[0]).encode() + b"\n")
    message = f"the command did not end in {_SECONDS:.0f} s:\n{_plain(written)}"
    raise AssertionError(message)


def _plain(written: bytes) -> str:
    """Decode what a terminal shows, without colors."""
    return _ESCAPES.sub("", written.decode(errors="replace")).replace("\r\n", "\n")
