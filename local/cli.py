"""The command line: parses it, checks it, and starts what it asks for.

Whatever can be wrong with it is told before moto is imported, which takes seconds.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from local.arguments import PROGRAM, SCOPES, parser
from local.auth import ISSUER, callers
from local.aws.environment import isolated
from local.aws.parameters import check_overrides
from local.aws.ports import require_free
from local.aws.taxonomy import parse_labels
from local.errors import UsageError
from local.uploads import Upload, find, printable, reason
from local.words import split

if TYPE_CHECKING:
    import argparse
    from types import FrameType

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
_WRONG_USAGE = 2
_INTERRUPTED = 130
_SECONDS_TO_STOP = 10.0
_STOPPED = {
    "run": "stopped: no file is done",
    "serve": "stopped",
    "token": "stopped",
}


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for.

    Returns:
        The exit code: 0 for success, 1 if a file failed, 2 for wrong usage, 130 for an interrupt.
    """
    given = parser().parse_args(arguments)
    # SIGINT too: a shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    command = {"run": _run, "serve": _serve, "token": _token}[given.command]
    try:
        # Around the imports, too: moto reads the user's AWS profile when it is imported.
        with isolated():
            return command(given)
    except UsageError as error:
        print(f"{PROGRAM} {given.command}: {error}", file=sys.stderr)
        return _WRONG_USAGE
    except KeyboardInterrupt:
        print(f"{PROGRAM} {given.command}: {_STOPPED[given.command]}", file=sys.stderr)
        return _INTERRUPTED


def _run(given: argparse.Namespace) -> int:
    parse_labels(given.moderation)
    parameters = _parameters(given)
    files = [*given.files, *(split(given.words) if given.words else [])]
    entries = [] if given.sample else find(files)
    _make_folder(given.out)
    if given.sample:
        entries = [_drawn(given.out)]
    from local.run import run

    log = _log_to_stderr if given.verbose else _ignore
    return run(entries, given.out, given.moderation, parameters, log, as_json=given.json)


def _serve(given: argparse.Namespace) -> int:
    parameters = callers(given.auth, dict(given.parameter))
    own = parameters.get("JwtIssuer") == ISSUER
    is_cached = parameters.get("Delivery") == "CLOUDFRONT"
    secrets: dict[str, str] = {}
    if is_cached:
        from local.key_pairs import given_or_made

        parameters, secrets = given_or_made(parameters)
    check_overrides(TEMPLATE, parameters)
    more = [given.issuer_port] * own + [given.cloudfront_port] * is_cached
    require_free(given.host, given.s3_port, given.api_port, *more)
    print("starting …", flush=True)
    from local.serve import Ports, serve

    log = _log_to_stderr if given.verbose else _ignore
    ports = Ports(
        given.s3_port, given.api_port, given.cloudfront_port, given.issuer_port if own else None
    )
    serve(given.host, ports, parameters, log, given.jwt_keys, secrets)
    return 0


def _token(given: argparse.Namespace) -> int:
    url = f"http://127.0.0.1:{given.issuer_port}/token"
    scope = " ".join(given.scope or SCOPES)
    from local import web

    try:
        answer = web.post(url, client_id=given.sub, scope=scope, expires_in=str(given.expires_in))
    except OSError as error:
        message = f"no issuer answers at {url}; start it with {PROGRAM} serve --auth jwt"
        raise UsageError(message) from error
    print(answer["access_token"])
    return 0


def _parameters(given: argparse.Namespace) -> dict[str, str]:
    parameters = dict(given.parameter)
    check_overrides(TEMPLATE, parameters)
    return parameters


def _make_folder(folder: Path) -> None:
    """Make the folder for renditions.

    Raises:
        UsageError: files cannot be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"cannot write to {printable(str(folder))}: {reason(error)}"
        raise UsageError(message) from error


def _drawn(folder: Path) -> Upload:
    """Draw the sample picture into a folder."""
    from local import sample

    path = folder / "sample.jpg"
    try:
        path.write_bytes(sample.jpeg())
    except OSError as error:
        message = f"cannot write {printable(str(path))}: {reason(error)}"
        raise UsageError(message) from error
    return Upload(path, f"uploads/{path.name}")


def _ignore(_function: str, _line: str) -> None:
    """Drop a line that a function writes: few people want one per event and metric."""


def _log_to_stderr(function: str, line: str) -> None:
    # One write per line keeps the lines of concurrent functions apart.
    sys.stderr.write(f"{function}: {line}\n")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Stop the command: at once if it can, in any case within ten seconds."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the first signal is enough
    _exit_after(_SECONDS_TO_STOP)
    raise KeyboardInterrupt


def _exit_after(seconds: float) -> None:
    """End the process even if a thread hangs."""
    last_resort = threading.Timer(seconds, os._exit, [_INTERRUPTED])
    last_resort.daemon = True
    last_resort.start()
