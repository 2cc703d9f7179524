"""The options of `python -m ops`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from image_pipeline.errors import Reason
from image_pipeline.identity import ID_PATTERN
from image_pipeline.status import Status
from local.arguments import Version
from ops.backfill.arguments import add_backfill
from ops.cost.arguments import DESCRIPTION as _COST
from ops.cost.arguments import HELP as _COST_HELP
from ops.cost.arguments import add_cost
from ops.dashboard import arguments as dashboard
from ops.erase import arguments as erase
from ops.quantities import count, parse_time, positive

PROGRAM = "python -m ops"
# A name, or the ARN under which deleted stacks are found, too.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}|arn:[^ ]+")

_ADOPT_HELP = "prepare the import of the data that a deleted stack has left"
_ADOPT = (
    "Finds the buckets and the table that the newest deleted stack of a name has left (in the last "
    "90 days, otherwise name them), writes the template and the list of resources with which "
    "CloudFormation imports them, and prints the commands. It changes nothing in AWS."
)
_RERUN_HELP = "judge images again, such as those that failed"
_RERUN = (
    "Starts an execution for each record with a status and a reason, such as --status failed "
    "--reason internal_error, at a steady rate. It judges what the bucket holds under the key now, "
    "whatever the record says. After Ctrl-C the same command goes on: each attempt at an image is "
    "followed by one rerun, and an image that a rerun has judged before is left out (--again). "
    "Without --key, the whole table is read once, at most 300 read units a second: a million "
    "records take a quarter of an hour and $0.03. An execution costs as much as that of an upload."
)
_BACKFILL_HELP = "process images again at scale, those whose settings have changed"
_TAG_HELP = "tag the renditions of approved images, before CloudFront delivers them"
_TAG = (
    "Reads the whole table once, at most 300 read units a second, and tags the renditions of every "
    "approved image, so that a distribution may read them. With Delivery=CLOUDFRONT, images are "
    "tagged when they are approved: this is for those of before. It may be repeated."
)
_REBUILD_HELP = "rebuild counts and search terms from the records' histories"
_REBUILD = (
    "Reads all records, and corrects the read model to what their histories tell, while the "
    "projector works. It is for changes that did not reach the read model "
    "(ProjectorDeadLetterQueueAlarm), and for records of earlier releases, which get their place "
    "in the lists. It can be stopped and repeated. A million records of 8 KB take an hour at 300 "
    "read units a second, and $0.13."
)
_SMOKE_HELP = "send five pictures through a stack, check everything, remove them"
_SMOKE = (
    "Uploads a JPEG, a HEIC, a broken file, an animation, and a picture that is replaced and then "
    "deleted, below uploads/smoke-…/. Checks messages, records, renditions, the hosts of their "
    "URLs and the deletion, prints what each stage took, and removes uploads, renditions, the "
    "temporary queue and its subscription, also after Ctrl-C. Other subscribers of the "
    "outcomes topic receive the messages about these pictures, too."
)
_TRACE_HELP = "tell the life of one picture, and what it is waiting for"
_TRACE = (
    "Prints what the record, the buckets, the executions and the log lines know about one image, "
    "in order of time, then what it is waiting for and what to do next. It changes nothing, and "
    "shows no metadata of the picture, no signed URL and no secret. What cannot be read is named."
)
_WEBHOOKS_HELP = "send outcomes to the webhook of a stack again"
_REPLAY = (
    "Puts the outcomes of a period into the queue of the webhook function again, the oldest first, "
    "with the ids that they had. It finds them through the index by status, of images that were "
    "uploaded at most two days before the period: a decision about an older image, or its "
    "deletion, needs --uploaded-since. After Ctrl-C the last line says where to go on."
)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse a command line, or end the program with what is wrong with it."""
    made = parser()
    given = made.parse_args(arguments)
    if given.command == "rerun" and not (given.status or given.key):
        made.error("rerun needs --status or --key, so that it is not for every image")
    if given.command == "trace" and not (given.image_id or given.key):
        made.error("trace needs the id of an image, or --key")
    if given.command == "backfill" and given.action == "start":
        if given.inventory and (given.prefix or given.status):
            made.error("backfill start: --inventory excludes --prefix and --status")
        if given.batch > 1000:
            made.error("backfill start: --batch is at most 1000")
    if given.command == "webhooks" and given.since >= given.until:
        made.error("webhooks: --since has to be before --until, which is now unless it is given")
    return given


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    made = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Commands against a deployed stack, with your AWS credentials.",
        epilog="Exit codes: 0 done, 1 something failed or is left, 2 the command cannot be carried "
        "out, 130 interrupted.",
    )
    made.add_argument("--version", action=Version)
    commands = made.add_subparsers(
        dest="command",
        required=True,
        metavar="adopt|backfill|cost|dashboard|erase|rebuild|redrive|rerun|smoke|tag|trace|webhooks",
    )
    _add_adopt(commands.add_parser("adopt", help=_ADOPT_HELP, description=_ADOPT))
    add_backfill(commands.add_parser("backfill", help=_BACKFILL_HELP), _add_common)
    add_cost(commands.add_parser("cost", help=_COST_HELP, description=_COST))
    drawn = commands.add_parser("dashboard", help=dashboard.HELP, description=dashboard.DESCRIPTION)
    _add_common(drawn)
    dashboard.add_dashboard(drawn)
    erased = commands.add_parser("erase", help=erase.HELP, description=erase.DESCRIPTION)
    _add_common(erased)
    erase.add_erase(erased)
    _add_redrive(commands.add_parser("redrive", help="replay the dead-letter queue of a stack"))
    _add_rebuild(commands.add_parser("rebuild", help=_REBUILD_HELP, description=_REBUILD))
    _add_rerun(commands.add_parser("rerun", help=_RERUN_HELP, description=_RERUN))
    _add_smoke(commands.add_parser("smoke", help=_SMOKE_HELP, description=_SMOKE))
    _add_common(commands.add_parser("tag", help=_TAG_HELP, description=_TAG))
    _add_trace(commands.add_parser("trace", help=_TRACE_HELP, description=_TRACE))
    _add_webhooks(commands.add_parser("webhooks", help=_WEBHOOKS_HELP))
    return made


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="replay")
    replay = actions.add_parser("replay", help=_WEBHOOKS_HELP, description=_REPLAY)
    _add_common(replay)
    when = "2026-11-27, 2026-11-27T10:30Z, or 90m, 6h, 2d ago"
    replay.add_argument(
        "--since", type=parse_time, required=True, metavar="TIME", help=f"outcomes since {when}"
    )
    replay.add_argument(
        "--until", type=parse_time, metavar="TIME", default=parse_time("0m"), help="default: now"
    )
    replay.add_argument(
        "--uploaded-since",
        type=parse_time,
        metavar="TIME",
        help="of images uploaded since then (default: two days before --since)",
    )
    replay.add_argument(
        "--rate",
        type=positive,
        default=10.0,
        metavar="NUMBER",
        help="webhooks per second (default: %(default).0f)",
    )
    replay.add_argument("--dry-run", action="store_true", help="list them, and send nothing")


def _add_trace(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("image_id", type=_image_id, nargs="?", metavar="IMAGE_ID")
    parser.add_argument("--key", default="", help="of the object, such as uploads/photo.jpg")
    when = "2026-11-27, 2026-11-27T10:30Z, or 90m, 6h, 2d ago"
    parser.add_argument(
        "--since", type=parse_time, metavar="TIME", help=f"what happened since {when}"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")


def _image_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text):
        message = f"{text!r} is not the id of an image, which has 26 letters a-z and digits 2-7"
        raise argparse.ArgumentTypeError(message)
    return text


def _add_adopt(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--uploads-bucket", metavar="NAME", help="default: what the stack has left")
    parser.add_argument("--renditions-bucket", metavar="NAME", help="likewise")
    parser.add_argument("--table", metavar="NAME", help="likewise")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(".build/adopt"),
        metavar="DIR",
        help="where the two files are written (default: %(default)s)",
    )


def _add_rerun(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    select = parser.add_argument_group("which images", "those that meet all conditions")
    select.add_argument(
        "--status",
        action="append",
        default=[],
        choices=[str(status) for status in Status],
        metavar="STATUS",
        help="may be repeated; needed unless --key is given",
    )
    select.add_argument(
        "--reason",
        action="append",
        default=[],
        choices=[str(reason) for reason in Reason],
        metavar="REASON",
        help="may be repeated (default: any)",
    )
    when = "2026-11-27, 2026-11-27T10:30Z, or 90m, 6h, 2d ago"
    select.add_argument("--since", type=parse_time, metavar="TIME", help=f"finished since {when}")
    select.add_argument("--until", type=parse_time, metavar="TIME", help="finished before")
    place = select.add_mutually_exclusive_group()
    place.add_argument(
        "--key",
        action="append",
        default=[],
        help="such as uploads/photo.jpg, found through the API; may be repeated",
    )
    place.add_argument("--prefix", default="", help="with which keys begin")
    parser.add_argument(
        "--rate",
        type=positive,
        default=5.0,
        metavar="NUMBER",
        help="executions per second (default: %(default).0f, Rekognition's usual quota)",
    )
    parser.add_argument("--limit", type=count, metavar="NUMBER", help="start at most so many")
    parser.add_argument(
        "--again",
        action="store_true",
        help="also images whose last attempt was a rerun, or whose rerun failed without a trace; "
        "with --until, so that a command that is repeated leaves alone what has failed since",
    )
    parser.add_argument("--dry-run", action="store_true", help="list them, and start nothing")


def _add_rebuild(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "--rate",
        type=positive,
        default=300.0,
        metavar="NUMBER",
        help="read units per second (default: %(default).0f, a tenth of what a partition serves)",
    )


def _add_smoke(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "--api-url",
        metavar="URL",
        help="of the HTTP API, such as a custom domain (default: ApiUrl)",
    )
    parser.add_argument(
        "--timeout",
        type=positive,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait for each outcome (default: %(default).0f)",
    )


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
