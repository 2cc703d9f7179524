"""What the tests of faults upload, and where."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from local.aws.offline import OfflineAws
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Iterator

Type = Literal["STANDARD", "EXPRESS"]
WORKFLOWS: tuple[Type, ...] = ("STANDARD", "EXPRESS")


def uploads() -> dict[str, bytes]:
    """Return what is uploaded: an ordinary picture, one that takes every step, a refused file."""
    return {"plain": jpeg(), "converted": heic(), "refused": b"not a picture"}


def jpeg(width: int = 100) -> bytes:
    """Make a picture that is quick to process and large enough for Rekognition."""
    return gradient_file(size=(width, 90))


@contextmanager
def opened(
    functions: Literal["in-process", "processes"] = "in-process",
    workflow: Type = "STANDARD",
) -> Iterator[OfflineAws]:
    """Run an offline AWS in which the sweep finds every open record overdue."""
    with OfflineAws(functions=functions, parameters={"WorkflowType": workflow}) as aws:
        variables: Any = aws.deployment.functions["SweepFunction"].environment
        variables["OVERDUE_SECONDS"] = "0"
        yield aws
