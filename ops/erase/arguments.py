"""The options of `python -m ops erase`."""

from __future__ import annotations

import argparse
import re

from image_pipeline.identity import ID_PATTERN
from image_pipeline.object_keys import UPLOADS_PREFIX

HELP = "erase the pictures of a person, with all that is known about them"
DESCRIPTION = (
    "Deletes images as DELETE /images/{id} does: every version of the upload, the renditions, "
    "their copies in CloudFront, and the words of the search. Subscribers are told that they are "
    "deleted. Then it removes what a deletion leaves: the record with its history, answers that "
    "are kept for an Idempotency-Key, and leases of reviewers. It says what remains, and for how "
    "long. It can be stopped and repeated; the exit code is 1 while something is left. --owner and "
    "--prefix read the whole table once, at most 300 read units a second."
)


def add_erase(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser that has those of every command."""
    which = parser.add_argument_group("which pictures", "exactly one of these")
    which.add_argument("image_ids", nargs="*", type=_image_id, default=[], metavar="IMAGE_ID")
    which.add_argument("--owner", metavar="SUBJECT", help="that of the tokens, with ApiAuth=JWT")
    which.add_argument(
        "--prefix", type=_upload, help="with which keys begin; end the name of a folder with /"
    )
    which.add_argument(
        "--key", action="append", type=_upload, default=[], help="of an upload; may be repeated"
    )
    parser.add_argument("--dry-run", action="store_true", help="list them, and erase nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask whether to go on")


def _image_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text):
        message = f"{text!r} is not the id of an image, which has 26 letters a-z and digits 2-7"
        raise argparse.ArgumentTypeError(message)
    return text


def _upload(text: str) -> str:
    if not text.startswith(UPLOADS_PREFIX):
        message = f"{text!r} does not begin with {UPLOADS_PREFIX}"
        raise argparse.ArgumentTypeError(message)
    return text
