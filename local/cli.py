"""The command line: what may be asked for, and what is answered when it makes no sense."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from local.aws.environment import isolated
from local.aws.taxonomy import parse_labels
from local.errors import UsageError
from local.uploads import Upload, find, printable

if TYPE_CHECKING:
    from types import FrameType

_WRONG_USAGE = 2
_INTERRUPTED = 130
_LAST_PORT = 65535


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for.

    Returns:
        The exit code: 0 when all went well, 1 when a picture failed, 2 for wrong usage.
    """
    given = _parser().parse_args(arguments)
    # Also SIGINT: a shell starts what it puts into the background with that one ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        # Around the imports, too: moto asks for the user's AWS profile when it is imported.
        with isolated() if given.offline else nullcontext():
            return int(given.start(given))
    except UsageError as wrong:
        print(f"local {given.command}: {wrong}", file=sys.stderr)
        return _WRONG_USAGE
    except KeyboardInterrupt:
        print(f"local {given.command}: stopped", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local", description="The image pipeline on this machine, without an AWS account."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|serve|redrive")
    _add_run(commands.add_parser("run", help="put pictures through the pipeline"))
    _add_serve(commands.add_parser("serve", help="keep the pipeline running"))
    offline = [commands.choices["run"], commands.choices["serve"]]
    _add_redrive(commands.add_parser("redrive", help="start what is in the dead-letter queue"))
    for command in offline:
        command.set_defaults(offline=True)
        command.add_argument(
            "--parameter",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            type=_parameter,
            help="a parameter of template.yaml, such as StoreGps=true; may be repeated",
        )
        command.add_argument(
            "--verbose",
            dest="log",
            action="store_const",
            const=_log_to_stderr,
            default=_ignore,
            help="show on stderr what the functions write",
        )
    return parser


# moto takes seconds to import; a command line that makes no sense is answered before that.
def _run(given: argparse.Namespace) -> int:
    parse_labels(given.moderation)
    uploads = [] if given.sample else find(given.files)
    _make_folder(given.out)
    if given.sample:
        uploads = [_drawn(given.out)]
    from local.run import run

    return run(
        uploads, given.out, given.moderation, dict(given.parameter), given.log, as_json=given.json
    )


def _serve(given: argparse.Namespace) -> int:
    print("starting …", flush=True)
    from local.serve import serve

    ports = given.s3_port, given.api_port
    serve(given.host, *ports, dict(given.parameter), given.log, auth=given.auth)
    return 0


def _redrive(given: argparse.Namespace) -> int:
    from local.replay import replay

    return min(1, replay(given.stack, given.queue_url, given.state_machine, print))


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(start=_run)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "files", nargs="*", default=[], metavar="FILE|FOLDER", help="a folder: every file below it"
    )
    what.add_argument(
        "--sample", action="store_true", help="a picture that is drawn for this, and kept in DIR"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out"),
        metavar="DIR",
        help="where renditions are saved, as DIR/<image_id>/<name>.<ext> (default: out)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array on stdout")
    parser.add_argument(
        "--moderation",
        default="",
        metavar="LABELS",
        help='what the moderation stand-in shall find, such as "Explicit Nudity=97.5, Smoking=70"',
    )


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(start=_serve)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="where to listen (default: %(default)s); 0.0.0.0 lets in containers, and anybody else",
    )
    parser.add_argument("--api-port", type=_port, default=3000, help="default: %(default)s")
    parser.add_argument("--s3-port", type=_port, default=4566, help="default: %(default)s")
    parser.add_argument(
        "--auth",
        choices=["none", "iam"],
        default="none",
        help="iam: the HTTP API refuses what is not signed, as deployed (default: %(default)s)",
    )


def _add_redrive(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(start=_redrive, offline=False)
    parser.add_argument("--stack", default="image-pipeline", help="default: %(default)s")
    parser.add_argument("--queue-url", default="", help="default: that of the stack")
    parser.add_argument("--state-machine", default="", metavar="ARN", help="likewise")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        message = f"{printable(str(folder))}: {refused.strerror}"
        raise UsageError(message) from refused


def _drawn(folder: Path) -> Upload:
    from local import sample

    path = folder / "sample.jpg"
    path.write_bytes(sample.jpeg())
    return Upload(path, f"uploads/{path.name}")


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        message = f"{text!r} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    return name, value


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        message = f"{text!r} is not a port"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _ignore(_function: str, _line: str) -> None:
    """Functions write a line per event and metric, which few people want to see."""


def _log_to_stderr(function: str, line: str) -> None:
    # One write each, so that lines of functions that run side by side stay whole.
    sys.stderr.write(f"{function}: {line}\n")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
