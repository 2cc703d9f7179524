"""The options of `python -m ops`."""

from __future__ import annotations

import argparse
import re

from local.arguments import Version

PROGRAM = "python -m ops"
# A name, or the ARN under which deleted stacks are found, too.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}|arn:[^ ]+")


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    made = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Commands against a deployed stack, with your AWS credentials.",
        epilog="Exit codes: 0 done, 1 something failed or is left, 2 the command cannot be carried "
        "out, 130 interrupted.",
    )
    made.add_argument("--version", action=Version)
    commands = made.add_subparsers(dest="command", required=True, metavar="redrive")
    _add_redrive(commands.add_parser("redrive", help="replay the dead-letter queue of a stack"))
    return made


def _add_redrive(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--queue-url", default="", help="default: the queue of the stack")
    parser.add_argument(
        "--state-machine", default="", metavar="ARN", help="default: that of the stack"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack", type=_stack, default="image-pipeline", help="default: %(default)s"
    )
    parser.add_argument("--region", help="default: that of your AWS configuration")
    parser.add_argument("--profile", help="of your AWS configuration; default: AWS_PROFILE")
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="of every AWS API, such as that of a local serve"
    )


def _stack(text: str) -> str:
    if not _STACK.fullmatch(text):
        message = f"{text!r} cannot be the name of a stack"
        raise argparse.ArgumentTypeError(message)
    return text
