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
from ops.arguments import PROGRAM, parse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from types import FrameType

    from ops.aws import Aws

_WRONG_USAGE = 2
_INTERRUPTED = 130
_STOPPED = {
    "backfill": "stopped: a backfill that was started works on, pause it with `backfill pause`",
    "adopt": "stopped: nothing has changed in AWS",
    "cost": "stopped: nothing has changed in AWS",
    "dashboard": "stopped: nothing has changed in AWS, and the file is as it was",
    "erase": "stopped: run it again, what it has not finished is still there",
    "redrive": "stopped: run it again, an event leaves the queue only after it was started",
    "rebuild": "stopped: what was read is rebuilt, run it again for the rest",
    "rerun": "stopped: the same command goes on where this one stopped, and starts nothing twice",
    "trace": "stopped: nothing has changed in AWS",
    "tag": "stopped: the same command tags the rest",
    "smoke": "stopped: the lines above say whether anything is left behind",
    "webhooks": "stopped: what was sent has the same ids if it is sent again",
}
# SIGINT too, although a shell starts background jobs with SIGINT ignored. SIGHUP: the terminal was
# closed; nohup ignores it.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for.

    Returns:
        The exit code: 0 for success, 1 if something failed or is left, 2 if the command cannot be
        carried out, 130 for an interrupt.
    """
    given = parse(arguments)
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
    if given.command == "cost" and given.stack is None:
        from ops.cost.run import cost

        return cost(given, _say)

    from ops.aws import Aws
    from ops.failures import explained

    with explained():
        aws = Aws(given.region, given.profile, given.endpoint_url)
        return _COMMANDS[given.command](aws, given)


def _adopt(aws: Aws, given: argparse.Namespace) -> int:
    from ops.adopt import adopt

    named = {
        "UploadsBucket": given.uploads_bucket,
        "RenditionsBucket": given.renditions_bucket,
        "ImagesTable": given.table,
    }
    known = {logical_id: name for logical_id, name in named.items() if name}
    return adopt(aws, given.stack, known, given.out, _say)


def _cost(aws: Aws, given: argparse.Namespace) -> int:
    from ops.cost.run import of_stack

    return of_stack(aws, given, _say)


def _backfill(aws: Aws, given: argparse.Namespace) -> int:
    from ops.backfill import commands
    from ops.backfill.report import report

    if given.action == "start":
        _start_backfill(aws, given)
        return 0
    if given.action == "report":
        return min(1, report(aws, given.stack, given.backfill, given.form, _say))
    acts = {"status": commands.status, "pause": commands.pause, "resume": commands.resume}
    acts[given.action](aws, given.stack, given.backfill, _say)
    return 0


def _start_backfill(aws: Aws, given: argparse.Namespace) -> None:
    from ops.backfill.commands import Options, start
    from ops.rerun.selection import Selection

    selection = Selection(tuple(given.status), prefix=given.prefix or "") if given.status else None
    source = given.inventory or {"type": "prefix", "prefix": given.prefix or "uploads/"}
    options = Options(given.concurrency, given.batch, given.tolerate, given.only, given.dry_run)
    start(aws, given.stack, source, selection, options, _say)


def _dashboard(aws: Aws, given: argparse.Namespace) -> int:
    from ops.dashboard.run import draw

    return draw(aws, given.stack, given.since, given.period, given.output, _say)


def _erase(aws: Aws, given: argparse.Namespace) -> int:
    from ops.erase.confirm import asked
    from ops.erase.run import Wanted, erase

    wanted = Wanted(tuple(given.image_ids), tuple(given.key), given.prefix or "", given.owner or "")
    sure = (lambda _: True) if given.yes else asked
    left = erase(aws, given.stack, wanted, _say, is_sure=sure, dry_run=given.dry_run)
    return min(1, left)


def _redrive(aws: Aws, given: argparse.Namespace) -> int:
    from ops.redrive import replay

    return min(1, replay(aws, given.stack, given.queue_url, given.state_machine, _say))


def _rebuild(aws: Aws, given: argparse.Namespace) -> int:
    from ops.rebuild.run import rebuild

    return min(1, rebuild(aws, given.stack, given.rate, _say))


def _rerun(aws: Aws, given: argparse.Namespace) -> int:
    from ops.rerun.run import rerun
    from ops.rerun.selection import Selection
    from ops.rerun.starting import Options

    selection = Selection(
        tuple(given.status), tuple(given.reason), given.since, given.until, given.prefix
    )
    options = Options(given.rate, given.limit, given.again, given.dry_run)
    return min(1, rerun(aws, given.stack, given.key, selection, options, _say))


def _smoke(aws: Aws, given: argparse.Namespace) -> int:
    from ops.smoke.run import smoke

    return min(1, smoke(aws, given.stack, given.api_url, given.timeout, _say))


def _tag(aws: Aws, given: argparse.Namespace) -> int:
    from ops.tag import tag

    return tag(aws, given.stack, _say)


def _trace(aws: Aws, given: argparse.Namespace) -> int:
    from ops.trace.run import trace

    identifier, key = given.image_id or "", given.key
    return trace(aws, given.stack, identifier, key, given.since, _say, as_json=given.json)


def _webhooks(aws: Aws, given: argparse.Namespace) -> int:
    from ops.webhooks.outcomes import Period
    from ops.webhooks.replay import Options, replay

    options = Options(given.rate, given.uploaded_since, given.dry_run)
    replay(aws, given.stack, Period(given.since, given.until), options, _say)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _end(given: argparse.Namespace, message: str, code: int) -> int:
    print(f"{PROGRAM} {given.command}: {message}", file=sys.stderr)
    return code


_COMMANDS = {
    "adopt": _adopt,
    "cost": _cost,
    "backfill": _backfill,
    "dashboard": _dashboard,
    "erase": _erase,
    "rebuild": _rebuild,
    "redrive": _redrive,
    "rerun": _rerun,
    "smoke": _smoke,
    "tag": _tag,
    "trace": _trace,
    "webhooks": _webhooks,
}


@contextmanager
def _stoppable() -> Iterator[None]:
    """Context manager in which a signal stops the command."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if number != signal.SIGHUP or handler != signal.SIG_IGN:
            signal.signal(number, _stop)
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
