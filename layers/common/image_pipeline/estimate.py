"""What processing an image has cost, estimated from what its execution did; pure.

The estimate is in US dollars at list prices of us-east-1, for arm64 and the MemorySizes of the
template. It knows neither retries nor free units and discounts. `ops/cost` has the prices and the
whole model; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

ATTRIBUTE = "cost_usd"
"""Attribute of a record: the estimate for its last outcome."""

PER_STATE = 0.025 / 1_000
PER_PICTURE_JUDGED = 1.0 / 1_000
PER_PUT = 0.005 / 1_000
PER_GET = 0.0004 / 1_000

# Per upload, whatever it is: writes and reads of records and counts, log lines, event and message.
_RECORD = 0.0255 / 1_000
# Of an Express execution and its queue, in place of states.
_EXPRESS, _EXPRESS_REFUSED = 0.0096 / 1_000, 0.0051 / 1_000
# Lambda: of a picture that is stored, of one that is refused, and for each megapixel.
_FUNCTIONS, _FUNCTIONS_OF_REFUSED = 0.0250 / 1_000, 0.0091 / 1_000
_MEGAPIXEL, _MEGAPIXEL_CONVERTED = 0.00052 / 1_000, 0.0014 / 1_000
# Besides renditions: the upload itself, and a listing of what a version replaces.
_PUTS, _GETS = 2, 6
_STATES, _STATES_OF_REFUSED = 8, 3


@dataclass(frozen=True)
class Work:
    """What an execution has done.

    Args:
        execution: its identity, as in the claim: an ARN, unless it is an Express execution.
        is_stored: it came to a verdict; otherwise the file was refused, or processing failed.
        pixels: width × height of the picture; 0 if it is not known.
        is_converted: it was a camera RAW or HEIF picture.
        renditions: files written, whether kept or not.
        judged: answers of Rekognition that were asked for.
    """

    execution: str
    is_stored: bool
    pixels: int = 0
    is_converted: bool = False
    renditions: int = 0
    judged: int = 0

    @property
    def is_express(self) -> bool:
        """Whether it is billed by time."""
        return not self.execution.startswith("arn:") or ":express:" in self.execution


def estimated(work: Work) -> float:
    """Return the estimate in US dollars, to a hundred-millionth."""
    puts = _PUTS + work.renditions + work.is_converted
    total = (
        _workflow(work)
        + _functions(work)
        + work.judged * PER_PICTURE_JUDGED
        + puts * PER_PUT
        + _GETS * PER_GET
        + _RECORD
    )
    return round(total, 8)


def _workflow(work: Work) -> float:
    if work.is_express:
        return _EXPRESS if work.is_stored else _EXPRESS_REFUSED
    states = (_STATES if work.is_stored else _STATES_OF_REFUSED) + work.is_converted
    return states * PER_STATE


def _functions(work: Work) -> float:
    if not work.is_stored:
        return _FUNCTIONS_OF_REFUSED
    megapixels = work.pixels / 1_000_000
    converted = _MEGAPIXEL_CONVERTED if work.is_converted else 0.0
    return _FUNCTIONS + megapixels * (_MEGAPIXEL + converted)
