"""docs/faults.md: the results of the matrix as tables of calls and kinds of faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.chaos import report
from tests.faults.kinds import KINDS
from tests.faults.trial import FOR_GOOD
from tests.faults.uploads import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.matrix import Result
    from tests.faults.uploads import Type

PATH = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
_TITLES = {
    "plain": "A JPEG",
    "converted": "A HEIC: the calls that a JPEG does not take",
    "refused": "A file that is not a picture: the calls that neither takes",
}
_TIMES = {1: "once", 2: "twice", FOR_GOOD: "for good"}
_OPENING = """\
# What becomes of an upload when a call to AWS fails

Written by `make faults`. The calls are those of a recorded run. Each fails in each way: once, twice
in a row and, for *server error* and *takes effect late*, for good. Retries and their counts are as
deployed. A failed call is one whose retries in botocore have all failed.

- *too slow*: the call takes effect, and the function is killed by its timeout before the answer.
- *answer lost*: the call takes effect, and the caller sees a connection error.
- *takes effect late*: the call takes effect after everything else has ended, like a function that
  still runs after Step Functions has given it up.
- *body cut short*: half of the object arrives.

A cell is the status and reason in the record. After → is what they become when the fault is over
and the upload is started again: by hand or, if the record still says `processing`, by the sweep.
In every cell, these invariants hold:

- There is one terminal record, or a failed execution whose record says so, or an event in the
  dead-letter queue.
- The record is of the newest version. Exactly the renditions that it names exist, all of that
  version.
- There is one message per outcome. It is repeated, with the same id, only where Step Functions
  cannot know that it was sent.
- Nothing is approved without an answer of Rekognition.
- One or two failures end like none, except for two kills of a step that decodes and for a refusal
  of EventBridge.
- An upload that is started again ends as if nothing had failed.

No kill at a call to AWS rejects a picture: it is too expensive only if the step was killed while it
decoded, which the record says from the second attempt on. Two kills of a step that decodes, at its
calls, fail the upload; other steps are run again as after any other error.
"""

_EXPRESS = """\
## With `WorkflowType=EXPRESS`

Here each call fails in each way once and, for *server error* and *takes effect late*, for good. It
does not fail twice, because another try of the message follows whatever fails. The same invariants
hold, but for these:

- A try that fails is followed by another one of the same message, up to five. Nobody is told of a
  failure before the last.
- An event is in the dead-letter queue if, and only if, its last try failed or the rule has given
  up sending it. Sent again, one that was processed nevertheless changes nothing.
- A message is repeated, with the same id, also where the answer of an execution is lost or the
  dispatch function is killed before it has told the queue.
"""


def written(results: Sequence[Result]) -> str:
    """Write the page: a table per upload, a row per call, a column per kind."""
    lines = [_OPENING]
    for workflow in WORKFLOWS:
        if workflow == "EXPRESS":
            lines.append(_EXPRESS)
        for upload, title in _TITLES.items():
            own = [
                each
                for each in results
                if (each.case.workflow, each.case.upload) == (workflow, upload)
            ]
            if own:
                prefix = "In Express: " if workflow == "EXPRESS" else ""
                lines += [f"## {prefix}{title}", "", *_table(own), ""]
    return "\n".join([*lines, report.section()])


def rows(text: str, workflow: Type) -> list[str]:
    """Return the calls of the page that have a row for a workflow type, in their order."""
    standard, _, rest = text.partition(report.TITLE)[0].partition(_EXPRESS)
    lines = (standard if workflow == "STANDARD" else rest).splitlines()
    return [
        line[2:].partition(" | ")[0]
        for line in lines
        if line.startswith("| ") and not line.startswith("| call |")
    ]


def _table(results: list[Result]) -> list[str]:
    lines = ["| call | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    for site in dict.fromkeys(each.case.fault.site for each in results):
        row = [each for each in results if each.case.fault.site == site]
        lines.append(f"| {site} | " + " | ".join(_cell(row, kind) for kind in KINDS) + " |")
    return lines


def _cell(row: list[Result], kind: str) -> str:
    outcomes: dict[str, list[str]] = {}
    for each in row:
        if each.case.fault.kind == kind:
            text = "; ".join((each.outcome, *(f"**{one}**" for one in each.violations)))
            outcomes.setdefault(text, []).append(_TIMES[each.case.fault.times])
    if len(outcomes) == 1:
        return next(iter(outcomes))
    return "<br>".join(f"{', '.join(times)}: {text}" for text, times in outcomes.items()) or "–"
