"""Collects what a function that runs in this process writes to its standard output."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_POWERTOOLS = "aws_lambda_powertools"
# Python's print() holds no reference to sys.stdout while it writes: an output that another thread
# replaces meanwhile must not be freed, or the process crashes.
_replaced: deque[object] = deque(maxlen=100)


class _Divided:
    """Standard output that keeps the lines of a function from what others write.

    What both print at once would otherwise end up in one line.

    Args:
        beneath: the output of the others.
        line: called with each line of the function.
        others: the threads that are not the function's. They are told apart as objects: the
            identifier of a thread that has ended is used again.
    """

    def __init__(
        self, beneath: TextIO, line: Callable[[str], None], others: frozenset[threading.Thread]
    ) -> None:
        self.beneath = beneath
        self._line = line
        self._others = others
        self._begun = ""

    def write(self, text: str) -> int:
        if threading.current_thread() in self._others:
            # It may have been closed with the test that captured it.
            return len(text) if self.beneath.closed else self.beneath.write(text)
        *lines, self._begun = (self._begun + text).split("\n")
        for each in lines:
            self._line(each)
        return len(text)

    def flush(self) -> None:
        if not self.beneath.closed:
            self.beneath.flush()

    def end(self) -> None:
        """Collect a last line that has no end."""
        if self._begun:
            self._line(self._begun)

    def __getattr__(self, name: str) -> object:
        return getattr(self.beneath, name)


def _handlers() -> list[logging.StreamHandler[TextIO]]:
    """Return the handlers of Powertools' loggers, which keep the output of when they were made."""
    found = []
    for logger in list(logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            formatter = type(handler.formatter).__module__
            if type(handler) is logging.StreamHandler and formatter.startswith(_POWERTOOLS):
                found.append(handler)
                break  # others were added by somebody who looks at the log
    return found


@contextmanager
def collected(line: Callable[[str], None]) -> Iterator[None]:
    """Context manager in which the calling thread, and those it starts, print lines to a function.

    Loggers on standard output do, too. What other threads print stays where it was.

    Args:
        line: called with each line.
    """
    before = sys.stdout
    others = frozenset(threading.enumerate()) - {threading.current_thread()}
    output: Any = _Divided(_beneath(before), line, others)
    # Beneath each is what it was made for, which a test may have replaced since.
    handlers = [(each, each.stream) for each in _handlers()]
    sys.stdout = output
    _replaced.append(output)
    outputs: list[Any] = [_Divided(_beneath(stream), line, others) for _, stream in handlers]
    for (handler, _), divided in zip(handlers, outputs, strict=True):
        handler.stream = divided
    try:
        yield
    finally:
        if sys.stdout is output:  # not if a test has replaced it meanwhile
            sys.stdout = before
        for handler, stream in handlers:
            handler.stream = stream
        for each in (output, *outputs):
            each.end()


def _beneath(output: Any) -> TextIO:
    """Return the output itself, not that of a function that waits for this one."""
    found: TextIO = output.beneath if isinstance(output, _Divided) else output
    return found
