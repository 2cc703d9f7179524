"""The command line: parses it, and starts what it asks for.

Whatever can be wrong with it is told before boto3 is imported.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.errors import UsageError
from ops.arguments import PROGRAM, parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from types import FrameType

    from ops.aws import Aws

_WRONG_USAGE = 2
_INTERRUPTED = 130
_STOPPED = {
    "redrive": "stopped: run it again, an event leaves the queue only after it was started",
}
# SIGHUP: the terminal was closed. SIGINT too: a shell starts background jobs with SIGINT ignored.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for.

    Returns:
        The exit code: 0 for success, 1 if something failed or is left, 2 if the command cannot be
        carried out, 130 for an interrupt.
    """
    given = parser().parse_args(arguments)
    try:
        with _stoppable():
            return _carry_out(given)
    except UsageError as error:
        return _end(given, str(error), _WRONG_USAGE)
    except KeyboardInterrupt:
        return _end(given, _STOPPED[given.command], _INTERRUPTED)
    except BrokenPipeError:  # for example `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _end(given, _STOPPED[given.command], _INTERRUPTED)


def _carry_out(given: argparse.Namespace) -> int:
    from ops.aws import Aws
    from ops.failures import explained

    with explained():
        aws = Aws(given.region, given.profile, given.endpoint_url)
        return {"redrive": _redrive}[given.command](aws, given)


def _redrive(aws: Aws, given: argparse.Namespace) -> int:
    from ops.redrive import replay

    return min(1, replay(aws, given.stack, given.queue_url, given.state_machine, _say))


def _say(line: str) -> None:
    print(line, flush=True)


def _end(given: argparse.Namespace, message: str, code: int) -> int:
    print(f"{PROGRAM} {given.command}: {message}", file=sys.stderr)
    return code


@contextmanager
def _stoppable() -> Iterator[None]:
    """Context manager in which a signal stops the command."""
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Stop the command; the first signal is enough, and what it cleans up is not interrupted."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
