"""The options of `python -m ops cost`."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "print what a month costs, for a volume and a mix of pictures"
DESCRIPTION = (
    "Reads memory, timeouts, concurrency and the workflow from the template, what an upload uses "
    "from docs/cost_usage.json (python -m benchmarks.cost), and prices from ops/cost/prices.toml. "
    "With --stack, parameters, durations and the number of uploads are those of a deployed stack. "
    "Without it, nothing is asked of AWS and no credentials are needed."
)
_TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def add_cost(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--pictures",
        type=amount,
        metavar="NUMBER",
        help="uploads a month (default: a million, or those of the last 30 days of --stack)",
    )
    parser.add_argument(
        "--mix",
        type=shares,
        metavar="KIND=SHARE,…",
        help="kinds of uploads, such as photo=3,heic=1 (default: ordinary pictures)",
    )
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), help="default: the stack's")
    parser.add_argument("--workflow", choices=("STANDARD", "EXPRESS"), help="likewise")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--template", type=Path, default=_TEMPLATE, metavar="FILE")
    place.add_argument("--stack", metavar="NAME", help="read a deployed stack")
    parser.add_argument("--region", help="of --stack; as for the AWS CLI")
    parser.add_argument("--profile", help="likewise")
    parser.add_argument("--endpoint-url", metavar="URL", help="of the offline AWS")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="of the template, such as Delivery=CLOUDFRONT; may be repeated",
    )
    for name, default, what in (
        ("creates", 1.0, "POST /images for each upload"),
        ("reads", 2.0, "GET /images/{id} for each upload"),
        ("views", 10.0, "views of a rendition for each upload"),
        ("kept", 12.0, "months for which uploads are kept"),
        ("cold", 1.0, "percentage of invocations that are cold starts"),
        ("repeated", 0.0, "percentage of uploads whose pixels were judged before"),
        ("people", 0.0, "people who sign in to the console in a month"),
        ("visits", 0.0, "visits of the console in a month, of ten minutes each"),
    ):
        parser.add_argument(
            f"--{name}",
            type=amount,
            default=default,
            metavar="NUMBER",
            help=f"{what} (default: {default:g})",
        )
    parser.add_argument(
        "--no-free-tier", action="store_true", help="shares without what is always free"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw a chart: .svg or .png")


def amount(text: str) -> float:
    """Parse a number of zero or more; `1_000_000` and `1,000,000`, too."""
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        message = f"{text!r} is not a number of zero or more"
        raise argparse.ArgumentTypeError(message)
    return number


def shares(text: str) -> dict[str, float]:
    """Parse a mix."""
    found = {}
    for entry in text.split(","):
        name, equals, share = entry.partition("=")
        if not (name and equals):
            message = f"{entry!r} is not like photo=3"
            raise argparse.ArgumentTypeError(message)
        if name in found:
            message = f"{name} is named twice"
            raise argparse.ArgumentTypeError(message)
        found[name] = amount(share)
    return found


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r} is not like NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    return name, value
