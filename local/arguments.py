"""The options of `python -m local`."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

PROGRAM = "python -m local"
SCOPES = ("images:read", "images:write", "images:review")
_PROJECT = Path(__file__).parents[1] / "pyproject.toml"
_LAST_PORT = 65535


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    made = argparse.ArgumentParser(
        prog=PROGRAM, description="The image pipeline on this machine, without an AWS account."
    )
    made.add_argument("--version", action=Version)
    commands = made.add_subparsers(dest="command", required=True, metavar="run|serve|token")
    run = commands.add_parser("run", help="put pictures through the pipeline")
    serve = commands.add_parser("serve", help="keep the pipeline running")
    token = commands.add_parser("token", help="get a token for serve --auth jwt, and print it")
    _add_run(run)
    _add_serve(serve)
    _add_token(token)
    for command in (run, serve):
        _add_offline(command)
    return made


def version() -> str:
    """The version of the project, which pyproject.toml alone states."""
    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"


class Version(argparse.Action):
    """Prints the version, which is read only if it is asked for."""

    def __init__(self, option_strings: list[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and end the program."""
        print(version())
        parser.exit()


def _add_run(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "files", nargs="*", default=[], metavar="FILE|FOLDER", help="a folder: every file below it"
    )
    what.add_argument(
        "--sample", action="store_true", help="draw a picture, save it in DIR and process it"
    )
    what.add_argument(
        "--words", metavar="TEXT", help="the names of files in one text; for make run IMAGE=TEXT"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out"),
        metavar="DIR",
        help="where renditions are saved, as DIR/<image_id>/<name>.<ext>, and what the moderator "
        "was shown, as moderated-<n>.<ext> (default: out)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array to stdout")
    parser.add_argument(
        "--moderation",
        default="",
        metavar="LABELS",
        help='labels that the moderation stand-in finds, e.g. "Explicit Nudity=97.5, Smoking=70"',
    )


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s); 0.0.0.0 admits containers, and "
        "everybody else on the network",
    )
    parser.add_argument("--api-port", type=_port, default=3000, help="default: %(default)s")
    parser.add_argument("--s3-port", type=_port, default=4566, help="default: %(default)s")
    parser.add_argument(
        "--cloudfront-port",
        type=_port,
        default=3002,
        help="with --parameter Delivery=CLOUDFRONT, which makes a throw-away key pair unless its "
        "parameters are given (default: %(default)s)",
    )
    parser.add_argument(
        "--auth",
        choices=["none", "iam", "jwt"],
        help="who may call the HTTP API, as the parameter ApiAuth says: anybody, requests signed "
        "with AWS credentials, or bearers of a token (default: none)",
    )
    parser.add_argument(
        "--jwt-keys",
        metavar="FILE|URL",
        help="with --auth jwt and a JwtIssuer: the keys of that issuer (JWKS), instead of those "
        "that its discovery document names",
    )
    _add_issuer_port(parser)


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sub", default="local", help="who bears it: the owner of uploads (default: %(default)s)"
    )
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        action="append",
        choices=SCOPES,
        help=f"{', '.join(SCOPES)}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--expires-in",
        metavar="SECONDS",
        type=int,
        default=3600,
        help="lifetime; a negative one makes an expired token (default: %(default)s)",
    )
    _add_issuer_port(parser)


def _add_issuer_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--issuer-port",
        type=_port,
        default=3001,
        help="of the issuer that serve --auth jwt runs (default: %(default)s)",
    )


def _add_offline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parameter",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_parameter,
        help="a parameter of template.yaml, such as StoreGps=true; may be repeated",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="print the functions' log lines to stderr"
    )


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        message = f"{text!r} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    return name, value


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > _LAST_PORT:
        message = f"{text!r} is not a port number"
        raise argparse.ArgumentTypeError(message)
    return int(text)
