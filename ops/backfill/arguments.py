"""The options of `python -m ops backfill`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from image_pipeline.status import Status
from ops.quantities import count

if TYPE_CHECKING:
    from collections.abc import Callable

_START = (
    "Selects the images whose renditions, policy or engine have changed since, by the "
    "fingerprints of their records, and runs the pipeline for each of them, at most so many at a "
    "time. It works in AWS, so that this command may end."
)


def add_backfill(
    parser: argparse.ArgumentParser, add_common: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the options; `add_common` adds those of all commands."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="start|status|pause|resume|report"
    )
    begin = actions.add_parser("start", help="begin one", description=_START)
    add_common(begin)
    begin.add_argument("--prefix", help="with which keys begin (default: uploads/)")
    begin.add_argument(
        "--inventory",
        type=_inventory,
        metavar="s3://BUCKET/…/manifest.json",
        help="an S3 Inventory in CSV, instead of listing the bucket",
    )
    begin.add_argument(
        "--status",
        action="append",
        default=[],
        choices=[str(status) for status in Status],
        metavar="STATUS",
        help="records with a status, instead of listing the bucket; may be repeated",
    )
    begin.add_argument("--concurrency", type=count, default=5, help="default: %(default)s images")
    begin.add_argument("--batch", type=count, default=100, help="default: %(default)s keys")
    begin.add_argument(
        "--tolerate",
        type=_percentage,
        default=5.0,
        metavar="PERCENT",
        help="of images that may fail before it stops (default: %(default).0f)",
    )
    begin.add_argument(
        "--only",
        choices=["renditions", "judge", "all"],
        default="",
        help="only images for which this is to be done",
    )
    begin.add_argument("--dry-run", action="store_true", help="decide, and process nothing")
    for name, text in (
        ("status", "show how far it is"),
        ("pause", "stop it; images in work come to their end"),
        ("resume", "go on, skipping what is done"),
        ("report", "tell what became of every image"),
    ):
        action = actions.add_parser(name, help=text)
        add_common(action)
        action.add_argument("backfill", nargs="?", help="its name (default: the newest)")
        if name == "report":
            action.add_argument(
                "--format", dest="form", choices=["text", "csv", "json"], default="text"
            )


def _inventory(text: str) -> dict[str, str]:
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if not (text.startswith("s3://") and bucket and key.endswith("manifest.json")):
        message = f"{text!r} is not the address of a manifest, s3://BUCKET/…/manifest.json"
        raise argparse.ArgumentTypeError(message)
    return {"type": "inventory", "bucket": bucket, "key": key}


def _percentage(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        message = f"{text!r} is not a percentage from 0 to 100"
        raise argparse.ArgumentTypeError(message)
    return value
